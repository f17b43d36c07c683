"""The tree of units (部 › 課 › 係) and its effective dates.

A unit is a code; a validity row says what that code is called and where it hangs from one day to another. The past is
never edited: what is renamed, moved or closed gets its end on a day, and a new row from that day on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Level(StrEnum):
    """区分 of a unit."""

    DEPARTMENT = "department"
    SECTION = "section"
    SUBSECTION = "subsection"


LEVEL_OF = {"部": Level.DEPARTMENT, "課": Level.SECTION, "係": Level.SUBSECTION}
_DEPTH = {Level.DEPARTMENT: 0, Level.SECTION: 1, Level.SUBSECTION: 2}


@dataclass(frozen=True, slots=True)
class Unit:
    """One validity row of a unit; ``valid_to`` is exclusive, None is open. ``flags`` is text as in the file (``T W``)."""

    code: str
    name: str
    level: Level
    parent_code: str | None
    valid_from: date
    valid_to: date | None = None
    flags: str = ""

    def valid_on(self, on: date) -> bool:
        """Whether this row holds on that day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


Line = tuple[Unit, ...]
"""A unit and all above it, the unit itself first."""


def deeper(level: Level, than: Level) -> bool:
    """Whether a unit of ``level`` may hang below one of ``than``."""
    return _DEPTH[level] > _DEPTH[than]


class Tree:
    """The units of one day, by code."""

    def __init__(self, units: Iterable[Unit], on: date) -> None:
        self.on = on
        self.units: dict[str, Unit] = {unit.code: unit for unit in units if unit.valid_on(on)}
        self._below: dict[str | None, list[str]] = {}
        for code in sorted(self.units):
            self._below.setdefault(self.units[code].parent_code, []).append(code)

    def line(self, code: str) -> Line:
        """The unit and everything above it; empty when the code does not exist on that day."""
        return line_of(code, self.units)

    def children(self, code: str | None) -> list[Unit]:
        """The units directly below, in code order; of ``None`` the departments."""
        return [self.units[below] for below in self._below.get(code, ())]

    def descendants(self, code: str) -> frozenset[str]:
        """The codes of the unit and of everything below it; empty when it does not exist on that day."""
        if code not in self.units:
            return frozenset()
        found: set[str] = set()
        waiting = [code]
        while waiting:
            at = waiting.pop()
            if at not in found:  # a circle in a damaged tree ends here
                found.add(at)
                waiting += self._below.get(at, ())
        return frozenset(found)


def line_of(code: str, units: Mapping[str, Unit]) -> Line:
    """As ``Tree.line``, over any units by code."""
    line: list[Unit] = []
    at: str | None = code
    while at is not None and at in units and units[at] not in line:
        line.append(units[at])
        at = units[at].parent_code
    return tuple(line)


def section_code(line: Line) -> str | None:
    """The 課 that a unit belongs to; a 部 (there is no 課 above it) answers for itself; None for an empty line."""
    for unit in line:
        if unit.level is Level.SECTION:
            return unit.code
    return line[0].code if line else None


def names_of(line: Line) -> tuple[str, ...]:
    """The ways in which a roster may call a unit: its name, or with the names above it before it, without spaces."""
    names: list[str] = []
    spelled = ""
    for unit in line:
        spelled = unit.name + spelled
        names += [unit.name, spelled] if not names else [spelled]
    return tuple("".join(name.split()) for name in dict.fromkeys(names))
