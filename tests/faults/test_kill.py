"""kill -9 of the embedded server under load: what it answered for is there, and nothing is there twice."""

import asyncio
import json
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from dokodemo.demo import contact
from dokodemo.demo.device import Device
from dokodemo.demo.history import History
from dokodemo.demo.ledger import machines, uses
from dokodemo.demo.roster import people
from dokodemo.demo.wire import Reply, Wire, WireError
from tests.faults.checker import check
from tests.faults.derived import judge, tables_of
from tests.faults.dumps import dump
from tests.faults.server import Server

KILLS = 30
DEVICES = 64
IN_FLIGHT = 8
KINDS = ("locked", "unlocked", "back", "meeting_began", "meeting_ended")


class CountingWire(Wire):
    """A wire that knows which requests are out, and which of them a kill cut off."""

    def __init__(self, url: str) -> None:
        super().__init__(url, timeout=30)
        self.out: set[int] = set()
        self.cut: set[int] = set()
        self._number = 0

    async def request(
        self, method: str, target: str, *, headers: Mapping[str, str], body: bytes = b"", source: str = ""
    ) -> Reply:
        self._number += 1
        number = self._number
        self.out.add(number)
        try:
            return await super().request(method, target, headers=headers, body=body, source=source)
        except WireError:
            self.cut.add(number)
            raise
        finally:
            self.out.discard(number)


@dataclass
class Story:
    """What devices wrote down, read on from where it was read last."""

    path: Path
    lines: list[dict[str, Any]] = field(default_factory=list)
    read_to: int = 0

    def read(self) -> list[dict[str, Any]]:
        with self.path.open("rb") as file:
            file.seek(self.read_to)
            new = file.read()
        whole = new[: new.rfind(b"\n") + 1]
        self.read_to += len(whole)
        self.lines += [json.loads(line) for line in whole.splitlines()]
        return self.lines

    def acknowledged(self) -> dict[str, int]:
        """The next number of each journal, as its device believes."""
        believed: dict[str, int] = {}
        for line in self.lines:
            if line["what"] == "acknowledged":
                believed[line["journal"]] = max(believed.get(line["journal"], 1), line["next_seq"])
        return believed


class Load:
    """Devices that sign in and then record and send without a pause, until they are told to drain."""

    def __init__(self, server: Server, folder: Path) -> None:
        members = people(year=2026)
        chosen = uses(members, machines())[:DEVICES]
        server.settle(list({use.member.staff_number: use.member for use in chosen}.values()))
        self.story = Story(folder / "history.jsonl")
        self.history = History(self.story.path)
        self.wire = CountingWire(server.url)
        tokens = server.tokens()
        self.devices = [Device(use, server.url, self.wire, tokens, history=self.history) for use in chosen]
        for n, device in enumerate(self.devices):
            device.contact.source = f"127.77.{n}.1"  # a network of its own: challenges are rationed by network
        self.stopping = False

    async def live(self, device: Device) -> None:
        random = Random(device.use.number)
        device.record("started", datetime.now(UTC), {"how": "login"})
        while not self.stopping:
            for _ in range(random.choice((1, 1, 1, 2, 5))):
                device.record(random.choice(KINDS), datetime.now(UTC))
            await device.flush(once=True)
            await asyncio.sleep(random.uniform(0, 0.02))
        await device.flush()

    def settled(self) -> list[dict[str, Any]]:
        """Everything that was written down so far."""
        self.history._out.flush()  # type: ignore[union-attr]
        return self.story.read()


async def until_loaded(wire: CountingWire, server: Server) -> None:
    """Enough requests are out at this very moment. A server that answers faster than a busy machine lets its clients
    ask is stopped where it stands, until they have asked."""
    began = time.monotonic()
    stopped = False
    while len(wire.out) < IN_FLIGHT + 4:
        waited = time.monotonic() - began
        assert waited < 60, "the load never came"
        if waited > 2 and not stopped:
            server.freeze()
            stopped = True
        await asyncio.sleep(0.001)


async def until_noticed(wire: CountingWire, out: set[int]) -> None:
    """Of these requests every one has been answered or cut: what had arrived before the kill is read."""
    ends = time.monotonic() + 60
    while out & wire.out:
        assert time.monotonic() < ends, "a request to a dead server is still out"
        await asyncio.sleep(0.01)


async def kill_again_and_again(server: Server, load: Load) -> tuple[list[int], list[float], dict[str, int]]:
    """The story of the test; gives requests cut by each kill that counts, seconds of each restart, and per journal up
    to which number the log held what its device had not been answered for."""
    random = Random(1)
    cuts: list[int] = []
    restarts: list[float] = []
    unanswered: dict[str, int] = {}
    loop = asyncio.get_running_loop()
    idle = 0  # kills that cut too few: on a busy machine the answers had come already, and only were not read yet
    running = [asyncio.ensure_future(load.live(device)) for device in load.devices]
    while len(cuts) < KILLS:
        await asyncio.sleep(random.uniform(0.1, 1.0))
        await until_loaded(load.wire, server)
        out = set(load.wire.out)
        server.kill()
        await until_noticed(load.wire, out)
        cut = len(out & load.wire.cut)
        if cut >= IN_FLIGHT:
            cuts.append(cut)
        else:
            idle += 1
            assert idle <= KILLS, f"kills cut {cut} of {len(out)} requests again and again"
        lines = load.settled()
        held = dump(server.database_url, server.url)
        assert check(lines, held, drained=False) == [], f"after kill {len(cuts) + idle}"
        believed = load.story.acknowledged()
        for name, journal in held.items():
            if journal.next_seq > believed.get(name, 1):
                unanswered[name] = max(unanswered.get(name, 0), journal.next_seq - 1)
        restarts.append(await loop.run_in_executor(None, server.start))
    load.stopping = True
    await asyncio.wait_for(asyncio.gather(*running), 180)
    await load.wire.close()
    return cuts, restarts, unanswered


def test_thirty_kills_under_load_lose_nothing_and_double_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contact, "BACKOFF_SECONDS", (0.5, 2.0))  # as many devices at work after each start as before it
    server = Server(tmp_path)
    load = Load(server, tmp_path)
    server.start()
    try:
        cuts, restarts, unanswered = asyncio.run(kill_again_and_again(server, load))
    finally:
        server.kill()
    lines = load.settled()
    for device in load.devices:
        assert (device.refusal, device.outbox.waiting) == (None, 0)
        load.history.waiting(device.journal, device.outbox.acknowledged, device.outbox.waiting)
    lines = load.settled()
    held = dump(server.database_url, server.url)
    assert check(lines, held) == []
    assert judge(tables_of(server.database_url)) == []
    assert min(cuts) >= IN_FLIGHT
    # Committed, never answered, sent again, and there once (the checker saw to that).
    assert unanswered
    for name, seq in unanswered.items():
        assert 2 <= sum(line["first_seq"] <= seq < line["first_seq"] + line["count"]
                        for line in lines if line["what"] == "sent" and line["journal"] == name)  # fmt: skip
    assert statistics.quantiles(restarts)[0] <= 3, restarts  # seconds; the quickest quarter, for busy machines
