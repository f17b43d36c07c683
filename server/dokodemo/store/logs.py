"""Both logs in their order, and the stored reading as comparable rows."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from dokodemo.domain.readings import Session, Settled
from dokodemo.store import Transaction
from dokodemo.store.journals import JournalRow
from dokodemo.store.rows.journals import events, gaps, journals, observations, segments, sessions

Rows = tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]


def journal_ids(transaction: Transaction) -> list[UUID]:
    """All journals."""
    return list(transaction.execute(select(journals.c.id).order_by(journals.c.id)).scalars())


def events_of(transaction: Transaction, journal: JournalRow) -> Iterator[tuple[int, bytes | None, datetime]]:
    """(seq, text, received_at) of a journal's events in order; an erased text is None."""
    rows = transaction.execute(
        select(events.c.seq, events.c.text, events.c.received_at)
        .where(events.c.person_id == journal.person_id, events.c.journal_id == journal.id)
        .order_by(events.c.seq)
    )
    yield from ((seq, text, received_at) for seq, text, received_at in rows)


def gaps_of(transaction: Transaction, journal: JournalRow) -> list[tuple[int, int]]:
    """(to_seq, from_seq) of a journal's gaps."""
    rows = transaction.execute(
        select(gaps.c.to_seq, gaps.c.from_seq).where(
            gaps.c.person_id == journal.person_id, gaps.c.journal_id == journal.id
        )
    )
    return [(to_seq, from_seq) for to_seq, from_seq in rows]


def observations_of(transaction: Transaction, journal: JournalRow) -> list[dict[str, Any]]:
    """A journal's observations in order."""
    rows = transaction.execute(
        select(observations)
        .where(observations.c.person_id == journal.person_id, observations.c.journal_id == journal.id)
        .order_by(observations.c.n)
    )
    return [dict(row) for row in rows.mappings()]


def stored_rows(transaction: Transaction, journal: JournalRow) -> Rows:
    """Sessions and settled segments of a journal as they are stored, for comparison."""
    read_sessions = transaction.execute(
        select(
            sessions.c.n, sessions.c.started_at, sessions.c.start_known, sessions.c.ended_at, sessions.c.end_known,
            sessions.c.provisional,
        )
        .where(sessions.c.person_id == journal.person_id, sessions.c.journal_id == journal.id)
        .order_by(sessions.c.n)
    )  # fmt: skip
    read_segments = transaction.execute(
        select(
            segments.c.session, segments.c.n, segments.c.started_at, segments.c.ended_at, segments.c.state,
            segments.c.place, segments.c.place_known, segments.c.meeting,
        )
        .where(segments.c.person_id == journal.person_id, segments.c.journal_id == journal.id)
        .order_by(segments.c.session, segments.c.n)
    )  # fmt: skip
    return [tuple(row) for row in read_sessions], [tuple(row) for row in read_segments]


def rows_of(read: Mapping[int, Session], settled: Sequence[Settled]) -> Rows:
    """A rebuilt reading in the form of ``stored_rows``."""
    return (
        [
            (one.n, one.started_at, one.start_known, one.ended_at, one.end_known, one.provisional)
            for _, one in sorted(read.items())
        ],
        [
            (
                one.session, one.n, one.segment.started_at, one.segment.ended_at, one.segment.state,
                one.segment.place, one.segment.place_known, one.segment.meeting,
            )
            for one in sorted(settled, key=lambda one: (one.session, one.n))
        ],
    )  # fmt: skip


def answers(transaction: Transaction) -> bool:
    """Whether the database answers and has our tables."""
    transaction.execute(select(journals.c.id).limit(1))
    return True
