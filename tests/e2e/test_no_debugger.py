"""With nobody attached, as on a desk: an attached debugger keeps the worker alive, so here only the server looks.

On a real screen, since a headless browser is always active: somebody leaves the Chromebook, is away after the shortest
time that the settings allow (three minutes: as long takes the test), and is back with a move of the mouse.
"""

import itertools
import json
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
from sqlalchemy import select

from dokodemo.actions.settings import Change
from dokodemo.domain.settings import Layer
from dokodemo.store.rows.devices import bindings
from dokodemo.store.rows.journals import observations, sessions
from tests.e2e.city_server import CLOCK, SIGNS_IN, CityServer, Seat, person_of
from tests.services.chromium import Device
from tests.services.gate import FLIGHT
from tests.services.link import Link
from tests.services.programs import free_port, until
from tests.services.xvfb import Screen

LOGGED = "--enable-logging=stderr"  # what the worker's console says goes to the browser's log
BEAT = 60  # seconds
SHORTEST = 3  # minutes
SLACK = 5  # seconds that a busy machine may take from the alarm to the request: the worker starts anew for it


class Meter(Link):
    """A wire that notes when events, or a beat without any, come by."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.flights: list[float] = []
        super().__init__(target)

    def asks(self, connection: socket.socket, data: bytes) -> None:
        if data.startswith(FLIGHT):
            self.flights.append(time.monotonic())


@dataclass
class Desk:
    """A person's Chromebook behind a meter."""

    city: CityServer
    meter: Meter
    seat: Seat

    def events(self) -> list[dict[str, str]]:
        """The log."""
        return [json.loads(text) for text in self.city.texts(self.seat)]

    def kinds(self) -> list[str]:
        """The log, short."""
        return [event["kind"] for event in self.events()]

    def sessions(self) -> list[tuple[str, object]]:
        """How each session began, and when it ended."""
        mine = sessions.c.person_id.in_(person_of(self.seat.member))
        return [(row.start_known, row.ended_at) for row in self.city.rows(select(sessions).where(mine))]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    port = free_port()
    meter = Meter(("127.0.0.1", port))
    city = CityServer(tmp_path / "city", url=meter.url, port=port)
    city.move_clock(datetime.now(UTC) - timedelta(hours=1))  # founded an hour ago: beats are not hurried any more
    city.found(Change(Layer.ORGANISATION, "", "activity.away_after_minutes", SHORTEST, locked=True))
    (city.folder / CLOCK).unlink()
    city.start()
    yield Desk(city, meter, city.seats()[0])
    meter.close()
    city.kill()


def extension_runs(profile: Path) -> bool:
    """Whether a process of this profile runs an extension: there is none while its worker is not needed."""
    for process in psutil.process_iter(["cmdline"]):
        line = process.info["cmdline"] or []
        if "--extension-process" in line and any(str(profile) in part for part in line):
            return True
    return False


def said(chromebook: Device) -> list[str]:
    """Errors of the extension's scripts in the browser's log."""
    lines = (chromebook.folder / "chromium.log").read_text(errors="replace").splitlines()
    return [line for line in lines if "CONSOLE" in line and ("Uncaught" in line or ":ERROR:" in line)]


@pytest.mark.needs("xvfb")
def test_with_nobody_attached_the_worker_idles_out_beats_on_and_sees_who_leaves_and_comes_back(
    screen: Screen, desk: Desk, device: Callable[..., Device]
) -> None:
    chromebook = device("a", extension_id=desk.city.extension_id, screen=screen)
    desk.city.sign_in_to_device(chromebook, desk.seat)
    looks: list[tuple[float, bool]] = []

    def beats(count: int) -> bool:
        looks.append((time.monotonic(), extension_runs(chromebook.profile)))
        return len(desk.meter.flights) >= count

    with chromebook.alone(LOGGED):
        began = time.monotonic()
        until(desk.kinds, "the person is signed in", seconds=SIGNS_IN, pause=0.2)
        print(f"signed in {time.monotonic() - began:.1f} s after the lid was opened")
        until(lambda: time.monotonic() - desk.meter.flights[-1] > 5, "the first talk is over")
        first = len(desk.meter.flights)
        until(lambda: beats(first + 2), "two more beats", seconds=150, pause=0.5)
        assert ["started"] == desk.kinds()
        until(lambda: "away" in desk.kinds(), "the person is away", seconds=SHORTEST * 60, pause=0.5)
        print(f"away {time.monotonic() - began:.0f} s after the lid was opened")
        touched = time.monotonic()
        screen.touch("mousemove_relative", "--", "7", "5")
        until(lambda: "back" in desk.kinds(), "the person is back", pause=0.1)
        print(f"back {time.monotonic() - touched:.1f} s after the mouse was moved")

    times = desk.meter.flights[first - 1 : first + 2]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    print(f"seconds between beats: {[round(gap, 1) for gap in gaps]}")
    assert gaps[0] <= BEAT * 1.1 + SLACK  # the alarm's period began at some moment of the first talk
    assert BEAT * 0.9 - SLACK <= gaps[1] <= BEAT * 1.1 + SLACK
    asleep = [moment for moment, runs in looks if not runs]
    print(f"the extension had no process in {len(asleep)} of {len(looks)} looks")
    assert any(times[1] < moment < times[2] for moment in asleep)  # its worker died between two beats, and came again

    assert ["started", "away", "back"] == desk.kinds()
    started, away, back = desk.events()
    assert started["at"] <= away["since"] <= away["at"] < back["at"]
    left_for = datetime.fromisoformat(away["at"]) - datetime.fromisoformat(away["since"])
    assert left_for <= timedelta(minutes=SHORTEST)
    assert [("reported", None)] == desk.sessions()
    assert [] == desk.city.rows(select(observations).where(observations.c.kind == "silent"))
    assert ["managed"] == [row.trust for row in desk.city.rows(select(bindings.c.trust))]
    assert [] == said(chromebook)
