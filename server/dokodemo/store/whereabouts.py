"""Declared whereabouts: append-only. ``ends_at`` is computed on arrival, so that one index finds what holds."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, Select, and_, insert, or_, select

from dokodemo.domain.statuses import Status
from dokodemo.domain.whereabouts import Via, Whereabouts
from dokodemo.store import Transaction
from dokodemo.store.rows.whereabouts import whereabouts

COLUMNS = (
    whereabouts.c.id, whereabouts.c.person_id, whereabouts.c.status, whereabouts.c.destination, whereabouts.c.back_at,
    whereabouts.c.note, whereabouts.c.from_at, whereabouts.c.until_at, whereabouts.c.made_at, whereabouts.c.author_id,
    whereabouts.c.via,
)  # fmt: skip
CHUNK = 500  # ids in one IN (…)


def append(transaction: Transaction, entry: Whereabouts, received_at: datetime, ends_at: datetime) -> bool:
    """Keep an entry; False when this person's entry of that id is there already (a repeat)."""
    if find(transaction, entry.person_id, entry.id) is not None:
        return False
    transaction.execute(insert(whereabouts).values(
        id=entry.id, person_id=entry.person_id, status=str(entry.status), destination=entry.destination,
        back_at=entry.back_at, note=entry.note, from_at=entry.from_at, until_at=entry.until_at, made_at=entry.made_at,
        author_id=entry.author_id, via=str(entry.via), received_at=received_at, ends_at=ends_at,
    ))  # fmt: skip
    return True


def find(transaction: Transaction, person_id: UUID, entry_id: UUID) -> Whereabouts | None:
    """One entry, or None."""
    row = transaction.execute(
        _select().where(whereabouts.c.person_id == person_id, whereabouts.c.id == entry_id)
    ).first()
    return _entry(row) if row else None


def not_over(transaction: Transaction, person_ids: Iterable[UUID], now: datetime) -> list[Whereabouts]:
    """All entries of these people that hold at ``now`` or will later."""
    wanted = list(person_ids)
    entries = []
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        rows = transaction.execute(
            _select().where(whereabouts.c.person_id.in_(chunk), whereabouts.c.ends_at > now)
        )
        entries += [_entry(row) for row in rows]
    return entries


def all_not_over(transaction: Transaction, now: datetime) -> list[Whereabouts]:
    """Everybody's entries that hold at ``now`` or will later."""
    return [_entry(row) for row in transaction.execute(_select().where(whereabouts.c.ends_at > now))]


def turning(transaction: Transaction, after: datetime, until: datetime) -> set[UUID]:
    """People for whom an entry begins or ends in (``after``, ``until``]."""
    begins = and_(whereabouts.c.from_at > after, whereabouts.c.from_at <= until)
    ends = and_(whereabouts.c.ends_at > after, whereabouts.c.ends_at <= until)
    rows = transaction.execute(
        select(whereabouts.c.person_id).where(whereabouts.c.ends_at > after, or_(begins, ends)).distinct()
    )
    return {row.person_id for row in rows}


def latest(transaction: Transaction, person_id: UUID, count: int) -> list[Whereabouts]:
    """A person's last entries, newest first."""
    rows = transaction.execute(
        _select().where(whereabouts.c.person_id == person_id)
        .order_by(whereabouts.c.made_at.desc(), whereabouts.c.id.desc()).limit(count)
    )  # fmt: skip
    return [_entry(row) for row in rows]


def between(transaction: Transaction, person_id: UUID, start: datetime, end: datetime) -> list[Whereabouts]:
    """A person's entries made in [``start``, ``end``), oldest first."""
    rows = transaction.execute(
        _select().where(whereabouts.c.person_id == person_id, whereabouts.c.made_at >= start,
                        whereabouts.c.made_at < end).order_by(whereabouts.c.made_at, whereabouts.c.id)
    )  # fmt: skip
    return [_entry(row) for row in rows]


def _select() -> Select[tuple[object, ...]]:
    return select(*COLUMNS)


def _entry(row: Row[tuple[object, ...]]) -> Whereabouts:
    return Whereabouts(
        row.id, row.person_id, Status(row.status), row.destination, row.back_at, row.note, row.from_at, row.until_at,
        row.made_at, row.author_id, Via(row.via),
    )  # fmt: skip
