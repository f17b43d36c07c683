"""What a device writes down of a planned day, and when it can be heard: the bridge from plan to protocol.

Instants are true ones; a device with a wrong clock shifts them when it appends. What is not known at the time
(a closed lid, a logout) is written down at the next start, exactly as the extension would.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from dokodemo.demo.day import DayPlan, Entry, Spell, What
from dokodemo.demo.habits import End
from dokodemo.domain.events import EventKind

AWAY_AFTER = timedelta(minutes=10)
# Tiles of the popup that also tell the device's place (PROTOCOL 2b).
PLACE_OF_TILE = {
    "at_desk": "desk",
    "in_office": "office",
    "branch": "branch",
    "home": "home",
    "satellite": "satellite",
    "field": "field",
}
UNREACHABLE = frozenset({What.FIELD_ASLEEP})
_INSTANTLY = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Record:
    """An event to append at a true instant; instants among ``members`` are ``datetime``."""

    at: datetime
    kind: EventKind
    members: dict[str, str | datetime] = field(default_factory=dict)


def records(plan: DayPlan, *, previous: DayPlan | None = None, room: str | None = None) -> tuple[Record, ...]:
    """The day's events in order; empty for who is not at work.

    ``previous``: the last worked day in the same journal, whose end is written down now. ``room`` is the place of
    the site's meeting rooms, where it has any on the network.
    """
    if plan.arrives_at is None:
        return ()
    out = [*_morning(plan, plan.arrives_at, previous), *_declared(plan.entries)]
    for spell in plan.spells:
        out += _of_spell(spell, plan.place, room)
    return tuple(sorted(out, key=lambda record: record.at))


def meeting_room_records(plan: DayPlan) -> tuple[tuple[Record, ...], list[tuple[datetime, datetime]]]:
    """The events of a meeting room's device during the person's meetings in person, and when it is heard."""
    out: list[Record] = []
    heard: list[tuple[datetime, datetime]] = []
    for spell in plan.spells:
        if spell.what is What.MEETING:
            begins, ends = spell.begins_at + timedelta(minutes=1), spell.ends_at - timedelta(minutes=1)
            if heard:
                out.append(Record(heard[-1][1], EventKind.ENDED, {"how": "recovered"}))
            out.append(Record(begins, EventKind.STARTED, {"how": "login"}))
            out.append(Record(begins + _INSTANTLY, EventKind.NETWORK_PLACE, {"place": "office"}))
            heard.append((begins, ends))
    return tuple(out), heard


def last_mark(plan: DayPlan) -> datetime:
    """The alive mark that a device finds at its next start: of the last beat before the day's end."""
    assert plan.leaves_at is not None
    back = Random(f"mark {plan.staff_number} {plan.on}").uniform(0, 60)
    return plan.leaves_at - timedelta(milliseconds=round(back * 1000))


def connected(plan: DayPlan) -> list[tuple[datetime, datetime]]:
    """The stretches in which the device is awake and has network."""
    if plan.arrives_at is None or plan.leaves_at is None:
        return []
    holes = [(spell.begins_at, spell.ends_at) for spell in plan.spells if spell.what in UNREACHABLE]
    holes += [(outage.begins_at, outage.ends_at) for outage in plan.outages]
    out, begins = [], plan.arrives_at
    for since, until in sorted(holes):
        if since > begins:
            out.append((begins, min(since, plan.leaves_at)))
        begins = max(begins, until)
    if begins < plan.leaves_at:
        out.append((begins, plan.leaves_at))
    return out


def outside_at(plan: DayPlan, at: datetime) -> bool:
    """Whether the device speaks from outside the city's networks at that moment."""
    if plan.place == "home":
        return True
    return any(s.what is What.FIELD_CARRIED and s.begins_at <= at < s.ends_at for s in plan.spells)


def in_room_at(plan: DayPlan, at: datetime) -> bool:
    """Whether the device has been carried to a meeting room of its site."""
    return any(s.what is What.MEETING and s.begins_at <= at < s.ends_at for s in plan.spells)


def _morning(plan: DayPlan, arrives: datetime, previous: DayPlan | None) -> Iterator[Record]:
    if previous is not None and previous.end is End.LID:
        yield Record(arrives, EventKind.SLEPT, {"from": last_mark(previous)})
    else:
        if previous is not None:
            yield Record(last_mark(previous), EventKind.ENDED, {"how": "recovered"})
        yield Record(arrives, EventKind.STARTED, {"how": "login" if previous is not None else "first_install"})
    place = "unknown" if plan.place == "home" else plan.place
    yield Record(arrives + _INSTANTLY, EventKind.NETWORK_PLACE, {"place": place})


def _declared(entries: Iterable[Entry]) -> Iterator[Record]:
    for entry in entries:
        if not entry.by_proxy and entry.status in PLACE_OF_TILE:
            yield Record(entry.at, EventKind.PLACE_DECLARED, {"place": PLACE_OF_TILE[entry.status]})


def _of_spell(spell: Spell, place: str, room: str | None) -> Iterator[Record]:
    begins, ends = spell.begins_at, spell.ends_at
    match spell.what:
        case What.LOCKED | What.LUNCH | What.ERRAND:
            yield Record(begins + _INSTANTLY, EventKind.LOCKED)
            yield Record(ends, EventKind.UNLOCKED)
        case What.AWAY:
            yield Record(begins + AWAY_AFTER, EventKind.AWAY, {"since": begins})
            # Input after exactly ten minutes would be both at once.
            yield Record(max(ends, begins + AWAY_AFTER + _INSTANTLY), EventKind.BACK)
        case What.MEETING | What.ONLINE_MEETING:
            yield Record(begins, EventKind.MEETING_BEGAN)
            yield Record(ends, EventKind.MEETING_ENDED)
            if spell.what is What.MEETING and room is not None:
                yield Record(begins + _INSTANTLY, EventKind.NETWORK_PLACE, {"place": room})
                yield Record(ends + _INSTANTLY, EventKind.NETWORK_PLACE, {"place": place})
        case What.FIELD_ASLEEP:
            yield Record(ends, EventKind.SLEPT, {"from": begins + timedelta(seconds=30)})
        case What.FIELD_CARRIED:
            yield Record(begins + _INSTANTLY, EventKind.NETWORK_PLACE, {"place": "unknown"})
            yield Record(ends, EventKind.NETWORK_PLACE, {"place": place})
