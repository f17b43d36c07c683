"""Server, browser and worker are killed; what a person pressed is in the log once, and no session is made up.

The worker dies a hundred times, most of them at a chosen moment: while a transaction of its own stands open with the
event already put, when a flight was sent, when the server has answered and the device does not know it yet.
"""

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page
from sqlalchemy import select

from dokodemo.domain import base64url
from dokodemo.store.rows.journals import sessions
from tests.e2e.browsing import all_is_sent, complaints, is_kept, open_popup, press, recorded
from tests.e2e.city_server import SIGNS_IN, CityServer, Seat, person_of
from tests.faults.checker import Violation, check
from tests.faults.derived import judge, tables_of
from tests.faults.dumps import dump
from tests.services.chromium import Device
from tests.services.gate import Gate, Stage
from tests.services.programs import free_port, until

PRESSES = [("5", "home"), ("2", "office"), ("1", "desk")]
OPEN = "transaction open"
ANYWHERE = "anywhere"
KILLS = {OPEN: 25, Stage.REQUEST: 30, Stage.ANSWER: 30, ANYWHERE: 15}

# The next event that the worker records stays put, and its transaction open, until the worker dies.
HELD_OPEN = """(state) => new Promise((put) => {
  const real = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (...given) {
    const request = real.apply(this, given);
    if (this.name === 'events') {
      const meta = this.transaction.objectStore('meta');
      const stay = () => { meta.get('journal').onsuccess = stay; };
      request.addEventListener('success', () => { stay(); put(this.transaction.mode); });
    }
    return request;
  };
  chrome.idle.onStateChanged.dispatch(state);
})"""
SIGNAL = "(state) => chrome.idle.onStateChanged.dispatch(state)"
FLY = "() => chrome.runtime.sendMessage({ kind: 'fly' }).catch(() => null)"
OFFLINE = r"net::ERR_(CONNECTION_(REFUSED|RESET|CLOSED|ABORTED)|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED)"


@dataclass
class Story:
    """One person at one Chromebook, behind a gate; ``expected`` is what was pressed and signalled, in order."""

    city: CityServer
    gate: Gate
    seat: Seat
    chromebook: Device
    expected: list[tuple[str, str | None]] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)
    runs: str = ""
    popup: Page | None = None
    _devtools: CDPSession | None = None

    @property
    def page(self) -> Page:
        """The popup, as a tab."""
        assert self.popup is not None
        return self.popup

    def open(self) -> None:
        """The lid is open, the popup too."""
        self.chromebook.start().evaluate("1")  # the extension is there once its worker is
        self.popup = open_popup(self.chromebook)
        devtools = self.chromebook.context.new_cdp_session(self.popup)
        devtools.on("ServiceWorker.workerVersionUpdated", self._noticed)
        devtools.send("ServiceWorker.enable")
        self._devtools = devtools

    def _noticed(self, about: dict[str, Any]) -> None:
        for version in about["versions"]:
            self.runs = version["runningStatus"]

    def press(self, number: int) -> None:
        """A person chooses a tile and sends it; fulfilled when it is on the disk, as the popup says."""
        key, place = PRESSES[number % len(PRESSES)]
        press(self.page, key)
        self.expected.append(("place_declared", place))

    def kill_worker(self, moment: str) -> None:
        """End the worker now, and wait until it is gone."""
        assert self._devtools is not None
        until(lambda: self.page.evaluate("1") and self.runs == "running", f"the worker lives ({moment})", pause=0.002)
        self._devtools.send("ServiceWorker.stopAllWorkers")
        until(lambda: self.page.evaluate("1") and self.runs == "stopped", f"the worker is dead ({moment})", pause=0.002)
        self.kills[moment] += 1

    def faults(self, *, drained: bool) -> list[Violation]:
        """I1 to I5 and I7 from what the device's own database says, I6 and I9 from the tables."""
        found = recorded(self.page)
        name, texts = found["journal"]["keyid"], found["texts"]
        next_seq = found["journal"]["next_seq"]
        history: list[dict[str, Any]] = [
            {"what": "recorded", "journal": name, "seq": json.loads(text)["seq"], "digest": digest(text)} for text in texts
        ]
        history.append({"what": "sent", "journal": name, "first_seq": 1, "count": len(texts)})
        history.append({"what": "acknowledged", "journal": name, "next_seq": next_seq})
        history.append({"what": "waiting", "journal": name, "first_seq": next_seq, "count": len(texts) + 1 - next_seq})
        held = dump(self.city.config.database_url, self.city.config.public_url)
        return check(history, held, drained=drained) + judge(tables_of(self.city.config.database_url))

    def log(self) -> list[tuple[str, str | None]]:
        """Kind and place (or how) of every event in the log."""
        events = [json.loads(text) for text in self.city.texts(self.seat)]
        return [(event["kind"], event.get("place", event.get("how"))) for event in events]

    def drain(self) -> None:
        """Everything is sent and acknowledged."""
        def sent() -> bool:
            self.page.evaluate(FLY)
            return all_is_sent(self.page)

        until(sent, "everything is acknowledged", seconds=60, pause=0.2)

    def sessions(self) -> int:
        """How many work sessions the log reads as."""
        return len(self.city.rows(select(sessions.c.n).where(sessions.c.person_id.in_(person_of(self.seat.member)))))


def digest(text: str) -> str:
    """SHA-256 of an event's text, as the chain takes it."""
    import hashlib

    return base64url.encode(hashlib.sha256(text.encode()).digest())


@pytest.fixture
def story(tmp_path: Path, device: Callable[..., Device]) -> Iterator[Story]:
    port = free_port()
    gate = Gate(("127.0.0.1", port))
    city = CityServer(tmp_path / "city", url=gate.url, port=port).found()
    city.start()
    seat = city.seats()[0]
    chromebook = device("a", extension_id=city.extension_id)
    city.sign_in_to_device(chromebook, seat)
    told = Story(city, gate, seat, chromebook)
    told.open()
    until(lambda: told.page.evaluate("1") and told.log() == [("started", "first_install")], "signed in", seconds=SIGNS_IN)
    told.expected.append(("started", "first_install"))
    yield told
    gate.release()
    gate.close()
    city.kill()


def die_in_a_transaction(story: Story, state: str) -> None:
    """The worker records a signal, and dies before the transaction is complete: the signal was never recorded."""
    before = recorded(story.page)["journal"]["last_seq"]
    story.page.evaluate(FLY)
    assert "readwrite" == story.chromebook.evaluate(HELD_OPEN, state)
    story.kill_worker(OPEN)
    assert before == recorded(story.page)["journal"]["last_seq"]


def taken(story: Story) -> bool:
    """Wait until the gate holds a flight, or the press has arrived by another one, or none comes for a while."""
    ends = time.monotonic() + 10
    while not story.gate.holds(0.05):
        if all_is_sent(story.page) or time.monotonic() > ends:
            return story.gate.holds(0)
    return True


def die_in_a_flight(story: Story, stage: Stage, number: int) -> None:
    """A press is on its way, and the worker dies; the request then arrives late, or never."""
    for _ in range(5):  # a flight that was on its way before may have taken the press along
        story.gate.arm(stage)
        story.press(number)
        if taken(story):
            break
    else:
        raise AssertionError("no flight came")
    if stage is Stage.ANSWER:  # the server has committed what the device does not know of yet
        assert len(story.city.texts(story.seat)) >= recorded(story.page)["journal"]["next_seq"]
    story.kill_worker(stage)
    story.gate.release(drop=number % 2 == 0)


def test_a_hundred_deaths_of_the_worker_lose_nothing_and_double_nothing(story: Story) -> None:
    moments = [moment for moment, count in KILLS.items() for _ in range(count)]
    chance = random.Random(7)
    chance.shuffle(moments)
    began = time.monotonic()
    locked = False
    for number, moment in enumerate(moments):
        if moment == OPEN:
            die_in_a_transaction(story, "active" if locked else "locked")
        elif moment == ANYWHERE:
            story.press(number)
            time.sleep(chance.uniform(0, 0.06))
            story.kill_worker(moment)
        else:
            die_in_a_flight(story, Stage(moment), number)
        if number % 10 == 9:  # between the deaths the worker records and sends, as it does all day
            last = recorded(story.page)["journal"]["last_seq"]
            story.page.evaluate(FLY)
            story.chromebook.evaluate(SIGNAL, "active" if locked else "locked")
            until(lambda last=last: recorded(story.page)["journal"]["last_seq"] == last + 1, "the signal is recorded")  # type: ignore[misc]
            story.expected.append(("unlocked" if locked else "locked", None))
            locked = not locked
    print(f"{sum(story.kills.values())} deaths in {time.monotonic() - began:.0f} s: {dict(story.kills)}")
    assert KILLS == dict(story.kills)
    story.drain()
    assert [] == story.faults(drained=True)
    assert story.expected == story.log()
    assert 1 == story.sessions()
    assert [] == complaints(story.chromebook.console, OFFLINE)


def test_a_killed_server_and_a_killed_browser_lose_nothing_and_make_up_no_session(story: Story) -> None:
    presses = iter(range(1000))
    restarts = []
    for _ in range(3):  # the server dies with a flight before it, and with one that it has answered
        for stage in Stage:
            story.gate.arm(stage)
            story.press(next(presses))
            assert story.gate.holds(90), "no flight came"
            story.city.kill()
            story.gate.release(drop=True)
            story.press(next(presses))
            restarts.append(story.city.start())
            assert [] == story.faults(drained=False)
            story.drain()
    assert [] == story.faults(drained=True)
    assert story.expected == story.log()
    assert 1 == story.sessions()

    for stage in Stage:  # the browser dies in a flight, and begins a new session when it is opened again
        story.gate.arm(stage)
        story.press(next(presses))
        assert story.gate.holds(90), "no flight came"
        until(lambda: is_kept(story.chromebook), "the browser has written down what it has installed")
        story.chromebook.kill()
        story.gate.release(drop=stage is Stage.REQUEST)
        story.open()
        story.expected += [("ended", "recovered"), ("started", "login")]
        story.drain()
    until(lambda: story.page.evaluate("1") and len(story.log()) == len(story.expected), "the log is complete")
    print(f"the server was up again after {[round(seconds, 1) for seconds in restarts]} s")
    assert [] == story.faults(drained=True)
    assert story.expected == story.log()
    assert 3 == story.sessions()
    assert [] == complaints(story.chromebook.console, OFFLINE)
