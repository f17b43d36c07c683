"""Times as people of the city read them: in the city's zone, 8:30 in Japanese and 08:30 in English."""

from datetime import date, datetime, tzinfo

WEEKDAYS = {"ja": "月火水木金土日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def time_text(moment: datetime | None, zone: tzinfo, language: str, *, seconds: bool = False) -> str:
    """``8:30`` or ``08:30``; ``―`` for None."""
    if moment is None:
        return "―"
    local = moment.astimezone(zone)
    hour = f"{local.hour}" if language == "ja" else f"{local.hour:02}"
    return f"{hour}:{local.minute:02}" + (f":{local.second:02}" if seconds else "")


def date_text(day: date, language: str) -> str:
    """``2026年11月24日（火）`` or ``Tue 24 Nov 2026``."""
    weekday = WEEKDAYS[language][day.weekday()]
    if language == "ja":
        return f"{day.year}年{day.month}月{day.day}日（{weekday}）"
    return f"{weekday} {day.day} {MONTHS[day.month - 1]} {day.year}"


def short_date_text(day: date, language: str) -> str:
    """``11/24`` or ``24 Nov``."""
    return f"{day.month}/{day.day}" if language == "ja" else f"{day.day} {MONTHS[day.month - 1]}"


def moment_text(moment: datetime | None, today: date, zone: tzinfo, language: str) -> str:
    """The time of a moment today; of another day its date, with the time unless it is that day's beginning."""
    if moment is None:
        return "―"
    local = moment.astimezone(zone)
    if local.date() == today:
        return time_text(moment, zone, language)
    day = short_date_text(local.date(), language)
    if (local.hour, local.minute) == (0, 0):
        return day
    return f"{day} {time_text(moment, zone, language)}"
