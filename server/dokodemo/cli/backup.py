"""``dokodemo backup`` and ``restore``: one sealed file with the database and the extension's key."""

import os
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from dokodemo.actions import backup as backups
from dokodemo.actions import restores
from dokodemo.actions.restores import Begun
from dokodemo.cli.installation import configured, opened
from dokodemo.config import Config
from dokodemo.domain.errors import InvalidError
from dokodemo.serving import is_served
from dokodemo.store.schema import upgrade
from dokodemo.store.snapshots import NAMES, file_of, is_empty, put

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
    """Make the installation from a backup: into an empty data directory and, on PostgreSQL, an empty database.

    A new epoch of the log begins with that: devices refill what the backup lacks and prove their person once more,
    and people sign in again.
    """
    config = configured()
    if is_served(config.data_dir):
        raise click.ClickException("the installation is being served: stop it first")
    passphrase = _passphrase(passphrase_file)
    _refuse_what_is_taken(config)
    config.data_dir.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=config.data_dir) as folder:
        try:
            names = backups.unpack(source, Path(folder), passphrase)
        except InvalidError as error:
            raise click.ClickException(f"{source} cannot be opened: {error.detail}") from error
        (form,) = (form for form, name in NAMES.items() if name in names)
        if config.embedded != (form == "sqlite"):
            raise click.ClickException(f"this is a backup of {form}; DOKODEMO_DATABASE_URL names another database")
        key = Path(folder) / "extension.pem"
        if key.exists():
            _into_place(key, config.crx_key_file)
        begun = (_embedded if config.embedded else _production)(config, Path(folder) / NAMES[form], source.name)
    click.echo(f"{source} → {config.data_dir if config.embedded else 'the database'}: epoch {begun.epoch} has begun.")
    click.echo(
        f"{begun.held} devices refill what the backup lacks and prove their person once more; {begun.signed_out} "
        "signed-in browsers were signed out. `dokodemo serve`, then `dokodemo doctor` says how many devices are missing."
    )


def _refuse_what_is_taken(config: Config) -> None:
    places = [config.crx_key_file, *([file_of(config.database_url)] if config.embedded else [])]
    if taken := [str(place) for place in places if place.exists()]:
        raise click.ClickException(f"there is {' and '.join(taken)} already: move it away first")
    if not config.embedded:
        with opened(config) as operator:
            if not is_empty(operator.services.database):
                raise click.ClickException("the database has tables already: restore into an empty one")


def _embedded(config: Config, copy: Path, name: str) -> Begun:
    """The file is whole before it has its name: a restore that was broken off leaves no database."""
    with opened(replace(config, database_url=f"sqlite:///{copy}")) as operator:
        begun = restores.begin(operator.services, upgrade, name)
    _into_place(copy, file_of(config.database_url))
    return begun


def _production(config: Config, dump: Path, name: str) -> Begun:
    """The tables have no version before the transaction that begins the epoch: until then nothing serves them."""
    with opened(config) as operator:
        held = put(operator.services.database, dump)
        return restores.begin(operator.services, lambda transaction: upgrade(transaction, held=held), name)


def _into_place(file: Path, place: Path) -> None:
    """Under its name at once or not at all, also when the machine stops."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with file.open("rb") as copy:
        os.fsync(copy.fileno())
    file.replace(place)
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _passphrase(path: Path) -> str:
    passphrase = path.read_text(encoding="utf-8").strip()
    if len(passphrase) < 12:
        raise click.ClickException("a passphrase has 12 characters or more")
    return passphrase
