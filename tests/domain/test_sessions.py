"""The reading of a journal, kind by kind; times are minutes after 8:00."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dokodemo.domain.device_facts import device_facts
from dokodemo.domain.events import DeviceEvent, EventKind, Place
from dokodemo.domain.facts import State
from dokodemo.domain.readings import Known, Reading, Session, Settled, Step, dumped, loaded
from dokodemo.domain.segments import PlaceKnown, Segment, SegmentState, overlaid
from dokodemo.domain.sessions import Heard, Silent, fold_event, fold_gap, fold_observation

EIGHT = datetime(2026, 11, 24, 8, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return EIGHT + timedelta(minutes=minutes)


class Reader:
    """Folds items one by one and keeps the rows that they give off, as the store does."""

    def __init__(self) -> None:
        self.reading = Reading()
        self.sessions: dict[int, Session] = {}
        self.settled: list[Settled] = []
        self.seq = 0

    def take(self, step: Step) -> Step:
        self.reading = loaded(dumped(step.reading))
        assert self.reading == step.reading
        self.sessions.update({one.n: one for one in step.sessions})
        self.settled += step.settled
        return step

    def event(self, kind: str, minutes: float, *, received: float | None = None, **members: Any) -> Step:
        self.seq += 1
        event = DeviceEvent(self.seq, at(minutes), kind, members)
        return self.take(fold_event(self.reading, event, at(received if received is not None else minutes)))

    def slept(self, minutes: float, fell_asleep: datetime) -> Step:
        members: dict[str, Any] = {"from": fell_asleep}
        return self.event("slept", minutes, **members)

    @property
    def last(self) -> Segment:
        """The stretch that goes on."""
        assert self.reading.open is not None
        return self.reading.open.tail[-1]

    def edges(self) -> list[tuple[Any, ...]]:
        return [
            (one.started_at, one.start_known, one.ended_at, one.end_known, one.provisional)
            for _, one in sorted(self.sessions.items())
        ]

    def row(self) -> list[tuple[Any, ...]]:
        """All segments so far as (from, to, state), settled ones first."""
        tail = self.reading.open.tail if self.reading.open else ()
        return [
            (minutes(one.started_at), minutes(one.ended_at), one.state.value)
            for one in [*(settled.segment for settled in self.settled), *tail]
        ]


def minutes(moment: datetime | None) -> float | None:
    return None if moment is None else (moment - EIGHT) / timedelta(minutes=1)


@pytest.fixture
def reader() -> Reader:
    one = Reader()
    one.event("started", 0, how="login")
    return one


def test_a_session_starts_reported_and_goes_on(reader: Reader) -> None:
    assert reader.edges() == [(at(0), Known.REPORTED, None, None, False)]
    assert reader.row() == [(0, None, "active")]


def test_a_recovered_end_is_known_as_recovered(reader: Reader) -> None:
    reader.event("ended", 60, how="recovered", received=600)
    assert reader.edges() == [(at(0), Known.REPORTED, at(60), Known.RECOVERED, False)]
    assert reader.row() == [(0, 60, "active")]


@pytest.mark.parametrize("how", ["lost_order", "rotated"])
def test_other_ends_are_reported(reader: Reader, how: str) -> None:
    reader.event("ended", 60, how=how)
    assert reader.edges()[0][3] is Known.REPORTED


def test_locked_and_unlocked_make_segments(reader: Reader) -> None:
    reader.event("locked", 10)
    reader.event("unlocked", 20)
    assert reader.row() == [(0, 10, "active"), (10, 20, "locked"), (20, None, "active")]


def test_away_is_dated_back_to_the_last_input(reader: Reader) -> None:
    reader.event("away", 30, since=at(20))
    reader.event("back", 40)
    assert reader.row() == [(0, 20, "active"), (20, 40, "away"), (40, None, "active")]


def test_away_never_reaches_back_before_a_proof_of_activity(reader: Reader) -> None:
    reader.event("locked", 10)
    reader.event("unlocked", 25)
    reader.event("away", 30, since=at(5))
    assert reader.row() == [(0, 10, "active"), (10, 25, "locked"), (25, None, "away")]


def test_away_while_locked_changes_nothing(reader: Reader) -> None:
    reader.event("locked", 10)
    reader.event("away", 30, since=at(5))
    assert reader.row() == [(0, 10, "active"), (10, None, "locked")]


def test_a_short_sleep_is_a_segment_that_is_not_work(reader: Reader) -> None:
    reader.slept(320, at(240))
    assert reader.row() == [(0, 240, "active"), (240, 320, "asleep"), (320, None, "active")]
    assert len(reader.sessions) == 1


def test_a_sleep_of_four_hours_ends_the_session_where_it_began(reader: Reader) -> None:
    reader.slept(60 + 240, at(60))
    assert reader.edges() == [
        (at(0), Known.REPORTED, at(60), Known.REPORTED, False),
        (at(300), Known.REPORTED, None, None, False),
    ]


def test_a_minute_less_than_four_hours_does_not(reader: Reader) -> None:
    reader.slept(60 + 239, at(60))
    assert len(reader.sessions) == 1


def test_a_lock_after_the_last_alive_mark_outlasts_the_sleep(reader: Reader) -> None:
    reader.event("locked", 61)
    reader.slept(90, at(60))
    assert reader.row()[-1] == (90, None, "locked")


def test_silence_ends_a_session_provisionally_at_the_last_contact(reader: Reader) -> None:
    reader.event("locked", 10)
    reader.take(fold_observation(reader.reading, Silent(at(12))))
    assert reader.edges() == [(at(0), Known.REPORTED, at(12), Known.SILENT, True)]
    facts = device_facts(reader.reading, None)
    assert facts is not None
    assert facts.state is State.SILENT


def test_silence_never_ends_a_session_before_its_last_event(reader: Reader) -> None:
    reader.event("locked", 10)
    reader.take(fold_observation(reader.reading, Silent(at(5))))
    assert reader.edges()[0][2] == at(10)


def test_the_next_event_opens_a_silent_session_again(reader: Reader) -> None:
    reader.take(fold_observation(reader.reading, Silent(at(5))))
    reader.event("locked", 60)
    assert reader.edges() == [(at(0), Known.REPORTED, None, None, False)]
    assert reader.row() == [(0, 60, "active"), (60, None, "locked")]


def test_a_contact_without_an_event_ends_a_silence_too(reader: Reader) -> None:
    reader.take(fold_observation(reader.reading, Silent(at(5))))
    reader.take(fold_observation(reader.reading, Heard()))
    assert reader.edges() == [(at(0), Known.REPORTED, None, None, False)]


def test_d24_a_closed_lid_is_one_session_asleep_in_between(reader: Reader) -> None:
    reader.take(fold_observation(reader.reading, Silent(at(240))))
    reader.slept(320, at(239))
    assert reader.edges() == [(at(0), Known.REPORTED, None, None, False)]
    assert reader.row() == [(0, 239, "active"), (239, 320, "asleep"), (320, None, "active")]


def test_d24_a_browser_that_ended_meanwhile_makes_two_sessions(reader: Reader) -> None:
    reader.take(fold_observation(reader.reading, Silent(at(240))))
    reader.event("ended", 239, how="recovered", received=320)
    reader.event("started", 320, how="login")
    assert reader.edges() == [
        (at(0), Known.REPORTED, at(239), Known.RECOVERED, False),
        (at(320), Known.REPORTED, None, None, False),
    ]


def test_a_start_without_an_end_closes_the_session_before_at_its_last_event(reader: Reader) -> None:
    reader.event("locked", 30)
    reader.event("started", 100, how="login")
    assert reader.edges()[0] == (at(0), Known.REPORTED, at(30), Known.RECOVERED, False)


def test_a_gap_closes_what_was_open_at_the_last_event_before_it(reader: Reader) -> None:
    reader.event("locked", 30)
    reader.take(fold_gap(reader.reading))
    reader.event("unlocked", 90)
    assert reader.edges() == [
        (at(0), Known.REPORTED, at(30), Known.RECOVERED, False),
        (at(90), Known.RECOVERED, None, None, False),
    ]


def test_a_declared_place_wins_over_the_devices_own_match(reader: Reader) -> None:
    reader.event("network_place", 5, place=Place.OFFICE)
    reader.event("place_declared", 10, place=Place.HOME)
    reader.event("network_place", 15, place=Place.DESK)
    places = [(one.segment.place, one.segment.place_known) for one in reader.settled]
    last = reader.last
    assert places == [(None, None), (Place.OFFICE, PlaceKnown.DEVICE)]
    assert (last.place, last.place_known) == (Place.HOME, PlaceKnown.DECLARED)


def test_a_declaration_lasts_no_longer_than_its_session(reader: Reader) -> None:
    reader.event("place_declared", 10, place=Place.HOME)
    reader.event("ended", 60, how="recovered")
    reader.event("started", 100, how="login")
    assert reader.last.place is None


def test_meetings_mark_segments(reader: Reader) -> None:
    reader.event("meeting_began", 10)
    reader.event("meeting_began", 15)
    reader.event("meeting_ended", 30)
    reader.event("ended", 60, how="recovered")
    assert [(minutes(one.segment.started_at), one.segment.meeting) for one in reader.settled] == [
        (0, False), (10, True), (30, False),
    ]  # fmt: skip


def test_a_clock_event_corrects_what_comes_after_it(reader: Reader) -> None:
    reader.event("clock", 1, offset_ms=-120_000)
    step = reader.event("locked", 10)
    assert step.effective_at == at(8)


def test_effective_time_never_runs_backwards_nor_beyond_arrival(reader: Reader) -> None:
    assert reader.event("locked", 30).effective_at == at(30)
    assert reader.event("unlocked", 20, received=31).effective_at == at(30)
    assert reader.event("locked", 9_000_000, received=40).effective_at == at(40)
    assert reader.event("unlocked", 45).effective_at == at(45)


@pytest.mark.parametrize("kind", ["policy_notice", "unsendable", "moon_phase"])
def test_other_kinds_change_no_state(reader: Reader, kind: str) -> None:
    before = reader.row()
    reader.event(kind, 5)
    assert reader.row() == before


def test_extreme_clocks_do_not_break_the_fold(reader: Reader) -> None:
    reader.take(
        fold_event(
            reader.reading, DeviceEvent(9, datetime(1, 1, 1, tzinfo=UTC), "clock", {"offset_ms": -(2**52)}), at(1)
        )
    )
    reader.event("away", 10, since=datetime(9999, 12, 31, tzinfo=UTC))
    reader.slept(11, datetime(1, 1, 1, tzinfo=UTC))
    reader.event("clock", 12, offset_ms=2**53 - 1)
    reader.event("locked", 13)
    assert reader.reading.last_at == at(13)


def test_every_kind_that_is_not_inert_has_a_rule() -> None:
    from dokodemo.domain.sessions import RULES

    assert set(EventKind) - set(RULES) == {EventKind.POLICY_NOTICE, EventKind.UNSENDABLE}


def test_an_observed_place_fills_what_nothing_else_says() -> None:
    row = (
        Segment(at(0), at(30), SegmentState.ACTIVE),
        Segment(at(30), at(40), SegmentState.ACTIVE, Place.HOME, PlaceKnown.DECLARED),
        Segment(at(40), None, SegmentState.LOCKED),
    )
    seen = [(at(-5), Place.BRANCH), (at(10), Place.DESK), (at(35), Place.OFFICE)]
    assert [(minutes(one.started_at), one.place, one.place_known) for one in overlaid(row, seen)] == [
        (0, Place.BRANCH, PlaceKnown.OBSERVED), (10, Place.DESK, PlaceKnown.OBSERVED),
        (30, Place.HOME, PlaceKnown.DECLARED), (40, Place.OFFICE, PlaceKnown.OBSERVED),
    ]  # fmt: skip
