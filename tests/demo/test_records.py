from datetime import date, timedelta
from zoneinfo import ZoneInfo

from dokodemo.demo.day import DayPlan, What, plan
from dokodemo.demo.habits import End
from dokodemo.demo.records import connected, last_mark, meeting_room_records, outside_at, records
from dokodemo.demo.roster import people
from dokodemo.domain.events import EventKind

ZONE = ZoneInfo("Asia/Tokyo")
ON = date(2026, 7, 8)
PLANS = [plan(member, ON, zone=ZONE) for member in people(year=2026)]
DAY_BEFORE = [plan(member, ON - timedelta(days=1), zone=ZONE) for member in people(year=2026)]


def one(**wanted: object) -> DayPlan:
    """The first worked day whose end, place or spell is as wanted."""
    for day in PLANS:
        fits = all(getattr(day, name, None) == value for name, value in wanted.items() if name != "spell")
        if day.arrives_at and fits and ("spell" not in wanted or wanted["spell"] in [s.what for s in day.spells]):
            return day
    raise LookupError(wanted)


def test_a_day_makes_twenty_to_forty_events_on_average() -> None:
    counts = [len(records(day)) for day in PLANS if day.arrives_at]
    assert 20 <= sum(counts) / len(counts) <= 40


def test_events_of_a_day_are_in_order_and_begin_with_the_start() -> None:
    for day in PLANS:
        made = records(day, room="office")
        assert [record.at for record in made] == sorted(record.at for record in made)
        assert not made or (made[0].kind, made[0].members) == (EventKind.STARTED, {"how": "first_install"})


def test_a_logout_is_known_only_the_next_morning_at_the_alive_mark() -> None:
    yesterday, today = next(day for day in DAY_BEFORE if day.end is End.LOGOUT), one(place="desk")
    first, second = records(today, previous=yesterday)[:2]
    assert (first.kind, first.at, first.members) == (EventKind.ENDED, last_mark(yesterday), {"how": "recovered"})
    assert (second.kind, second.members) == (EventKind.STARTED, {"how": "login"})
    assert yesterday.leaves_at is not None
    assert timedelta() <= yesterday.leaves_at - last_mark(yesterday) <= timedelta(minutes=1)


def test_a_closed_lid_is_a_sleep_and_no_new_start() -> None:
    yesterday, today = next(day for day in DAY_BEFORE if day.end is End.LID), one(place="desk")
    made = records(today, previous=yesterday)
    assert (made[0].kind, made[0].members) == (EventKind.SLEPT, {"from": last_mark(yesterday)})
    assert EventKind.STARTED not in {record.kind for record in made}


def test_an_away_is_written_down_ten_minutes_after_the_last_input() -> None:
    day = one(spell=What.AWAY)
    away = next(record for record in records(day) if record.kind is EventKind.AWAY)
    since = away.members["since"]
    assert since in {spell.begins_at for spell in day.spells if spell.what is What.AWAY}
    assert away.at.timestamp() - since.timestamp() == 600  # type: ignore[union-attr]


def test_telework_is_declared_since_no_network_of_the_city_tells_it() -> None:
    places = [(r.kind, r.members["place"]) for r in records(one(place="home")) if "place" in r.members]
    assert places[:2] == [(EventKind.NETWORK_PLACE, "unknown"), (EventKind.PLACE_DECLARED, "home")]


def test_nobody_hears_a_device_that_sleeps_in_a_bag_or_has_no_network() -> None:
    for day in PLANS:
        heard = connected(day)
        for since, until in heard:
            assert since < until
            assert all(not (s.begins_at < until and since < s.ends_at)
                       for s in day.spells if s.what is What.FIELD_ASLEEP)  # fmt: skip
            assert all(not (outage.begins_at < until and since < outage.ends_at) for outage in day.outages)


def test_a_carried_device_speaks_from_outside_while_it_is_out() -> None:
    day = one(spell=What.FIELD_CARRIED)
    spell = next(s for s in day.spells if s.what is What.FIELD_CARRIED)
    assert [outside_at(day, spell.begins_at), outside_at(day, spell.ends_at)] == [True, False]


def test_a_meeting_room_device_is_started_for_the_meeting_and_given_back() -> None:
    day = one(spell=What.MEETING)
    made, heard = meeting_room_records(day)
    meetings = [spell for spell in day.spells if spell.what is What.MEETING]
    assert sum(record.kind is EventKind.STARTED for record in made) == len(meetings) == len(heard)
