"""The words of an import: who is known, what happens to one person, and the whole plan."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from dokodemo.domain.people import Person, Posting, main_posting
from dokodemo.domain.sheets import Problem


class ChangeKind(StrEnum):
    """What happens to one person."""

    ADDED = "added"
    CHANGED = "changed"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Known:
    """A person as stored, with all postings."""

    person: Person
    postings: tuple[Posting, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One person before (None: new) and after. ``line`` is 0 for somebody who leaves by being absent from the file."""

    kind: ChangeKind
    line: int
    before: Known | None
    after: Known
    effective_on: date

    @property
    def moves(self) -> bool:
        """Whether the main unit changes."""
        return self.before is not None and main_unit(self.before, self.effective_on) != main_unit(
            self.after, self.effective_on
        )


class Guard(StrEnum):
    """Why an import needs the word 「適用」 and a second person."""

    MANY_LEAVE = "many_leave"
    MANY_MOVE = "many_move"


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole of an import before it is done. ``missing`` are people at work whom the file does not name."""

    rows: int
    changes: tuple[Change, ...]
    unchanged: int
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    missing: tuple[Known, ...]
    guards: tuple[Guard, ...]

    def count(self, kind: ChangeKind) -> int:
        """How many people are added, changed, or leave."""
        return sum(change.kind is kind for change in self.changes)


def main_unit(known: Known, on: date) -> str | None:
    """The unit of the main posting of a day."""
    main = main_posting(known.postings, on)
    return None if main is None else main.unit_code
