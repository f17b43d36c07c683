"""A file of units (組織) and what it changes. What has begun stays: a renamed or moved unit gets a new validity row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from dokodemo.domain import japanese_dates, tables
from dokodemo.domain.roster_columns import CellError, key, unit_code
from dokodemo.domain.sheets import Problem
from dokodemo.domain.tables import Field, Record, Table
from dokodemo.domain.units import LEVEL_OF, Level, Tree, Unit, deeper


def _level(cell: str) -> Level:
    text = key(cell)
    found = LEVEL_OF.get(text) or (Level(text) if text in set(Level) else None)
    if found is None:
        raise CellError(f"「{cell}」は部・課・係のどれでもありません", f"{cell!r} is none of 部, 課, 係")
    return found


def _code_or_none(cell: str) -> str | None:
    return unit_code(cell) if cell.strip() else None


def _date_or_none(cell: str) -> date | None:
    return japanese_dates.parse(cell) if cell.strip() else None


FIELDS = {
    "code": Field(("組織コード", "所属コード"), unit_code),
    "name": Field(("名称", "組織名", "所属名"), tables.some_text),
    "parent_code": Field(("親コード", "上位組織コード", "親組織コード"), _code_or_none),
    "level": Field(("区分", "組織区分"), _level),
    "valid_from": Field(("適用開始日", "開始日"), japanese_dates.parse),
    "ends_on": Field(("適用終了日", "終了日"), _date_or_none, must=False),
    "flags": Field(("旗", "フラグ"), lambda cell: " ".join(key(cell).split()), must=False),
}


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """What the file changes: rows that are new, rows that get an end, rows of the future that are put right."""

    encoding: str
    rows: int
    added: tuple[Unit, ...] = ()
    closed: tuple[Unit, ...] = ()
    corrected: tuple[Unit, ...] = ()
    unchanged: int = 0
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing changes."""
        return not (self.added or self.closed or self.corrected)


def plan(data: bytes, stored: Sequence[Unit], *, today: date, people: Mapping[str, int]) -> UnitPlan:
    """Compare a file with all stored validity rows. ``people``: how many hold a post in each unit (for warnings)."""
    table = tables.read(data, FIELDS)
    if table.problems:
        return UnitPlan(table.encoding, table.rows, problems=table.problems)
    merger = _Merger(table, stored, today)
    for record in sorted(table.records, key=lambda record: record.values["valid_from"]):
        merger.take(record)
    merger.check_parents()
    warnings = [_still_there(table, unit, people[unit.code]) for unit in merger.ending() if people.get(unit.code)]
    problems = sorted(merger.problems, key=lambda problem: (problem.line, problem.column))
    return UnitPlan(
        table.encoding, table.rows, tuple(merger.added.values()), tuple(merger.closed.values()),
        tuple(merger.corrected.values()), merger.unchanged, tuple(problems), tuple(warnings),
    )  # fmt: skip


def _still_there(table: Table, unit: Unit, count: int) -> Problem:
    ja = f"{unit.code} {unit.name} には{count}人が所属しています"
    return table.problem(0, "ends_on", ja, f"{count} people are in {unit.code}")


_Key = tuple[str, date]


class _Merger:
    """The stored rows with those of the file laid over them."""

    def __init__(self, table: Table, stored: Sequence[Unit], today: date) -> None:
        self.table = table
        self.today = today
        self.rows: dict[_Key, Unit] = {(unit.code, unit.valid_from): unit for unit in stored}
        self.added: dict[_Key, Unit] = {}
        self.closed: dict[_Key, Unit] = {}
        self.corrected: dict[_Key, Unit] = {}
        self.lines: dict[_Key, int] = {}
        self.unchanged = 0
        self.problems: list[Problem] = []

    def take(self, record: Record) -> None:
        """Lay one row of the file over what is there."""
        values = record.values
        end = values["ends_on"] + timedelta(days=1) if values["ends_on"] else None
        unit = Unit(
            values["code"],
            values["name"],
            values["level"],
            values["parent_code"],
            values["valid_from"],
            end,
            values["flags"],
        )
        at = (unit.code, unit.valid_from)
        if end is not None and end <= unit.valid_from:
            return self._wrong(record, "ends_on", "適用終了日が適用開始日より前です", "ends before it begins")
        if at in self.lines:
            return self._wrong(
                record, "code", f"{self.lines[at]}行と同じ組織・同じ適用開始日です", f"as on line {self.lines[at]}"
            )
        self.lines[at] = record.line
        known = self.rows.get(at)
        return self._add(record, unit) if known is None else self._compare(record, unit, known)

    def _add(self, record: Record, unit: Unit) -> None:
        others = [other for other in self.rows.values() if other.code == unit.code]
        later = [other for other in others if other.valid_from > unit.valid_from]
        if later:
            ja = f"{later[0].valid_from} からの内容がすでにあります。過去は書き換えません"
            return self._wrong(
                record, "valid_from", ja, f"there is a row from {later[0].valid_from} already; the past stays"
            )
        for other in others:
            if other.valid_to is None or other.valid_to > unit.valid_from:
                self._close(replace(other, valid_to=unit.valid_from))
        self.rows[unit.code, unit.valid_from] = self.added[unit.code, unit.valid_from] = unit
        return None

    def _compare(self, record: Record, unit: Unit, known: Unit) -> None:
        same = replace(unit, valid_to=known.valid_to) == known
        if same and unit.valid_to in (None, known.valid_to):  # an empty end does not open what is closed
            self.unchanged += 1
        elif same and unit.valid_to is not None and unit.valid_to >= self.today:
            self._close(unit)
        elif known.valid_from > self.today:
            self.rows[known.code, known.valid_from] = self.corrected[known.code, known.valid_from] = unit
        else:
            ja = "すでに有効な内容と違います。過去は書き換えません（新しい適用開始日の行にしてください）"
            self._wrong(
                record, "valid_from", ja, "differs from what is in force; give a new row with its own first day"
            )

    def _close(self, unit: Unit) -> None:
        at = (unit.code, unit.valid_from)
        self.rows[at] = unit
        (self.added if at in self.added else self.closed)[at] = unit

    def ending(self) -> list[Unit]:
        """Units that get an end and no row after it."""
        following = {(unit.code, unit.valid_from) for unit in self.rows.values()}
        return [unit for unit in self.closed.values() if unit.valid_to and (unit.code, unit.valid_to) not in following]

    def check_parents(self) -> None:
        """Every row of the file hangs below a unit of a higher level that exists on its first day."""
        trees: dict[date, Tree] = {}
        for record in self.table.records:
            day, parent_code, level = record.values["valid_from"], record.values["parent_code"], record.values["level"]
            tree = trees.setdefault(day, Tree(self.rows.values(), day)) if day not in trees else trees[day]
            parent = tree.units.get(parent_code) if parent_code else None
            if parent_code is None and level is not Level.DEPARTMENT:
                self._wrong(record, "parent_code", "課と係には親コードが必要です", "a 課 or 係 needs a parent")
            elif parent_code is not None and parent is None:
                self._wrong(
                    record,
                    "parent_code",
                    f"親「{parent_code}」は{day}にありません",
                    f"parent {parent_code} does not exist on {day}",
                )
            elif parent is not None and not deeper(level, parent.level):
                self._wrong(
                    record,
                    "parent_code",
                    f"親「{parent_code}」は上の区分ではありません",
                    f"parent {parent_code} is not of a higher level",
                )

    def _wrong(self, record: Record, field: str, ja: str, en: str) -> None:
        self.problems.append(self.table.problem(record.line, field, ja, en))
