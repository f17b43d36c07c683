"""The city lives: today so far is replayed, then the past days, then every device goes on in real time.

Everything goes through the real protocol. Today's journals come first, so that the board is full within a minute;
the past days lie in journals of their own (earlier keys), because a journal is never written backwards.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from heapq import heappop, heappush
from random import Random
from typing import TypeVar
from zoneinfo import ZoneInfo

from dokodemo.demo.day import DayPlan, Entry, plan
from dokodemo.demo.figures import Figures
from dokodemo.demo.fleet import Fleet
from dokodemo.demo.inhabitant import Inhabitant
from dokodemo.demo.ledger import Use
from dokodemo.demo.memory import Memory
from dokodemo.demo.roster import fiscal_year_of, proxies
from dokodemo.demo.tokens import Tokens

TODAY_AT_ONCE = 8
PAST_AT_ONCE = 2
FIRST_SHOWN = "02"  # the department of those whose links the demo prints
SETTINGS_WITH_A_BEAT = 0.4
SHOWN_EVERY_SECONDS = 5.0
DAYS_TAKEN_UP = 14  # of a demo that was kept for longer the days before are left out
PAST_SHOWN_EVERY = 20


@dataclass(frozen=True, slots=True)
class Step:
    """How far a phase (``today``, ``entries``, ``past``, ``live``) has come, and the figures so far."""

    phase: str
    done: int
    planned: int
    figures: Figures


Show = Callable[[Step], None]
Item = TypeVar("Item")
Work = Callable[[Item], Coroutine[None, None, None]]
Queue = list[tuple[float, int, str]]
"""When (seconds since 1970), which inhabitant, and whether a beat or an event is due."""


class Pace:
    """The city's clock: real, or from ``start`` on ``speed`` times as fast (for a server that does not mind)."""

    def __init__(self, start: datetime | None = None, speed: float = 1.0) -> None:
        self.speed = speed
        self._begun = datetime.now(UTC)
        self._start = start or self._begun

    def now(self) -> datetime:
        """This moment in the city, in UTC."""
        return self._start + (datetime.now(UTC) - self._begun) * self.speed

    async def sleep(self, seconds: float) -> None:
        """Let this much of the city's time pass."""
        await asyncio.sleep(seconds / self.speed)


def _quiet(_step: Step) -> None:
    """Shows nothing."""


class CityLife:
    """The city's devices on one server. ``person_ids`` (staff number to id) lets colleagues speak for the absent."""

    def __init__(
        self,
        fleet: Fleet,
        *,
        zone: ZoneInfo,
        seed: int = 1,
        person_ids: Mapping[str, str] | None = None,
        show: Show = _quiet,
        pace: Pace | None = None,
        started_on: Collection[date] = (),
    ) -> None:
        self.fleet = fleet
        self.zone = zone
        self.seed = seed
        self.show = show
        self.figures = fleet.count_in(Figures())
        self.person_ids = dict(person_ids or {})
        self.pace = pace or Pace()
        self.today = self.pace.now().astimezone(zone).date()
        self.started_on = {*started_on, self.today}
        self.inhabitants = [Inhabitant(d, self.plan_of(d.use, self.today)) for d in fleet.devices]
        self._by_section: dict[str, list[Inhabitant]] = {}
        for inhabitant in self.inhabitants:
            if not inhabitant.device.use.second:
                self._by_section.setdefault(inhabitant.device.use.member.section_code, []).append(inhabitant)
        self._speakers = {member.staff_number for member in proxies(fleet.members)}
        self._speakers |= {member.staff_number for member in fleet.members if member.post == "head"}
        self.flights: set[asyncio.Task[None]] = set()
        self._random = Random(f"life {seed}")

    def plan_of(self, use: Use, on: date) -> DayPlan:
        """The plan of a person's day. The days on which the demo was started are working days, whatever they are."""
        working_day = on in self.started_on or on.weekday() < 5
        return plan(use.member, on, zone=self.zone, seed=self.seed, working_day=working_day)

    async def replay_today(self) -> None:
        """Everything up to now that was not lived before a restart, for everybody who is or was here."""
        now = self.pace.now()
        for inhabitant in self.inhabitants:
            self._take_up(inhabitant, now)
        present = [i for i in self.inhabitants if i.write(now) or i.device.outbox.waiting]
        present.sort(key=lambda i: not i.device.use.member.unit_code.startswith(FIRST_SHOWN))
        await self._each("today", present, TODAY_AT_ONCE, lambda i: self._catch_up(i, now))
        # Only now are the people known for whom colleagues have spoken.
        made = [(inhabitant, entry) for inhabitant in self.inhabitants for entry in inhabitant.entries(now)]
        await self._each("entries", made, TODAY_AT_ONCE, lambda pair: self._declare(*pair, None))

    def _take_up(self, inhabitant: Inhabitant, now: datetime) -> None:
        """Begin today; where the demo was started before, with the days between behind it."""
        since = max(min(self.started_on), self.today - timedelta(days=DAYS_TAKEN_UP))
        use = inhabitant.device.use
        if inhabitant.device.lived_at is not None:
            for day in range((self.today - since).days):
                plan_then = self.plan_of(use, since + timedelta(days=day))
                if day == 0:
                    inhabitant.plan = plan_then
                inhabitant.begin(plan_then)
                inhabitant.write(now)
                inhabitant.entries(now)
        inhabitant.begin(self.plan_of(use, self.today))

    async def replay_past(self, days: Sequence[date]) -> None:
        """Past working days, each person's in one journal of an earlier key."""
        past = []
        for device in self.fleet.devices:
            if not device.use.second:
                earlier = self.fleet.device(device.use, earlier=True)
                earlier.contact.figures = self.figures
                past.append(Inhabitant(earlier, self.plan_of(device.use, min(days))))
        await self._each("past", past, PAST_AT_ONCE, lambda i: self.replay_days(i, sorted(days)))

    async def live(self) -> None:
        """Go on in real time, for ever; each event and beat at its own moment."""
        queue: Queue = []
        for n, inhabitant in enumerate(self.inhabitants):
            self._plan_beat(queue, n, inhabitant, self.pace.now(), first=True)
            self._plan_event(queue, n, inhabitant)
        midnight = self._midnight()
        shown = 0.0
        while True:
            now = self.pace.now()
            if now >= midnight:
                midnight = self._next_day(queue)
            while queue and queue[0][0] <= now.timestamp():
                moment, n, what = heappop(queue)
                self._fall_due(queue, n, what, datetime.fromtimestamp(moment, UTC))
            if now.timestamp() - shown > SHOWN_EVERY_SECONDS:
                shown = now.timestamp()
                self.show(Step("live", self._heard(now), len(self.inhabitants), self.figures))
            ahead = (queue[0][0] if queue else now.timestamp() + SHOWN_EVERY_SECONDS) - self.pace.now().timestamp()
            await self.pace.sleep(min(max(ahead, 0.0), SHOWN_EVERY_SECONDS))

    def _fall_due(self, queue: Queue, n: int, what: str, moment: datetime) -> None:
        inhabitant = self.inhabitants[n]
        due = time.perf_counter() - (self.pace.now() - moment).total_seconds() / self.pace.speed
        device = inhabitant.device
        device.reachable = inhabitant.is_heard(moment)
        if what == "event":
            wrote = inhabitant.write(moment)
            for entry in inhabitant.entries(moment):
                self._spawn(self._declare(inhabitant, entry, due))
            if wrote and device.reachable:
                inhabitant.move(moment)
                self._spawn(device.flush(due))
            self._plan_event(queue, n, inhabitant)
        elif device.reachable:
            # Settings that the replay left out come in the first minutes, not all with the first beat.
            device.holds_settings = device.holds_settings and self._random.random() > SETTINGS_WITH_A_BEAT
            inhabitant.move(moment)
            self._spawn(device.flush(due, once=True))
            self._plan_beat(queue, n, inhabitant, moment)
        else:
            self._plan_beat(queue, n, inhabitant, moment, first=True)

    def _plan_beat(self, queue: Queue, n: int, inhabitant: Inhabitant, after: datetime, *, first: bool = False) -> None:
        """The next beat: a little after contact begins, then every ``next_beat_s`` with jitter."""
        every = inhabitant.device.next_beat_s
        if first:
            begins = inhabitant.heard_from(after)
            if begins is not None:
                spread = every if begins == after else 3.0
                heappush(queue, (begins.timestamp() + self._random.uniform(0.5, spread), n, "beat"))
        else:
            heappush(queue, (after.timestamp() + every * self._random.uniform(0.95, 1.05), n, "beat"))

    def _plan_event(self, queue: Queue, n: int, inhabitant: Inhabitant) -> None:
        at = inhabitant.next_at()
        if at is not None:
            heappush(queue, (at.timestamp(), n, "event"))

    def _next_day(self, queue: Queue) -> datetime:
        """Midnight: nobody is at work; everybody gets the plan of the new day."""
        self.today = self.pace.now().astimezone(self.zone).date()
        queue.clear()
        for n, inhabitant in enumerate(self.inhabitants):
            inhabitant.write(self.pace.now())
            inhabitant.begin(self.plan_of(inhabitant.device.use, self.today))
            self._plan_beat(queue, n, inhabitant, self.pace.now(), first=True)
            self._plan_event(queue, n, inhabitant)
        return self._midnight()

    def _midnight(self) -> datetime:
        tomorrow = self.today + timedelta(days=1)
        return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=self.zone).astimezone(UTC)

    async def _catch_up(self, inhabitant: Inhabitant, until: datetime) -> None:
        device = inhabitant.device
        device.holds_settings = True
        inhabitant.move(until)
        await device.flush(alive=inhabitant.is_heard(until))
        if device.person_id is not None:
            self.person_ids[device.use.member.staff_number] = device.person_id

    async def replay_days(self, inhabitant: Inhabitant, days: Iterable[date]) -> None:
        """One device's past days, in order, and the end of its journal."""
        for on in days:
            inhabitant.begin(self.plan_of(inhabitant.device.use, on))
            inhabitant.write(self.pace.now())
        inhabitant.close_journal()
        if inhabitant.device.outbox.waiting:
            await inhabitant.device.flush(alive=False)

    async def _declare(self, inhabitant: Inhabitant, entry: Entry, due: float | None) -> None:
        device, for_person = inhabitant.device, None
        if entry.by_proxy:
            for_person = self.person_ids.get(device.use.member.staff_number)
            colleague = self._proxy_of(inhabitant, entry.at)
            if for_person is None or colleague is None:
                return
            device = colleague.device
        elif not inhabitant.is_heard(entry.at) and device.binding_id is None:
            return
        await device.declare(
            entry.status, entry.at, destination=entry.destination, back_at=entry.back_at, for_person=for_person, due=due
        )

    def _proxy_of(self, absent: Inhabitant, at: datetime) -> Inhabitant | None:
        """Who may speak for the 課 and sits at a device then: its 代理入力者, else its head."""
        colleagues = self._by_section[absent.device.use.member.section_code]
        able = [c for c in colleagues if c is not absent and c.device.use.member.staff_number in self._speakers]
        return next((c for c in reversed(able) if c.device.binding_id and c.is_heard(at)), None)

    def _heard(self, now: datetime) -> int:
        return sum(inhabitant.is_heard(now) for inhabitant in self.inhabitants)

    async def _each(self, phase: str, items: Sequence[Item], at_once: int, work: Work[Item]) -> None:
        queue = list(reversed(items))
        done = 0

        async def worker() -> None:
            nonlocal done
            while queue:
                await work(queue.pop())
                done += 1
                if done % PAST_SHOWN_EVERY == 0 or done == len(items):
                    self.show(Step(phase, done, len(items), self.figures))

        self.show(Step(phase, 0, len(items), self.figures))
        await asyncio.gather(*(worker() for _ in range(at_once)))

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self.flights.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self.flights.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.figures.refused("simulator", type(error).__name__)


async def run_city(
    url: str,
    tokens: Tokens,
    *,
    zone: str,
    past_days: Sequence[date] = (),
    person_ids: Mapping[str, str] | None = None,
    devices: int = 2_680,
    show: Show = _quiet,
    memory: Memory | None = None,
) -> None:
    """Today so far, then ``past_days`` while today goes on, then real time until it is cancelled.

    With a ``memory`` the devices go on where they were: its founding says which days were replayed.
    """
    city_zone = ZoneInfo(zone)
    today = datetime.now(city_zone).date()
    memory = memory or Memory(None)
    founding = memory.found(zone, fiscal_year_of(today), today, past_days)
    fleet = Fleet(url, tokens, year=founding.year, count=devices, memory=memory)
    life = CityLife(
        fleet, zone=city_zone, person_ids=person_ids, show=show, started_on=founding.started_on
    )  # fmt: skip
    try:
        await life.replay_today()
        async with asyncio.TaskGroup() as group:
            if founding.past_days:
                group.create_task(life.replay_past(founding.past_days))
            group.create_task(life.live())
    finally:
        await fleet.close()
        memory.close()
