"""Work sessions: the reading of a journal and of what the server saw of its device (PROTOCOL section 2).

``fold`` takes one item after the other (an event, a gap, an observation) and moves a small state on; everything that
no later item can change leaves the state as settled rows, so the cost of an event does not grow with history.

How times are read: ``effective_at = clamp(at + offset, previous effective_at, first received_at)``. The arrival limits
first, so one event from 2038 cannot hold the others up; changes above five minutes are marked.

How states are read: between two events without ``slept`` the device was awake. ``away`` is dated back to the last
input and ``slept`` to the last alive mark, but never before ``proved_at``, the last moment at which a person was seen
to act. A sleep of four hours or more ends a session; a shorter one is a segment that is not work.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from dokodemo.domain.events import DeviceEvent, EventKind
from dokodemo.domain.readings import Known, Open, Reading, Session, Settled, Step
from dokodemo.domain.segments import PlaceKnown, Segment, SegmentState, cut, rewritten, settled

SPLIT_AFTER = timedelta(hours=4)
MARKED_ABOVE = timedelta(minutes=5)
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Silent:
    """No contact for the lease; ``last_heard`` is the last one."""

    last_heard: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """A contact after silence, without an event: the device was only out of reach."""


def effective_at(reading: Reading, at: datetime, received_at: datetime) -> datetime:
    """The event's time on the server's clock (PROTOCOL, Clocks)."""
    try:
        corrected = at + reading.offset
    except OverflowError:  # year 1 or 9999 and an offset: the clamp decides
        corrected = at
    limited = min(corrected, received_at)
    return limited if reading.last_at is None else max(limited, reading.last_at)


def fold_event(reading: Reading, event: DeviceEvent, received_at: datetime, *, split: timedelta = SPLIT_AFTER) -> Step:
    """Move on by one event of right form; a reading that is held stands still."""
    if reading.held_from is not None:
        return Step(reading)
    at = effective_at(reading, event.at, received_at)
    change = _Change(reading, at, split)
    change.reading = replace(reading, last_at=at)
    change.reopen()
    rule = RULES.get(event.kind)
    if rule is not None:
        rule(change, event)
    return change.step(at)


def fold_gap(reading: Reading) -> Step:
    """What was open is known up to the last event before the gap; a reading that is held stands still."""
    if reading.held_from is not None:
        return Step(reading)
    change = _Change(reading, reading.last_at, SPLIT_AFTER)
    if reading.open and reading.last_at:
        change.end(reading.last_at, Known.RECOVERED)
    return change.step(None)


def fold_observation(reading: Reading, observation: Silent | Heard) -> Step:
    """Close provisionally at the last contact, or open again."""
    change = _Change(reading, reading.last_at, SPLIT_AFTER)
    if reading.open is None or reading.last_at is None:
        return Step(reading)
    if isinstance(observation, Heard):
        change.reopen()
    else:
        change.fall_silent(max(observation.last_heard, reading.last_at))
    return change.step(None)


class _Change:
    """One step under way. Lives only inside ``fold_*``; what leaves is the frozen ``Step``."""

    def __init__(self, reading: Reading, at: datetime | None, split: timedelta) -> None:
        self.reading = reading
        self.at = at or LONG_AGO
        self.before = reading.last_at
        self.split = split
        self.sessions: dict[int, Session] = {}
        self.settled: list[Settled] = []

    def step(self, at: datetime | None) -> Step:
        return Step(self.reading, tuple(self.sessions.values()), tuple(self.settled), at)

    def moved(self, moment: datetime) -> datetime:
        """A dated-back moment on the server's clock, not before the last proof of activity."""
        proved = self.reading.open.proved_at if self.reading.open else self.at
        try:
            moment += self.reading.offset
        except OverflowError:
            return proved
        return min(max(moment, proved), self.at)

    def begin(self, at: datetime, known: Known, state: SegmentState = SegmentState.ACTIVE) -> None:
        n = self.reading.sessions + 1
        session = Open(n, at, known, proved_at=at, settled=0, tail=(Segment(at, None, state),))
        active_at = at if state is SegmentState.ACTIVE else self.reading.active_at
        self.reading = replace(
            self.reading, sessions=n, open=session, active_at=active_at, ended_at=None, ended_place=None
        )
        self.sessions[n] = Session(n, at, known)

    def opened(self, state: SegmentState = SegmentState.ACTIVE) -> Open:
        """The open session; after a loss of ``started`` one begins here and says so."""
        if self.reading.open is None:
            self.begin(self.at, Known.RECOVERED, state)
        assert self.reading.open is not None
        return self.reading.open

    def keep(self, session: Open, *, proved_at: datetime | None = None) -> None:
        """Put the session back; a proof of activity settles what ended before it."""
        if proved_at is not None:
            done, tail = settled(session.tail, proved_at)
            self._settle(session, done)
            session = replace(session, proved_at=proved_at, tail=tail, settled=session.settled + len(done))
        self.reading = replace(self.reading, open=session)

    def _settle(self, session: Open, segments: tuple[Segment, ...]) -> None:
        for position, segment in enumerate(segments):
            self.settled.append(Settled(session.n, session.settled + position, segment))

    def end(self, at: datetime, known: Known) -> None:
        session = self.reading.open
        if session is None:
            return
        tail = cut(session.tail, at, None)
        self._settle(session, tail)
        self.sessions[session.n] = Session(session.n, session.started_at, session.start_known, at, known)
        place = session.declared or session.network
        self.reading = replace(self.reading, open=None, ended_at=at, ended_place=place)

    def fall_silent(self, last_heard: datetime) -> None:
        session = self.reading.open
        if session is None or session.silent_at == last_heard:
            return
        self.reading = replace(self.reading, open=replace(session, silent_at=last_heard))
        self.sessions[session.n] = Session(
            session.n, session.started_at, session.start_known, last_heard, Known.SILENT, provisional=True
        )

    def reopen(self) -> None:
        session = self.reading.open
        if session is None or session.silent_at is None:
            return
        self.reading = replace(self.reading, open=replace(session, silent_at=None))
        self.sessions[session.n] = Session(session.n, session.started_at, session.start_known)

    def turn(self, state: SegmentState) -> None:
        """The state changes now."""
        session = self.opened(state)
        segment = replace(session.tail[-1], state=state)
        proof = self.at if state is SegmentState.ACTIVE else None
        self.keep(replace(session, tail=cut(session.tail, self.at, segment)), proved_at=proof)
        if proof:
            self.reading = replace(self.reading, active_at=proof)

    def place(self, session: Open, *, proved: bool) -> None:
        """The place changes now: what is declared wins over what the device matched."""
        place = session.declared or session.network
        known = PlaceKnown.DECLARED if session.declared else PlaceKnown.DEVICE if session.network else None
        segment = replace(session.tail[-1], place=place, place_known=known)
        tail = cut(session.tail, self.at, segment)
        self.keep(replace(session, tail=tail), proved_at=self.at if proved else None)


def _started(change: _Change, _event: DeviceEvent) -> None:
    if change.before is not None:  # if one is open, its end was never recorded: it is known up to the event before
        change.end(change.before, Known.RECOVERED)
    change.begin(change.at, Known.REPORTED)


def _activity(change: _Change, _event: DeviceEvent) -> None:
    change.turn(SegmentState.ACTIVE)


def _locked(change: _Change, _event: DeviceEvent) -> None:
    change.turn(SegmentState.LOCKED)


def _away(change: _Change, event: DeviceEvent) -> None:
    session = change.opened(SegmentState.AWAY)
    if session.tail[-1].state is not SegmentState.ACTIVE:
        return
    since = change.moved(event.members["since"])
    tail = rewritten(session.tail, since, SegmentState.AWAY)
    change.keep(replace(session, tail=tail))
    change.reading = replace(change.reading, active_at=since)


def _slept(change: _Change, event: DeviceEvent) -> None:
    session = change.opened()
    fell_asleep = change.moved(event.members["from"])
    if change.at - fell_asleep >= change.split:
        change.end(fell_asleep, Known.REPORTED)
        change.begin(change.at, Known.REPORTED)
        return
    last = session.tail[-1]
    locked_meanwhile = last.state is SegmentState.LOCKED and last.started_at >= fell_asleep
    woken = SegmentState.LOCKED if locked_meanwhile else SegmentState.ACTIVE
    tail = rewritten(session.tail, fell_asleep, SegmentState.ASLEEP)
    change.keep(replace(session, tail=cut(tail, change.at, replace(tail[-1], state=woken))), proved_at=change.at)
    if woken is SegmentState.ACTIVE:
        change.reading = replace(change.reading, active_at=change.at)


def _place_declared(change: _Change, event: DeviceEvent) -> None:
    change.place(replace(change.opened(), declared=event.members["place"]), proved=True)


def _network_place(change: _Change, event: DeviceEvent) -> None:
    if change.reading.open is not None:
        change.place(replace(change.reading.open, network=event.members["place"]), proved=False)


def _meeting_began(change: _Change, _event: DeviceEvent) -> None:
    session = change.opened()
    if session.meeting_since is None:
        segment = replace(session.tail[-1], meeting=True)
        change.keep(replace(session, tail=cut(session.tail, change.at, segment), meeting_since=change.at))


def _meeting_ended(change: _Change, _event: DeviceEvent) -> None:
    session = change.reading.open
    if session is not None:
        segment = replace(session.tail[-1], meeting=False)
        change.keep(replace(session, tail=cut(session.tail, change.at, segment), meeting_since=None))


def _clock(change: _Change, event: DeviceEvent) -> None:
    try:
        offset = timedelta(milliseconds=event.members["offset_ms"])
    except OverflowError:  # 285 million years: no clock
        return
    change.reading = replace(change.reading, offset=offset)


def _ended(change: _Change, event: DeviceEvent) -> None:
    known = Known.RECOVERED if event.members["how"] == "recovered" else Known.REPORTED
    change.end(change.at, known)


RULES: Mapping[str, Callable[[_Change, DeviceEvent], None]] = {
    EventKind.STARTED: _started,
    EventKind.UNLOCKED: _activity,
    EventKind.BACK: _activity,
    EventKind.LOCKED: _locked,
    EventKind.AWAY: _away,
    EventKind.SLEPT: _slept,
    EventKind.PLACE_DECLARED: _place_declared,
    EventKind.NETWORK_PLACE: _network_place,
    EventKind.MEETING_BEGAN: _meeting_began,
    EventKind.MEETING_ENDED: _meeting_ended,
    EventKind.CLOCK: _clock,
    EventKind.ENDED: _ended,
}
"""What each kind does to a reading. Kinds that are not here (policy_notice, unsendable, unknown ones) only prove
that the device was awake."""
