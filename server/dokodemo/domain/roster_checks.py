"""What is wrong or needs care in a roster file, seen against the tree and the stored staff."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dokodemo.domain import roster_postings
from dokodemo.domain.roster import Roster, RosterRow
from dokodemo.domain.roster_changes import Change, Guard, Known
from dokodemo.domain.sheets import Problem
from dokodemo.domain.units import Tree, Unit, names_of

LEAVING_SHARE = 0.10
MOVING_SHARE = 0.30


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the file a sentence belongs."""

    roster: Roster
    row: RosterRow

    def problem(self, field: str, ja: str, en: str) -> Problem:
        """A problem of this row's field."""
        return Problem(self.row.line, self.roster.places.number(field), FIELD_NAMES.get(field, ""), ja, en)


FIELD_NAMES = {
    "unit_code": "所属コード", "unit_name": "所属名", "effective_on": "発令日", "staff_number": "職員番号", "email": "メール",
    **{f"concurrent_{n}_unit": f"兼務{n}所属コード" for n in (1, 2, 3)},
}  # fmt: skip


class Trees:
    """The trees of the days that a file names."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self._units = units
        self._codes = {unit.code for unit in units}
        self._trees: dict[date, Tree] = {}

    def on(self, day: date) -> Tree:
        """The tree of a day."""
        if day not in self._trees:
            self._trees[day] = Tree(self._units, day)
        return self._trees[day]

    def problems(self, at: Place, today: date) -> list[Problem]:
        """Codes of units that do not exist when the posting counts (from its day on, or today if that is past)."""
        row = at.row
        if row.leaves:
            return []
        day = max(row.effective_on, today) if row.ends_on is None else min(max(row.effective_on, today), row.ends_on)
        fields = [("unit_code", row.unit_code)]
        fields += [(f"concurrent_{n}_unit", second.unit_code) for n, second in enumerate(row.seconds, start=1)]
        tree = self.on(day).units
        return [at.problem(field, *self._absent(code, day)) for field, code in fields if code not in tree]

    def _absent(self, code: str, day: date) -> tuple[str, str]:
        if code not in self._codes:
            return f"組織「{code}」はありません", f"there is no unit {code}"
        return (
            f"組織「{code}」は{day}にありません（前の年度のコードではありませんか）",
            f"unit {code} does not exist on {day}; is it last year's code?",
        )

    def warnings(self, at: Place, today: date) -> list[Problem]:
        """A unit's name that is not the code's: somebody pasted a column."""
        row = at.row
        written = "".join(row.unit_name.split())
        names = names_of(self.on(max(row.effective_on, today)).line(row.unit_code))
        if not written or not names or written in names:
            return []
        ja = f"「{row.unit_name}」は{row.unit_code}の名称（{names[-1]}）と違います"
        return [at.problem("unit_name", ja, f"{row.unit_name!r} is not the name of {row.unit_code}")]


def careful(at: Place, change: Change, today: date) -> list[Problem]:
    """Warnings about one change: 兼務 that go on, and corrections of what holds already."""
    if change.before is None:
        return []
    row = at.row
    found = [
        at.problem(
            "unit_code", f"兼務 {posting.unit_code} {posting.title} は残ります（終わらせるには「解除」）",
            f"the second posting {posting.unit_code} goes on (to end it write 解除)",
        )
        for posting in roster_postings.remaining(row, change.before.postings, change.after.postings)
    ]  # fmt: skip
    rewritten = {p.id: p for p in change.before.postings if p.valid_from <= today}
    for posting in change.after.postings:
        old = rewritten.get(posting.id)
        if old is not None and (old.unit_code, old.title) != (posting.unit_code, posting.title):
            found.append(
                at.problem(
                    "effective_on", f"同じ発令日の内容が違います（訂正として扱います）: {old.unit_code} {old.title}",
                    f"another content for the same day, taken as a correction of {old.unit_code}",
                )
            )  # fmt: skip
    return found


def missing_from(roster: Roster, known: Mapping[str, Known], today: date) -> tuple[Known, ...]:
    """People on the staff today whom the file does not name."""
    named = {row.staff_number for row in roster.rows}
    return tuple(
        stored for number, stored in sorted(known.items()) if number not in named and stored.person.valid_on(today)
    )


def eaten_zeros(roster: Roster, known: Mapping[str, Known]) -> list[Problem]:
    """Numbers that are known with one to three zeros before them: a spreadsheet ate these."""
    eaten = [
        row
        for row in roster.rows
        if row.staff_number not in known and any("0" * n + row.staff_number in known for n in (1, 2, 3))
    ]
    if roster.rows and len(eaten) > 0.9 * len(roster.rows):
        return [
            Problem(
                0, roster.places.number("staff_number"), "職員番号", "先頭の0が落ちています", "leading zeros were eaten"
            )
        ]
    return [
        Place(roster, row).problem(
            "staff_number",
            f"「{row.staff_number}」は先頭の0が落ちていませんか",
            f"{row.staff_number!r}: a leading zero was eaten",
        )
        for row in eaten
    ]


def shared_addresses(roster: Roster, known: Mapping[str, Known], changes: Iterable[Change]) -> list[Problem]:
    """Addresses that a person outside the file holds or once held: an account never passes to somebody else."""
    after = {change.after.person.staff_number: change.after.person.email for change in changes}
    holders = {after.get(number, stored.person.email): number for number, stored in known.items()}
    return [
        Place(roster, row).problem(
            "email",
            f"「{row.email}」は職員番号 {holder} の人が使っています（いました）",
            f"{row.email!r} belongs (belonged) to {holder}",
        )
        for row in roster.rows
        if (holder := holders.get(row.email, row.staff_number)) != row.staff_number
    ]


def guards_of(changes: Sequence[Change], known: Mapping[str, Known], today: date) -> tuple[Guard, ...]:
    """What makes this import need a word and a second person: more than 10 % leave, or 30 % move outside the season."""
    staff = sum(stored.person.valid_on(today) for stored in known.values())
    if not staff:
        return ()
    guards: list[Guard] = []
    if sum(map(_ends_earlier, changes)) > LEAVING_SHARE * staff:
        guards.append(Guard.MANY_LEAVE)
    season = (today.month, today.day)
    if not (3, 25) <= season <= (4, 10) and sum(change.moves for change in changes) > MOVING_SHARE * staff:
        guards.append(Guard.MANY_MOVE)
    return tuple(guards)


def _ends_earlier(change: Change) -> bool:
    if change.before is None:
        return False
    old, new = change.before.person.valid_to, change.after.person.valid_to
    return new is not None and (old is None or new < old)
