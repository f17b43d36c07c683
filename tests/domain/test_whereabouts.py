from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dokodemo.domain.errors import InvalidError
from dokodemo.domain.statuses import Status
from dokodemo.domain.whereabouts import (
    Via,
    Whereabouts,
    checked,
    conflicts,
    current,
    ends_at,
    missing,
    ordered_at,
    recent_destinations,
)

JST = timezone(timedelta(hours=9))
ME = UUID(int=1)
OTHER = UUID(int=2)


def at(hour: int, minute: int = 0, second: int = 0, day: int = 24) -> datetime:
    return datetime(2026, 11, day, hour, minute, second, tzinfo=JST)


def entry(status: Status = Status.FIELD, made_at: datetime | None = None, number: int = 1, **more: Any) -> Whereabouts:
    fields: dict[str, Any] = {
        "destination": None, "back_at": None, "note": None, "from_at": None, "until_at": None,
        "author_id": ME, "via": Via.POPUP,
    }  # fmt: skip
    return Whereabouts(
        id=UUID(int=number), person_id=ME, status=status, made_at=made_at or at(9), **(fields | more)
    )  # fmt: skip


def refused_field(wrong: Whereabouts) -> object:
    with pytest.raises(InvalidError) as refusal:
        checked(wrong)
    return refusal.value.fields["field"]


def test_a_full_width_space_is_a_space() -> None:
    read = checked(entry(destination="\u3000県庁\u3000３階 北", back_at=at(15), note="資料\u00a0持参"))
    assert ("県庁 ３階 北", "資料 持参") == (read.destination, read.note)


def test_texts_are_trimmed_and_an_empty_one_is_none() -> None:
    kept = checked(entry(destination=" 県庁　", note="  "))
    assert ("県庁", None) == (kept.destination, kept.note)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (entry(destination="あ" * 31), "destination"),
        (entry(note="あ" * 41), "note"),
        (entry(note="一行目\n二行目"), "note"),
        (entry(destination="県\u202e庁"), "destination"),
        (entry(Status.AT_DESK, destination="自席"), "destination"),
        (entry(Status.DIRECT_RETURN, back_at=at(15)), "back_at"),
        (entry(Status.LEAVE, note="通院"), "note"),
        (entry(Status.LEAVE_HOURS, note="通院"), "note"),
        (entry(Status.DUTY_OFF, note="通院"), "note"),
        (entry(Status.NOT_IN), "status"),
        (entry(Status.UNKNOWN), "status"),
        (entry(from_at=at(9) + timedelta(days=60, seconds=1)), "from"),
        (entry(until_at=at(9)), "until"),
        (entry(from_at=at(13), until_at=at(12)), "until"),
        (entry(back_at=at(8, 59)), "back_at"),
        (entry(from_at=at(13), back_at=at(12)), "back_at"),
    ],
)
def test_a_wrong_form_is_refused_by_the_name_of_its_field(wrong: Whereabouts, field: str) -> None:
    assert field == refused_field(wrong)


def test_texts_of_exactly_the_limit_are_taken() -> None:
    full = entry(destination="あ" * 30, note="𠮷" * 40, from_at=at(9) + timedelta(days=60))
    assert full == checked(full)


def test_a_hurried_entry_is_taken_and_a_form_knows_what_to_ask() -> None:
    hurried = entry()
    assert hurried == checked(hurried)
    assert ("destination", "back_at") == missing(hurried)
    assert ("back_at",) == missing(entry(Status.MEETING))
    assert () == missing(entry(Status.AT_DESK))


def test_the_later_entry_holds() -> None:
    first, second = entry(number=9, made_at=at(9)), entry(number=1, made_at=at(10))
    assert second == current([second, first], at(11), zone=JST)
    assert first == current([second, first], at(9, 30), zone=JST)


def test_of_two_entries_of_one_moment_the_greater_id_holds() -> None:
    assert entry(number=2) == current([entry(number=1), entry(number=2)], at(11), zone=JST)


def test_an_entry_ends_at_the_citys_midnight() -> None:
    assert entry() == current([entry()], at(23, 59, 59), zone=JST)
    assert current([entry()], at(0, day=25), zone=JST) is None


def test_an_entry_with_a_range_holds_from_its_beginning_to_its_end() -> None:
    ahead = entry(Status.LEAVE, from_at=at(0, day=26), until_at=at(0, day=28))
    moments = [at(23, 59, 59, day=25), at(0, day=26), at(23, 59, 59, day=27), at(0, day=28)]
    assert [None, ahead, ahead, None] == [current([ahead], moment, zone=JST) for moment in moments]


def test_when_a_later_entry_of_one_day_is_over_the_range_holds_again() -> None:
    leave = entry(Status.LEAVE, number=1, from_at=at(0, day=25), until_at=at(0, day=28))
    visit = entry(Status.IN_OFFICE, number=2, made_at=at(9, day=26))
    assert visit == current([leave, visit], at(10, day=26), zone=JST)
    assert leave == current([leave, visit], at(10, day=27), zone=JST)


def test_a_trip_with_a_date_of_return_holds_through_that_day() -> None:
    assert at(0, day=27) == ends_at(entry(Status.TRIP, back_at=at(17, day=26)), zone=JST)


def test_a_leave_with_a_date_of_return_ends_with_the_return() -> None:
    assert at(8, 30, day=26) == ends_at(entry(Status.LEAVE, back_at=at(8, 30, day=26)), zone=JST)


def test_an_entry_made_after_its_arrival_counts_as_arrived() -> None:
    assert at(9) == ordered_at(at(10), at(9))


def test_a_wrong_clock_is_corrected_by_its_known_offset() -> None:
    assert at(9, 55) == ordered_at(at(10), at(12), offset=timedelta(minutes=-5))


def test_a_second_writer_within_two_minutes_is_asked_first() -> None:
    by_other = entry(author_id=OTHER)
    assert conflicts(by_other, ME, at(9, 1, 59))
    assert not conflicts(by_other, ME, at(9, 2))
    assert not conflicts(by_other, OTHER, at(9, 1))
    assert not conflicts(None, ME, at(9, 1))


def test_the_last_five_destinations_are_offered_newest_first_each_once() -> None:
    places = ["県庁", "税務署", "県庁", "議会", "東支所", "図書館", "消防局"]
    made = [entry(number=n, made_at=at(9, n), destination=place) for n, place in enumerate(places)]
    assert ("消防局", "図書館", "東支所", "議会", "県庁") == recent_destinations(made)


moments = st.integers(0, 5 * 24 * 60).map(lambda minutes: at(0, day=22) + timedelta(minutes=minutes))
some_entries = st.lists(
    st.builds(
        entry, st.sampled_from([Status.FIELD, Status.TRIP, Status.LEAVE, Status.AT_DESK]), moments,
        st.integers(1, 9), back_at=st.one_of(st.none(), moments), from_at=st.one_of(st.none(), moments),
    ),
    unique_by=lambda one: one.id,
)  # fmt: skip


@given(some_entries, moments, st.randoms())
def test_arrival_order_does_not_matter(made: list[Whereabouts], now: datetime, random: Any) -> None:
    shuffled = list(made)
    random.shuffle(shuffled)
    assert current(made, now, zone=JST) == current(shuffled, now, zone=JST)


@given(some_entries, moments)
def test_an_entry_that_holds_has_begun_and_is_not_over(made: list[Whereabouts], now: datetime) -> None:
    holding = current(made, now, zone=JST)
    if holding is not None:
        assert holding.starts_at <= now < ends_at(holding, zone=JST)
