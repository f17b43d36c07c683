"""The live facts about a person: one from several devices, and what of them each viewer may get."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from dokodemo.domain.events import Place
from dokodemo.domain.statuses import Status
from dokodemo.domain.whereabouts import Whereabouts


class State(StrEnum):
    """What is reported of a person's devices now; ``none``: no session today."""

    ACTIVE = "active"
    AWAY = "away"
    LOCKED = "locked"
    SILENT = "silent"
    ENDED = "ended"
    NONE = "none"


class View(StrEnum):
    """Through whose eyes facts leave the server."""

    SELF = "self"
    HEAD = "head"
    COLLEAGUE = "colleague"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a reader needs about one person, as on the wire. Times are aware UTC.

    ``since``: when the state began in this place. ``until``: when a session that is over ended (``ended``), or the
    last contact (``silent``). ``meeting``: since when a meeting is on, or None. ``whereabouts``: the entry that holds.
    ``cleared_at``: when activity cleared that entry (see ``clears``), or None.
    """

    person_id: UUID
    state: State = State.NONE
    place: Place | None = None
    meeting: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    whereabouts: Whereabouts | None = None
    cleared_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What one device of a person reports; fields as in ``Facts``.

    ``active_at``: when it was last seen to become or be active; None if never today.
    """

    state: State
    place: Place | None = None
    meeting: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    active_at: datetime | None = None


WITHHOLDING = frozenset({Status.LEAVE, Status.DUTY_OFF, Status.SECONDED})
"""While one of these is declared, nobody but the person gets any device state."""

_PRESENT = {State.ACTIVE: 0, State.AWAY: 2, State.LOCKED: 3, State.SILENT: 4, State.ENDED: 5, State.NONE: 6}
_IN_MEETING = 1


def merged(person_id: UUID, devices: Sequence[DeviceFacts], *, whereabouts: Whereabouts | None = None) -> Facts:
    """One person's facts from all devices: the most present fact wins, the place is of the device active last.

    Order: active, in a meeting, away, locked, silent, ended. Of two devices alike the one active last decides; a
    meeting counts only where its device is heard, or where no device is.
    """
    if not devices:
        return Facts(person_id, whereabouts=whereabouts)
    first = min(_presence_rank(device) for device in devices)
    alike = [device for device in devices if _presence_rank(device) == first]
    winner = max(alike, key=_recency)
    meetings = [device.meeting for device in alike if device.meeting is not None]
    placed = max(devices, key=lambda device: (device.active_at is not None, *_recency(device)))
    place = winner.place if winner.state is State.ACTIVE else placed.place or winner.place
    return Facts(
        person_id, winner.state, place, min(meetings, default=None), winner.since, winner.until, whereabouts
    )  # fmt: skip


def narrowed(facts: Facts, view: View) -> Facts:
    """What ``view`` may get of ``facts``; the rest does not leave the server.

    During leave, off duty and secondment head and colleague get that status and its return alone: facts have to be
    announced again when such an entry ends. Nobody else learns how long a person has been away or locked; to a
    colleague locked is away.
    """
    if view is View.SELF:
        return facts
    entry = facts.whereabouts
    if entry is not None and entry.status in WITHHOLDING:
        return Facts(facts.person_id, whereabouts=replace(entry, destination=None, note=None))
    if facts.state not in {State.AWAY, State.LOCKED}:
        return facts
    state = State.AWAY if view is View.COLLEAGUE else facts.state
    return replace(facts, state=state, since=None)


def _presence_rank(device: DeviceFacts) -> int:
    in_meeting = device.meeting is not None and device.state in {State.AWAY, State.LOCKED}
    return _IN_MEETING if in_meeting else _PRESENT[device.state]


def _recency(device: DeviceFacts) -> tuple[float, float]:
    """Greater for the device that was active, or at least heard, more recently."""
    heard = device.until or device.since
    return (
        device.active_at.timestamp() if device.active_at else float("-inf"),
        heard.timestamp() if heard else float("-inf"),
    )
