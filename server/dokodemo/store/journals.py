"""Journals and their events: append-only, each event once (the primary key is the last word)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update

from dokodemo.domain.errors import ErrorCode, MissingError
from dokodemo.store import Transaction
from dokodemo.store.bindings import open_orders, replaces_active
from dokodemo.store.installation import epoch_of
from dokodemo.store.prepared import Prepared
from dokodemo.store.row_sets import KEY, ByIds, insert_rows, update_rows, upsert_rows
from dokodemo.store.rows.devices import bindings
from dokodemo.store.rows.journals import events, evidence, gaps, journals, signed_batches
from dokodemo.store.rows.people import people


@dataclass(frozen=True, slots=True)
class JournalRow:
    """A journal under this transaction's lock, with what its key has to be judged by and told."""

    id: UUID
    person_id: UUID
    status: str
    next_seq: int
    head: bytes
    reading: Any
    open_since: datetime | None
    observed_place: str | None
    observations: int
    forked_at: datetime | None
    device_id: UUID | None
    person_valid_to: date | None
    replaces: UUID | None
    replaces_active: bool
    open_orders: int
    epoch: int


_row = select(
    journals.c.id, journals.c.person_id, bindings.c.status, journals.c.next_seq, journals.c.head, journals.c.reading,
    journals.c.open_since, journals.c.observed_place, journals.c.observations, journals.c.forked_at,
    bindings.c.device_id, people.c.valid_to, bindings.c.replaces, replaces_active, open_orders, epoch_of,
).join(bindings, bindings.c.id == journals.c.id).join(people, people.c.id == journals.c.person_id)  # fmt: skip

# The key's own row too: a key that replaces it, or a revocation, waits until this transaction has ended, and is seen.
_held: dict[str, Any] = {"of": (journals, bindings), "key_share": True}
_locked = Prepared(_row.with_for_update(**_held).where(journals.c.id == bindparam("journal")))
_free = ByIds(_row.with_for_update(**_held, skip_locked=True), journals.c.id)


def lock(transaction: Transaction, journal_id: UUID) -> JournalRow:
    """The journal's row, held until the end of the transaction. Raises ``MissingError``."""
    row = _locked.first(transaction, {"journal": journal_id})
    if row is None:
        raise MissingError(ErrorCode.NOT_FOUND, "no such journal")
    return JournalRow(*row)


def lock_free(transaction: Transaction, journal_ids: Sequence[UUID]) -> dict[UUID, JournalRow]:
    """The rows of those of these journals that exist and that nobody else holds, held until the transaction ends."""
    return {row[0]: JournalRow(*row) for row in _free.all(transaction, journal_ids)}


def heads(transaction: Transaction, journal: JournalRow, numbers: range) -> dict[int, bytes]:
    """The heads that exist of ``numbers``: of events, and the claimed head at the end of each gap."""
    if not numbers:
        return {}
    inside = (events.c.person_id == journal.person_id, events.c.journal_id == journal.id)
    stored = transaction.execute(
        select(events.c.seq, events.c.head).where(*inside, events.c.seq.between(numbers.start, numbers.stop - 1))
    )
    known = {seq: bytes(head) for seq, head in stored}
    for to_seq, head in transaction.execute(
        select(gaps.c.to_seq, gaps.c.claimed_head).where(
            gaps.c.person_id == journal.person_id, gaps.c.journal_id == journal.id
        )
    ):
        if to_seq in numbers:
            known[to_seq] = bytes(head)
    return known


def append_events(transaction: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """New events, in order."""
    insert_rows(transaction, events, rows)


def append_gap(transaction: Transaction, **columns: Any) -> None:
    """Numbers that no longer exist anywhere."""
    transaction.execute(insert(gaps).values(**columns))


def move(transaction: Transaction, journal_id: UUID, **columns: Any) -> None:
    """Write what a step of the fold changed in the journal's row."""
    move_all(transaction, {journal_id: columns})


def move_all(transaction: Transaction, moved: Mapping[UUID, Mapping[str, Any]]) -> None:
    """The same for many journals, of each the same columns."""
    update_rows(transaction, journals, [{KEY: journal_id, **columns} for journal_id, columns in moved.items()])


def keep_signed(transaction: Transaction, batches: Sequence[Mapping[str, Any]]) -> None:
    """The last signed batch of each journal and month."""
    upsert_rows(transaction, signed_batches, batches)


def keep_evidence(transaction: Transaction, journal_id: UUID, kind: str, at: datetime, **columns: Any) -> None:
    """The first batch of its kind is kept, the others are counted."""
    seen = transaction.execute(
        update(evidence)
        .where(evidence.c.journal_id == journal_id, evidence.c.kind == kind)
        .values(last_at=at, count=evidence.c.count + 1)
    )
    if seen.rowcount == 0:
        first = {"journal_id": journal_id, "kind": kind, "first_at": at, "last_at": at, "count": 1}
        transaction.execute(insert(evidence).values(first | columns))


def carried_texts(
    transaction: Transaction, person_id: UUID, journal_id: UUID, kind: str, carried_over: str
) -> list[bytes]:
    """Texts of this kind that this journal holds as carried over from that number of an older one."""
    texts = transaction.execute(
        select(events.c.text).where(
            events.c.person_id == person_id, events.c.journal_id == journal_id, events.c.kind == kind
        )
    ).scalars()
    mark = f'"carried_over":"{carried_over}"'.encode()
    return [text for text in texts if text is not None and mark in text]


def find_text(transaction: Transaction, person_id: UUID, journal_id: UUID, seq: int) -> bytes | None:
    """The text of an event of this person's log, None when the log does not hold it."""
    return transaction.execute(
        select(events.c.text).where(
            events.c.person_id == person_id, events.c.journal_id == journal_id, events.c.seq == seq
        )
    ).scalar()
