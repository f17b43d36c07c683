"""In which rooms facts are sent, so that each frame is narrowed once for everybody who may see the same.

A room is a unit and a view: ``all`` holds the unit with everything below it, ``own`` the people posted in the unit
itself. ``covering`` gives the fewest rooms for what one viewer sees of a unit; ``rooms_of`` gives every room that a
person's facts go to. Both meet in the same names.
"""

from collections.abc import Callable, Iterable

from dokodemo.domain.facts import View
from dokodemo.domain.units import Tree

Room = tuple[str, str, View]
"""Code, ``all`` or ``own``, view."""


def covering(tree: Tree, code: str, view_of: Callable[[str], View | None]) -> frozenset[Room]:
    """The fewest rooms that hold ``code`` and everything below it, each part through the view that ``view_of`` gives.

    Parts without a view are left out.
    """
    return frozenset(_cover(tree, code, view_of)[1])


def _cover(tree: Tree, code: str, view_of: Callable[[str], View | None]) -> tuple[View | None, set[Room]]:
    """The one view of the whole branch (None: mixed or none), and the rooms that cover it."""
    own = view_of(code)
    parts = [_cover(tree, child.code, view_of) for child in tree.children(code)]
    if own is not None and all(view is own for view, _rooms in parts):
        return own, {(code, "all", own)}
    rooms = set().union(*(rooms for _view, rooms in parts))
    if own is not None:
        rooms.add((code, "own", own))
    return None, rooms


def rooms_of(tree: Tree, unit_codes: Iterable[str]) -> frozenset[tuple[str, str]]:
    """The (code, reach) of all rooms for somebody posted in these units, whatever the view."""
    rooms: set[tuple[str, str]] = set()
    for code in unit_codes:
        rooms.add((code, "own"))
        rooms |= {(unit.code, "all") for unit in tree.line(code)}
    return frozenset(rooms)
