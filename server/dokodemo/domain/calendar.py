"""Which days are working days of the city hall.

Closed are Saturdays, Sundays, national holidays and 29 December to 3 January (地方自治法4条の2 and the city's ordinance);
a city opens or closes single days by an override.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from dokodemo.domain.holidays import HOLIDAYS, YEARS

__all__ = ["HOLIDAYS", "YEARS", "Closing", "DayKind", "closing_of", "is_working_day", "next_working_day"]


class DayKind(StrEnum):
    """What a city says about one day: a holiday that the table lacks, open in spite of it, or closed in spite of it."""

    HOLIDAY = "holiday"
    SPECIAL_OPEN = "special_open"
    SPECIAL_CLOSED = "special_closed"


class Closing(StrEnum):
    """Why a day is closed."""

    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    YEAR_END = "year_end"
    SPECIAL = "special"


@dataclass(frozen=True, slots=True)
class Override:
    """The city's word on one day, and what the day is called."""

    kind: DayKind
    name: str = ""


Overrides = Mapping[date, Override]
_NONE: Overrides = {}


def closing_of(on: date, overrides: Overrides = _NONE) -> Closing | None:
    """Why ``on`` is closed; None for a working day. Years outside ``YEARS`` know no holidays but the overrides'."""
    override = overrides.get(on)
    if override is not None and override.kind is DayKind.SPECIAL_OPEN:
        return None
    if override is not None and override.kind is DayKind.SPECIAL_CLOSED:
        return Closing.SPECIAL
    if on in HOLIDAYS or override is not None:
        return Closing.HOLIDAY
    if (on.month, on.day) >= (12, 29) or (on.month, on.day) <= (1, 3):
        return Closing.YEAR_END
    return Closing.WEEKEND if on.weekday() >= 5 else None


def is_working_day(on: date, overrides: Overrides = _NONE) -> bool:
    """Whether the city hall is open on that day."""
    return closing_of(on, overrides) is None


def next_working_day(on: date, overrides: Overrides = _NONE, *, count: int = 1) -> date:
    """The ``count``-th working day after ``on``."""
    while count:
        on += timedelta(days=1)
        count -= is_working_day(on, overrides)
    return on
