"""The log in blocks, for whoever judges all of it: what is in memory at once does not grow with the log."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_

from dokodemo.domain.journals import Gap, Journal
from dokodemo.domain.proofs import Kept, Logged
from dokodemo.store import Transaction
from dokodemo.store.rows.devices import bindings
from dokodemo.store.rows.journals import events, gaps, journals, signed_batches

BLOCK = 2000


@dataclass(frozen=True, slots=True)
class Named:
    """A journal with the key that names it."""

    id: UUID
    person_id: UUID
    journal: Journal
    thumbprint: bytes
    public_key: bytes


def count_journals(transaction: Transaction) -> int:
    """How many there are."""
    return transaction.execute(select(func.count()).select_from(journals)).scalar_one()


def count_bindings(transaction: Transaction) -> int:
    """How many keys were ever made."""
    return transaction.execute(select(func.count()).select_from(bindings)).scalar_one()


def ids_after(transaction: Transaction, after: UUID | None, size: int = 500) -> list[UUID]:
    """The next journals in the order of their ids."""
    query = select(journals.c.id).order_by(journals.c.id).limit(size)
    if after is not None:
        query = query.where(journals.c.id > after)
    return list(transaction.execute(query).scalars())


def find(transaction: Transaction, journal_id: UUID) -> Named | None:
    """A journal and its key."""
    row = transaction.execute(
        select(
            journals.c.id, journals.c.person_id, journals.c.next_seq, journals.c.head, bindings.c.thumbprint,
            bindings.c.public_key,
        ).join(bindings, bindings.c.id == journals.c.id).where(journals.c.id == journal_id)
    ).first()  # fmt: skip
    if row is None:
        return None
    journal = Journal(row.next_seq, _raw(row.head))
    return Named(row.id, row.person_id, journal, _raw(row.thumbprint), _raw(row.public_key))


def events_of(transaction: Transaction, named: Named) -> Iterator[Logged]:
    """All events of a journal in order, fetched in blocks."""
    after = -1
    while True:
        block = _from(transaction, named, after + 1, BLOCK)
        yield from block
        if len(block) < BLOCK:
            return
        after = block[-1].seq


def events_between(transaction: Transaction, named: Named, first: int, last: int) -> list[Logged]:
    """The events from ``first`` to ``last``, for a span that fits into memory."""
    return [event for event in _from(transaction, named, first, last - first + 1) if event.seq <= last]


def _from(transaction: Transaction, named: Named, first: int, size: int) -> list[Logged]:
    query = select(events.c.seq, events.c.text, events.c.head, events.c.kind, events.c.received_at).where(
        events.c.person_id == named.person_id, events.c.journal_id == named.id, events.c.seq >= first
    )
    rows = transaction.execute(query.order_by(events.c.seq).limit(size))
    return [
        Logged(seq, None if text is None else _raw(text), _raw(head), kind, f"{received_at:%Y-%m}")
        for seq, text, head, kind, received_at in rows
    ]


def _raw(value: bytes | str) -> bytes:
    """The bytes of a value; SQLite gives text where somebody's UPDATE left text."""
    return value.encode() if isinstance(value, str) else bytes(value)


def gaps_of(transaction: Transaction, named: Named) -> list[Gap]:
    """A journal's gaps in order."""
    rows = transaction.execute(
        select(gaps.c.from_seq, gaps.c.to_seq, gaps.c.claimed_head)
        .where(gaps.c.person_id == named.person_id, gaps.c.journal_id == named.id)
        .order_by(gaps.c.from_seq)
    )
    return [Gap(from_seq, to_seq, _raw(head)) for from_seq, to_seq, head in rows]


def batches_of(transaction: Transaction, named: Named) -> list[Kept]:
    """The kept batches of a journal, one for each month."""
    rows = transaction.execute(
        select(signed_batches.c.month, signed_batches.c.last_seq, signed_batches.c.body, signed_batches.c.signature)
        .where(signed_batches.c.person_id == named.person_id, signed_batches.c.journal_id == named.id)
        .order_by(signed_batches.c.month)
    )
    return [
        Kept(month, last_seq, _raw(body), signature if isinstance(signature, dict) else {})
        for month, last_seq, body, signature in rows
    ]


Stray = tuple[UUID, int]
Pair = tuple[UUID, UUID]


def strays_after(transaction: Transaction, after: Pair | None, size: int = 200) -> tuple[list[Stray], Pair | None]:
    """Of the next (person, journal) pairs under which events stand, those that no journal has: (journal, first number).

    With the pair to go on from, None at the end. Steps along the primary key from pair to pair, never over all events.
    """
    found: list[Stray] = []
    key = tuple_(events.c.person_id, events.c.journal_id)
    query = select(events.c.person_id, events.c.journal_id, events.c.seq).order_by(*events.primary_key.columns).limit(1)
    for _ in range(size):
        row = transaction.execute(query if after is None else query.where(key > after)).first()
        if row is None:
            return found, None
        after = (row.person_id, row.journal_id)
        owned = select(journals.c.id).where(journals.c.id == row.journal_id, journals.c.person_id == row.person_id)
        if transaction.execute(owned).first() is None:
            found.append((row.journal_id, row.seq))
    return found, after


def without_journal(transaction: Transaction, binding_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these keys that have no journal (or are no keys here) any more."""
    held: Any = select(journals.c.id).join(bindings, bindings.c.id == journals.c.id)
    return set(binding_ids) - set(transaction.execute(held.where(journals.c.id.in_(binding_ids))).scalars())
