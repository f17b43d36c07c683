from datetime import UTC, datetime, timedelta

import pytest

from dokodemo.demo.clock import city_time, demo_zone, past_working_days


@pytest.mark.parametrize(
    ("now", "zone"),
    [
        ("2026-11-24T23:45:00Z", "Asia/Tokyo"),  # Wednesday 8:45 in Tokyo
        ("2026-11-25T07:29:59Z", "Asia/Tokyo"),  # 16:29:59
        ("2026-11-25T07:30:00Z", "Etc/GMT-3"),  # 16:30: the day is over there
        ("2026-11-28T03:00:00Z", "Etc/GMT-7"),  # Saturday noon in Tokyo
        ("2026-11-25T10:00:00Z", "Etc/GMT"),
        ("2026-11-25T13:18:00Z", "Etc/GMT+3"),
        ("2026-11-25T20:00:00Z", "Etc/GMT-14"),
    ],
)
def test_the_zone_of_an_instant(now: str, zone: str) -> None:
    assert demo_zone(datetime.fromisoformat(now)) == zone


def test_at_every_minute_of_a_week_people_are_at_work_in_the_demo_city() -> None:
    start = datetime(2026, 11, 23, tzinfo=UTC)
    for minute in range(0, 7 * 24 * 60, 7):
        now = start + timedelta(minutes=minute)
        zone = demo_zone(now)
        local = city_time(now, zone)
        if zone == "Asia/Tokyo":
            assert "08:45" <= f"{local:%H:%M}" < "16:30"
        else:
            assert local.hour == 10


def test_past_working_days_skip_the_weekend_and_begin_at_city_midnight() -> None:
    days = past_working_days(datetime(2026, 11, 24, 3, tzinfo=UTC), "Asia/Tokyo")
    assert [f"{day:%m-%d %H:%M %z}" for day in days] == [
        "11-23 00:00 +0900", "11-20 00:00 +0900", "11-19 00:00 +0900", "11-18 00:00 +0900", "11-17 00:00 +0900",
    ]  # fmt: skip
