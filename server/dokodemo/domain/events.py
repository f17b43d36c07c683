"""The language of the log: what a device records (PROTOCOL section 2).

An event is a flat JSON object with ``seq``, ``at`` and ``kind``. Members of known kinds are checked by the table
below; an unknown kind is kept and shown as unknown, never refused; unknown members stay in the stored text and are
dropped from the domain value. A wrong member makes the event *refused*: it keeps its number and its place in the
chain, and only the fold passes it by.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from dokodemo.domain.canonical_json import EXACT

NUMBERING = ("seq", "carried_over")  # members that belong to the journal, not to what happened
KIND = re.compile(r"[a-z][a-z_]{0,39}")
INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z")
DIGEST = re.compile(r"[A-Za-z0-9_-]{43}")


class EventKind(StrEnum):
    """The kinds that today's extension records; others may come."""

    STARTED = "started"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    AWAY = "away"
    BACK = "back"
    SLEPT = "slept"
    PLACE_DECLARED = "place_declared"
    NETWORK_PLACE = "network_place"
    MEETING_BEGAN = "meeting_began"
    MEETING_ENDED = "meeting_ended"
    CLOCK = "clock"
    ENDED = "ended"
    POLICY_NOTICE = "policy_notice"
    UNSENDABLE = "unsendable"


class Place(StrEnum):
    """Where work happens, in coarse terms: never an address, never coordinates."""

    DESK = "desk"
    OFFICE = "office"
    BRANCH = "branch"
    FIELD = "field"
    HOME = "home"
    SATELLITE = "satellite"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DeviceEvent:
    """A fact recorded on a device. ``kind`` is text, since unknown kinds are kept; ``at`` is the device's own time.

    ``members`` holds the known members of known kinds: instants as ``datetime``, places as ``Place``.
    """

    seq: int
    at: datetime
    kind: str
    members: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one event lies in quarantine: a stable code and a sentence."""

    code: str
    detail: str


class FormError(ValueError):
    """One member of an event has a wrong form; the argument says which and why."""


def instant(value: Any, name: str) -> datetime:
    """``YYYY-MM-DDTHH:MM:SS.mmmZ``, any existing date. Raises ``FormError``."""
    if not isinstance(value, str) or not INSTANT.fullmatch(value):
        raise FormError(f"{name} is not YYYY-MM-DDTHH:MM:SS.mmmZ")
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except ValueError as error:
        raise FormError(f"{name} is no existing date and time") from error


def written(moment: datetime) -> str:
    """An instant as the wire has it."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def place(value: Any, name: str) -> Place:
    """One of the seven places. Raises ``FormError``."""
    try:
        return Place(value)
    except ValueError as error:
        raise FormError(f"{name} is not a known place") from error


def milliseconds(value: Any, name: str) -> int:
    """A whole number below 2^53 in size. Raises ``FormError``."""
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= EXACT:
        raise FormError(f"{name} is not a whole number of milliseconds")
    return value


def _one_of(*words: str) -> Callable[[Any, str], str]:
    def check(value: Any, name: str) -> str:
        if value not in words:
            raise FormError(f"{name} is not one of: {', '.join(words)}")
        return str(value)

    return check


def _digest(value: Any, name: str) -> str:
    if not isinstance(value, str) or not DIGEST.fullmatch(value):
        raise FormError(f"{name} is not 43 base64url letters")
    return value


MEMBERS: Mapping[str, Mapping[str, Callable[[Any, str], Any]]] = {
    EventKind.STARTED: {"how": _one_of("login", "first_install", "rotated")},
    EventKind.AWAY: {"since": instant},
    EventKind.SLEPT: {"from": instant},
    EventKind.PLACE_DECLARED: {"place": place},
    EventKind.NETWORK_PLACE: {"place": place},
    EventKind.CLOCK: {"offset_ms": milliseconds},
    EventKind.ENDED: {"how": _one_of("recovered", "lost_order", "rotated")},
    EventKind.UNSENDABLE: {"digest": _digest},
}


def read_event(received: Mapping[str, Any]) -> DeviceEvent | Refusal:
    """Judge one received event, whose ``seq`` the frame has checked already."""
    try:
        kind = received.get("kind")
        if not isinstance(kind, str) or not KIND.fullmatch(kind):
            raise FormError("kind is not a word of a-z and _ with at most 40 letters")
        for name, value in received.items():
            _plain(name, value)
        members = {}
        for name, check in MEMBERS.get(kind, {}).items():
            if name not in received:
                raise FormError(f"{name} is missing")
            members[name] = check(received[name], name)
        carried = received.get("carried_over")
        if isinstance(carried, str):
            members["carried_over"] = carried
        return DeviceEvent(received["seq"], instant(received.get("at"), "at"), kind, members)
    except FormError as error:
        return Refusal("event_invalid", str(error))


def same_event(text: bytes, other: bytes) -> bool:
    """Whether two texts say the same of the same moment, whatever number each journal gave it."""
    left, right = ({k: v for k, v in json.loads(one).items() if k not in NUMBERING} for one in (text, other))
    return left == right


def _plain(name: str, value: Any) -> None:
    if not name.isascii():
        raise FormError("a name is not ASCII")
    if isinstance(value, float):
        raise FormError(f"{name} is not a whole number")
    if not isinstance(value, str | bool | int):
        raise FormError(f"{name} is not text, true, false or a whole number")
