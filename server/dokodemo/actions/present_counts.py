"""How many people of each unit are there now: figures for the tree of units, the same for every viewer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dokodemo.actions import Services
from dokodemo.actions.facts import facts_of
from dokodemo.actions.hours import city_policy, policy_for
from dokodemo.actions.people import today
from dokodemo.domain.facts import Facts, View, narrowed
from dokodemo.domain.presence import Policy, Presence, presence_of
from dokodemo.domain.statuses import STATUSES, Tone
from dokodemo.domain.units import Tree
from dokodemo.store import units
from dokodemo.store.board_rows import board_rows

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


def counted(services: Services) -> Counts:
    """Count as a colleague sees: whoever is on leave is only not there."""
    with services.read() as transaction:
        tree = units.tree_on(transaction, today(services))
        rows = [row for row in board_rows(transaction, tree.units, tree.on) if row.main]
        policy = city_policy(services, transaction)
    now = services.now()
    found = facts_of(services, {row.person_id for row in rows})
    present: dict[str, int] = {}
    total: dict[str, int] = {}
    for row in rows:
        there = _there(found[row.person_id], now, policy_for(policy, row.pattern))
        total[row.unit_code] = total.get(row.unit_code, 0) + 1
        present[row.unit_code] = present.get(row.unit_code, 0) + there
    return Counts(now, _summed(tree, present, total))


def _there(facts: Facts, now: datetime, policy: Policy) -> bool:
    return is_present(presence_of(narrowed(facts, View.COLLEAGUE), now, policy=policy))


def _summed(tree: Tree, present: Mapping[str, int], total: Mapping[str, int]) -> dict[str, Count]:
    sums: dict[str, Count] = {}
    for code, count in total.items():
        for unit in tree.line(code):
            before = sums.get(unit.code, Count())
            sums[unit.code] = Count(before.present + present[code], before.total + count)
    return sums
