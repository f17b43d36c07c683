"""``dokodemo extension``: pack it, say its id, and say what makes Chromebooks install it."""

import json
from pathlib import Path
from typing import Any

import click


@click.group(name="extension")
def group() -> None:
    """The Chrome extension of this installation."""


def _packed() -> tuple[Any, Any]:
    from dokodemo.actions import extension
    from dokodemo.cli.installation import configured
    from dokodemo.domain.errors import DokodemoError

    config = configured()
    try:
        return config, extension.package(config.crx_key_file, config.public_url)
    except DokodemoError as error:
        raise click.ClickException(error.detail or str(error.code)) from error


@group.command(name="id")
def id_() -> None:
    """The extension's id, which follows from this installation's key."""
    _, package = _packed()
    click.echo(package.extension_id)


@group.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write; else only the facts.")
def pack(out: Path | None) -> None:
    """Pack and sign the extension, reproducibly; the server does the same by itself when Chrome asks."""
    config, package = _packed()
    if out is not None:
        out.write_bytes(package.data)
        click.echo(f"書き出しました written: {out} ({len(package.data):,} bytes)")
    click.echo(f"id       {package.extension_id}")
    click.echo(f"version  {package.version}")
    click.echo(f"sha256   {package.sha256}")
    click.echo(f"鍵 key   {config.crx_key_file}（失うと全端末で別の拡張機能になります losing it means a new id everywhere）")


@group.command()
@click.option("--json", "as_json", is_flag=True, help="Only the policy file for Chromium on Linux.")
@click.option("--issuer", "name", help="Name of the issuer with which people sign in; the first when left out.")
def policy(*, as_json: bool, name: str | None) -> None:
    """What to paste into the Admin console, and the policy file for Chromium on Linux."""
    from dokodemo.actions import extension

    config, package = _packed()
    issuer = _issuer(config, name)
    configuration = extension.managed_configuration(config.public_url, issuer)
    browser = extension.browser_policy(package.extension_id, config.public_url, configuration)
    if as_json:
        click.echo(_pretty(browser))
        return
    click.echo(f"""\
Google 管理コンソール > デバイス > Chrome > アプリと拡張機能 > ユーザーとブラウザ
Google Admin console > Devices > Chrome > Apps & extensions > Users & browsers

1. ＋ > ID で Chrome アプリ・拡張機能を追加 > カスタム URL から  Add Chrome app or extension by ID > From a custom URL
     拡張機能 ID  Extension ID   {package.extension_id}
     URL                         {config.public_url}{extension.UPDATE_PATH}
2. インストール ポリシー: 強制インストール + ブラウザのツールバーに固定  Installation policy: Force install + pin
3. 拡張機能のポリシー  Policy for extensions:

{_pretty(extension.console_configuration(configuration))}

Linux の Chromium: 次を /etc/chromium/policies/managed/dokodemo.json に置きます。
Chromium on Linux: put this into /etc/chromium/policies/managed/dokodemo.json

{_pretty(browser)}""")
    if issuer is None:
        click.echo("\n注意: DOKODEMO_ISSUERS がないため oidc_… が入っていません。 No issuer is configured: oidc_… is missing.", err=True)


def _issuer(config: Any, name: str | None) -> Any:
    from dokodemo.google.issuers import profiles_of

    try:
        profiles = profiles_of(config.issuers)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    found = [profile for profile in profiles if name in (None, profile.name)]
    if name is not None and not found:
        raise click.ClickException(f"no issuer is called {name!r}")
    return found[0] if found else None


def _pretty(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2)
