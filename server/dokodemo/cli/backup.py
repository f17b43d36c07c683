"""``dokodemo backup`` and ``restore``: one sealed file with the database and the extension's key."""

from pathlib import Path

import click

from dokodemo.actions import backup as backups
from dokodemo.cli.installation import configured, opened
from dokodemo.domain.errors import InvalidError
from dokodemo.serving import is_served
from dokodemo.store.snapshots import NAMES

PASSPHRASE = click.option(
    "--passphrase-file", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File that holds the passphrase; without it the backup cannot be opened.",
)  # fmt: skip


@click.command()
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@PASSPHRASE
def backup(*, target: Path, passphrase_file: Path) -> None:
    """Write one encrypted file; copy it to another machine afterwards."""
    config = configured()
    if target.exists():
        raise click.ClickException(f"{target} exists already")
    with opened(config) as operator:
        size = backups.back_up(operator.services, target, _passphrase(passphrase_file), crx_key=config.crx_key_file)
    click.echo(f"{target}: {size:,} bytes. Copy it out of this machine, and keep the passphrase elsewhere.")


@click.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@PASSPHRASE
def restore(*, source: Path, passphrase_file: Path) -> None:
    """Open a backup into an empty data directory (SQLite), or unpack its dump for pg_restore (PostgreSQL)."""
    config = configured()
    if is_served(config.data_dir):
        raise click.ClickException("the installation is being served: stop it first")
    config.data_dir.mkdir(parents=True, exist_ok=True)
    taken = [name for name in (*NAMES.values(), config.crx_key_file.name) if (config.data_dir / name).exists()]
    if taken:
        raise click.ClickException(f"{config.data_dir} holds {', '.join(taken)} already: move it away first")
    try:
        names = backups.unpack(source, config.data_dir, _passphrase(passphrase_file))
    except InvalidError as error:
        raise click.ClickException(f"{source} cannot be opened: {error.detail}") from error
    click.echo(f"{', '.join(names)} → {config.data_dir}")


def _passphrase(path: Path) -> str:
    passphrase = path.read_text(encoding="utf-8").strip()
    if len(passphrase) < 12:
        raise click.ClickException("a passphrase has 12 characters or more")
    return passphrase
