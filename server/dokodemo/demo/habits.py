"""The numbers of the demo day (who comes when, who is where, how a day ends) and the dice that follow them."""

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from random import Random

from dokodemo.demo.actors import is_actor
from dokodemo.demo.roster import Member, Pattern, fiscal_year_of
from dokodemo.demo.tree import section_of


class DayKind(StrEnum):
    """What sort of day it is; each changes some of the numbers."""

    NORMAL = "normal"
    FIRST_APRIL = "first_april"
    ELECTION_EVE = "election_eve"
    TYPHOON = "typhoon"


class Duty(StrEnum):
    """Whether somebody is expected at work on a day, and if not, why."""

    WORK = "work"
    LEAVE = "leave"
    LONG_LEAVE = "long_leave"
    SECONDED = "seconded"
    AFTER_DUTY = "after_duty"


class End(StrEnum):
    """How a device's day ends; none of the four can be seen by the extension at that moment."""

    LOGOUT = "logout"
    SHUTDOWN = "shutdown"
    LID = "lid"
    BATTERY = "battery"


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a kind of day changes: share on leave, factor for telework and outings, minutes later for 他律 units."""

    leave: float = 0.06
    home: float = 1.0
    outings: float = 1.0
    later: int = 0


KINDS = {
    DayKind.NORMAL: Numbers(),
    DayKind.FIRST_APRIL: Numbers(leave=0.01, home=0.1, outings=0.5, later=60),
    DayKind.ELECTION_EVE: Numbers(leave=0.04, home=0.5, later=120),
    DayKind.TYPHOON: Numbers(leave=0.03, home=2.5, outings=0.2, later=150),
}
ABSENT_FOR_LONG, SECONDED, AFTER_DUTY = 0.02, 0.005, 0.015
# Shares of those on duty; they fall on the seven in ten whose work is not bound to a counter outside the hall.
HOME_BY_WEEKDAY = (0.07, 0.08, 0.09, 0.08, 0.10, 0.0, 0.0)
SATELLITE = 0.004
FREE_TO_CHOOSE = 0.70
# 建設, 都市計画, 福祉, 税 (徴収, 家屋), 農政: a quarter of the city, and up to a quarter of them is out at once.
FIELD_UNITS = ("0303", "0304", "0305", "07", "1104", "1105", "12", "13")
FIELD_SHARE, FIELD_ELSEWHERE = 0.22, 0.01
END_SHARES = {End.LOGOUT: 61, End.SHUTDOWN: 22, End.LID: 14, End.BATTERY: 3}
# Months in which a 他律的部署 works longer (50 minutes a day).
SEASONS = {
    "010200": {10, 11}, "020200": {3, 4}, "030100": {10, 11, 12, 1, 2}, "030300": {2, 3, 4, 5, 6},
    "030400": {4, 5, 6}, "040100": {3, 4}, "060300": {8}, "080300": {1, 2}, "180100": {3, 6, 9, 12},
}  # fmt: skip
SEASON_MINUTES = 50


def duty_of(member: Member, on: date, kind: DayKind, *, seed: int) -> Duty:
    """90 % are on duty; long leaves and secondments last, the others are drawn each day. Who plays a part works."""
    if is_actor(member, fiscal_year_of(on)):
        return Duty.WORK
    lasting = Random(f"{seed} lasting {member.staff_number}").random()
    if lasting < ABSENT_FOR_LONG:
        return Duty.LONG_LEAVE
    if lasting < ABSENT_FOR_LONG + SECONDED:
        return Duty.SECONDED
    today = Random(f"{seed} duty {member.staff_number} {on}").random() * (1 - ABSENT_FOR_LONG - SECONDED)
    # Only shift units have an 明け; they are a quarter of the city, so their share is four times as large.
    after = AFTER_DUTY * 2600 / 664 if "S" in section_of(member.unit_code).flags else 0.0
    if today < after:
        return Duty.AFTER_DUTY
    return Duty.LEAVE if today < after + KINDS[kind].leave else Duty.WORK


def arrival(random: Random, pattern: Pattern) -> time:
    """When somebody logs in: 88 % around 8:22, the shifts and part-time people at their own hours."""
    match pattern:
        case Pattern.EARLY:
            minutes = random.uniform(390, 465)
        case Pattern.NINE:
            minutes = random.uniform(525, 555)
        case Pattern.TEN:
            minutes = random.uniform(560, 630)
        case Pattern.AFTERNOON:
            minutes = random.uniform(780, 840)
        case _:
            minutes = _cut(random, 502, 9, 460, 550)
    return clock(minutes)


def departure(random: Random, member: Member, on: date, kind: DayKind) -> time:
    """When somebody leaves; the short days end before half past four."""
    short = member.pattern is Pattern.EARLY or (member.pattern is Pattern.NINE and int(member.staff_number) % 2 == 0)
    if short:
        return clock(random.uniform(960, 990))
    later = 0
    section = section_of(member.unit_code)
    if "T" in section.flags:
        later = KINDS[kind].later + (SEASON_MINUTES if on.month in SEASONS.get(section.code, ()) else 0)
    die = random.random() * 94
    if die < 34:
        minutes = random.uniform(1035, 1055)
    elif die < 62:
        minutes = _cut(random, 1085, 20, 1035, 1200)
    elif die < 82:
        minutes = _cut(random, 1150, 30, 1035, 1290)
    elif die < 91:
        minutes = _cut(random, 1230, 35, 1100, 1304)
    else:
        minutes = random.uniform(1305, 1395)
    return clock(min(minutes + later, 1436))


def place_for(random: Random, member: Member, own: str, on: date, kind: DayKind) -> str:
    """``home`` or ``satellite`` for those who may choose, else the place of the own site."""
    if "O" in section_of(member.unit_code).flags:
        return own
    home = HOME_BY_WEEKDAY[on.weekday()] * KINDS[kind].home / FREE_TO_CHOOSE
    die = random.random()
    if die < home:
        return "home"
    return "satellite" if die < home + SATELLITE / FREE_TO_CHOOSE else own


def field_share(member: Member, kind: DayKind) -> float:
    """How probable an outing in one half of the day is."""
    out = member.unit_code.startswith(FIELD_UNITS)
    return (FIELD_SHARE if out else FIELD_ELSEWHERE) * KINDS[kind].outings


def lock_minutes(random: Random) -> float:
    """A locked spell: median 6 minutes."""
    return min(max(random.lognormvariate(1.79, 0.7), 0.5), 40)


def away_minutes(random: Random) -> float:
    """A spell without input: 10 minutes or more, median 18, tail to 70."""
    return min(10 + random.lognormvariate(2.08, 0.85), 70)


def end_of_day(random: Random) -> End:
    """Logout, shutdown, closed lid or an empty battery."""
    return random.choices(list(END_SHARES), weights=list(END_SHARES.values()))[0]


def clock(minutes: float) -> time:
    """Minutes after midnight as a time of day, to the millisecond."""
    seconds, milliseconds = divmod(round(minutes * 60_000), 1000)
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60, milliseconds * 1000)


def _cut(random: Random, mean: float, deviation: float, least: float, most: float) -> float:
    while True:
        value = random.gauss(mean, deviation)
        if least <= value <= most:
            return value
