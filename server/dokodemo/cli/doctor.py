"""``dokodemo doctor``: what is wrong, in sentences."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta

import click

from dokodemo.actions import Services, audit, diagnosis, proofs, restores
from dokodemo.actions.backup import LAST_BACKUP
from dokodemo.cli.installation import Operator, configured, opened
from dokodemo.config import Config
from dokodemo.store.engine import SAFE_SQLITE, sqlite_module
from dokodemo.store.schema import newest, revision

BACKUP_DUE = timedelta(days=7)
DEVICES_BACK = timedelta(days=7)  # after a restore; those of people on a long leave come later
FREE_BYTES = 1024**3

Finding = tuple[bool, str]


@click.command()
def doctor() -> None:
    """Look at everything that an installation needs and say what is wrong (exit 1 if anything is)."""
    config = configured()
    with opened(config) as operator:
        findings = list(_findings(config, operator))
    for right, sentence in findings:
        click.echo(f"{'✓' if right else '✕'} {sentence}")
    wrong = sum(not right for right, _ in findings)
    click.echo("nothing is wrong" if not wrong else f"{wrong} to look at")
    if wrong:
        raise SystemExit(1)


def _findings(config: Config, operator: Operator) -> Iterator[Finding]:
    services = operator.services
    yield from _of_database(config, services)
    yield from _of_disk(config)
    yield bool(config.issuers), (
        "people can sign in: an issuer is configured"
        if config.issuers
        else "nobody can sign in: DOKODEMO_ISSUERS names no issuer (docs/operations.md, Issuers)"
    )
    yield from _of_backup(config, services)
    yield from _of_restore(services)
    yield from _of_record(services)


def _of_database(config: Config, services: Services) -> Iterator[Finding]:
    if config.embedded:
        version = sqlite_module().sqlite_version_info
        right = version >= SAFE_SQLITE
        words = ".".join(map(str, version))
        needed_words = ".".join(map(str, SAFE_SQLITE))
        yield right, f"SQLite {words}" if right else f"SQLite {words} can damage databases; {needed_words} is needed"
    held, needed = revision(services.database), newest()
    yield held == needed, (
        f"the tables are of this version ({needed})"
        if held == needed
        else f"the tables are of version {held}, {needed} is needed: run `dokodemo migrate`"
    )


def _of_disk(config: Config) -> Iterator[Finding]:
    free = shutil.disk_usage(config.data_dir if config.data_dir.exists() else ".").free
    yield free >= FREE_BYTES, f"{free / FREE_BYTES:.1f} GiB are free where the data lies"


def _of_backup(config: Config, services: Services) -> Iterator[Finding]:
    key = config.crx_key_file
    yield key.exists(), (
        f"the extension's key is {key}"
        if key.exists()
        else f"there is no extension key at {key} yet: `dokodemo extension pack` makes one"
    )
    at = diagnosis.fact(services, LAST_BACKUP)
    if at is None:
        yield False, "no backup was ever taken: `dokodemo backup`, then copy the file out of this machine"
        return
    age = services.now() - datetime.fromisoformat(at)
    yield age <= BACKUP_DUE, f"the last backup is {age.days} days old"


def _of_restore(services: Services) -> Iterator[Finding]:
    last = restores.last(services)
    if last is None:
        return
    when = f"a backup was restored {(services.now() - last.at).days} days ago and epoch {last.epoch} began"
    if not last.held:
        yield True, f"{when}: every device has proved its person since"
        return
    waiting = f"{when}: {last.held} devices have not proved their person since, and what they send waits to be read"
    yield services.now() - last.at <= DEVICES_BACK, waiting


def _of_record(services: Services) -> Iterator[Finding]:
    seen = diagnosis.look(services)
    yield seen.people > 0, (
        f"{seen.people:,} people are in the roster"
        if seen.people
        else "the roster is empty: `dokodemo import units …`, then `dokodemo import people …`"
    )
    yield seen.headless == 0, (
        "every section has a head" if not seen.headless else f"{seen.headless} sections have no head today"
    )
    yield seen.forks == 0, f"{seen.forks} journals have two histories (a copied profile?)" if seen.forks else "no forks"
    verified = audit.verify_chain(services)
    broken = verified.broken
    yield broken is None, (
        f"the audit chain holds over {verified.count:,} entries"
        if broken is None
        else f"the audit chain is broken at entry {broken}"
    )
    proved = proofs.last(services)
    if proved is None:
        yield True, "the log was never gone through as a whole: `dokodemo verify-log`, in a quiet hour"
        return
    when = f"`dokodemo verify-log` went through {proved.events:,} events {(services.now() - proved.at).days} days ago"
    yield not proved.findings, f"{when}: {f'found wrong: {proved.findings:,}' if proved.findings else 'nothing was wrong'}"
