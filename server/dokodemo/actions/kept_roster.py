"""The tree of units and everybody on it, kept in this process until the roster changes.

Whatever changes units, people or postings writes its entries into the audit trail in the same transaction; so the trail,
read from the last number seen, says whether what is kept still holds.
"""

import threading
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from dokodemo.actions import Services
from dokodemo.actions.people import today
from dokodemo.domain.audit import Tag
from dokodemo.domain.units import Tree
from dokodemo.store import Transaction, audit, postings, units
from dokodemo.store.audit import Filters
from dokodemo.store.board_rows import BoardRow, board_rows

MOVING = Filters(tags=frozenset({
    Tag.ROSTER_IMPORTED, Tag.PERSON_ADDED, Tag.PERSON_CHANGED, Tag.PERSON_LEFT, Tag.UNITS_IMPORTED, Tag.UNIT_ADDED,
    Tag.UNIT_CLOSED, Tag.UNIT_CHANGED, Tag.DATABASE_RESTORED,
}))  # fmt: skip
PARTS = 400  # boards of different viewers

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Roster:
    """One day: the tree, and all rows of all units in 職制順; whoever works past midnight stays where the session began."""

    on: date
    kept: Mapping[UUID, date]
    tree: Tree
    rows: list[BoardRow]
    parts: dict[Hashable, Any] = field(default_factory=dict)

    def part(self, name: Hashable, made: Callable[[], Made]) -> Made:
        """What was made of this roster under a name, made once; a full store begins anew."""
        found: Made | None = self.parts.get(name)
        if found is None:
            if len(self.parts) >= PARTS:
                self.parts.clear()
            found = self.parts[name] = made()
        return found


class KeptRoster:
    """The roster of one database; safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen = -1
        self._roster: Roster | None = None

    def read(self, services: Services, transaction: Transaction) -> Roster:
        """Today's roster as this transaction sees it."""
        on = today(services)
        kept = postings.kept_days(transaction, services.now(), zone=services.city.zone)
        number = audit.head(transaction).n
        with self._lock:
            roster, seen = self._roster, self._seen
        holds = roster is not None and roster.on == on and roster.kept == kept and seen <= number
        if roster is None or not holds or (seen < number and audit.block(transaction, seen, filters=MOVING, size=1)[0]):
            tree = units.tree_on(transaction, on)
            roster = Roster(on, kept, tree, board_rows(transaction, tree.units, on, kept=kept))
        with self._lock:
            if number >= self._seen or not holds:
                self._roster, self._seen = roster, number
        return roster


_OF: WeakKeyDictionary[object, KeptRoster] = WeakKeyDictionary()
_making = threading.Lock()


def roster_of(services: Services, transaction: Transaction) -> Roster:
    """Today's roster, read anew only when something moved it."""
    with _making:
        kept = _OF.setdefault(services.database, KeptRoster())
    return kept.read(services, transaction)
