"""The plan's own ribbon against the product's reading of the events that the plan leads to."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from dokodemo.demo.day import DayPlan, What, plan
from dokodemo.demo.networks import site_of
from dokodemo.demo.records import last_mark, records
from dokodemo.demo.ribbon import Stretch, ribbon
from dokodemo.demo.roster import Member, people
from dokodemo.domain.events import DeviceEvent, EventKind, Place
from dokodemo.domain.readings import Reading
from dokodemo.domain.segments import Segment
from dokodemo.domain.sessions import fold_event

ZONE = ZoneInfo("Asia/Tokyo")
TODAY = date(2026, 7, 8)
CITY = people(year=2026)


def folded(member: Member, day: DayPlan) -> tuple[Stretch, ...]:
    """What ``domain.sessions`` reads of the day's events and the next morning's end."""
    reading = Reading()
    segments: list[Segment] = []
    made = [(r.at, r.kind, r.members) for r in records(day, room=site_of(member.unit_code).side)]
    made.append((last_mark(day), EventKind.ENDED, {"how": "recovered"}))
    for seq, (at, kind, members) in enumerate(made, start=1):
        known = {name: Place(str(value)) if name == "place" else value for name, value in members.items()}
        step = fold_event(reading, DeviceEvent(seq, at, kind, known), at + timedelta(seconds=1))
        reading = step.reading
        segments += [settled.segment for settled in step.settled]
    return tuple(stretch(segment) for segment in segments)


def stretch(segment: Segment) -> Stretch:
    assert segment.ended_at is not None
    place = None if segment.place is None else str(segment.place)
    return Stretch(segment.started_at, segment.ended_at, str(segment.state), place, segment.meeting)


def joined(stretches: tuple[Stretch, ...]) -> list[Stretch]:
    """Without the distinction of who says where."""
    out: list[Stretch] = []
    for one in stretches:
        goes_on = bool(out) and (out[-1].state, out[-1].place, out[-1].meeting) == (one.state, one.place, one.meeting)
        out.append(replace(one, since=out.pop().since) if goes_on else one)
    return out


def test_the_reading_of_every_planned_day_is_the_plans_own_ribbon() -> None:
    compared = 0
    for member in CITY:
        day = plan(member, TODAY, zone=ZONE)
        if day.arrives_at is not None:
            assert joined(folded(member, day)) == list(ribbon(day, room=site_of(member.unit_code).side))
            compared += 1
    assert compared > 2_200


def test_a_ribbon_has_no_holes_and_runs_from_the_arrival_to_the_alive_mark() -> None:
    for member in CITY[::10]:
        day = plan(member, TODAY, zone=ZONE)
        made = ribbon(day, room="office")
        if made:
            assert (made[0].since, made[-1].until) == (day.arrives_at, last_mark(day))
            assert all(one.until == other.since for one, other in pairwise(made))


def test_a_ribbon_of_the_day_so_far_is_its_beginning() -> None:
    day = next(d for d in (plan(m, TODAY, zone=ZONE) for m in CITY) if d.arrives_at and len(d.spells) > 5)
    spell = day.spells[2]
    middle = spell.begins_at + (spell.ends_at - spell.begins_at) / 2
    so_far = ribbon(day, until=middle)
    assert so_far[:-1] == ribbon(day)[: len(so_far) - 1]
    assert so_far[-1].until == middle


def test_a_ribbon_shows_what_was_planned() -> None:
    day = next(d for d in (plan(m, TODAY, zone=ZONE) for m in CITY) if What.AWAY in [s.what for s in d.spells])
    away = next(s for s in day.spells if s.what is What.AWAY)
    found = [s for s in ribbon(day) if s.state == "away" and s.since == away.begins_at]
    assert [s.until for s in found] == [away.ends_at]
    assert day.arrives_at is not None


def test_who_is_not_at_work_has_no_ribbon() -> None:
    absent = next(d for d in (plan(m, TODAY, zone=ZONE) for m in CITY) if d.arrives_at is None)
    assert ribbon(absent) == ()
