"""The whole life of a small city on the reference server: replay of today and of past days, then real time."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dokodemo.demo.city import CityLife, Pace, Step
from dokodemo.demo.fleet import Fleet
from dokodemo.demo.networks import site_of
from dokodemo.demo.records import connected, records
from dokodemo.demo.roster import Member
from tests.demo.reference_server import Journal, ReferenceServer

ZONE = ZoneInfo("Asia/Tokyo")
COUNT = 90
MONDAY = date(2026, 7, 6)


@pytest.fixture
def server() -> Iterator[ReferenceServer]:
    with ReferenceServer() as running:
        yield running


async def token(member: Member, nonce: str) -> str:
    return f"{member.email} {nonce}"


def fleet_of(server: ReferenceServer, *, count: int = COUNT) -> Fleet:
    return Fleet(server.url, token, year=2026, count=count)


def local(hour: int, minute: int, on: date = MONDAY) -> datetime:
    return datetime(on.year, on.month, on.day, hour, minute, tzinfo=ZONE).astimezone(UTC)


def events(journal: Journal) -> list[dict[str, str]]:
    return [json.loads(text) for text in journal.texts if b'"clock"' not in text]


def test_today_is_replayed_up_to_now_for_everybody_who_is_here(server: ReferenceServer) -> None:
    shown: list[Step] = []

    async def story() -> CityLife:
        life = CityLife(fleet_of(server), zone=ZONE, pace=Pace(local(10, 42)), show=shown.append)
        await life.replay_today()
        await life.fleet.close()
        return life

    life = asyncio.run(story())
    here = [
        i
        for i in life.inhabitants
        if not i.device.use.second and i.plan.arrives_at and i.plan.arrives_at < local(10, 42)
    ]
    assert len(server.journals) >= len(here) > COUNT * 0.7
    latest = max(event["at"] for journal in server.journals.values() for event in events(journal))
    assert latest < "2026-07-06T01:43"
    assert (shown[0].phase, shown[0].done) == ("today", 0)
    assert [step.done for step in shown if step.phase == "today"][-1] == len(server.journals)
    assert all(entry["made_at"] < "2026-07-06T01:43" for entry in server.whereabouts.values())


def test_past_days_lie_in_journals_of_their_own_and_each_evening_is_closed_the_next_morning(
    server: ReferenceServer,
) -> None:
    days = [MONDAY - timedelta(days=n) for n in (3, 4, 5)]

    async def story() -> CityLife:
        life = CityLife(fleet_of(server), zone=ZONE, pace=Pace(local(10, 42)))
        await life.replay_today()
        await life.replay_past(days)
        await life.fleet.close()
        return life

    life = asyncio.run(story())
    here = next(i for i in life.inhabitants if i.device.binding_id and not i.device.use.second)
    mine = [journal for journal in server.journals.values() if journal.email == here.device.use.member.email]
    assert len(mine) == 2
    past = events(mine[1])
    kinds = Counter(event["kind"] for event in past)
    assert past[-1]["kind"] == "ended"
    assert kinds["ended"] == kinds["started"] >= 1
    assert max(event["at"] for event in past) < "2026-07-04"
    assert [event["at"] for event in past] == sorted(event["at"] for event in past)


class Stepped(Pace):
    """A clock that moves only when everything that fell due has been answered: a day in seconds, on any machine."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self.at = start
        self.flights: set[asyncio.Task[None]] = set()

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        if self.flights:
            await asyncio.wait(set(self.flights))
        await asyncio.sleep(0)
        self.at += timedelta(seconds=max(seconds, 0.001))


def test_the_city_goes_on_by_plan_through_lunch_and_evening_into_the_next_morning(server: ReferenceServer) -> None:
    pace = Stepped(local(10, 42))
    server.next_beat_s = 300
    tuesday = MONDAY + timedelta(days=1)

    async def story() -> CityLife:
        life = CityLife(fleet_of(server, count=8), zone=ZONE, pace=pace)
        pace.flights = life.flights
        await life.replay_today()
        task = asyncio.create_task(life.live())
        while pace.at < local(11, 0, tuesday):
            await asyncio.sleep(0.01)
            assert not task.done(), task.exception()
        task.cancel()
        await asyncio.gather(*life.flights)
        await life.fleet.close()
        return life

    life = asyncio.run(story())
    compared: list[str] = []
    assert set(life.figures.codes) <= {"binding clock_skew", "challenge clock_skew"}
    for inhabitant in life.inhabitants:
        device, monday, today = inhabitant.device, life.plan_of(inhabitant.device.use, MONDAY), inhabitant.plan
        if device.use.second or not (
            monday.arrives_at and today.arrives_at and today.arrives_at < local(10, 30, tuesday)
        ):
            continue
        journal = server.journals[device.journal]
        first = records(monday, room=site_of(device.use.member.unit_code).side)
        second = records(today, previous=monday, room=site_of(device.use.member.unit_code).side)
        planned = [r.kind for r in (*first, *(r for r in second if r.at <= local(10, 59, tuesday)))]
        assert [event["kind"] for event in events(journal)][: len(planned)] == planned
        minutes = sum((until - since).total_seconds() for since, until in connected(monday)) / 60
        assert journal.beats > minutes / 5 * 0.5
        compared.append(device.journal)
    assert len(compared) >= 3


def test_a_device_is_silent_from_a_closed_lid_to_its_return(server: ReferenceServer) -> None:
    fleet = fleet_of(server)
    life = CityLife(fleet, zone=ZONE, pace=Pace(local(7, 0)))
    for inhabitant in life.inhabitants:
        inhabitant.begin(inhabitant.plan)
        for (_, until), (since, _) in zip(inhabitant.heard, inhabitant.heard[1:], strict=False):
            middle = until + (since - until) / 2
            assert not inhabitant.is_heard(middle)
            assert inhabitant.heard_from(middle) == since
    assert sum(len(i.heard) > 1 for i in life.inhabitants) > 3


def test_a_late_start_writes_nothing_before_the_person_comes(server: ReferenceServer) -> None:
    life = CityLife(fleet_of(server), zone=ZONE, pace=Pace(local(7, 0)))
    tuesday = MONDAY + timedelta(days=1)
    for inhabitant in life.inhabitants:
        inhabitant.begin(inhabitant.plan)
        inhabitant.write(local(23, 59))
        inhabitant.begin(life.plan_of(inhabitant.device.use, tuesday))
        assert inhabitant.write(local(5, 0, tuesday)) == 0


def test_the_first_day_is_a_working_day_even_on_a_saturday_and_the_sunday_after_it_is_not(
    server: ReferenceServer,
) -> None:
    saturday = MONDAY + timedelta(days=5)
    life = CityLife(fleet_of(server), zone=ZONE, pace=Pace(local(10, 42, saturday)))
    uses = [inhabitant.device.use for inhabitant in life.inhabitants]
    assert sum(life.plan_of(use, saturday).arrives_at is not None for use in uses) > COUNT * 0.8
    assert {life.plan_of(use, saturday + timedelta(days=1)).arrives_at for use in uses} == {None}
