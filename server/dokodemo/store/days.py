"""One person's day: sessions, segments, what devices reported, what the server saw. Every function asks for a Permit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from dokodemo.domain.access import Permit
from dokodemo.domain.events import Place
from dokodemo.domain.readings import Known, Session
from dokodemo.domain.segments import PlaceKnown, Segment, SegmentState
from dokodemo.store import Transaction
from dokodemo.store.rows.journals import events, observations, segments, sessions


@dataclass(frozen=True, slots=True)
class DaySession:
    """A session with the journal that it was read from."""

    journal_id: UUID
    session: Session


@dataclass(frozen=True, slots=True)
class DayEvent:
    """One recorded event as received; ``text`` is None after erasure."""

    journal_id: UUID
    seq: int
    kind: str
    text: bytes | None
    received_at: datetime
    effective_at: datetime | None
    moved_ms: int
    refusal: Any


def sessions_of(transaction: Transaction, permit: Permit, start: datetime, end: datetime) -> list[DaySession]:
    """Sessions that began in [``start``, ``end``), the earliest first."""
    rows = transaction.execute(
        select(sessions).where(
            sessions.c.person_id == _subject(permit), sessions.c.started_at >= start, sessions.c.started_at < end
        ).order_by(sessions.c.started_at)
    )  # fmt: skip
    return [
        DaySession(row.journal_id, Session(
            row.n, row.started_at, Known(row.start_known), row.ended_at,
            Known(row.end_known) if row.end_known else None, row.provisional,
        ))
        for row in rows
    ]  # fmt: skip


def segments_of(
    transaction: Transaction, permit: Permit, found: Sequence[DaySession]
) -> dict[tuple[UUID, int], list[Segment]]:
    """The settled segments of these sessions by journal and number, in order."""
    if not found:
        return {}
    wanted: ColumnElement[bool] = or_(*(
        (segments.c.journal_id == one.journal_id) & (segments.c.session == one.session.n) for one in found
    ))  # fmt: skip
    result: dict[tuple[UUID, int], list[Segment]] = {}
    rows = transaction.execute(
        select(segments).where(segments.c.person_id == _subject(permit), wanted)
        .order_by(segments.c.journal_id, segments.c.session, segments.c.n)
    )  # fmt: skip
    for row in rows:
        segment = Segment(
            row.started_at, row.ended_at, SegmentState(row.state), Place(row.place) if row.place else None,
            PlaceKnown(row.place_known) if row.place_known else None, row.meeting,
        )  # fmt: skip
        result.setdefault((row.journal_id, row.session), []).append(segment)
    return result


def places_seen(
    transaction: Transaction, permit: Permit, start: datetime, end: datetime
) -> dict[UUID, list[tuple[datetime, Place]]]:
    """The places of contacts in [``start``, ``end``) by journal, in order; the last one before ``start`` too."""
    result: dict[UUID, list[tuple[datetime, Place]]] = {}
    rows = transaction.execute(
        select(observations.c.journal_id, observations.c.at, observations.c.place).where(
            observations.c.person_id == _subject(permit), observations.c.kind == "network_place", observations.c.at < end,
        ).order_by(observations.c.at)
    )  # fmt: skip
    for journal_id, at, place in rows:
        if place is None:
            continue
        known = result.setdefault(journal_id, [])
        if at < start:
            known.clear()
        known.append((at, Place(place)))
    return result


def events_of(transaction: Transaction, permit: Permit, start: datetime, end: datetime) -> list[DayEvent]:
    """Events that took effect (or, refused, arrived) in [``start``, ``end``), in order."""
    within = (events.c.effective_at >= start) & (events.c.effective_at < end)
    refused = events.c.effective_at.is_(None) & (events.c.received_at >= start) & (events.c.received_at < end)
    rows = transaction.execute(
        select(
            events.c.journal_id, events.c.seq, events.c.kind, events.c.text, events.c.received_at, events.c.effective_at,
            events.c.moved_ms, events.c.refusal,
        ).where(events.c.person_id == _subject(permit), or_(within, refused))
    )  # fmt: skip
    found = [DayEvent(*row) for row in rows]
    return sorted(found, key=lambda one: (one.effective_at or one.received_at, one.journal_id.bytes, one.seq))


def observations_of(transaction: Transaction, permit: Permit, start: datetime, end: datetime) -> list[Any]:
    """What the server saw in [``start``, ``end``): kind, at, place, last_heard."""
    rows = transaction.execute(
        select(observations.c.kind, observations.c.at, observations.c.place, observations.c.last_heard).where(
            observations.c.person_id == _subject(permit), observations.c.at >= start, observations.c.at < end
        ).order_by(observations.c.at)
    )  # fmt: skip
    return list(rows)


def _subject(permit: Permit) -> UUID:
    if permit.subject.person_id is None:
        raise TypeError("a day is somebody's")
    return permit.subject.person_id
