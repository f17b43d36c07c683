"""What a restored backup means for the log: a new epoch, journals whose fold waits, sign-ins that end."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update

from dokodemo.domain.readings import dumped, loaded
from dokodemo.store import Transaction, installation
from dokodemo.store.journals import JournalRow
from dokodemo.store.rows.devices import bindings, challenges
from dokodemo.store.rows.journals import events, journals
from dokodemo.store.rows.web import sign_ins, web_sessions

RESTORED_AT = "restored_at"


def begin_epoch(transaction: Transaction, at: datetime) -> int:
    """One more life of the log, which began at ``at``; gives its number."""
    epoch = installation.epoch(transaction) + 1
    installation.replace(transaction, installation.EPOCH, epoch)
    installation.replace(transaction, RESTORED_AT, at.isoformat())
    return epoch


def hold_journals(transaction: Transaction) -> list[UUID]:
    """Let the fold of every journal whose key counts wait from its next event on; gives their ids."""
    rows = transaction.execute(
        select(journals.c.id, journals.c.next_seq, journals.c.reading)
        .join(bindings, bindings.c.id == journals.c.id)
        .where(bindings.c.status == "active")
        .order_by(journals.c.id)
    ).all()
    held = []
    for journal_id, next_seq, reading in rows:
        before = loaded(reading)
        waiting = next_seq if before.held_from is None else before.held_from
        document = dumped(replace(before, held_from=waiting))
        transaction.execute(update(journals).where(journals.c.id == journal_id).values(reading=document))
        held.append(journal_id)
    return held


def end_sign_ins(transaction: Transaction) -> int:
    """Nobody is signed in any more, no nonce is open: what was revoked since the backup is not known. Gives how many
    browsers were signed in."""
    ended = transaction.execute(select(func.count()).select_from(web_sessions)).scalar_one()
    for table in (web_sessions, sign_ins, challenges):
        transaction.execute(delete(table))
    return ended


def count_held(transaction: Transaction) -> int:
    """How many journals wait for their device to prove its person."""
    active = (
        select(journals.c.reading).join(bindings, bindings.c.id == journals.c.id).where(bindings.c.status == "active")
    )
    return sum("held" in reading for reading in transaction.execute(active).scalars())


def restored_at(transaction: Transaction) -> datetime | None:
    """When the last backup was restored."""
    value: Any = installation.find(transaction, RESTORED_AT)
    return None if value is None else datetime.fromisoformat(value)


def lost_before(transaction: Transaction, journal: JournalRow, from_seq: int) -> bool:
    """Whether a gap that begins at ``from_seq`` is what a restored backup lacks: the log's last event before it came
    in before the restore, or there is none."""
    at = restored_at(transaction)
    if at is None:
        return False
    last = (
        select(events.c.received_at)
        .where(
            events.c.person_id == journal.person_id, events.c.journal_id == journal.id, events.c.seq < from_seq
        )
        .order_by(events.c.seq.desc())
        .limit(1)
    )  # fmt: skip
    received_at = transaction.execute(last).scalar()
    return received_at is None or received_at < at


def set_times(transaction: Transaction, journal: JournalRow, times: Iterable[tuple[int, datetime, int]]) -> None:
    """(seq, effective_at, moved_ms) of events that waited."""
    for seq, effective_at, moved_ms in times:
        transaction.execute(
            update(events)
            .where(events.c.person_id == journal.person_id, events.c.journal_id == journal.id, events.c.seq == seq)
            .values(effective_at=effective_at, moved_ms=moved_ms)
        )
