"""What a journal reads as at one moment: the small state between two steps of the fold, and the rows it gives off.

The state is stored with the journal as a document (``dumped``, ``loaded``); instants are milliseconds since 1970 there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from dokodemo.domain.events import Place
from dokodemo.domain.segments import PlaceKnown, Segment, SegmentState


class Known(StrEnum):
    """How an edge of a session is known, in the order of trust where several describe the same edge."""

    REPORTED = "reported"
    GOOGLE = "google"
    RECOVERED = "recovered"
    SILENT = "silent"
    CORRECTED = "corrected"


@dataclass(frozen=True, slots=True)
class Open:
    """The session that goes on. ``tail`` are the segments that may still move; the last one has no end yet."""

    n: int
    started_at: datetime
    start_known: Known
    proved_at: datetime
    settled: int
    tail: tuple[Segment, ...]
    declared: Place | None = None
    network: Place | None = None
    meeting_since: datetime | None = None
    silent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """The fold so far: how many sessions began, the clock's offset, the last effective time, the open session.

    ``active_at``, ``ended_at`` and ``ended_place`` describe the device after its last session, for the live facts.
    From ``held_from`` on events are in the log and the fold waits: a backup was restored, and the device has not
    proved its person since. Observations go on being folded.
    """

    sessions: int = 0
    offset: timedelta = timedelta(0)
    last_at: datetime | None = None
    open: Open | None = None
    active_at: datetime | None = None
    ended_at: datetime | None = None
    ended_place: Place | None = None
    held_from: int | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """One session as stored: edges and how each is known. ``provisional``: the next event may open it again."""

    n: int
    started_at: datetime
    start_known: Known
    ended_at: datetime | None = None
    end_known: Known | None = None
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """A segment that nothing can move any more, with its place in the session."""

    session: int
    n: int
    segment: Segment


@dataclass(frozen=True, slots=True)
class Step:
    """What one item did: the new state, the rows it touched, and for an event its effective time."""

    reading: Reading
    sessions: tuple[Session, ...] = ()
    settled: tuple[Settled, ...] = ()
    effective_at: datetime | None = None


def dumped(reading: Reading) -> dict[str, Any]:
    """The reading as a JSON document; members without a value are left out."""
    document = {
        "n": reading.sessions,
        "offset": reading.offset // timedelta(milliseconds=1),
        "last_at": _ms(reading.last_at),
        "open": _dumped_open(reading.open) if reading.open else None,
        "active_at": _ms(reading.active_at),
        "ended_at": _ms(reading.ended_at),
        "ended_place": reading.ended_place,
        "held": reading.held_from,
    }
    return {name: value for name, value in document.items() if value is not None}


def loaded(document: Mapping[str, Any]) -> Reading:
    """The inverse of ``dumped``."""
    return Reading(
        document["n"],
        timedelta(milliseconds=document["offset"]),
        _instant(document.get("last_at")),
        _loaded_open(document["open"]) if "open" in document else None,
        _instant(document.get("active_at")),
        _instant(document.get("ended_at")),
        _place(document.get("ended_place")),
        document.get("held"),
    )


def _dumped_open(session: Open) -> dict[str, Any]:
    return {
        "n": session.n,
        "started_at": _ms(session.started_at),
        "start_known": session.start_known,
        "proved_at": _ms(session.proved_at),
        "settled": session.settled,
        "tail": [
            [_ms(part.started_at), _ms(part.ended_at), part.state, part.place, part.place_known, part.meeting]
            for part in session.tail
        ],
        "declared": session.declared,
        "network": session.network,
        "meeting_since": _ms(session.meeting_since),
        "silent_at": _ms(session.silent_at),
    }


def _loaded_open(document: Mapping[str, Any]) -> Open:
    started_at, proved_at = _instant(document["started_at"]), _instant(document["proved_at"])
    assert started_at is not None
    assert proved_at is not None
    return Open(
        document["n"],
        started_at,
        Known(document["start_known"]),
        proved_at,
        document["settled"],
        tuple(_loaded_segment(part) for part in document["tail"]),
        _place(document["declared"]),
        _place(document["network"]),
        _instant(document["meeting_since"]),
        _instant(document["silent_at"]),
    )


def _loaded_segment(part: list[Any]) -> Segment:
    started_at = _instant(part[0])
    assert started_at is not None
    known = PlaceKnown(part[4]) if part[4] else None
    return Segment(started_at, _instant(part[1]), SegmentState(part[2]), _place(part[3]), known, part[5])


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - _EPOCH) // _MILLISECOND


def _instant(ms: int | None) -> datetime | None:
    return None if ms is None else _EPOCH + ms * _MILLISECOND


def _place(value: str | None) -> Place | None:
    return None if value is None else Place(value)
