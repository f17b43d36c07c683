"""What a person, or a colleague for them, declares: status, destination, return, note; and which entry holds now.

Entries are append-only. Nothing here knows a device: declared and reported never overwrite each other, and
``dokodemo.domain.presence`` says which of them stands first.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from uuid import UUID

from dokodemo.domain.errors import ErrorCode, InvalidError
from dokodemo.domain.statuses import NEVER_DECLARED, STATUSES, Asks, Status

DESTINATION_MAX = 30
NOTE_MAX = 40
MAX_DAYS_AHEAD = 60
CONFLICT_WINDOW = timedelta(seconds=120)
RECENT = 5

WITHOUT_NOTE = frozenset({Status.LEAVE, Status.LEAVE_HOURS, Status.DUTY_OFF})
"""Reasons of an absence must not fit anywhere."""

_ABSENT_UNTIL_BACK = frozenset({Status.LEAVE, Status.LEAVE_HOURS, Status.DUTY_OFF})


class Via(StrEnum):
    """Through which door an entry came."""

    POPUP = "popup"
    WEB = "web"
    KIOSK = "kiosk"
    FILE = "file"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """One declared entry. Times are aware UTC; ``id`` was made by the sender, so that a repeat changes nothing.

    ``from_at``/``until_at`` give a range (made ahead, or several days); without ``until_at`` an entry ends at the
    city's midnight, unless ``back_at`` lies on a later day. On the wire the two are called ``from`` and ``until``.
    """

    id: UUID
    person_id: UUID
    status: Status
    destination: str | None
    back_at: datetime | None
    note: str | None
    from_at: datetime | None
    until_at: datetime | None
    made_at: datetime
    author_id: UUID
    via: Via

    @property
    def starts_at(self) -> datetime:
        """From when the entry holds."""
        return self.made_at if self.from_at is None else self.from_at

    @property
    def by_proxy(self) -> bool:
        """Whether somebody else made the entry (代理入力)."""
        return self.author_id != self.person_id


def checked(entry: Whereabouts) -> Whereabouts:
    """The entry with its texts trimmed (an empty one is None), if its form is right.

    Raises InvalidError naming the field. A missing destination or return of a status that asks for one is not an
    error here (see ``missing``): forms ask, the wire takes what a hurried person gave.
    """
    row = STATUSES[entry.status]
    if entry.status in NEVER_DECLARED:
        raise _invalid("status", f"{entry.status} cannot be declared")
    destination = _text("destination", entry.destination, DESTINATION_MAX)
    note = _text("note", entry.note, NOTE_MAX)
    if destination is not None and row.dest is Asks.NO:
        raise _invalid("destination", f"{entry.status} has no destination")
    if entry.back_at is not None and row.back is Asks.NO:
        raise _invalid("back_at", f"{entry.status} has no return")
    if note is not None and entry.status in WITHOUT_NOTE:
        raise _invalid("note", f"{entry.status} takes no note: the reason of an absence is not kept")
    if entry.starts_at > entry.made_at + timedelta(days=MAX_DAYS_AHEAD):
        raise _invalid("from", f"entries begin at most {MAX_DAYS_AHEAD} days ahead")
    if entry.until_at is not None and entry.until_at <= entry.starts_at:
        raise _invalid("until", "an entry ends after it begins")
    if entry.back_at is not None and entry.back_at < entry.starts_at:
        raise _invalid("back_at", "the return lies before the entry begins")
    return replace(entry, destination=destination, note=note)


def missing(entry: Whereabouts) -> tuple[str, ...]:
    """Names of the fields a form has to ask for before it sends this entry."""
    row = STATUSES[entry.status]
    wanted = (("destination", row.dest, entry.destination), ("back_at", row.back, entry.back_at))
    return tuple(name for name, asks, value in wanted if asks is Asks.MUST and value is None)


def ends_at(entry: Whereabouts, *, zone: tzinfo) -> datetime:
    """When the entry stops holding by itself, whatever devices report.

    Its range's end; else, when the return lies on a later day, the return itself for an absence and the end of that
    day for the others; else the city's midnight after its beginning.
    """
    if entry.until_at is not None:
        return entry.until_at
    first = _local_date(entry.starts_at, zone)
    if entry.back_at is not None and _local_date(entry.back_at, zone) > first:
        if entry.status in _ABSENT_UNTIL_BACK:
            return entry.back_at
        return _midnight_after(_local_date(entry.back_at, zone), zone)
    return _midnight_after(first, zone)


def current(entries: Iterable[Whereabouts], now: datetime, *, zone: tzinfo) -> Whereabouts | None:
    """The entry of one person that holds at ``now``: the later ``made_at`` wins, ties go to the greater id."""
    holding = [entry for entry in entries if entry.starts_at <= now < ends_at(entry, zone=zone)]
    return max(holding, key=lambda entry: (entry.made_at, entry.id.bytes), default=None)


def ordered_at(made_at: datetime, received_at: datetime, *, offset: timedelta = timedelta(0)) -> datetime:
    """The ``made_at`` that decides the order: corrected by the device's known offset, never after its arrival."""
    return min(made_at + offset, received_at)


def conflicts(latest: Whereabouts | None, author_id: UUID, now: datetime) -> bool:
    """Whether somebody else wrote within the last two minutes, so that a second writer is asked first."""
    return latest is not None and latest.author_id != author_id and now - latest.made_at < CONFLICT_WINDOW


def recent_destinations(entries: Iterable[Whereabouts]) -> tuple[str, ...]:
    """The last five different destinations, newest first."""
    newest_first = sorted(entries, key=lambda entry: (entry.made_at, entry.id.bytes), reverse=True)
    seen = dict.fromkeys(entry.destination for entry in newest_first if entry.destination)
    return tuple(seen)[:RECENT]


def _text(field: str, value: str | None, limit: int) -> str | None:
    trimmed = "".join(" " if unicodedata.category(letter) == "Zs" else letter for letter in (value or "").strip())
    if not trimmed:  # a full-width space, which Japanese keyboards type, is a space
        return None
    if len(trimmed) > limit:
        raise _invalid(field, f"at most {limit} characters")
    if not trimmed.isprintable():
        raise _invalid(field, "control characters and line breaks have no place here")
    return trimmed


def _invalid(field: str, reason: str) -> InvalidError:
    return InvalidError(ErrorCode.INVALID, f"{field}: {reason}", field=field)


def _local_date(moment: datetime, zone: tzinfo) -> date:
    return moment.astimezone(zone).date()


def _midnight_after(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(0), tzinfo=zone)
