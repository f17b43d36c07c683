"""Entries of settings and their published revisions. An entry is never changed: it is ended by a later revision."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BindParameter, and_, bindparam, func, insert, or_, select, update

from dokodemo.domain.settings import Entry, Layer, Origin
from dokodemo.store import Transaction, installation, networks
from dokodemo.store.prepared import Prepared
from dokodemo.store.rows.devices import devices
from dokodemo.store.rows.installation import installation as facts
from dokodemo.store.rows.people import people, postings, roster_imports, units
from dokodemo.store.rows.settings import setting_entries, setting_results, setting_revisions
from dokodemo.store.upserts import upsert_together

PUBLISHED = "settings_published_at"
_ENTRY = (
    setting_entries.c.id, setting_entries.c.layer, setting_entries.c.subject, setting_entries.c.key,
    setting_entries.c.value, setting_entries.c.valid_from, setting_entries.c.revision, setting_entries.c.locked,
    setting_entries.c.origin, setting_entries.c.valid_until,
)  # fmt: skip


def last_revision(transaction: Transaction) -> int:
    """The number of the last published revision; 0 before the first. Numbers go on through epochs."""
    return transaction.execute(select(func.max(setting_revisions.c.n))).scalar() or 0


def marks(transaction: Transaction) -> tuple[int, str]:
    """What changes whenever somebody's effective settings may have: the last revision; the last import of a roster, and
    which networks there are."""
    imported = select(func.max(roster_imports.c.imported_at)).scalar_subquery()
    table = select(facts.c.value).where(facts.c.name == networks.MARK).scalar_subquery()
    row = transaction.execute(select(func.max(setting_revisions.c.n), imported, table)).one()
    return row[0] or 0, f"{row[1]} {row[2]}"


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
    return [_entry_of(row) for row in rows]


def of_layers(transaction: Transaction, layers: Sequence[Layer]) -> list[Entry]:
    """The entries of these layers that no revision has ended, also those that do not hold yet."""
    named = [str(layer) for layer in layers]
    return [_entry_of(row) for row in transaction.execute(_entries().where(setting_entries.c.layer.in_(named)))]


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


_ON: BindParameter[date] = bindparam("on")
_MAIN = (
    select(postings.c.unit_code)
    .where(
        postings.c.person_id == people.c.id, postings.c.kind == "main", postings.c.valid_from <= _ON,
        or_(postings.c.valid_to.is_(None), postings.c.valid_to > _ON),
    )
    .limit(1)
    .scalar_subquery()
)  # fmt: skip
_OWN = or_(
    and_(setting_entries.c.layer == str(Layer.PERSON), setting_entries.c.subject == bindparam("person_subject")),
    and_(setting_entries.c.layer == str(Layer.DEVICE), setting_entries.c.subject == bindparam("device_subject")),
)
_STANDING = Prepared(
    select(_MAIN, people.c.language, setting_entries.c.ended_revision, *_ENTRY)
    .select_from(people.outerjoin(setting_entries, _OWN))
    .where(people.c.id == bindparam("person"))
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody's settings on a device depend on beside the layers above.

    The unit of the main post and the language that the person chose (None where there is none), the entries of the
    person and the device that no revision has ended, and the last revision that touched one of theirs.
    """

    unit_code: str | None = None
    language: str | None = None
    own: tuple[Entry, ...] = ()
    touched: int = 0


def standing_of(transaction: Transaction, person_id: UUID, device_id: UUID | None, on: date) -> Standing:
    """Where somebody on a device stands on that day."""
    subjects = {"person_subject": str(person_id), "device_subject": str(device_id) if device_id else ""}
    rows = _STANDING.all(transaction, {"person": person_id, "on": on, **subjects})
    if not rows:
        return Standing()
    unit_code, language = rows[0][:2]
    theirs = [(ended, _entry_of(columns)) for _, _, ended, *columns in rows if columns[0] is not None]
    touched = max((max(entry.revision, ended or 0) for ended, entry in theirs), default=0)
    return Standing(unit_code, language, tuple(entry for ended, entry in theirs if ended is None), touched)


def all_of(transaction: Transaction) -> list[Entry]:
    """Every entry that no revision has ended."""
    rows = transaction.execute(_entries().order_by(setting_entries.c.key, setting_entries.c.revision))
    return [_entry_of(row) for row in rows]


def _entries() -> Any:
    return select(*_ENTRY).where(setting_entries.c.ended_revision.is_(None))


def _entry_of(columns: Sequence[Any]) -> Entry:
    entry_id, layer, subject, key, value, valid_from, revision, locked, origin, valid_until = columns
    return Entry(
        Layer(layer), subject, key, value, valid_from, revision, locked, Origin(origin), valid_until, id=entry_id
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
    """What became of settings on a device: (key, state, detail) each, no key twice. One statement."""
    shared = {"binding_id": binding_id, "epoch": revision[0], "revision": revision[1], "reported_at": at}
    rows = [{"key": key, "state": state, "detail": detail} for key, state, detail in results]
    upsert_together(transaction, setting_results, shared, rows)
