"""People and what they hold: one main posting on any day, others beside it, all with effective dates.

Nothing runs at midnight: which postings hold is arithmetic of dates in the city's zone, so 1 April begins at 00:00 there
by itself. Somebody who works past midnight stays where their session began until it ends (``posting_day``).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum
from uuid import UUID


class Employment(StrEnum):
    """任用区分."""

    REGULAR = "regular"
    REEMPLOYED = "reemployed"
    FISCAL_YEAR = "fiscal_year"
    SECONDED = "seconded"
    SPECIAL = "special"


class PostingKind(StrEnum):
    """How somebody holds a post. ``away`` (派遣, 休職, 育児休業) lies over the others: no presence is expected."""

    MAIN = "main"
    CONCURRENT = "concurrent"
    CROSS = "cross"
    ACTING_UP = "acting_up"
    ACTING_DOWN = "acting_down"
    STAND_IN = "stand_in"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Posting:
    """A post in a unit from ``valid_from`` until before ``valid_to``; before ``visible_from`` only 人事 knows of it."""

    unit_code: str
    post: str
    title: str
    kind: PostingKind
    ordered_on: date
    valid_from: date
    valid_to: date | None
    visible_from: date
    id: UUID | None = None

    def valid_on(self, on: date) -> bool:
        """Whether it holds on that day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


@dataclass(frozen=True, slots=True)
class Person:
    """One member of staff. ``name`` is as received, never normalised; ``valid_to`` is the day after the last day."""

    id: UUID
    staff_number: str
    name: str
    kana: str
    email: str
    extension: str
    employment: Employment
    pattern: str | None
    daily_minutes: int | None
    valid_from: date
    valid_to: date | None
    language: str | None = None

    def valid_on(self, on: date) -> bool:
        """Whether the person is on the staff on that day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


def postings_on(postings: Iterable[Posting], on: date) -> tuple[Posting, ...]:
    """What holds on a day, the main posting first."""
    held = [posting for posting in postings if posting.valid_on(on)]
    return tuple(sorted(held, key=lambda posting: (posting.kind is not PostingKind.MAIN, posting.unit_code)))


def main_posting(postings: Iterable[Posting], on: date) -> Posting | None:
    """The main posting of a day; None when there is none (before the first, after the last day)."""
    held = postings_on(postings, on)
    return held[0] if held and held[0].kind is PostingKind.MAIN else None


def unit_codes_on(postings: Iterable[Posting], on: date) -> tuple[str, ...]:
    """The units whose boards show the person on ``on``, main unit first; empty while the person is away.

    For what belongs to a session (its ribbon, its record, the live row while it runs) ``on`` is the day on which the
    session started in the city's zone, not today: see ``posting_day``. The record belongs to the unit of that day.
    """
    held = postings_on(postings, on)
    if any(posting.kind is PostingKind.AWAY for posting in held):
        return ()
    return tuple(dict.fromkeys(posting.unit_code for posting in held))


def posting_day(now: datetime, open_since: datetime | None, *, zone: tzinfo) -> date:
    """The day whose postings say where somebody belongs at ``now``: the start day of a running session, else today."""
    return (open_since or now).astimezone(zone).date()
