"""At which hour the demo city lives: all clocks are real, only its time zone is chosen.

Between 8:45 and 16:30 of a Japanese working day the city lies in Asia/Tokyo. At any other moment it lies in the
zone of full hours in which it is between 10:00 and 10:59 now, so that whoever starts the demo finds people at work.
"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

TOKYO = "Asia/Tokyo"
_OPEN, _CLOSE = time(8, 45), time(16, 30)
_WORKING_DAYS = range(5)


def demo_zone(now: datetime) -> str:
    """The IANA name of the demo city's zone for an aware instant."""
    tokyo = now.astimezone(ZoneInfo(TOKYO))
    if tokyo.weekday() in _WORKING_DAYS and _OPEN <= tokyo.time() < _CLOSE:
        return TOKYO
    ahead = (10 - now.astimezone(UTC).hour) % 24
    # POSIX signs: Etc/GMT-9 is nine hours ahead of Greenwich. The zones run from 14 ahead to 12 behind.
    if ahead <= 14:
        return f"Etc/GMT-{ahead}" if ahead else "Etc/GMT"
    return f"Etc/GMT+{24 - ahead}"


def city_time(now: datetime, zone: str) -> datetime:
    """The same instant on the city's clock."""
    return now.astimezone(ZoneInfo(zone))


def past_working_days(now: datetime, zone: str, *, count: int = 5) -> list[datetime]:
    """Midnights (city time, aware) of the last Mondays to Fridays before today, the latest first."""
    midnight = city_time(now, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    days: list[datetime] = []
    while len(days) < count:
        midnight -= timedelta(days=1)
        if midnight.weekday() in _WORKING_DAYS:
            days.append(midnight)
    return days
