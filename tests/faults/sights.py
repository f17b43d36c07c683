"""Decides I10 of QUALITY: no answer holds a person or a unit that the caller may not see. A pure function.

A harness writes down for each answer who asked, at which kind of door, and which ids of people and codes of units are
found in it, wherever they stand. Who may see whom is worked out here from plain rows of the roster, by the words of
docs/roles.md, and shares nothing with ``domain.access``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from tests.faults.logged import Violation

LEADING = frozenset({"director", "head"})
_PERSON = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_UNIT = re.compile(r"(?<![0-9A-Za-z-])[0-9]{6}(?![0-9A-Za-z-])")


class Door(StrEnum):
    """What kind of answer it is: what a board shows, or somebody's record of a day."""

    BOARD = "board"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Held:
    """One post of a person, as the roster has it."""

    unit: str
    post: str
    kind: str


@dataclass(frozen=True, slots=True)
class Roster:
    """The city on one day. ``units`` are (level, code of the unit above or None); ``roles`` are (role, unit or None)."""

    units: Mapping[str, tuple[str, str | None]]
    posts: Mapping[str, tuple[Held, ...]]
    roles: Mapping[str, tuple[tuple[str, str | None], ...]]
    board_open: bool = False


@dataclass(frozen=True, slots=True)
class Sight:
    """One answer: who asked, at which door, and what was found in it."""

    caller: str
    door: Door
    people: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()


def found_in(text: str, roster: Roster) -> tuple[frozenset[str], frozenset[str]]:
    """Ids of people and codes of units that stand in an answer, whatever it is written in."""
    people = frozenset(_PERSON.findall(text.lower())) & roster.posts.keys()
    return people, frozenset(_UNIT.findall(text)) & roster.units.keys()


def check_sights(sights: Iterable[Sight], roster: Roster) -> list[Violation]:
    """Everything that somebody was told and may not see."""
    return [violation for sight in sights for violation in _beyond(sight, roster)]


def _beyond(sight: Sight, roster: Roster) -> Iterator[Violation]:
    people = people_in_sight(sight.caller, sight.door, roster)
    for person in sorted(sight.people - people):
        yield Violation("I10", sight.caller, None, f"{sight.door}: person {person} was told")
    for unit in sorted(sight.units - units_in_sight(sight.caller, sight.door, roster)):
        yield Violation("I10", sight.caller, None, f"{sight.door}: unit {unit} was told")


def people_in_sight(caller: str, door: Door, roster: Roster) -> frozenset[str]:
    """Whom the caller may see at such a door: always themselves, else by the units of their posts."""
    roots = _roots(caller, door, roster)
    if roots is None:
        return frozenset(roster.posts)
    return frozenset({caller}) | {
        person
        for person, posts in roster.posts.items()
        if any(held.kind != "away" and _within(held.unit, roots, roster) for held in posts)
    }


def units_in_sight(caller: str, door: Door, roster: Roster) -> frozenset[str]:
    """Which units may be named. The page of a day has ways to the boards of its reader too."""
    here, boards = _roots(caller, door, roster), _roots(caller, Door.BOARD, roster)
    if here is None or boards is None:
        return frozenset(roster.units)
    roots = here | boards
    return frozenset(unit for unit in roster.units if _within(unit, roots, roster))


def _roots(caller: str, door: Door, roster: Roster) -> frozenset[str] | None:
    """The units that, with everything below them, a caller sees at such a door; None: everything."""
    working = [held for held in roster.posts.get(caller, ()) if held.kind != "away"]
    sections = frozenset(_section(held.unit, roster) for held in working)
    roots = {held.unit for held in working if held.post in LEADING}
    if door is Door.BOARD:
        roots |= sections
    everywhere = door is Door.BOARD and roster.board_open
    for role, unit in roster.roles.get(caller, ()):
        match role:
            case "head" | "stand_in":
                roots |= {unit} if unit else sections
            case "proxy" | "clerk" if door is Door.BOARD:
                roots |= {unit} if unit else sections
            case "personnel":
                roots |= {unit} if unit else set()
                everywhere |= unit is None
            case "phone_desk" if door is Door.BOARD:
                roots |= {unit} if unit else set()
                everywhere |= unit is None
            case _:
                pass  # IT, auditors and the others see no board and no day
    return None if everywhere else frozenset(roots)


def _lineage(unit: str, roster: Roster) -> Iterator[str]:
    at: str | None = unit
    while at is not None and at in roster.units:
        yield at
        at = roster.units[at][1]


def _section(unit: str, roster: Roster) -> str:
    """The 課 above a unit; a unit without one above it answers for itself."""
    return next((code for code in _lineage(unit, roster) if roster.units[code][0] == "section"), unit)


def _within(unit: str, roots: frozenset[str], roster: Roster) -> bool:
    return any(code in roots for code in _lineage(unit, roster))
