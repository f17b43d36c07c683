"""The audit trail: appended under the lock of its head, read by filters, never changed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, false, insert, or_, select, update

from dokodemo.domain.access import Scope
from dokodemo.domain.audit import GENESIS, Draft, Entry, Head, Tag, chained
from dokodemo.store import Transaction
from dokodemo.store.prepared import Prepared, one_trip
from dokodemo.store.rows.installation import audit, audit_head
from dokodemo.store.upserts import insert_missing

_HEAD_ID = 1


@dataclass(frozen=True, slots=True)
class Filters:
    """What a reader of the trail asks for; None asks nothing. ``begins_at`` is inclusive, ``ends_at`` exclusive."""

    actor: str | None = None
    subject_id: UUID | None = None
    tags: frozenset[str] | None = None
    begins_at: datetime | None = None
    ends_at: datetime | None = None


_append = Prepared(insert(audit), [column.name for column in audit.columns])
_locked_head = Prepared(
    select(audit_head.c.n, audit_head.c.hash).where(audit_head.c.id == bindparam("head")).with_for_update()
)
_move_head = Prepared(
    update(audit_head).where(audit_head.c.id == bindparam("head")).values(n=bindparam("n"), hash=bindparam("hash"))
)


def append(transaction: Transaction, drafts: Sequence[Draft], head: Head | None = None) -> None:
    """Add entries. Locks the head until the transaction ends (``head``: it is locked), so call it as the last write."""
    if not drafts:
        return
    entries = list(chained(head or lock_head(transaction), drafts))
    last = entries[-1]
    with one_trip(transaction):
        _append.run(transaction, *(_values(entry) for entry in entries))
        _move_head.run(transaction, {"head": _HEAD_ID, "n": last.n, "hash": last.hash})


def lock_head(transaction: Transaction) -> Head:
    """The head of the chain, locked; made when it does not exist yet."""
    return head_asked(transaction)()


def head_asked(transaction: Transaction) -> Callable[[], Head]:
    """The same, to be read after the trip."""
    sent = _locked_head.ask(transaction, {"head": _HEAD_ID})

    def read() -> Head:
        row = sent.first()
        if row is None:
            insert_missing(transaction, audit_head, {"id": _HEAD_ID, "n": 0, "hash": GENESIS})
            row = _locked_head.first(transaction, {"head": _HEAD_ID})
            assert row is not None
        return Head(*row)

    return read


def head(transaction: Transaction) -> Head:
    """The head of the chain as it is now."""
    row = transaction.execute(select(audit_head.c.n, audit_head.c.hash).where(audit_head.c.id == _HEAD_ID)).first()
    return Head() if row is None else Head(row.n, row.hash)


def entries(
    transaction: Transaction, scope: Scope, filters: Filters, *, before: int | None = None, limit: int = 100
) -> list[Entry]:
    """The latest entries that the scope reaches, the newest first; ``before`` is the last number of the page before.

    A person sees what is about the own record and what that person did; a unit's head what is about its people then.
    """
    query = select(audit).where(_within(scope), *_conditions(filters)).order_by(audit.c.n.desc()).limit(limit)
    if before is not None:
        query = query.where(audit.c.n < before)
    return [_entry(row) for row in transaction.execute(query)]


def walk(transaction: Transaction, *, size: int = 5000) -> Iterator[Entry]:
    """All entries in the order of their numbers, fetched in blocks: a trail of years fits into no memory."""
    after: int | None = 0
    while after is not None:
        found, after = block(transaction, after, size=size)
        yield from found


def block(
    transaction: Transaction, after: int, *, filters: Filters | None = None, size: int = 5000
) -> tuple[list[Entry], int | None]:
    """The next entries after a number, oldest first, and the number to go on from (None: that was the last block)."""
    query = select(audit).where(audit.c.n > after, *_conditions(filters or Filters())).order_by(audit.c.n).limit(size)
    found = [_entry(row) for row in transaction.execute(query)]
    return found, found[-1].n if len(found) == size else None


def last(transaction: Transaction, tag: Tag) -> Entry | None:
    """The latest entry of a tag."""
    row = transaction.execute(select(audit).where(audit.c.tag == tag).order_by(audit.c.n.desc()).limit(1)).first()
    return None if row is None else _entry(row)


def _within(scope: Scope) -> ColumnElement[bool]:
    if scope.all:
        return audit.c.n > 0
    reached: list[ColumnElement[bool]] = [audit.c.unit_code.in_(sorted(scope.units))] if scope.units else []
    if scope.person_id is not None:
        reached += [audit.c.subject_id == scope.person_id, audit.c.actor == str(scope.person_id)]
    return or_(false(), *reached)


def _conditions(filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.actor is not None:
        yield audit.c.actor == filters.actor
    if filters.subject_id is not None:
        yield audit.c.subject_id == filters.subject_id
    if filters.tags is not None:
        yield audit.c.tag.in_(sorted(filters.tags))
    if filters.begins_at is not None:
        yield audit.c.at >= filters.begins_at
    if filters.ends_at is not None:
        yield audit.c.at < filters.ends_at


def _values(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in Entry.__slots__} | {"tag": str(entry.tag), "via": str(entry.via)}


def _entry(row: Any) -> Entry:
    return Entry(
        row.n, row.at, row.tag, row.actor, row.actor_role, row.subject_id, row.unit_code, row.via, row.payload, row.salt,
        row.digest, row.previous, row.hash,
    )  # fmt: skip
