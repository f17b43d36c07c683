"""One person's day as a plan: exact instants of everything that happens, drawn from the numbers in ``habits``.

A plan is a pure function of person, date and seed. ``records`` says what a device would write down of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from random import Random
from zoneinfo import ZoneInfo

from dokodemo.demo.habits import (
    DayKind,
    Duty,
    End,
    arrival,
    away_minutes,
    departure,
    duty_of,
    end_of_day,
    field_share,
    lock_minutes,
    place_for,
)
from dokodemo.demo.networks import site_of
from dokodemo.demo.roster import Member
from dokodemo.demo.tree import section_of


class What(StrEnum):
    """What fills a spell of the day."""

    LOCKED = "locked"
    AWAY = "away"
    LUNCH = "lunch"
    MEETING = "meeting"
    ONLINE_MEETING = "online_meeting"
    ERRAND = "errand"
    FIELD_ASLEEP = "field_asleep"
    FIELD_CARRIED = "field_carried"


@dataclass(frozen=True, slots=True)
class Spell:
    """Something that lasts from one instant (UTC) to another; spells of one plan do not overlap."""

    what: What
    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Outage:
    """A stretch without network; it may lie across any spell."""

    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """A whereabouts entry: a status code, where to, back when, and whether a colleague made it."""

    at: datetime
    status: str
    destination: str | None = None
    back_at: datetime | None = None
    by_proxy: bool = False


@dataclass(frozen=True, slots=True)
class DayPlan:
    """Everything of one person and date. ``arrives_at`` and ``leaves_at`` are None for who is not at work."""

    staff_number: str
    on: date
    duty: Duty
    place: str
    arrives_at: datetime | None = None
    leaves_at: datetime | None = None
    end: End | None = None
    spells: tuple[Spell, ...] = ()
    outages: tuple[Outage, ...] = ()
    entries: tuple[Entry, ...] = ()


DESTINATIONS = ("現場（工区3）", "県庁", "訪問調査", "北部地区", "公共施設点検", "関係機関", "用地交渉", "企業訪問")
ROOMS = ("会議室A", "会議室B", "第1委員会室", "研修室")
# (hour, minute, share of desk staff, minutes): at 10:15 18 % of the desk staff are in a meeting.
MEETINGS = ((9, 30, 0.075, 60), (10, 0, 0.145, 60), (13, 30, 0.08, 75), (15, 0, 0.08, 60))
ONLINE = 0.30
LUNCH_LOCKED = 0.82
LOCKS, AWAYS, FULL_DAY_MINUTES = 8.0, 3.0, 530.0
# 0.3 % of the devices are without network at any moment: a spell of 17.8 minutes in the mean, 0.09 times a day.
OUTAGES_A_DAY, OUTAGE_MINUTES = 0.09, (2.0, 40.0)
BRANCH_LINE_LOST, BRANCH_LINE_MINUTES = 1 / 20, 20.0
OVERDUE, PROXY = 0.30, 0.27


def plan(
    member: Member, on: date, *, zone: ZoneInfo, seed: int = 1, kind: DayKind = DayKind.NORMAL, working_day: bool = True
) -> DayPlan:
    """The day of one person; on a closed day, or off duty, a plan without arrival."""
    own = site_of(member.unit_code).place
    duty = duty_of(member, on, kind, seed=seed)
    midnight = datetime(on.year, on.month, on.day, tzinfo=zone)
    random = Random(f"{seed} day {member.staff_number} {on}")
    if not working_day or duty is not Duty.WORK:
        entries = _entries_of_leave(random, midnight) if working_day and duty is Duty.LEAVE else ()
        return DayPlan(member.staff_number, on, duty, own, entries=entries)
    arrives = datetime.combine(on, arrival(random, member.pattern), zone).astimezone(_UTC)
    leaves = datetime.combine(on, departure(random, member, on, kind), zone).astimezone(_UTC)
    place = place_for(random, member, own, on, kind)
    day = _Day(random, arrives, leaves)
    _fill(day, member, place, midnight, kind)
    spells = tuple(sorted(day.spells, key=lambda spell: spell.begins_at))
    return DayPlan(
        member.staff_number,
        on,
        duty,
        place,
        arrives_at=arrives,
        leaves_at=leaves,
        end=end_of_day(random),
        spells=spells,
        outages=tuple(_outages(day, member, place, midnight, seed)),
        entries=tuple(sorted(_entries(random, spells, place, arrives), key=lambda entry: entry.at)),
    )


_UTC = ZoneInfo("UTC")


class _Day:
    """A day being filled: keeps its spells apart by two minutes."""

    def __init__(self, random: Random, arrives: datetime, leaves: datetime) -> None:
        self.random = random
        self.arrives = arrives
        self.leaves = leaves
        self.spells: list[Spell] = []

    def put(self, what: What, begins: datetime, minutes: float) -> bool:
        ends = begins + _minutes(minutes)
        gap = timedelta(minutes=2)
        if begins < self.arrives + gap or ends > self.leaves - gap:
            return False
        if any(begins < spell.ends_at + gap and spell.begins_at < ends + gap for spell in self.spells):
            return False
        self.spells.append(Spell(what, begins, ends))
        return True

    def scatter(self, what: What, minutes: float, *, tries: int = 40) -> None:
        span = (self.leaves - self.arrives).total_seconds()
        for _ in range(tries):
            begins = self.arrives + timedelta(milliseconds=round(self.random.uniform(0, span) * 1000))
            if self.put(what, begins, minutes):
                return


def _fill(day: _Day, member: Member, place: str, midnight: datetime, kind: DayKind) -> None:
    random = day.random

    def at(hour: int, minute: int, deviation: float = 0.0) -> datetime:
        # City time of day; gaussian minutes around it.
        local = midnight.replace(hour=hour, minute=minute)
        return local.astimezone(_UTC) + _minutes(random.gauss(0, deviation))

    if random.random() < LUNCH_LOCKED:
        begins = at(12, 0, 1.5)
        day.put(What.LUNCH, begins, (at(12, 57, 2) - begins).total_seconds() / 60)
    in_hall = place == "desk" and "O" not in section_of(member.unit_code).flags
    if place in ("desk", "branch"):
        for hour, first, last in ((9, 50, 40), (13, 50, 50)):
            if random.random() < field_share(member, kind):
                begins = at(hour, first) + _minutes(random.uniform(0, 30))
                until = at(hour + 1, last) + _minutes(random.uniform(0, 25))
                what = What.FIELD_CARRIED if random.random() < 0.4 else What.FIELD_ASLEEP
                day.put(what, begins, (until - begins).total_seconds() / 60)
    if place in ("desk", "home", "satellite"):
        for hour, minute, share, minutes in MEETINGS:
            if random.random() < share:
                online = place != "desk" or random.random() < ONLINE
                what = What.ONLINE_MEETING if online else What.MEETING
                day.put(what, at(hour, minute, 1.0), minutes + random.uniform(-10, 8))
    if in_hall and random.random() < 0.22:
        day.scatter(What.ERRAND, random.uniform(20, 60))
    worked = (day.leaves - day.arrives).total_seconds() / 60 - 60
    for what, mean, minutes_of in ((What.AWAY, AWAYS, away_minutes), (What.LOCKED, LOCKS, lock_minutes)):
        for _ in range(_poisson(random, mean * worked / FULL_DAY_MINUTES)):
            day.scatter(what, minutes_of(random))


def _minutes(minutes: float) -> timedelta:
    """To the millisecond, as the wire has it."""
    return timedelta(milliseconds=round(minutes * 60_000))


def _poisson(random: Random, mean: float) -> int:
    count, spent = 0, random.expovariate(1)
    while spent < mean:
        count += 1
        spent += random.expovariate(1)
    return count


def _outages(day: _Day, member: Member, place: str, midnight: datetime, seed: int) -> Iterator[Outage]:
    random, arrives = day.random, day.arrives
    span = (day.leaves - arrives).total_seconds()
    for _ in range(_poisson(random, OUTAGES_A_DAY)):
        begins = arrives + timedelta(milliseconds=round(random.uniform(0, span) * 1000))
        yield Outage(begins, begins + _minutes(random.uniform(*OUTAGE_MINUTES)))
    site = site_of(member.unit_code)
    if member.unit_code.startswith("05") and place == "branch":
        # The line of a 支所 goes down for everybody there at once.
        line = Random(f"{seed} line {site.number} {midnight.date()}")
        if line.random() < BRANCH_LINE_LOST:
            begins = midnight.astimezone(_UTC) + _minutes(60 * line.uniform(8.5, 17))
            yield Outage(begins, begins + timedelta(minutes=BRANCH_LINE_MINUTES))


def _entries(random: Random, spells: tuple[Spell, ...], place: str, arrives: datetime) -> Iterator[Entry]:
    if place in ("home", "satellite"):
        yield Entry(arrives + timedelta(seconds=40), place, "サテライト席" if place == "satellite" else None)
    for spell in spells:
        match spell.what:
            case What.FIELD_ASLEEP | What.FIELD_CARRIED:
                proxy = random.random() < PROXY
                yield Entry(spell.begins_at, "field", random.choice(DESTINATIONS), _back(random, spell), proxy)
                if not proxy:
                    yield _return(spell, place)
            case What.ERRAND:
                proxy = random.random() < PROXY
                yield Entry(spell.begins_at, "in_office", random.choice(ROOMS), _back(random, spell), proxy)
                if not proxy:
                    yield _return(spell, place)
            case What.MEETING:
                if random.random() < 0.75:
                    yield Entry(
                        spell.begins_at, "meeting", random.choice(ROOMS), _back(random, spell), random.random() < PROXY
                    )
            case _:
                pass


def _return(spell: Spell, place: str) -> Entry:
    """The tile pressed on coming back: 在席, or 支所 for who works in one."""
    at = spell.ends_at + timedelta(seconds=20)
    return Entry(at, "branch", "自所") if place == "branch" else Entry(at, "at_desk")


def _back(random: Random, spell: Spell) -> datetime:
    """What was promised: three in ten come back more than 15 minutes later than they said."""
    late = random.random() < OVERDUE
    minutes = -random.uniform(16, 35) if late else random.uniform(0, 15)
    promised = max(spell.ends_at + timedelta(minutes=minutes), spell.begins_at + timedelta(minutes=1))
    return promised.replace(second=0, microsecond=0)


def _entries_of_leave(random: Random, midnight: datetime) -> tuple[Entry, ...]:
    if random.random() > 0.6:
        return ()
    at = midnight.astimezone(_UTC) + _minutes(480 + random.uniform(20, 60))
    return (Entry(at, "leave", by_proxy=True),)
