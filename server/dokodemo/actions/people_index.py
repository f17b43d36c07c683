"""Everybody whom a viewer may see on some board, for the search in the page."""

from dataclasses import dataclass
from uuid import UUID

from dokodemo.actions import Services
from dokodemo.actions.board import visible_units
from dokodemo.actions.kept_roster import roster_of
from dokodemo.actions.people import today
from dokodemo.domain.access import Viewer
from dokodemo.store import people


@dataclass(frozen=True, slots=True)
class Found:
    """One person in one unit; ``unit`` names the section too where the unit is below one."""

    id: UUID
    name: str
    kana: str
    title: str
    extension: str
    unit_code: str
    unit: str


def listed(services: Services, viewer: Viewer) -> list[Found]:
    """In the order of units, then 職制順; everybody once, in the main unit where that may be seen."""
    with services.read() as transaction:
        roster = roster_of(services, transaction)
        tree = roster.tree
        codes = visible_units(services, transaction, viewer, tree)
        rows = [row for row in roster.rows if row.unit_code in codes]
        mains = {row.person_id for row in rows if row.main}
    names = {code: " ".join(unit.name for unit in reversed(tree.line(code)[:2])) for code in codes}
    rows.sort(key=lambda row: row.unit_code)
    return [
        Found(row.person_id, row.name, row.kana, row.title, row.extension, row.unit_code, names[row.unit_code])
        for row in rows
        if row.main or row.person_id not in mains
    ]


def search(services: Services, viewer: Viewer, text: str) -> list[Found]:
    """Whom ``store.people.search`` finds, as far as the viewer may see them."""
    with services.read() as transaction:
        hits = {person.id for person in people.search(transaction, text, today(services), limit=100)}
    return [one for one in listed(services, viewer) if one.id in hits]
