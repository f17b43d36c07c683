"""A copy of everything that cannot be made again: the database and the extension's key, sealed with a passphrase.

Losing the extension's key means a new extension id on every device, so it travels with each backup, and ``doctor``
says when a backup was last taken out of the machine.
"""

import tarfile
import tempfile
from pathlib import Path

from dokodemo.actions import Services
from dokodemo.actions.audit import OPERATOR, record
from dokodemo.crypto import seals
from dokodemo.domain.audit import Tag
from dokodemo.store import Transaction, installation, snapshots

LAST_BACKUP = "backup_at"


def back_up(services: Services, target: Path, passphrase: str, *, crx_key: Path) -> int:
    """Write one sealed file; gives its size in bytes. The service goes on meanwhile.

    The entry in the trail and the date for ``doctor`` are written first, so the copy holds them too.
    """
    _remember(services, target.name)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        dump = Path(folder) / snapshots.NAMES[services.database.dialect]
        snapshots.take(services.database, dump)
        bundle = Path(folder) / "bundle.tar"
        with tarfile.open(bundle, "w") as archive:
            archive.add(dump, dump.name)
            if crx_key.exists():
                archive.add(crx_key, "extension.pem")
        with bundle.open("rb") as plain, target.open("xb") as sealed:
            seals.encrypt(plain, sealed, passphrase)
    return target.stat().st_size


def _remember(services: Services, name: str) -> None:
    now = services.now()

    def work(transaction: Transaction) -> None:
        installation.replace(transaction, LAST_BACKUP, now.isoformat())
        record(transaction, services, Tag.DATABASE_BACKED_UP, actor=OPERATOR, file=name)

    services.write(work)


def unpack(source: Path, folder: Path, passphrase: str) -> list[str]:
    """Open a backup into an empty folder; gives the names of what was in it. Raises ``InvalidError`` when the
    passphrase is wrong or the file was altered; nothing is left behind then."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        bundle = Path(scratch) / "bundle.tar"
        with source.open("rb") as sealed, bundle.open("wb") as plain:
            seals.decrypt(sealed, plain, passphrase)
        with tarfile.open(bundle) as archive:
            names = archive.getnames()
            archive.extractall(folder, filter="data")
    return names
