"""What one cell of the board shows: declared and reported meet in one table; the first matching row wins.

Nobody stores presence. The server sends ``Facts`` (``dokodemo.domain.facts``); whoever looks computes
``presence_of(facts, now, policy=…)``, in Python here and in ``extension/shared/presence.js``; both pass
``tests/vectors/presence.json``. The rows, as tried in this order (1 to 16), stand in ``docs/presence.md``.
Where they leave something open, they are read so:

- Row 3 needs activity that began after the entry: somebody who declares 外出 and still sits at the desk is on the
  way out (row 4). Where the beginning is not known, the row holds as written.
- An entry cleared by a return (``Facts.cleared_at``) stays cleared when the person then steps away.
- A declared 在席 takes back what was declared before; from then on the device speaks, unless it was not heard since.
- A declared 退庁 is 退庁 at once, until activity begins after it.
- Somebody who declared 外出 and then logged out is out, not gone (rows 5 and 6 hold for ``ended`` too, until the
  return is over and the hours are ending).
"""

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum

from dokodemo.domain.events import Place
from dokodemo.domain.facts import WITHHOLDING, Facts, State
from dokodemo.domain.statuses import Status
from dokodemo.domain.whereabouts import Whereabouts, ends_at


class Qualifier(StrEnum):
    """The second word of a cell; ``Presence.at`` is its time where it has one."""

    RETURNED = "returned"
    WORKING = "working"
    PLACE_UNKNOWN = "place_unknown"
    LAST_HEARD = "last_heard"
    DEVICE_ENDED = "device_ended"
    NOT_STARTED = "not_started"


class Source(StrEnum):
    """Who says so."""

    DECLARED = "declared"
    REPORTED = "reported"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Policy:
    """What the rule needs besides facts: the city's zone, the person's own hours, lunch, grace, the day.

    ``working_day`` is about the local day of ``now``.
    """

    zone: tzinfo
    starts: time = time(8, 30)
    ends: time = time(17, 15)
    lunch_from: time = time(12, 0)
    lunch_to: time = time(13, 0)
    grace: timedelta = timedelta(minutes=15)
    working_day: bool = True


@dataclass(frozen=True, slots=True)
class Presence:
    """One cell. ``status`` is None where nothing is shown; ``row`` is the row of the table that decided (for "why")."""

    row: int
    status: Status | None
    source: Source
    qualifier: Qualifier | None = None
    at: datetime | None = None
    since: datetime | None = None
    place: Place | None = None
    destination: str | None = None
    back_at: datetime | None = None
    note: str | None = None
    overdue: bool = False
    by_proxy: bool = False


RETURN_NOTED_FOR = timedelta(minutes=10)
DEVICE_CHANGE = timedelta(minutes=15)
MEETING_MAX = timedelta(hours=3)
LEAVING_BEFORE_END = timedelta(minutes=30)

OUT = frozenset({Status.FIELD, Status.TRIP, Status.DIRECT_GO, Status.TRAINING})
CITY_PLACES = frozenset({Place.DESK, Place.OFFICE, Place.BRANCH})
UNHEARD = frozenset({State.SILENT, State.ENDED, State.NONE})

BY_PLACE: dict[Place, Status] = {
    Place.DESK: Status.AT_DESK,
    Place.OFFICE: Status.IN_OFFICE,
    Place.BRANCH: Status.BRANCH,
    Place.SATELLITE: Status.SATELLITE,
    Place.HOME: Status.HOME,
    Place.FIELD: Status.FIELD,
    Place.UNKNOWN: Status.AT_DESK,
}


def clears(facts: Facts, *, zone: tzinfo) -> bool:
    """Whether the activity in ``facts`` ends the declared entry for good (``whereabouts.clear_on_active``).

    A return to desk, office or branch ends 外出, 直行, 研修 and the last day of 出張; any activity ends 退庁. Whoever
    assembles facts keeps ``cleared_at`` from then on, with ``remembering``.
    """
    entry = facts.whereabouts
    if entry is None or not _began_after(facts, entry):
        return False
    if entry.status is Status.LEFT:
        return True
    if entry.status not in OUT or facts.place not in CITY_PLACES:
        return False
    return entry.status is not Status.TRIP or _day(_last_moment(entry, zone), zone) == _day(facts.since, zone)


def remembering(facts: Facts, previous: Facts | None, *, zone: tzinfo) -> Facts:
    """``facts`` with ``cleared_at`` taken over from the previous facts about the same entry, or set now."""
    if facts.whereabouts is None:
        return replace(facts, cleared_at=None)
    same = previous is not None and previous.whereabouts is not None and previous.whereabouts.id == facts.whereabouts.id
    if same and previous is not None and previous.cleared_at is not None:
        return replace(facts, cleared_at=previous.cleared_at)
    return replace(facts, cleared_at=facts.since if clears(facts, zone=zone) else None)


def presence_of(facts: Facts, now: datetime, *, policy: Policy) -> Presence:
    """The cell of one person at ``now``; the first matching row of the table wins."""
    facts = _as_of_today(facts, now, policy)
    entry = facts.whereabouts
    if entry is not None and entry.status in WITHHOLDING:
        return _declared(1, entry)
    if entry is not None:
        shown = _beside_reports(facts, entry, now, policy)
        if shown is not None:
            return shown
        if entry.status is Status.LEFT and not _is_cleared(facts, entry):
            return Presence(11, Status.LEFT, Source.DECLARED, since=entry.starts_at, by_proxy=entry.by_proxy)
    return _reported(facts, now, policy)


def _beside_reports(facts: Facts, entry: Whereabouts, now: datetime, policy: Policy) -> Presence | None:
    """Rows 2 to 7 and 14: a declared entry beside what devices report; None where the entry does not stand first."""
    if entry.status is Status.LEFT:
        return None
    if entry.status is Status.DIRECT_RETURN and facts.state in {State.ENDED, State.SILENT}:
        return _declared(2, entry)
    if entry.status in OUT:
        return _out(facts, entry, now, policy)
    if entry.status is Status.AT_DESK and not _unheard_since(facts, entry):
        return None
    if entry.status is Status.HOME and facts.state is State.NONE:
        return replace(_declared(14, entry), qualifier=Qualifier.NOT_STARTED)
    if facts.state is not State.ENDED and not _is_over(entry, now, policy):
        return _declared(7, entry)
    return None


def _out(facts: Facts, entry: Whereabouts, now: datetime, policy: Policy) -> Presence | None:
    """Rows 3 to 6: declared to be out."""
    if (
        facts.state is State.ACTIVE
        and facts.place in CITY_PLACES
        and (facts.cleared_at is not None or facts.since is None or _began_after(facts, entry))
    ):
        returned_at = facts.cleared_at or facts.since
        if returned_at is None or now - returned_at >= RETURN_NOTED_FOR:
            return None
        status = BY_PLACE[facts.place]
        return Presence(3, status, Source.REPORTED, Qualifier.RETURNED, returned_at, facts.since, facts.place)
    if facts.cleared_at is not None:
        return None
    if facts.state is State.ACTIVE:
        return replace(_declared(4, entry), qualifier=Qualifier.WORKING, place=facts.place)
    if not _is_over(entry, now, policy):
        return _declared(5, entry)
    if facts.state is State.ENDED and _hours_are_ending(now, policy):
        return None
    return replace(_declared(6, entry), overdue=True)


def _reported(facts: Facts, now: datetime, policy: Policy) -> Presence:
    """Rows 8 to 13, 15 and 16: nothing declared stands first."""
    running = facts.state not in {State.ENDED, State.NONE}
    if facts.meeting is not None and running and now - facts.meeting < MEETING_MAX:
        return Presence(8, Status.MEETING, Source.REPORTED, since=facts.meeting)
    match facts.state:
        case State.ACTIVE:
            place = facts.place or Place.UNKNOWN
            qualifier = Qualifier.PLACE_UNKNOWN if place is Place.UNKNOWN else None
            return Presence(9, BY_PLACE[place], Source.REPORTED, qualifier, since=facts.since, place=place)
        case State.AWAY | State.LOCKED:
            lunch = policy.lunch_from <= now.astimezone(policy.zone).time() < policy.lunch_to
            return Presence(10, Status.LUNCH if lunch else Status.AWAY, Source.REPORTED)
        case State.ENDED if _hours_are_ending(now, policy):
            return Presence(11, Status.LEFT, Source.REPORTED, since=facts.until)
        case State.ENDED if facts.until is not None and now - facts.until < DEVICE_CHANGE:
            return Presence(12, Status.AWAY, Source.REPORTED)
        case State.ENDED:
            return Presence(12, Status.LEFT, Source.REPORTED, Qualifier.DEVICE_ENDED, since=facts.until)
        case State.SILENT:
            status = Status.LEFT if _hours_are_ending(now, policy) else Status.UNKNOWN
            return Presence(13, status, Source.REPORTED, Qualifier.LAST_HEARD, facts.until)
        case State.NONE:
            if not policy.working_day:
                return Presence(16, None, Source.CLOCK)
            started = now.astimezone(policy.zone).time() >= policy.starts
            return Presence(15, Status.NOT_IN if started else None, Source.CLOCK)


def _as_of_today(facts: Facts, now: datetime, policy: Policy) -> Facts:
    """The facts without what midnight, or the entry's own end, has taken away since they were sent."""
    entry = facts.whereabouts
    if entry is not None and not entry.starts_at <= now < ends_at(entry, zone=policy.zone):
        facts = replace(facts, whereabouts=None, cleared_at=None)
    over = facts.state in {State.ENDED, State.SILENT}
    if over and facts.until is not None and _day(facts.until, policy.zone) < _day(now, policy.zone):
        facts = replace(facts, state=State.NONE, place=None, meeting=None, since=None, until=None)
    return facts


def _declared(row: int, entry: Whereabouts) -> Presence:
    return Presence(
        row, entry.status, Source.DECLARED, since=entry.starts_at, destination=entry.destination,
        back_at=entry.back_at, note=entry.note, by_proxy=entry.by_proxy,
    )  # fmt: skip


def _is_over(entry: Whereabouts, now: datetime, policy: Policy) -> bool:
    return entry.back_at is not None and now >= entry.back_at + policy.grace


def _began_after(facts: Facts, entry: Whereabouts) -> bool:
    return facts.state is State.ACTIVE and facts.since is not None and facts.since > entry.starts_at


def _is_cleared(facts: Facts, entry: Whereabouts) -> bool:
    return facts.cleared_at is not None or _began_after(facts, entry)


def _unheard_since(facts: Facts, entry: Whereabouts) -> bool:
    return facts.state is State.NONE or (
        facts.state in UNHEARD and facts.until is not None and facts.until < entry.starts_at
    )


def _hours_are_ending(now: datetime, policy: Policy) -> bool:
    local = now.astimezone(policy.zone)
    return local >= datetime.combine(local.date(), policy.ends, tzinfo=policy.zone) - LEAVING_BEFORE_END


def _last_moment(entry: Whereabouts, zone: tzinfo) -> datetime:
    return ends_at(entry, zone=zone) - timedelta(microseconds=1)


def _day(moment: datetime | None, zone: tzinfo) -> int:
    return 0 if moment is None else moment.astimezone(zone).date().toordinal()
