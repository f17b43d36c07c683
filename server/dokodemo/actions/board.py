"""The live board: who stands on it, what each viewer may get of whom, and facts since a cursor."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from dokodemo.actions import Services
from dokodemo.actions.effective_settings import city_values
from dokodemo.actions.facts import facts_of, told
from dokodemo.actions.kept_facts import Told
from dokodemo.actions.kept_roster import Roster, roster_of
from dokodemo.domain import access
from dokodemo.domain.access import Subject, Viewer
from dokodemo.domain.board_rooms import Room, covering
from dokodemo.domain.errors import ErrorCode, ForbiddenError, MissingError
from dokodemo.domain.facts import Facts, View, narrowed
from dokodemo.domain.units import Tree, Unit
from dokodemo.live import LiveLostError
from dokodemo.store import Transaction, people, postings
from dokodemo.store.board_rows import BoardRow

LOST = "lost"
"""The cursor of a snapshot that was taken without the shared state: nothing follows it."""

_NEARNESS = {View.COLLEAGUE: 0, View.HEAD: 1, View.SELF: 2}


@dataclass(frozen=True, slots=True)
class Board:
    """A unit with everything below it as one viewer sees it: rows in 職制順, each unit's view, the rooms to
    listen in, and the nearest view of each person that any of their rows gives. ``colleagues``: they may enter
    whereabouts for each other."""

    unit: Unit
    tree: Tree
    views: dict[str, View]
    rooms: frozenset[Room]
    rows: list[BoardRow]
    people: dict[UUID, View]
    colleagues: bool


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Facts for one viewer, narrowed. ``full``: everybody who has any; else those that moved since the cursor."""

    cursor: str
    full: bool
    told: list[Told]
    server_time: datetime

    @property
    def facts(self) -> list[Mapping[str, Any]]:
        """The facts as documents, not to be changed."""
        return [one.document for one in self.told]


def board_of(services: Services, viewer: Viewer, unit_code: str) -> Board:
    """The board of a unit. ``MissingError``: no such unit today; ``ForbiddenError``: not this viewer's to see."""
    with services.read() as transaction:
        roster = roster_of(services, transaction)
        tree = roster.tree
        if unit_code not in tree.units:
            raise MissingError(ErrorCode.NOT_FOUND, "no such unit today")
        views = views_of(services, transaction, viewer, tree, unit_code)
        colleagues = colleagues_enter(services, transaction)
    name = unit_code, viewer.person_id, frozenset(views.items()), colleagues
    return roster.part(name, lambda: _made(roster, viewer, unit_code, views, colleagues=colleagues))


def _made(roster: Roster, viewer: Viewer, unit_code: str, views: dict[str, View], *, colleagues: bool) -> Board:
    rows = [row for row in roster.rows if row.unit_code in views]
    return Board(
        roster.tree.units[unit_code], roster.tree, views, covering(roster.tree, unit_code, views.get), rows,
        _people(viewer, views, rows), colleagues,
    )  # fmt: skip


def _people(viewer: Viewer, views: dict[str, View], rows: list[BoardRow]) -> dict[UUID, View]:
    people: dict[UUID, View] = {}
    for row in rows:
        view = View.SELF if row.person_id == viewer.person_id else views[row.unit_code]
        known = people.get(row.person_id)
        if known is None or _NEARNESS[known] < _NEARNESS[view]:
            people[row.person_id] = view
    return people


def views_of(
    services: Services, transaction: Transaction, viewer: Viewer, tree: Tree, unit_code: str
) -> dict[str, View]:
    """Through whose eyes the viewer sees the unit and each one below it; ``ForbiddenError`` when not the unit itself."""
    is_open = board_open(services, transaction)
    as_head = access.scope(viewer, access.Verb.SEE_BOARD_AS_HEAD)
    as_colleague = access.scope(viewer, access.Verb.SEE_BOARD, board_open=is_open)
    views: dict[str, View] = {}
    for code in tree.descendants(unit_code):
        unit = access.subject_of_unit(tree.line(code))
        if as_head.covers(unit):
            views[code] = View.HEAD
        elif as_colleague.covers(unit):
            views[code] = View.COLLEAGUE
    if unit_code not in views:
        detail = "this unit's board is for its own people and those it is opened to"
        raise ForbiddenError(ErrorCode.FORBIDDEN, detail, head=head_name(transaction, tree, unit_code))
    return views


def head_name(transaction: Transaction, tree: Tree, unit_code: str) -> str:
    """Whom to ask about a unit: its head, else the nearest one above; empty when nobody leads it."""
    codes = [unit.code for unit in tree.line(unit_code)]
    heads = postings.heads_of(transaction, codes, tree.on)
    nearest = next((heads[code][0] for code in codes if heads.get(code)), None)
    found = people.find(transaction, nearest) if nearest else None
    return found.name if found else ""


def visible_units(services: Services, transaction: Transaction, viewer: Viewer, tree: Tree) -> set[str]:
    """Every unit whose board the viewer may open."""
    scope = access.scope(viewer, access.Verb.SEE_BOARD, board_open=board_open(services, transaction))
    if scope.all:
        return set(tree.units)
    return {code for code in tree.units if scope.covers(access.subject_of_unit(tree.line(code)))}


def board_open(services: Services, transaction: Transaction) -> bool:
    """Whether the city opened all boards to all staff (setting ``board.open``)."""
    return bool(city_values(services, transaction)["board.open"].value)


def colleagues_enter(services: Services, transaction: Transaction) -> bool:
    """Whether colleagues of a 課 enter whereabouts for each other (setting ``whereabouts.proxy_scope``)."""
    return bool(city_values(services, transaction)["whereabouts.proxy_scope"].value == "section")


def snapshot(services: Services, board: Board, since: str | None = None) -> Snapshot:
    """What moved since a cursor, or everything when there is none, or when it is unknown or too old."""
    try:
        moved = services.live.wait(since, 0) if since else None
        cursor = services.live.cursor() if moved is None else moved[0]
    except LiveLostError:
        moved, cursor = None, LOST
    if moved is not None and all(change.kind == "person" for change in moved[1]):
        wanted = board.people.keys() & {UUID(change.subject) for change in moved[1]}
        return Snapshot(cursor, False, told(services, {id_: board.people[id_] for id_ in wanted}), services.now())
    everybody = told(services, board.people)
    return Snapshot(cursor, True, [one for one in everybody if not one.empty], services.now())


def seen_facts(services: Services, board: Board) -> dict[UUID, Facts]:
    """The same of everybody, for a page that computes presence on the server."""
    found = facts_of(services, board.people.keys())
    return {person: narrowed(facts, board.people[person]) for person, facts in found.items()}


def authors_of(services: Services, facts: Iterable[Facts]) -> dict[UUID, str]:
    """The names of colleagues who made an entry that holds for somebody else."""
    entries = [one.whereabouts for one in facts if one.whereabouts is not None and one.whereabouts.by_proxy]
    if not entries:
        return {}
    with services.read() as transaction:
        found = people.of(transaction, list({entry.author_id for entry in entries}))
    return {person.id: person.name for person in found.values()}


def may_set(viewer: Viewer, board: Board, row: BoardRow) -> bool:
    """Whether the viewer may declare the whereabouts of the person in this row."""
    subject = access.subject_of(row.person_id, [board.tree.line(row.unit_code)])
    return access.may(viewer, access.Verb.SET_WHEREABOUTS, subject, colleagues=board.colleagues)


def may_see_day(viewer: Viewer, board: Board, row: BoardRow) -> bool:
    """Whether the viewer may open the day of the person in this row."""
    subject: Subject = access.subject_of(row.person_id, [board.tree.line(row.unit_code)])
    return access.may(viewer, access.Verb.SEE_DAY, subject)


