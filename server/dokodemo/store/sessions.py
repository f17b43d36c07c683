"""The stored reading: sessions and settled segments, moved on by the fold alone."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete

from dokodemo.domain.readings import Session, Settled
from dokodemo.store import Transaction
from dokodemo.store.journals import JournalRow
from dokodemo.store.row_sets import insert_rows, upsert_rows
from dokodemo.store.rows.journals import segments, sessions


def replace(transaction: Transaction, changed: Sequence[tuple[JournalRow, Session]]) -> None:
    """Write sessions as they read now."""
    upsert_rows(
        transaction,
        sessions,
        [
            {
                "person_id": journal.person_id,
                "journal_id": journal.id,
                "n": session.n,
                "started_at": session.started_at,
                "start_known": session.start_known,
                "ended_at": session.ended_at,
                "end_known": session.end_known,
                "provisional": session.provisional,
            }
            for journal, session in changed
        ],
    )


def append_segments(transaction: Transaction, settled: Sequence[tuple[JournalRow, Settled]]) -> None:
    """Write segments that nothing can move any more."""
    insert_rows(
        transaction,
        segments,
        [
            {
                "person_id": journal.person_id,
                "journal_id": journal.id,
                "session": one.session,
                "n": one.n,
                "started_at": one.segment.started_at,
                "ended_at": one.segment.ended_at,
                "state": one.segment.state,
                "place": one.segment.place,
                "place_known": one.segment.place_known,
                "meeting": one.segment.meeting,
            }
            for journal, one in settled
        ],
    )


def forget(transaction: Transaction, person_id: UUID, journal_id: UUID) -> None:
    """Remove the reading of one journal, to be built again."""
    for table in (segments, sessions):
        transaction.execute(delete(table).where(table.c.person_id == person_id, table.c.journal_id == journal_id))
