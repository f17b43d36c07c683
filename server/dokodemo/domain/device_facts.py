"""What one device says of its person at this moment, taken from the reading of its journal."""

from dokodemo.domain.events import Place
from dokodemo.domain.facts import DeviceFacts, State
from dokodemo.domain.readings import Open, Reading
from dokodemo.domain.segments import SegmentState

STATES = {
    SegmentState.ACTIVE: State.ACTIVE,
    SegmentState.AWAY: State.AWAY,
    SegmentState.LOCKED: State.LOCKED,
    SegmentState.ASLEEP: State.AWAY,  # never last in an open session, but a reader of old states meets it
}


def device_facts(reading: Reading, observed: Place | None) -> DeviceFacts | None:
    """Facts of one device; None before its first session. ``observed`` is the place of its last contact."""
    if reading.open is not None:
        return _of_open(reading, reading.open, observed)
    if reading.ended_at is None:
        return None
    place = reading.ended_place or observed
    return DeviceFacts(State.ENDED, place, None, reading.ended_at, reading.ended_at, reading.active_at)


def _of_open(reading: Reading, session: Open, observed: Place | None) -> DeviceFacts:
    last = session.tail[-1]
    place = last.place or observed or Place.UNKNOWN
    if session.silent_at is not None:
        return DeviceFacts(State.SILENT, place, None, session.silent_at, session.silent_at, reading.active_at)
    return DeviceFacts(STATES[last.state], place, session.meeting_since, last.started_at, None, reading.active_at)
