"""How many people of each unit are there now: figures for the tree of units, the same for every viewer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dokodemo.actions import Services
from dokodemo.actions.facts import facts_of
from dokodemo.actions.hours import hours_of
from dokodemo.actions.kept_roster import roster_of
from dokodemo.domain.facts import Facts, View, narrowed
from dokodemo.domain.presence import Policy, Presence, presence_of
from dokodemo.domain.statuses import STATUSES, Tone
from dokodemo.domain.units import Tree

PRESENT = frozenset({Tone.HERE, Tone.BUSY, Tone.ELSEWHERE, Tone.HOME})


@dataclass(frozen=True, slots=True)
class Count:
    """People whose main unit is this one or lies below it, and how many of them can be reached at work now."""

    present: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Counts:
    """The city at one moment."""

    at: datetime
    by_code: Mapping[str, Count]


def is_present(presence: Presence) -> bool:
    """Whether a cell says that the person is at work and can be reached there."""
    return presence.status is not None and STATUSES[presence.status].tone in PRESENT


class Tally:
    """Who of everybody is there, kept up person by person. Counts as a colleague sees: whoever is on leave is only not
    there. What the clock alone changes is seen when everybody is looked at again."""

    def __init__(self, services: Services) -> None:
        with services.read() as transaction:
            roster = roster_of(services, transaction)
            hours = hours_of(services, transaction)
        self._tree = roster.tree
        self._rows = {row.person_id: row for row in roster.rows if row.main}
        self._policies = {
            person: hours.of(person, row.main_unit_code, row.pattern) for person, row in self._rows.items()
        }
        self._there: dict[UUID, bool] = {}
        self.begun_at = services.now()
        self.look_at(services, self._rows)

    def look_at(self, services: Services, person_ids: Iterable[UUID]) -> bool:
        """Look at these people again; whether anybody came or went."""
        now, wanted = services.now(), self._rows.keys() & set(person_ids)
        there = {
            person: _there(facts, now, self._policies[person])
            for person, facts in facts_of(services, wanted).items()
        }
        moved = any(self._there.get(person) is not at for person, at in there.items())
        self._there |= there
        return moved

    def by_code(self) -> dict[str, Count]:
        """The figures of all units that have people."""
        present: dict[str, int] = {}
        total: dict[str, int] = {}
        for person, row in self._rows.items():
            total[row.unit_code] = total.get(row.unit_code, 0) + 1
            present[row.unit_code] = present.get(row.unit_code, 0) + self._there[person]
        return _summed(self._tree, present, total)


def _there(facts: Facts, now: datetime, policy: Policy) -> bool:
    return is_present(presence_of(narrowed(facts, View.COLLEAGUE), now, policy=policy))


def _summed(tree: Tree, present: Mapping[str, int], total: Mapping[str, int]) -> dict[str, Count]:
    sums: dict[str, Count] = {}
    for code, count in total.items():
        for unit in tree.line(code):
            before = sums.get(unit.code, Count())
            sums[unit.code] = Count(before.present + present[code], before.total + count)
    return sums
