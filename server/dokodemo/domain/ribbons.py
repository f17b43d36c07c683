"""One day as a ribbon: stretches of work by place. No idleness and no locked time is in it, so none can be drawn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dokodemo.domain.events import Place
from dokodemo.domain.readings import Session
from dokodemo.domain.segments import Row, Segment, SegmentState


@dataclass(frozen=True, slots=True)
class Stretch:
    """Work at one place; ``ended_at`` is None while it goes on."""

    started_at: datetime
    ended_at: datetime | None
    place: Place


@dataclass(frozen=True, slots=True)
class RibbonSession:
    """A session with its stretches of work."""

    session: Session
    stretches: tuple[Stretch, ...]


def stretches_of(segments: Iterable[Segment]) -> tuple[Stretch, ...]:
    """Segments as stretches of work: sleep is not there, active, away and locked at one place are one."""
    result: list[Stretch] = []
    for segment in segments:
        if segment.state is SegmentState.ASLEEP:
            continue
        place = segment.place or Place.UNKNOWN
        if result and result[-1].place is place and result[-1].ended_at == segment.started_at:
            result[-1] = replace(result[-1], ended_at=segment.ended_at)
        else:
            result.append(Stretch(segment.started_at, segment.ended_at, place))
    return tuple(result)


def meetings_of(segments: Sequence[Segment]) -> tuple[tuple[datetime, datetime | None], ...]:
    """When meetings were on."""
    result: list[tuple[datetime, datetime | None]] = []
    for segment in segments:
        if not segment.meeting:
            continue
        if result and result[-1][1] == segment.started_at:
            result[-1] = (result[-1][0], segment.ended_at)
        else:
            result.append((segment.started_at, segment.ended_at))
    return tuple(result)


def until(segments: Row, at: datetime | None) -> Row:
    """The row as far as its session is known to go (``at``; None: it goes on)."""
    if at is None:
        return segments
    kept = [segment for segment in segments if segment.started_at < at]
    if kept and (kept[-1].ended_at is None or kept[-1].ended_at > at):
        kept[-1] = replace(kept[-1], ended_at=at)
    return tuple(kept)
