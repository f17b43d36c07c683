"""Who stands in which unit today, and which rooms a viewer may listen in: what the sockets need of the roster."""

from dataclasses import dataclass, field
from uuid import UUID

from dokodemo.actions import Services
from dokodemo.actions.board import views_of, visible_units
from dokodemo.actions.people import today, viewer_of
from dokodemo.domain.access import Viewer
from dokodemo.domain.board_rooms import Room, covering, rooms_of
from dokodemo.domain.errors import ErrorCode, MissingError, UnauthenticatedError
from dokodemo.domain.units import Tree
from dokodemo.store import postings, units
from dokodemo.store.board_rows import board_rows


@dataclass(slots=True)
class Audience:
    """The city of one day: each person's units, and from them (worked out once) the rooms that facts go to."""

    tree: Tree
    unit_codes: dict[UUID, set[str]]
    _rooms: dict[UUID, frozenset[tuple[str, str]]] = field(default_factory=dict)

    def rooms_of(self, person_id: UUID) -> frozenset[tuple[str, str]]:
        """The (code, reach) of all rooms that this person's facts go to."""
        if person_id not in self._rooms:
            self._rooms[person_id] = rooms_of(self.tree, self.unit_codes.get(person_id, ()))
        return self._rooms[person_id]


@dataclass(frozen=True, slots=True)
class Rights:
    """A viewer, the rooms of the unit that is watched, and the units whose boards the viewer may open."""

    viewer: Viewer
    rooms: frozenset[Room] = frozenset()
    visible: frozenset[str] = frozenset()


def load(services: Services) -> Audience:
    """Read the roster of today; whoever works past midnight stays where the session began."""
    with services.read() as transaction:
        on = today(services)
        tree = units.tree_on(transaction, on)
        kept = postings.kept_days(transaction, services.now(), zone=services.city.zone)
        codes: dict[UUID, set[str]] = {}
        for row in board_rows(transaction, tree.units, on, kept=kept):
            codes.setdefault(row.person_id, set()).add(row.unit_code)
    return Audience(tree, codes)


def rights_of(services: Services, person_id: UUID | None, unit: str | None) -> Rights:
    """The viewer that a person is now, and what of a unit they may hear.

    Raises ``UnauthenticatedError`` for whoever left the staff, ``MissingError`` and ``ForbiddenError`` as the board.
    """
    if person_id is None:
        raise UnauthenticatedError(ErrorCode.NOT_SIGNED_IN, "nobody is signed in")
    with services.read() as transaction:
        viewer = viewer_of(transaction, person_id, today(services))
        if not viewer.roles:
            raise UnauthenticatedError(ErrorCode.NOT_SIGNED_IN, "no longer on the staff")
        if unit is None:
            return Rights(viewer)
        tree = units.tree_on(transaction, viewer.on)
        if unit not in tree.units:
            raise MissingError(ErrorCode.NOT_FOUND, "no such unit today")
        views = views_of(services, transaction, viewer, tree, unit)
        visible = visible_units(services, transaction, viewer, tree)
    return Rights(viewer, covering(tree, unit, views.get), frozenset(visible))
