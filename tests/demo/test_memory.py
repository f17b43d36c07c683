"""A demo that is started again goes on where it was: the same keys, no day twice, nothing of it missing."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dokodemo.crypto.keys import new_key
from dokodemo.demo.city import CityLife, Pace
from dokodemo.demo.fleet import Fleet
from dokodemo.demo.memory import FILE, Memory, founding_in
from dokodemo.demo.outbox import Outbox
from tests.demo.reference_server import ReferenceServer
from tests.demo.test_city import MONDAY, ZONE, local, token

COUNT = 40
PAST = [MONDAY - timedelta(days=n) for n in (3, 4)]
Told = dict[str, list[list[tuple[str, str]]]]


@pytest.fixture
def servers() -> Iterator[tuple[ReferenceServer, ReferenceServer]]:
    with ReferenceServer() as one, ReferenceServer() as other:
        yield one, other


def told(server: ReferenceServer) -> Told:
    """What each person's journals hold: (at, kind) of every event, in order; a measured clock is of the machine."""
    found: Told = {}
    for journal in server.journals.values():
        events = [json.loads(text) for text in journal.texts]
        found.setdefault(journal.email, []).append([(e["at"], e["kind"]) for e in events if e["kind"] != "clock"])
    return {email: sorted(journals) for email, journals in found.items()}


def entries(server: ReferenceServer) -> list[tuple[str, str]]:
    return sorted((entry["made_at"], entry["status"]) for entry in server.whereabouts.values())


async def start(server: ReferenceServer, folder: Path | None, now: datetime, *, past: list[date]) -> set[str]:
    """One start of the demo up to that moment, then it stops; gives the names of its keys."""
    memory = Memory(folder / FILE if folder else None)
    founding = memory.found(str(ZONE), 2026, now.astimezone(ZONE).date(), past)
    fleet = Fleet(server.url, token, year=founding.year, count=COUNT, clocks_wrong=False, memory=memory)
    life = CityLife(fleet, zone=ZONE, pace=Pace(now), started_on=founding.started_on)
    try:
        await life.replay_today()
        if founding.past_days:
            await life.replay_past(founding.past_days)
    finally:
        await fleet.close()
        memory.close()
    return {device.journal for device in fleet.devices}


def test_a_second_start_goes_on_where_the_first_was(
    servers: tuple[ReferenceServer, ReferenceServer], tmp_path: Path
) -> None:
    kept, straight = servers
    first = asyncio.run(start(kept, tmp_path, local(10, 42), past=PAST))
    before = {journal.binding_id for journal in kept.journals.values()}
    second = asyncio.run(start(kept, tmp_path, local(14, 20), past=[MONDAY]))
    assert first == second
    new = [journal for journal in kept.journals.values() if journal.binding_id not in before]
    assert all(min(json.loads(text)["at"] for text in one.texts) > "2026-07-06T01:42" for one in new)  # came later
    asyncio.run(start(straight, None, local(14, 20), past=PAST))
    assert told(straight) == told(kept)
    assert [entry for entry in entries(kept) if entry in entries(straight)] == entries(kept)
    assert len(set(entries(kept))) == len(entries(kept))


def test_the_next_day_writes_down_the_evening_of_the_one_before(
    servers: tuple[ReferenceServer, ReferenceServer], tmp_path: Path
) -> None:
    kept, _ = servers
    tuesday = MONDAY + timedelta(days=1)
    asyncio.run(start(kept, tmp_path, local(10, 42), past=[]))
    asyncio.run(start(kept, tmp_path, local(10, 42, tuesday), past=[]))
    held = [events for journals in told(kept).values() for events in journals]
    assert all(len(journals) <= 2 for journals in told(kept).values())  # a second one is a meeting room's
    assert all([at for at, _ in events] == sorted(at for at, _ in events) for events in held)
    evenings = [
        kind
        for events in held
        for (at, kind), (then, _) in zip(events[1:], events, strict=False)
        if at.startswith("2026-07-06") and then < at and kind in {"ended", "slept"}
    ]
    assert len(evenings) > COUNT / 3
    founding = founding_in(tmp_path)
    assert founding is not None
    assert (MONDAY, tuesday) == founding.started_on


def test_what_was_not_acknowledged_before_the_stop_is_sent_after_it(tmp_path: Path) -> None:
    memory = Memory(tmp_path / FILE)
    key, at = new_key(), datetime(2026, 7, 6, 1, tzinfo=UTC)
    outbox = Outbox(key)
    memory.began("1", key)
    for n in range(5):
        memory.append("1", outbox.append("locked", at + timedelta(minutes=n), {}), at + timedelta(minutes=n))
    outbox.acknowledge(3)
    memory.set("1", "acknowledged", 3)
    memory.close()
    again = Memory(tmp_path / FILE)
    known = again.recall("1")
    again.close()
    assert known is not None
    assert (key.keyid, 3, outbox.head) == (known.outbox.key.keyid, known.outbox.waiting, known.outbox.head)
    assert outbox.batch(alive=True, sent_at=at) == known.outbox.batch(alive=True, sent_at=at)
    assert at + timedelta(minutes=4) == known.lived_at
    assert 0o600 == (tmp_path / FILE).stat().st_mode & 0o777


def test_a_folder_without_devices_has_no_demo_to_go_on_with(tmp_path: Path) -> None:
    assert founding_in(tmp_path) is None
    Memory(tmp_path / FILE).close()
    assert founding_in(tmp_path) is None
    zone = ZoneInfo("Etc/GMT-3")
    memory = Memory(tmp_path / FILE)
    memory.found(str(zone), 2026, MONDAY, PAST)
    memory.close()
    founding = founding_in(tmp_path)
    assert founding is not None
    assert "Etc/GMT-3" == founding.zone
