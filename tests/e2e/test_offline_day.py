"""A day without a network: what the device recorded alone becomes, when the network is back, the day as it was.

The whole browser lives by a clock that the test moves, ten minutes at a time, with its alarms rung in between; the
server lives by the same clock. What should come of it was written down by hand, below.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from dokodemo.store.rows.journals import observations, segments, sessions
from tests.e2e.browsing import all_is_sent, complaints, is_kept, open_popup, press, recorded
from tests.e2e.city_server import SIGNS_IN, CityServer, Seat, person_of
from tests.faults.derived import judge, tables_of
from tests.services.chromium import Device
from tests.services.link import Link
from tests.services.moved_clock import MovedClock
from tests.services.programs import free_port, until

TOKYO = ZoneInfo("Asia/Tokyo")
DAY = datetime(2026, 11, 24, tzinfo=TOKYO)  # a Tuesday
STEP = timedelta(minutes=10)
ALARMS = (4, 8, 10)  # minutes of a step at which the beat's alarm rings: never further apart than the lease
OFFLINE = r"net::ERR_(CONNECTION_(REFUSED|RESET|CLOSED)|EMPTY_RESPONSE)"

RING = "() => chrome.alarms.onAlarm.dispatch({ name: 'beat', scheduledTime: Date.now() })"
SIGNAL = "(state) => chrome.idle.onStateChanged.dispatch(state)"

# What happens, by the clock on the wall. Keys are the popup's: 1 在席, 2 庁内, 3 会議, 5 在宅.
ACTS = {
    "7:50": "locked", "8:00": "active", "8:10": "locked", "8:20": "active", "8:40": "locked", "8:50": "active",
    "9:10": "press 2", "9:30": "press 3", "9:40": "locked", "9:50": "active", "10:00": "press 1",
    "10:20": "locked", "10:30": "active", "10:50": "idle", "11:00": "active", "11:10": "press 2", "11:30": "press 1",
    "11:40": "locked", "11:50": "active", "12:00": "locked", "12:50": "active", "13:00": "sleep until 15:00",
    "15:10": "locked", "15:20": "active", "15:30": "press 3", "15:50": "press 2", "16:00": "locked", "16:10": "active",
    "16:20": "kill until 16:40", "16:50": "press 5", "17:00": "locked", "17:10": "active", "17:30": "idle",
    "17:40": "active", "17:50": "sleep until 22:50", "23:00": "press 5", "23:10": "locked", "23:20": "active",
    "23:30": "locked", "23:40": "active",
}  # fmt: skip
END = "23:40"

# What the day was: written by hand from the acts.
SESSIONS = [
    ("7:30", "reported", "16:20", "recovered"), ("16:40", "reported", "17:50", "reported"), ("22:50", "reported", None, None),
]  # fmt: skip
SEGMENTS = [
    (1, "7:30", "7:40", "active", None, False), (1, "7:40", "7:50", "active", "desk", False),
    (1, "7:50", "8:00", "locked", "desk", False), (1, "8:00", "8:10", "active", "desk", False),
    (1, "8:10", "8:20", "locked", "desk", False), (1, "8:20", "8:40", "active", "desk", False),
    (1, "8:40", "8:50", "locked", "desk", False), (1, "8:50", "9:10", "active", "desk", False),
    (1, "9:10", "9:30", "active", "office", False), (1, "9:30", "9:40", "active", "office", True),
    (1, "9:40", "9:50", "locked", "office", True), (1, "9:50", "10:00", "active", "office", True),
    (1, "10:00", "10:20", "active", "desk", False), (1, "10:20", "10:30", "locked", "desk", False),
    (1, "10:30", "10:40", "active", "desk", False), (1, "10:40", "11:00", "away", "desk", False),
    (1, "11:00", "11:10", "active", "desk", False), (1, "11:10", "11:30", "active", "office", False),
    (1, "11:30", "11:40", "active", "desk", False), (1, "11:40", "11:50", "locked", "desk", False),
    (1, "11:50", "12:00", "active", "desk", False), (1, "12:00", "12:50", "locked", "desk", False),
    (1, "12:50", "13:00", "active", "desk", False), (1, "13:00", "15:00", "asleep", "desk", False),
    (1, "15:00", "15:10", "active", "desk", False), (1, "15:10", "15:20", "locked", "desk", False),
    (1, "15:20", "15:30", "active", "desk", False), (1, "15:30", "15:50", "active", "desk", True),
    (1, "15:50", "16:00", "active", "office", False), (1, "16:00", "16:10", "locked", "office", False),
    (1, "16:10", "16:20", "active", "office", False),
    (2, "16:40", "16:50", "active", None, False), (2, "16:50", "17:00", "active", "home", False),
    (2, "17:00", "17:10", "locked", "home", False), (2, "17:10", "17:20", "active", "home", False),
    (2, "17:20", "17:40", "away", "home", False), (2, "17:40", "17:50", "active", "home", False),
    (3, "22:50", "23:00", "active", None, False), (3, "23:00", "23:10", "active", "home", False),
    (3, "23:10", "23:20", "locked", "home", False), (3, "23:20", "23:30", "active", "home", False),
    (3, "23:30", "23:40", "locked", "home", False),
]  # fmt: skip
RIBBON = [
    ("7:30", "7:40", "不明", "報告"), ("7:40", "9:10", "自席", "報告"), ("9:10", "10:00", "庁内", "報告"),
    ("10:00", "11:10", "自席", "報告"), ("11:10", "11:30", "庁内", "報告"), ("11:30", "13:00", "自席", "報告"),
    ("15:00", "15:50", "自席", "報告"), ("15:50", "16:20", "庁内", "復元"),
    ("16:40", "16:50", "不明", "報告"), ("16:50", "17:50", "在宅", "報告"),
    ("22:50", "23:00", "不明", "報告"), ("23:00", "―", "在宅", "報告"),
]  # fmt: skip
OFFLINE_EVENTS = 12 * 2 + 2 * 2 + 9 + 2 + 2 + 2  # locks, aways, presses, meetings that end with one, sleeps, ended and started


def at(clock: str) -> datetime:
    """A time of the day."""
    hour, minute = clock.split(":")
    return DAY + timedelta(hours=int(hour), minutes=int(minute))


def shown(instant: datetime | None) -> str | None:
    """An instant as the time of the day it falls into: acts take seconds."""
    if instant is None:
        return None
    local = instant.astimezone(TOKYO)
    return f"{local.hour}:{local.minute:02}"


@dataclass
class Desk:
    """One person, one Chromebook, a wire, and one clock for everything."""

    city: CityServer
    wire: Link
    clock: MovedClock
    seat: Seat
    chromebook: Device
    popup: Page | None = None
    rung: int = 0

    @property
    def page(self) -> Page:
        """The popup, as a tab."""
        assert self.popup is not None
        return self.popup

    def open(self) -> None:
        """The lid is opened."""
        self.chromebook.start().evaluate("1")  # the extension is there once its worker is
        self.popup = open_popup(self.chromebook)

    def move(self, instant: datetime) -> None:
        """It is this late now, for the device and for the server."""
        self.clock.move(instant)
        self.city.move_clock(self.clock.now())

    def ring(self, instant: datetime) -> None:
        """The clock shows this instant, and the alarm of the beat rings; it was heard when the alive mark says so."""
        self.move(instant)
        self.chromebook.evaluate(RING)
        mark = instant.timestamp() * 1000
        until(lambda: recorded(self.page)["activity"]["alive_at"] >= mark, f"the alarm of {shown(instant)} is heard")
        self.rung += 1

    def go_to(self, instant: datetime) -> None:
        """Ten minutes at a time."""
        now = self.clock.now().replace(second=0, microsecond=0)
        while now < instant:
            for minutes in ALARMS:
                self.ring(now + timedelta(minutes=minutes))
            now += STEP

    def do(self, act: str) -> None:
        """One line of the acts."""
        if act.startswith("press"):
            press(self.page, act[-1])
        elif act.startswith("sleep"):  # the lid is closed and opened again: nothing rings meanwhile
            self.ring(at(act.rsplit(maxsplit=1)[-1]))
        elif act.startswith("kill"):
            until(lambda: is_kept(self.chromebook), "the browser has written down what it has installed")
            self.chromebook.kill()
            self.move(at(act.rsplit(maxsplit=1)[-1]))
            self.open()
        else:
            last = recorded(self.page)["journal"]["last_seq"]
            self.chromebook.evaluate(SIGNAL, act)
            until(lambda: recorded(self.page)["journal"]["last_seq"] == last + 1, f"{act} is recorded")


@pytest.fixture
def desk(tmp_path: Path, device: Callable[..., Device]) -> Iterator[Desk]:
    port = free_port()
    wire = Link(("127.0.0.1", port))
    city = CityServer(tmp_path / "city", url=wire.url, port=port, zone="Asia/Tokyo")
    clock = MovedClock(tmp_path)
    clock.move(at("7:30"))
    city.move_clock(clock.now())
    city.found().start()
    seat = city.seats()[0]
    chromebook = device("a", extension_id=city.extension_id)
    chromebook.environment |= clock.environment
    city.sign_in_to_device(chromebook, seat)
    made = Desk(city, wire, clock, seat, chromebook)
    made.move(at("7:30"))
    made.open()
    until(lambda: made.page.evaluate("1") and city.texts(seat), "the person is signed in", seconds=SIGNS_IN)
    yield made
    wire.close()
    city.kill()


def read(desk: Desk) -> tuple[list[Any], list[Any]]:
    """Sessions and segments as stored, by the clock on the wall."""
    mine = person_of(desk.seat.member)
    stored = select(sessions).where(sessions.c.person_id.in_(mine)).order_by(sessions.c.n)
    cut = select(segments).where(segments.c.person_id.in_(mine)).order_by(segments.c.session, segments.c.n)
    return (
        [(shown(row.started_at), row.start_known, shown(row.ended_at), row.end_known) for row in desk.city.rows(stored)],
        [(row.session, shown(row.started_at), shown(row.ended_at), row.state, row.place, row.meeting)
         for row in desk.city.rows(cut)],
    )  # fmt: skip


def tries(desk: Desk) -> bool:
    """Whether the wait after the last failure is over by the clock on the wall, so that the beat sends."""
    sender = recorded(desk.page)["sender"]
    return bool(desk.clock.now().timestamp() * 1000 >= sender["failed_at"] + sender["wait_ms"])


@pytest.mark.needs("faketime")
def test_a_day_without_a_network_is_the_day_that_it_was(desk: Desk) -> None:
    began = time.monotonic()
    desk.go_to(at("7:40"))
    press(desk.page, "1")
    until(lambda: all_is_sent(desk.page), "the last word before the network goes")
    before = recorded(desk.page)["journal"]["last_seq"]
    assert ["started", "place_declared"] == [json.loads(text)["kind"] for text in desk.city.texts(desk.seat)]
    desk.wire.cut()
    for moment, act in ACTS.items():
        desk.go_to(at(moment))
        desk.do(act)
    desk.go_to(at(END))
    alone = recorded(desk.page)
    assert (before + 1, OFFLINE_EVENTS) == (alone["journal"]["next_seq"], alone["journal"]["last_seq"] - before)
    print(f"offline from 7:40 to {END}: {OFFLINE_EVENTS} events, {desk.rung} alarms, {time.monotonic() - began:.0f} s")

    # The server has lived through the day too, and has heard nothing.
    silent = select(observations.c.last_heard).where(observations.c.kind == "silent")
    until(lambda: desk.city.rows(silent), "the server has noticed the silence", seconds=60, pause=0.5)
    assert [("7:30", "reported", "7:40", "silent")] == read(desk)[0]

    desk.wire.mend()
    minute = timedelta(minutes=1)
    while not all_is_sent(desk.page):  # the device waits at most five minutes between two trials
        assert desk.clock.now() < at(END) + 15 * minute, "nothing is sent although the network is back"
        desk.ring(desk.clock.now() + minute)
        if tries(desk):
            until(lambda: all_is_sent(desk.page), "a trial with the network back sends everything")
    print(f"everything is acknowledged {shown(desk.clock.now())} by the clock on the wall")

    assert alone["texts"] == desk.city.texts(desk.seat)
    stored, cut = read(desk)
    assert SESSIONS == stored
    assert SEGMENTS == cut
    assert [] == judge(tables_of(desk.city.config.database_url))

    page = desk.chromebook.open(desk.city.enter(desk.seat.member, "/today"))
    page.wait_for_selector("#ribbon svg")
    ribbon = page.locator("#ribbon tbody tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent.trim()))"
    )
    assert [list(row) for row in RIBBON] == ribbon
    told = page.locator("#reported table.events tbody tr td:nth-child(4)").all_inner_texts()
    assert [json.loads(text)["seq"] for text in alone["texts"]] == [int(number) for number in reversed(told)]
    assert [] == complaints(desk.chromebook.console, OFFLINE)


def test_the_hand_written_day_is_whole() -> None:
    """Each session's segments follow one another without a hole from its start to its end."""
    for number, (start, _, end, _) in enumerate(SESSIONS, 1):
        mine = [row for row in SEGMENTS if row[0] == number]
        assert start == mine[0][1]
        assert [row[2] for row in mine[:-1]] == [row[1] for row in mine[1:]]
        assert end in (mine[-1][2], None)
    assert all(moment < after for moment, after in zip(map(at, ACTS), list(map(at, ACTS))[1:], strict=False))
    assert DAY.astimezone(UTC) == datetime(2026, 11, 23, 15, tzinfo=UTC)
