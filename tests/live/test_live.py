"""One suite for both shared states: what the protocol promises, whoever keeps it."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from dokodemo.live import Change, Contact, Live, Report
from dokodemo.live.memory import MemoryLive
from dokodemo.live.redis import RedisLive

NOW = datetime(2026, 11, 24, 0, 0, 0, 123456, tzinfo=UTC)
SATO, SUZUKI, NOBODY = UUID(int=1), UUID(int=2), UUID(int=3)
JOURNAL = UUID(int=9)
ACTIVE = {"state": "active", "place": "desk", "since": "2026-11-24T00:00:00.000Z", "名": "髙"}
AWAY = {"state": "away", "place": "desk"}


@pytest.fixture(params=["memory", "redis"])
def live(request: pytest.FixtureRequest) -> Iterator[Live]:
    made: Live = MemoryLive() if request.param == "memory" else RedisLive(request.getfixturevalue("redis_url"))
    yield made
    made.close()


def after(live: Live, cursor: str) -> list[Change]:
    """The changes after a cursor that is still good."""
    answer = live.wait(cursor, 0)
    assert answer is not None
    return answer[1]


def test_a_fact_that_differs_is_kept_and_announced_once(live: Live) -> None:
    cursor = live.cursor()
    assert live.put(SATO, "a", ACTIVE)
    assert not live.put(SATO, "a", dict(reversed(ACTIVE.items())))
    assert live.put(SATO, "a", AWAY)
    assert {SATO: {"a": AWAY}} == live.facts_of([SATO, SUZUKI])
    assert [Change("person", str(SATO))] * 2 == after(live, cursor)


def test_sources_of_a_person_stand_side_by_side_and_go_one_by_one(live: Live) -> None:
    live.fill({})
    live.put(SATO, "a", ACTIVE)
    live.put(SATO, "whereabouts", {"status": "field"})
    assert {"a": ACTIVE, "whereabouts": {"status": "field"}} == live.facts_of([SATO])[SATO]
    assert live.put(SATO, "a", None)
    assert not live.put(SATO, "a", None)
    assert {SATO: {"whereabouts": {"status": "field"}}} == live.facts_of([SATO])
    live.put(SATO, "whereabouts", None)
    assert {} == live.facts_of([SATO, NOBODY])
    assert {} == live.facts_of([])


def test_a_reader_gets_every_change_after_its_cursor_in_order(live: Live) -> None:
    start = live.cursor()
    live.announce(Change("settings"), Change("orders", "b"))
    live.put(SATO, "a", ACTIVE)
    live.announce()
    answer = live.wait(start, 5)
    assert answer is not None
    assert [Change("settings"), Change("orders", "b"), Change("person", str(SATO))] == answer[1]
    assert live.cursor() == answer[0]
    assert (answer[0], []) == live.wait(answer[0], 0)


def test_waiting_ends_with_the_first_change(live: Live) -> None:
    cursor = live.cursor()
    threading.Timer(0.2, lambda: live.put(SUZUKI, "a", ACTIVE)).start()
    began = time.monotonic()
    answer = live.wait(cursor, 20)
    assert answer is not None
    assert [Change("person", str(SUZUKI))] == answer[1]
    assert time.monotonic() - began < 5


def test_waiting_without_a_change_ends_with_its_time(live: Live) -> None:
    cursor = live.cursor()
    began = time.monotonic()
    assert (cursor, []) == live.wait(cursor, 0.3)
    assert 0.25 <= time.monotonic() - began < 5


@pytest.mark.parametrize("spoil", [
    lambda cursor: "0" + cursor, lambda cursor: "", lambda cursor: "x", lambda cursor: cursor + "000",
    lambda cursor: cursor.replace(".", ".-"), lambda cursor: cursor + ".1",
])
def test_a_cursor_of_another_life_asks_for_a_snapshot(live: Live, spoil: Callable[[str], str]) -> None:
    live.announce(Change("roster"))
    assert live.wait(spoil(live.cursor()), 0) is None


def test_a_cursor_whose_changes_were_cut_off_asks_for_a_snapshot(live: Live) -> None:
    old = live.cursor()
    for _ in range(30):
        live.announce(*[Change("person", "x")] * 1000)
    recent = live.cursor()
    live.announce(Change("settings"))
    assert live.wait(old, 0) is None
    assert [Change("settings")] == after(live, recent)


def test_a_reader_far_behind_gets_the_rest_with_further_calls(live: Live) -> None:
    cursor = live.cursor()
    for number in range(5):
        live.announce(*[Change("person", str(number * 1000 + each)) for each in range(1000)])
    got: list[str] = []
    while len(got) < 5000:
        answer = live.wait(cursor, 0)
        assert answer is not None
        assert answer[1]
        cursor = answer[0]
        got += [change.subject for change in answer[1]]
    assert [str(number) for number in range(5000)] == got


def test_filling_replaces_what_an_earlier_filling_left(live: Live) -> None:
    assert not live.filled()
    live.fill({SATO: {"a": ACTIVE}, SUZUKI: {}})
    assert live.filled()
    old = live.cursor()
    live.put(SUZUKI, "a", ACTIVE)
    live.fill({SATO: {"b": AWAY}})
    assert {SATO: {"b": AWAY}} == live.facts_of([SATO, SUZUKI])
    assert live.wait(old, 0) is None


def test_what_was_put_before_the_first_filling_is_newer_and_stays(live: Live) -> None:
    assert not live.filled()
    live.put(SATO, "a", AWAY)
    live.put(SUZUKI, "a", ACTIVE)
    live.put(SUZUKI, "a", None)
    live.put(SUZUKI, "never kept", None)
    assert {SATO: {"a": AWAY}} == live.facts_of([SATO, SUZUKI])
    live.fill({SATO: {"a": ACTIVE, "b": ACTIVE}, SUZUKI: {"a": ACTIVE, "never kept": ACTIVE}})
    assert {SATO: {"a": AWAY, "b": ACTIVE}} == live.facts_of([SATO, SUZUKI])


def test_filling_wakes_a_waiting_reader_for_a_snapshot(live: Live) -> None:
    cursor = live.cursor()
    threading.Timer(0.2, lambda: live.fill({SATO: {"a": ACTIVE}})).start()
    began = time.monotonic()
    live.wait(cursor, 20)
    assert time.monotonic() - began < 5
    assert live.wait(cursor, 0) is None


def test_the_latest_contact_of_a_journal_counts(live: Live) -> None:
    live.heard(JOURNAL, NOW)
    live.heard(JOURNAL, NOW - timedelta(minutes=1))
    assert {JOURNAL: NOW} == live.contacts()
    live.heard(JOURNAL, NOW + timedelta(microseconds=1))
    assert {JOURNAL: NOW + timedelta(microseconds=1)} == live.contacts()


def test_a_digest_is_new_once(live: Live) -> None:
    assert [True] == live.contact([Contact(b"\x00\xff" * 16)], NOW)
    assert [False] == live.contact([Contact(b"\x00\xff" * 16)], NOW + timedelta(minutes=19))
    assert [True] == live.contact([Contact(b"\x00\xfe" * 16)], NOW)


def test_of_many_at_once_one_alone_sees_a_digest_first(live: Live) -> None:
    answers: list[bool] = []
    threads = [
        threading.Thread(target=lambda: answers.extend(live.contact([Contact(b"one" * 11)], NOW))) for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [False] * 15 + [True] == sorted(answers)


def test_a_ticket_is_good_once_and_until_it_ends(live: Live) -> None:
    members = {"person": str(SATO), "rooms": ["a", "b"]}
    live.put_ticket("t", members, NOW + timedelta(seconds=30))
    live.put_ticket("late", members, NOW + timedelta(seconds=30))
    assert members == live.take_ticket("t", NOW)
    assert live.take_ticket("t", NOW) is None
    assert live.take_ticket("late", NOW + timedelta(seconds=31)) is None
    assert live.take_ticket("never given", NOW) is None


def test_closing_wakes_a_waiting_reader(live: Live) -> None:
    cursor = live.cursor()
    threading.Timer(0.2, live.close).start()
    began = time.monotonic()
    try:
        live.wait(cursor, 20)
    finally:
        assert time.monotonic() - began < 5


def test_a_contact_is_heard_once_and_a_repeat_of_it_is_not(live: Live) -> None:
    later = NOW + timedelta(minutes=1)
    assert [True] == live.contact([Contact(b"\x01" * 32, JOURNAL)], NOW)
    assert [False] == live.contact([Contact(b"\x01" * 32, JOURNAL)], later)
    assert live.contacts() == {JOURNAL: NOW}
    assert [False] == live.contact([Contact(b"\x01" * 32)], later)
    assert [True] == live.contact([Contact(b"\x02" * 32, JOURNAL)], later)
    assert live.contacts() == {JOURNAL: later}


def test_a_report_is_a_fact_and_a_contact(live: Live) -> None:
    person = UUID(int=5)
    live.fill({})
    began = live.cursor()
    live.report([Report(person, JOURNAL, {"state": "active"}, NOW)])
    live.report([Report(person, JOURNAL, {"state": "active"}, NOW + timedelta(minutes=1))])
    assert live.facts_of([person]) == {person: {str(JOURNAL): {"state": "active"}}}
    assert live.contacts() == {JOURNAL: NOW + timedelta(minutes=1)}
    live.report([Report(person, JOURNAL, None, NOW)])
    assert live.facts_of([person]) == {}
    told = live.wait(began, 1)
    assert told is not None
    assert [Change("person", str(person))] * 2 == told[1]
    assert live.contacts() == {JOURNAL: NOW + timedelta(minutes=1)}


def test_reports_of_many_are_told_in_order_and_who_was_not_heard_has_no_contact(live: Live) -> None:
    people, silent = [UUID(int=n) for n in (1, 2)], UUID(int=9)
    live.fill({})
    began = live.cursor()
    live.report([Report(people[0], JOURNAL, {"state": "away"}, NOW), Report(people[1], silent, {"state": "locked"})])
    assert live.facts_of(people) == {
        people[0]: {str(JOURNAL): {"state": "away"}}, people[1]: {str(silent): {"state": "locked"}},
    }  # fmt: skip
    assert {JOURNAL: NOW} == live.contacts()
    told = live.wait(began, 1)
    assert told is not None
    assert [Change("person", str(person)) for person in people] == told[1]


def test_digests_of_many_are_judged_each_for_itself_and_one_twice_in_a_group_once(live: Live) -> None:
    assert [True, True, False] == live.contact([Contact(b"a" * 32), Contact(b"b" * 32), Contact(b"a" * 32)], NOW)
    assert [False, True] == live.contact([Contact(b"b" * 32), Contact(b"c" * 32)], NOW)
