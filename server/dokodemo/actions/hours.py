"""The hours by which presence is computed: each person's own, as the layers of settings resolve them.

Working hours are settings (``hours.*``) of the city, a unit or a person; a shifted pattern (時差出勤) of the roster
stands above those of city and units and below those that were given to the person. Where a concurrent post is shown,
the hours are still those of the main post: one person has one day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from dokodemo.actions import Services
from dokodemo.actions.effective_settings import city_values
from dokodemo.actions.people import today
from dokodemo.actions.setting_layers import Common, common_of
from dokodemo.domain.calendar import is_working_day
from dokodemo.domain.presence import Policy
from dokodemo.domain.setting_catalogue import CATALOGUE
from dokodemo.domain.settings import Entry, Layer, Resolved, in_force, resolve_one
from dokodemo.store import Transaction, calendar
from dokodemo.store import hours as personal

PATTERNS = {
    "A": (time(7, 30), time(16, 15)),
    "B": (time(8, 0), time(16, 45)),
    "C": (time(9, 0), time(17, 45)),
    "D": (time(9, 30), time(18, 15)),
}
"""時差出勤 (municipal reference 4.2, ``shifted.patterns``)."""

START, END, LUNCH_START, LUNCH_END = KEYS = ("hours.start", "hours.end", "hours.lunch_start", "hours.lunch_end")


@dataclass(slots=True)
class Hours:
    """Everybody's hours at one moment. ``city`` is the policy of whoever has none of their own."""

    city: Policy
    at: datetime
    common: Common
    own: Mapping[str, Sequence[Entry]]
    _known: dict[tuple[str | None, str | None], Policy] = field(default_factory=dict)

    def of(self, person_id: UUID, unit_code: str | None, pattern: str | None) -> Policy:
        """The policy of a person whose main post is in this unit (None: in none) and who has this shifted pattern."""
        own = self.own.get(str(person_id))
        if own:
            return self._resolved(unit_code, pattern, own)
        known = self._known.get((unit_code, pattern))
        if known is None:
            known = self._known[unit_code, pattern] = self._resolved(unit_code, pattern, ())
        return known

    def _resolved(self, unit_code: str | None, pattern: str | None, own: Sequence[Entry]) -> Policy:
        above = [
            replace(entry, depth=depth)
            for depth, subject in enumerate(self.common.branch(unit_code))
            for entry in self.common.entries.get(subject, ())
            if entry.key in KEYS
        ]
        entries = in_force([*above, *own], self.at)
        found = {key: _value(resolve_one(CATALOGUE[key], entries)) for key in KEYS}
        shifted = PATTERNS.get(pattern or "")
        starts, ends = (
            time.fromisoformat(value) if layer is Layer.PERSON or shifted is None else shifted[edge]
            for edge, (value, layer) in enumerate((found[START], found[END]))
        )
        return replace(
            self.city, starts=starts, ends=ends, lunch_from=time.fromisoformat(found[LUNCH_START][0]),
            lunch_to=time.fromisoformat(found[LUNCH_END][0]),
        )  # fmt: skip


def hours_of(services: Services, transaction: Transaction) -> Hours:
    """Everybody's hours for the city's today."""
    common = common_of(services, transaction)
    return Hours(_city_policy(services, transaction), services.now(), common, _own(services, transaction, common))


_kept: "WeakKeyDictionary[object, tuple[Common, Mapping[str, Sequence[Entry]]]]" = WeakKeyDictionary()


def _own(services: Services, transaction: Transaction, common: Common) -> Mapping[str, Sequence[Entry]]:
    """What single people were given; read anew when a revision was published, as what they have in common is."""
    kept = _kept.get(services.database)
    if kept is None or kept[0] is not common:
        kept = _kept[services.database] = common, personal.of_people(transaction, KEYS)
    return kept[1]


def _value(resolved: Resolved | None) -> tuple[str, Layer]:
    if resolved is None:
        raise TypeError("the catalogue has hours for everybody")
    return resolved.value, resolved.layer


def _city_policy(services: Services, transaction: Transaction) -> Policy:
    values = {key: resolved.value for key, resolved in city_values(services, transaction).items()}
    on = today(services)
    return Policy(
        services.city.zone, time.fromisoformat(values[START]), time.fromisoformat(values[END]),
        time.fromisoformat(values[LUNCH_START]), time.fromisoformat(values[LUNCH_END]),
        timedelta(minutes=values["whereabouts.grace_minutes"]),
        is_working_day(on, calendar.overrides(transaction, on, on)),
    )  # fmt: skip


def hours_document(policy: Policy) -> dict[str, Any]:
    """A person's hours as the reader in JavaScript wants them."""
    return {
        "starts": f"{policy.starts:%H:%M}", "ends": f"{policy.ends:%H:%M}", "lunch_from": f"{policy.lunch_from:%H:%M}",
        "lunch_to": f"{policy.lunch_to:%H:%M}",
    }  # fmt: skip


def policy_document(services: Services, policy: Policy) -> dict[str, Any]:
    """A policy as the reader in JavaScript wants it (``extension/shared/presence.js``)."""
    offset = services.now().astimezone(services.city.zone).utcoffset() or timedelta(0)
    return hours_document(policy) | {
        "utc_offset_minutes": offset // timedelta(minutes=1), "grace_minutes": policy.grace // timedelta(minutes=1),
        "working_day": policy.working_day,
    }  # fmt: skip
