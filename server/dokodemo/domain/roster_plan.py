"""What a roster file would change: added, changed, unchanged, wrong, missing from the file, and what to be careful about.

Pure: the rows, what is known, the tree and the day go in; a ``Plan`` comes out. The same file again changes nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from dokodemo.domain import roster_postings
from dokodemo.domain.people import Person
from dokodemo.domain.roster import Roster, RosterRow, valid_to_of
from dokodemo.domain.roster_changes import Change, ChangeKind, Known, Plan
from dokodemo.domain.roster_checks import (
    Place,
    Trees,
    careful,
    eaten_zeros,
    guards_of,
    missing_from,
    shared_addresses,
)
from dokodemo.domain.roster_columns import ENTERING, CellError
from dokodemo.domain.units import Unit

CONFIRMATION = "適用"


def plan(
    roster: Roster, known: Mapping[str, Known], units: Sequence[Unit], *,
    today: date, new_id: Callable[[], UUID], missing_left_on: date | None = None,
) -> Plan:  # fmt: skip
    """Compare a file with the stored staff (by staff number). ``missing_left_on``: last day of people not in the file."""
    problems = eaten_zeros(roster, known)
    if problems:
        return Plan(len(roster.rows), (), 0, tuple(problems), roster.warnings, (), ())
    trees = Trees(units)
    changes: list[Change] = []
    warnings = list(roster.warnings)
    unchanged = 0
    for row in roster.rows:
        at = Place(roster, row)
        stored = known.get(row.staff_number)
        wrong = trees.problems(at, today)
        if wrong:
            problems += wrong
            continue
        warnings += trees.warnings(at, today)
        try:
            change = _change(roster, row, stored, today=today, new_id=new_id)
        except CellError as error:
            problems.append(at.problem("effective_on", error.ja, error.en))
            continue
        if change is None:
            unchanged += 1
            continue
        changes.append(change)
        warnings += careful(at, change, today)
    missing = missing_from(roster, known, today)
    if missing_left_on is not None:
        changes += [_leaving(stored, missing_left_on) for stored in missing]
    problems += shared_addresses(roster, known, changes)
    problems.sort(key=lambda problem: (problem.line, problem.column))
    return Plan(
        len(roster.rows), tuple(changes), unchanged, tuple(problems), tuple(warnings), missing,
        guards_of(changes, known, today),
    )  # fmt: skip


def _change(
    roster: Roster, row: RosterRow, stored: Known | None, *, today: date, new_id: Callable[[], UUID]
) -> Change | None:
    if row.leaves:
        if stored is None:
            raise CellError("名簿にいない職員の退職です", "somebody who is not known leaves")
        last_day = row.ends_on or row.effective_on
        if stored.person.valid_to is not None and stored.person.valid_to <= last_day + timedelta(days=1):
            return None
        return replace(_leaving(stored, last_day), line=row.line)
    before = stored.postings if stored else ()
    postings = roster_postings.after_row(row, before, today=today)
    if stored is None:
        end = valid_to_of(row.ends_on)
        person = Person(
            new_id(), row.staff_number, row.name, row.kana, row.email, row.extension, row.employment, row.pattern,
            row.daily_minutes, row.effective_on, end,
        )  # fmt: skip
        return Change(
            ChangeKind.ADDED,
            row.line,
            None,
            Known(person, roster_postings.prolonged(postings, None, end)),
            row.effective_on,
        )
    old_end = stored.person.valid_to
    end = _end(row, old_end)
    if old_end is not None and row.effective_on >= old_end:  # appointed again: what ended stays ended
        begun = tuple(p for p in postings if p.valid_from >= old_end)
        postings = tuple(p for p in postings if p.valid_from < old_end) + roster_postings.prolonged(begun, None, end)
    else:
        postings = roster_postings.prolonged(postings, old_end, end)
        postings = postings if end is None else roster_postings.ended(postings, end)
    person = _person(roster, row, stored.person, end)
    after = Known(person, postings)
    return None if after == stored else Change(ChangeKind.CHANGED, row.line, stored, after, row.effective_on)


def _end(row: RosterRow, old_end: date | None) -> date | None:
    """An empty 適用終了日 does not delete a known one, unless the person is appointed again."""
    if row.ends_on is not None:
        return valid_to_of(row.ends_on)
    return None if old_end is None or row.order in ENTERING or row.effective_on >= old_end else old_end


def _person(roster: Roster, row: RosterRow, person: Person, end: date | None) -> Person:
    """The row's values; a column that the file does not have leaves what is known."""
    person = replace(
        person, name=row.name, kana=row.kana, email=row.email, employment=row.employment, valid_to=end,
        valid_from=min(person.valid_from, row.effective_on) if person.valid_to is None else person.valid_from,
    )  # fmt: skip
    for field in ("pattern", "daily_minutes", "extension"):
        if field in roster.recognised:
            person = replace(person, **{field: getattr(row, field)})
    return person


def _leaving(stored: Known, last_day: date) -> Change:
    end = last_day + timedelta(days=1)
    after = Known(replace(stored.person, valid_to=end), roster_postings.ended(stored.postings, end))
    return Change(ChangeKind.LEFT, 0, stored, after, end)
