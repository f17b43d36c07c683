"""Entries of settings and their published revisions. An entry is never changed: it is ended by a later revision."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, and_, bindparam, func, insert, or_, select, update

from dokodemo.domain.settings import Entry, Layer, Origin
from dokodemo.store import Transaction, installation
from dokodemo.store.rows.devices import devices
from dokodemo.store.rows.people import people, postings, roster_imports, units
from dokodemo.store.rows.settings import setting_entries, setting_results, setting_revisions
from dokodemo.store.upserts import upsert

PUBLISHED = "settings_published_at"

def last_revision(transaction: Transaction) -> int:
    """The number of the last published revision; 0 before the first. Numbers go on through epochs."""
    return transaction.execute(select(func.max(setting_revisions.c.n))).scalar() or 0


def marks(transaction: Transaction) -> tuple[int, str]:
    """What changes whenever somebody's effective settings may have: the last revision, the last roster import."""
    imported = select(func.max(roster_imports.c.imported_at)).scalar_subquery()
    row = transaction.execute(select(func.max(setting_revisions.c.n), imported)).one()
    return row[0] or 0, str(row[1])


def append_revision(transaction: Transaction, at: datetime, by: str, comment: str) -> int:
    """The next revision; publishers wait for each other on one row until the first has committed."""
    installation.replace(transaction, PUBLISHED, at.isoformat())
    n = last_revision(transaction) + 1
    transaction.execute(insert(setting_revisions).values(
        epoch=installation.epoch(transaction), n=n, published_at=at, published_by=by, comment=comment
    ))  # fmt: skip
    return n


def append(transaction: Transaction, entry: Entry) -> None:
    """Keep an entry of a revision."""
    transaction.execute(insert(setting_entries).values(
        id=entry.id or uuid4(), layer=str(entry.layer), subject=entry.subject, key=entry.key, value=entry.value,
        locked=entry.locked, origin=str(entry.origin), valid_from=entry.valid_from, valid_until=entry.valid_until,
        revision=entry.revision,
    ))  # fmt: skip


def end(transaction: Transaction, entries: Iterable[Entry], revision: int) -> None:
    """Replaced or removed by this revision."""
    ids = [entry.id for entry in entries]
    if ids:
        transaction.execute(
            update(setting_entries).where(setting_entries.c.id.in_(ids)).values(ended_revision=revision)
        )


def of_slot(transaction: Transaction, layer: Layer, subject: str, key: str, origin: Origin) -> list[Entry]:
    """The entries that one subject has of one key, oldest first."""
    rows = transaction.execute(_entries().where(
        setting_entries.c.layer == str(layer), setting_entries.c.subject == subject, setting_entries.c.key == key,
        setting_entries.c.origin == str(origin),
    ).order_by(setting_entries.c.valid_from, setting_entries.c.revision))  # fmt: skip
    return [_entry(row) for row in rows]


def of_layers(transaction: Transaction, layers: Sequence[Layer]) -> list[Entry]:
    """The entries of these layers that no revision has ended, also those that do not hold yet."""
    named = [str(layer) for layer in layers]
    return [_entry(row) for row in transaction.execute(_entries().where(setting_entries.c.layer.in_(named)))]


def touched(transaction: Transaction, layers: Sequence[Layer]) -> dict[tuple[Layer, str], int]:
    """The last revision that set, replaced or removed something of each subject of these layers."""
    rows = transaction.execute(
        select(
            setting_entries.c.layer, setting_entries.c.subject, func.max(setting_entries.c.revision),
            func.max(setting_entries.c.ended_revision),
        )
        .where(setting_entries.c.layer.in_([str(layer) for layer in layers]))
        .group_by(setting_entries.c.layer, setting_entries.c.subject)
    )  # fmt: skip
    return {(Layer(layer), subject): max(set_by, ended_by or 0) for layer, subject, set_by, ended_by in rows}


def published_since(transaction: Transaction, at: datetime) -> dict[int, datetime]:
    """The revisions since a moment, with theirs."""
    rows = select(setting_revisions.c.n, setting_revisions.c.published_at).where(setting_revisions.c.published_at >= at)
    return {row.n: row.published_at for row in transaction.execute(rows)}


_OWN = select(setting_entries).where(or_(
    and_(setting_entries.c.layer == str(Layer.PERSON), setting_entries.c.subject == bindparam("person")),
    and_(setting_entries.c.layer == str(Layer.DEVICE), setting_entries.c.subject == bindparam("device")),
))  # fmt: skip


def own_of(transaction: Transaction, person_id: UUID, device_id: UUID | None) -> tuple[list[Entry], int]:
    """The entries of a person and a device that no revision has ended, and the last revision that touched one."""
    rows = transaction.execute(_OWN, {"person": str(person_id), "device": str(device_id) if device_id else ""}).all()
    last = max((max(row.revision, row.ended_revision or 0) for row in rows), default=0)
    return [_entry(row) for row in rows if row.ended_revision is None], last


_MAIN = (
    select(postings.c.unit_code)
    .where(
        postings.c.person_id == bindparam("person"), postings.c.kind == "main", postings.c.valid_from <= bindparam("on"),
        or_(postings.c.valid_to.is_(None), postings.c.valid_to > bindparam("on")),
    )
    .limit(1)
    .scalar_subquery()
)  # fmt: skip
_STANDING = select(_MAIN, people.c.language).where(people.c.id == bindparam("person"))


def standing_of(transaction: Transaction, person_id: UUID, on: date) -> tuple[str | None, str | None]:
    """The unit of somebody's main post on that day, and the language that they chose; None where there is none."""
    row = transaction.execute(_STANDING, {"person": person_id, "on": on}).first()
    return (row[0], row[1]) if row else (None, None)


def all_of(transaction: Transaction) -> list[Entry]:
    """Every entry that no revision has ended."""
    rows = transaction.execute(_entries().order_by(setting_entries.c.key, setting_entries.c.revision))
    return [_entry(row) for row in rows]


def _entries() -> Any:
    return select(setting_entries).where(setting_entries.c.ended_revision.is_(None))


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        Layer(row.layer), row.subject, row.key, row.value, row.valid_from, row.revision, row.locked,
        Origin(row.origin), row.valid_until, id=row.id,
    )  # fmt: skip


def subject_exists(transaction: Transaction, layer: Layer, subject: str) -> bool:
    """Whether there is such a unit, person or device; the organisation's subject is ""."""
    if layer is Layer.ORGANISATION:
        return subject == ""
    if layer is Layer.UNIT:
        return transaction.execute(select(units.c.code).where(units.c.code == subject)).first() is not None
    table = {Layer.PERSON: people, Layer.DEVICE: devices}.get(layer)
    if table is None:
        return False
    try:
        wanted = UUID(subject)
    except ValueError:
        return False
    return transaction.execute(select(table.c.id).where(table.c.id == wanted)).first() is not None


def find_device(transaction: Transaction, name: str) -> UUID | None:
    """The device with this directory id, serial or asset id."""
    named = or_(devices.c.directory_id == name, devices.c.serial == name, devices.c.asset_id == name)
    return transaction.execute(select(devices.c.id).where(named).order_by(devices.c.first_seen_at)).scalar()


def replace_results(
    transaction: Transaction, binding_id: UUID, revision: tuple[int, int], results: Iterable[tuple[str, str, str | None]],
    at: datetime,
) -> None:  # fmt: skip
    """What became of settings on a device: (key, state, detail) each."""
    upsert(transaction, setting_results, [
        {"binding_id": binding_id, "key": key, "state": state, "detail": detail, "epoch": revision[0],
         "revision": revision[1], "reported_at": at}
        for key, state, detail in results
    ])  # fmt: skip
