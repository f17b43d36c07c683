import asyncio
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import pytest

from dokodemo.demo.drive import Progress, Steady, Storm, at_moments
from dokodemo.demo.figures import Figures, percentile
from dokodemo.demo.fleet import Fleet, clock_error, source_of, spread
from dokodemo.demo.history import History
from dokodemo.demo.ledger import machines, uses
from dokodemo.demo.networks import site_of
from dokodemo.demo.roster import Member, people
from tests.demo.reference_server import ReferenceServer

USES = uses(people(year=2026), machines())


@pytest.fixture
def server() -> Iterator[ReferenceServer]:
    with ReferenceServer() as running:
        yield running


async def token(member: Member, nonce: str) -> str:
    return f"{member.email} {nonce}"


def test_a_slow_job_does_not_hold_the_next_one_up() -> None:
    begun: list[float] = []
    dues: list[float] = []

    async def story() -> Progress:
        everybody = asyncio.Event()

        async def slow(due: float) -> None:
            begun.append(time.perf_counter())
            dues.append(due)
            if len(dues) == 3:
                everybody.set()
            await asyncio.wait_for(everybody.wait(), 30)  # the first ends when the last has begun

        progress = Progress(3, Figures())
        await at_moments([(0.10, slow), (0.0, slow), (0.05, slow)], progress)
        return progress

    progress = asyncio.run(story())
    assert [round(due - dues[0], 3) for due in dues] == [0.0, 0.05, 0.1]
    assert all(at >= due for at, due in zip(begun, dues, strict=True))  # and none before its time
    assert (progress.done, progress.failed) == (3, [])


def test_what_a_job_raises_is_kept_and_the_others_go_on() -> None:
    async def bad(_due: float) -> None:
        raise ValueError("no")

    async def good(_due: float) -> None:
        return

    progress = Progress(2, Figures())
    asyncio.run(at_moments([(0, bad), (0.01, good)], progress))
    assert (progress.done, progress.failed) == (2, ["ValueError: no"])


def test_in_the_storm_every_device_signs_in_and_has_its_first_batch_acknowledged(
    server: ReferenceServer, tmp_path: Path
) -> None:
    async def story() -> tuple[Fleet, Storm, Progress]:
        history = History(tmp_path / "devices.jsonl")
        fleet = Fleet(server.url, token, year=2026, count=60, history=history)
        storm = Storm(fleet.devices, seconds=1)
        progress = Progress(60, fleet.count_in(Figures()))
        await at_moments(storm.jobs(), progress)
        await fleet.close()
        return fleet, storm, progress

    fleet, storm, progress = asyncio.run(story())
    assert (progress.failed, len(storm.ready), len(server.journals)) == ([], 60, 60)
    assert {journal.kinds()[0] for journal in server.journals.values()} == {"started"}
    counts = {name: route.statuses.total() for name, route in progress.figures.routes.items()}
    assert {"challenge", "binding", "settings", "settings_results", "events"} <= set(counts)
    assert counts["challenge"] == counts["settings"] == 60
    lines = [json.loads(line) for line in (tmp_path / "devices.jsonl").read_text().splitlines()]
    recorded = sum(line["what"] == "recorded" for line in lines)
    assert recorded == sum(device.outbox.last_seq for device in fleet.devices) == progress.figures.events


def test_steady_work_is_a_beat_a_minute_and_some_thirty_events_a_day() -> None:
    fleet = Fleet("http://127.0.0.1:9", token, year=2026, count=500)
    steady = Steady(fleet.devices, minutes=10)
    moments = sorted(moment for moment, _ in steady.jobs())
    assert len(moments) == pytest.approx(500 * (10 + 1 + 10 * 60 / 960), rel=0.05)
    halves = [sum(moment < 300 for moment in moments), sum(moment >= 300 for moment in moments)]
    assert halves[0] == pytest.approx(halves[1], rel=0.08)


def test_a_fleet_of_some_is_spread_over_the_whole_city() -> None:
    some = spread(USES, 190)
    assert len({use.member.unit_code[:2] for use in some}) == 19
    with pytest.raises(ValueError, match="2680"):
        spread(USES, 2_681)


def test_clocks_are_wrong_by_a_second_and_a_few_by_minutes() -> None:
    errors = [abs(clock_error(use)) for use in USES]
    assert median(errors) == pytest.approx(0.54, abs=0.1)
    wrong = [error for error in errors if error > 60]
    assert 1 <= len(wrong) <= 14
    assert all(120 <= error <= 900 for error in wrong)


def test_addresses_follow_where_the_device_is() -> None:
    use = next(use for use in USES if use.member.unit_code.startswith("0203") and not use.second)
    number = site_of(use.member.unit_code).number
    assert source_of(use).startswith(f"127.{number}.")
    assert source_of(use, outside=True).startswith("127.200.")
    assert int(source_of(use, in_room=True).split(".")[2]) >= 128
    assert source_of(use, satellite=True).split(".")[1] in ("11", "12", "13", "14", "15", "16")


def test_no_more_than_fifty_devices_share_a_source_address() -> None:
    addresses: dict[str, int] = {}
    for use in USES:
        addresses[source_of(use)] = addresses.get(source_of(use), 0) + 1
    assert max(addresses.values()) <= 50


def test_figures_count_what_was_not_answered_well() -> None:
    figures = Figures()
    now = time.perf_counter()
    for status in (202, 202, 304, 503, 0):
        figures.answered("events", status, due=now - 0.1, begun=now)
    record = figures.record()
    assert record["errors"] == {"503": 1, "0": 1}
    assert (record["late_starts"], record["requests"]) == (5, 5)


def test_percentiles_are_nearest_ranks() -> None:
    values = [float(n) for n in range(1, 101)]
    assert [percentile(values, 0.5), percentile(values, 0.99), percentile([], 0.5)] == [51.0, 100.0, 0.0]


def test_a_device_stopped_by_the_server_is_a_failure_of_the_storm(server: ReferenceServer) -> None:
    async def story() -> Progress:
        fleet = Fleet(server.url, token, year=2026, count=3)
        server.unknown_people.add(fleet.devices[1].use.member.email)
        progress = Progress(3, fleet.count_in(Figures()))
        await at_moments(Storm(fleet.devices, seconds=0.1).jobs(), progress)
        await fleet.close()
        return progress

    assert asyncio.run(story()).failed == ["RuntimeError: refused: not_in_roster"]


def test_events_of_the_storm_are_of_now(server: ReferenceServer) -> None:
    async def story() -> None:
        fleet = Fleet(server.url, token, year=2026, count=1)
        await at_moments(Storm(fleet.devices, seconds=0.1).jobs(), Progress(1, fleet.count_in(Figures())))
        await fleet.close()

    asyncio.run(story())
    (journal,) = server.journals.values()
    at = datetime.fromisoformat(json.loads(journal.texts[0])["at"])
    assert abs((datetime.now(UTC) - at).total_seconds()) < 10
