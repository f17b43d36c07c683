"""The day ribbon that a plan must lead to, worked out from the plan alone: what the product's own is compared with.

It asks for each stretch of the day which spell and which declaration covers it; it knows nothing of events.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from dokodemo.demo.day import DayPlan, Spell, What
from dokodemo.demo.records import AWAY_AFTER, PLACE_OF_TILE, last_mark

_LOCKING = frozenset({What.LOCKED, What.LUNCH, What.ERRAND})
_MEETINGS = frozenset({What.MEETING, What.ONLINE_MEETING})
_A_MOMENT = timedelta(seconds=2)
_TO_THE_BAG = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the day with one state, one place (None: not known yet) and a meeting or none."""

    since: datetime
    until: datetime
    state: str
    place: str | None
    meeting: bool


def ribbon(plan: DayPlan, *, room: str | None = None, until: datetime | None = None) -> tuple[Stretch, ...]:
    """The whole day as known the next morning, or what is known of it at ``until``; ``room`` as in ``records``."""
    if plan.arrives_at is None:
        return ()
    ends = last_mark(plan) if until is None else min(until, last_mark(plan))
    if ends <= plan.arrives_at:
        return ()
    cuts = sorted({cut for cut in _cuts(plan, plan.arrives_at) if plan.arrives_at < cut < ends})
    out: list[Stretch] = []
    for since, to in zip([plan.arrives_at, *cuts], [*cuts, ends], strict=True):
        state, place, meeting = _state(plan, since), _place(plan, plan.arrives_at, since, room), _meeting(plan, since)
        goes_on = bool(out) and (out[-1].state, out[-1].place, out[-1].meeting) == (state, place, meeting)
        out.append(Stretch(out.pop().since if goes_on else since, to, state, place, meeting))
    return tuple(out)


def _cuts(plan: DayPlan, arrives: datetime) -> Iterator[datetime]:
    yield arrives + _A_MOMENT
    for spell in plan.spells:
        yield from (spell.begins_at, spell.begins_at + _A_MOMENT, spell.begins_at + _TO_THE_BAG)
        yield from (_back_at(spell), spell.ends_at, spell.ends_at + _A_MOMENT)
    yield from (entry.at for entry in plan.entries)


def _back_at(spell: Spell) -> datetime:
    """Input exactly ten minutes after the last would be both away and back."""
    if spell.what is What.AWAY:
        return max(spell.ends_at, spell.begins_at + AWAY_AFTER + _A_MOMENT)
    return spell.ends_at


def _state(plan: DayPlan, at: datetime) -> str:
    for spell in plan.spells:
        if spell.what in _LOCKING and spell.begins_at + _A_MOMENT <= at < spell.ends_at:
            return "locked"
        if spell.what is What.AWAY and spell.begins_at <= at < _back_at(spell):
            return "away"
        if spell.what is What.FIELD_ASLEEP and spell.begins_at + _TO_THE_BAG <= at < spell.ends_at:
            return "asleep"
    return "active"


def _place(plan: DayPlan, arrives: datetime, at: datetime, room: str | None) -> str | None:
    declared = [e for e in plan.entries if e.at <= at and not e.by_proxy and e.status in PLACE_OF_TILE]
    if declared:
        return PLACE_OF_TILE[declared[-1].status]
    if at < arrives + _A_MOMENT:
        return None
    for spell in plan.spells:
        since = spell.begins_at + _A_MOMENT
        if spell.what is What.MEETING and room is not None and since <= at < spell.ends_at + _A_MOMENT:
            return room
        if spell.what is What.FIELD_CARRIED and since <= at < spell.ends_at:
            return "unknown"
    return "unknown" if plan.place == "home" else plan.place


def _meeting(plan: DayPlan, at: datetime) -> bool:
    return any(spell.what in _MEETINGS and spell.begins_at <= at < spell.ends_at for spell in plan.spells)
