import json
from datetime import datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dokodemo.domain.events import Place
from dokodemo.domain.facts import WITHHOLDING, DeviceFacts, Facts, State, View, merged, narrowed
from dokodemo.domain.presence import OUT, Policy, Presence, Qualifier, Source, clears, presence_of, remembering
from dokodemo.domain.statuses import NEVER_DECLARED, Status
from dokodemo.domain.whereabouts import Via, Whereabouts

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "presence.json").read_text("utf-8"))
JST = timezone(timedelta(hours=9))
ME = UUID("00000000-0000-4000-8000-000000000001")
OTHER = UUID("00000000-0000-4000-8000-000000000002")


def instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def entry_of(wire: dict[str, Any] | None) -> Whereabouts | None:
    if wire is None:
        return None
    return Whereabouts(
        id=UUID(wire["id"]),
        person_id=UUID(wire["person_id"]),
        status=Status(wire["status"]),
        destination=wire.get("destination"),
        back_at=instant(wire.get("back_at")),
        note=wire.get("note"),
        from_at=instant(wire.get("from")),
        until_at=instant(wire.get("until")),
        made_at=datetime.fromisoformat(wire["made_at"]),
        author_id=UUID(wire["author_id"]),
        via=Via(wire["via"]),
    )


def facts_of(wire: dict[str, Any]) -> Facts:
    place = wire.get("place")
    return Facts(
        person_id=UUID(wire["person_id"]),
        state=State(wire["state"]),
        place=None if place is None else Place(place),
        meeting=instant(wire.get("meeting")),
        since=instant(wire.get("since")),
        until=instant(wire.get("until")),
        whereabouts=entry_of(wire.get("whereabouts")),
        cleared_at=instant(wire.get("cleared_at")),
    )


def policy_of(wire: dict[str, Any]) -> Policy:
    return Policy(
        zone=timezone(timedelta(minutes=wire["utc_offset_minutes"])),
        starts=time.fromisoformat(wire["starts"]),
        ends=time.fromisoformat(wire["ends"]),
        lunch_from=time.fromisoformat(wire["lunch_from"]),
        lunch_to=time.fromisoformat(wire["lunch_to"]),
        grace=timedelta(minutes=wire["grace_minutes"]),
        working_day=wire["working_day"],
    )


def presence_in(wire: dict[str, Any]) -> Presence:
    status, qualifier, place = wire["status"], wire.get("qualifier"), wire.get("place")
    return Presence(
        row=wire["row"],
        status=None if status is None else Status(status),
        source=Source(wire["source"]),
        qualifier=None if qualifier is None else Qualifier(qualifier),
        at=instant(wire.get("at")),
        since=instant(wire.get("since")),
        place=None if place is None else Place(place),
        destination=wire.get("destination"),
        back_at=instant(wire.get("back_at")),
        note=wire.get("note"),
        overdue=wire.get("overdue", False),
        by_proxy=wire.get("by_proxy", False),
    )


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_a_cell_shows_what_the_case_says(case: dict[str, Any]) -> None:
    policy = policy_of(VECTORS["policy"] | case.get("policy", {}))
    actual = presence_of(facts_of(case["facts"]), datetime.fromisoformat(case["now"]), policy=policy)
    assert presence_in(case["expected"]) == actual


def test_every_row_of_the_table_has_cases() -> None:
    assert set(range(1, 17)) == {case["expected"]["row"] for case in VECTORS["cases"]}
    assert len(VECTORS["cases"]) >= 60


def at(hour: int, minute: int = 0, day: int = 24) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=JST)


def declared(status: Status, made_at: datetime, **more: Any) -> Whereabouts:
    fields: dict[str, Any] = {
        "destination": None, "back_at": None, "note": None, "from_at": None, "until_at": None,
        "author_id": ME, "via": Via.POPUP,
    }  # fmt: skip
    return Whereabouts(id=UUID(int=7), person_id=ME, status=status, made_at=made_at, **(fields | more))


def test_a_return_clears_an_outing_and_is_remembered_while_the_person_is_away() -> None:
    outing = declared(Status.FIELD, at(13), destination="県庁", back_at=at(15))
    back = Facts(ME, State.ACTIVE, Place.DESK, since=at(14, 20), whereabouts=outing)
    away = Facts(ME, State.AWAY, Place.DESK, since=at(14, 40), whereabouts=outing)
    returned = remembering(back, None, zone=JST)
    assert at(14, 20) == returned.cleared_at
    assert at(14, 20) == remembering(away, returned, zone=JST).cleared_at
    assert remembering(away, None, zone=JST).cleared_at is None


def test_a_new_entry_forgets_that_the_old_one_was_cleared() -> None:
    outing = declared(Status.FIELD, at(13), destination="県庁")
    again = Whereabouts(UUID(int=8), ME, Status.FIELD, "支所", None, None, None, None, at(14, 50), ME, Via.POPUP)
    before = remembering(Facts(ME, State.ACTIVE, Place.DESK, since=at(14, 20), whereabouts=outing), None, zone=JST)
    after = remembering(Facts(ME, State.ACTIVE, Place.DESK, since=at(14, 20), whereabouts=again), before, zone=JST)
    assert after.cleared_at is None


def test_a_trip_is_cleared_on_its_last_day_only() -> None:
    trip = declared(Status.TRIP, at(8), destination="東京", back_at=at(17, day=25))
    first = Facts(ME, State.ACTIVE, Place.DESK, since=at(16), whereabouts=trip)
    last = Facts(ME, State.ACTIVE, Place.DESK, since=at(16, day=25), whereabouts=trip)
    assert (False, True) == (clears(first, zone=JST), clears(last, zone=JST))


def test_leave_is_never_cleared_by_activity() -> None:
    leave = declared(Status.LEAVE, at(8))
    assert not clears(Facts(ME, State.ACTIVE, Place.DESK, since=at(9), whereabouts=leave), zone=JST)


ACTIVE = DeviceFacts(State.ACTIVE, Place.DESK, None, at(9), None, at(9))
MEETING = DeviceFacts(State.LOCKED, Place.OFFICE, at(9, 30), at(9, 31), None, at(9, 31))
AWAY = DeviceFacts(State.AWAY, Place.HOME, None, at(9, 10), None, at(9, 9))
LOCKED = DeviceFacts(State.LOCKED, Place.BRANCH, None, at(9, 20), None, at(9, 19))
SILENT = DeviceFacts(State.SILENT, Place.FIELD, None, at(8), at(9), at(8, 59))
ENDED = DeviceFacts(State.ENDED, Place.SATELLITE, None, at(7), at(8), at(8))


@pytest.mark.parametrize(
    ("more", "less"), [(ACTIVE, MEETING), (MEETING, AWAY), (AWAY, LOCKED), (LOCKED, SILENT), (SILENT, ENDED)]
)
def test_of_several_devices_the_most_present_fact_wins(more: DeviceFacts, less: DeviceFacts) -> None:
    for devices in ([more, less], [less, more]):
        facts = merged(ME, devices)
        assert (more.state, more.meeting, more.since) == (facts.state, facts.meeting, facts.since)


def test_the_place_is_of_the_device_that_was_active_last() -> None:
    assert Place.BRANCH == merged(ME, [AWAY, LOCKED]).place
    assert Place.OFFICE == merged(ME, [LOCKED, MEETING, SILENT]).place


def test_of_two_active_devices_the_later_one_says_where() -> None:
    at_home = DeviceFacts(State.ACTIVE, Place.HOME, None, at(10), None, at(10))
    assert (Place.HOME, at(10)) == (merged(ME, [ACTIVE, at_home]).place, merged(ME, [at_home, ACTIVE]).since)


def test_nobody_without_a_device_has_a_state() -> None:
    assert Facts(ME) == merged(ME, [])


@pytest.mark.parametrize("status", sorted(WITHHOLDING))
@pytest.mark.parametrize("view", [View.HEAD, View.COLLEAGUE])
def test_during_an_absence_only_the_status_and_its_return_leave_the_server(status: Status, view: View) -> None:
    absence = declared(status, at(8), destination="県庁", note="メモ", back_at=at(8, 30, day=26))
    facts = Facts(ME, State.ACTIVE, Place.HOME, at(9), at(9), at(9), absence, at(9))
    bare = declared(status, at(8), back_at=at(8, 30, day=26))
    assert Facts(ME, whereabouts=bare) == narrowed(facts, view)


def test_a_colleague_gets_locked_as_away_and_no_since() -> None:
    locked = Facts(ME, State.LOCKED, Place.DESK, since=at(10))
    assert Facts(ME, State.AWAY, Place.DESK) == narrowed(locked, View.COLLEAGUE)


def test_a_head_gets_locked_but_not_for_how_long() -> None:
    locked = Facts(ME, State.LOCKED, Place.DESK, since=at(10))
    assert Facts(ME, State.LOCKED, Place.DESK) == narrowed(locked, View.HEAD)


instants = st.one_of(
    st.none(), st.integers(0, 3 * 24 * 60).map(lambda minutes: at(0, day=23) + timedelta(minutes=minutes))
)
entries = st.builds(
    declared,
    st.sampled_from([status for status in Status if status not in NEVER_DECLARED]),
    instants.filter(lambda moment: moment is not None),
    back_at=instants,
    from_at=instants,
    until_at=instants,
    author_id=st.sampled_from([ME, OTHER]),
)
any_facts = st.builds(
    Facts, st.just(ME), st.sampled_from(State), st.one_of(st.none(), st.sampled_from(Place)),
    instants, instants, instants, st.one_of(st.none(), entries), instants,
)  # fmt: skip


@given(any_facts)
def test_what_the_person_sees_of_themselves_is_everything(facts: Facts) -> None:
    assert facts == narrowed(facts, View.SELF)


@given(any_facts, instants.filter(lambda moment: moment is not None), st.sampled_from([View.HEAD, View.COLLEAGUE]))
def test_narrowing_never_changes_what_a_cell_shows(facts: Facts, now: datetime, view: View) -> None:
    entry = facts.whereabouts
    narrow = narrowed(facts, view)
    policy = Policy(zone=JST)
    before, after = presence_of(facts, now, policy=policy), presence_of(narrow, now, policy=policy)
    if entry is not None and entry.status in WITHHOLDING:
        if after.row == 1:
            assert before.row == 1
        return
    assert before == after


@given(any_facts, instants.filter(lambda moment: moment is not None))
def test_overdue_is_said_only_of_somebody_out_whose_return_and_grace_are_over(facts: Facts, now: datetime) -> None:
    cell = presence_of(facts, now, policy=Policy(zone=JST))
    if cell.overdue:
        assert cell.status in OUT
        assert cell.back_at is not None
        assert now >= cell.back_at + timedelta(minutes=15)


@given(any_facts, instants.filter(lambda moment: moment is not None))
def test_away_never_says_since_when(facts: Facts, now: datetime) -> None:
    cell = presence_of(facts, now, policy=Policy(zone=JST))
    if cell.source is Source.REPORTED and cell.status in {Status.AWAY, Status.LUNCH}:
        assert (None, None) == (cell.since, cell.at)
