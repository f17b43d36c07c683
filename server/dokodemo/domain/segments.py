"""Stretches of a session with one state and one place, and how a row of them is cut and rewritten."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from dokodemo.domain.events import Place


class SegmentState(StrEnum):
    """What the device was in; ``asleep`` is not work, short idleness does not exist here."""

    ACTIVE = "active"
    AWAY = "away"
    LOCKED = "locked"
    ASLEEP = "asleep"


class PlaceKnown(StrEnum):
    """Who says where: the person, the device's own match, or the network seen by the server."""

    DECLARED = "declared"
    DEVICE = "device"
    OBSERVED = "observed"


@dataclass(frozen=True, slots=True)
class Segment:
    """From ``started_at`` to ``ended_at`` (None: it goes on)."""

    started_at: datetime
    ended_at: datetime | None
    state: SegmentState
    place: Place | None = None
    place_known: PlaceKnown | None = None
    meeting: bool = False


Row = tuple[Segment, ...]
"""Segments in time order without holes; only the last one may be without an end."""


def cut(row: Row, at: datetime, following: Segment | None) -> Row:
    """End the row at ``at``; ``following`` (its times are ignored) goes on from there. Empty stretches vanish."""
    kept = [segment for segment in row if segment.started_at < at]
    if kept:
        last = kept[-1]
        if last.ended_at is None or last.ended_at > at:
            kept[-1] = replace(last, ended_at=at)
    if following is not None:
        kept.append(replace(following, started_at=at, ended_at=None))
    return joined(kept)


def rewritten(row: Row, since: datetime, state: SegmentState) -> Row:
    """The row with ``state`` from ``since`` on, places and meetings as they were."""
    result: list[Segment] = []
    for segment in row:
        if segment.ended_at is not None and segment.ended_at <= since:
            result.append(segment)
        elif segment.started_at < since:
            result.append(replace(segment, ended_at=since))
            result.append(replace(segment, started_at=since, state=state))
        else:
            result.append(replace(segment, state=state))
    return joined(result)


def settled(row: Row, proved_at: datetime) -> tuple[Row, Row]:
    """What ended by ``proved_at`` and cannot move any more, and the rest."""
    count = 0
    for segment in row:
        if segment.ended_at is None or segment.ended_at > proved_at:
            break
        count += 1
    return row[:count], row[count:]


def joined(segments: Sequence[Segment]) -> Row:
    """Neighbours that differ only in time become one."""
    result: list[Segment] = []
    for segment in segments:
        if result and _alike(result[-1], segment):
            result[-1] = replace(result[-1], ended_at=segment.ended_at)
        else:
            result.append(segment)
    return tuple(result)


def _alike(one: Segment, other: Segment) -> bool:
    return (one.state, one.place, one.place_known, one.meeting) == (
        other.state, other.place, other.place_known, other.meeting
    )  # fmt: skip


def overlaid(row: Row, places: Sequence[tuple[datetime, Place]]) -> Row:
    """Give segments without a place the one that the server observed at their time (``places`` in time order)."""
    result: list[Segment] = []
    for segment in row:
        if segment.place is not None:
            result.append(segment)
            continue
        place: Place | None = None
        start = segment.started_at
        for at, observed in places:
            if at <= start:
                place = observed
            elif segment.ended_at is None or at < segment.ended_at:
                result.append(_placed(replace(segment, started_at=start, ended_at=at), place))
                start, place = at, observed
        result.append(_placed(replace(segment, started_at=start), place))
    return joined(result)


def _placed(segment: Segment, place: Place | None) -> Segment:
    if place is None:
        return segment
    return replace(segment, place=place, place_known=PlaceKnown.OBSERVED)
