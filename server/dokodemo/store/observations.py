"""What the server saw of devices; append-only. Also when it last heard of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, or_, select, update

from dokodemo.store import Transaction
from dokodemo.store.journals import JournalRow
from dokodemo.store.rows.journals import journals, observations


def append(transaction: Transaction, journal: JournalRow, kind: str, at: datetime, **columns: Any) -> None:
    """One observation of a locked journal; the caller counts it in the journal's row (``observations`` + 1)."""
    transaction.execute(
        insert(observations).values(
            person_id=journal.person_id,
            journal_id=journal.id,
            n=journal.observations + 1,
            kind=kind,
            at=at,
            after_seq=journal.next_seq - 1,
            **columns,
        )
    )


def flush_contacts(transaction: Transaction, contacts: Mapping[UUID, datetime]) -> None:
    """Write last contacts in one statement; a contact never moves back."""
    if not contacts:
        return
    transaction.execute(
        update(journals)
        .where(
            journals.c.id == bindparam("journal"),
            or_(journals.c.heard_at.is_(None), journals.c.heard_at < bindparam("heard")),
        )
        .values(heard_at=bindparam("heard")),
        [{"journal": journal, "heard": at} for journal, at in contacts.items()],
    )


def waiting(transaction: Transaction) -> list[tuple[UUID, datetime, datetime | None]]:
    """Journals whose session goes on: id, since when it is open, last flushed contact."""
    rows = transaction.execute(
        select(journals.c.id, journals.c.open_since, journals.c.heard_at).where(journals.c.open_since.is_not(None))
    )
    return [(journal, since, heard) for journal, since, heard in rows]
