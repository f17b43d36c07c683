"""A file of rows with known columns, each cell read by its column's function: for units, networks and devices."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dokodemo.domain import sheets
from dokodemo.domain.japanese_dates import DateError
from dokodemo.domain.roster_columns import CellError
from dokodemo.domain.sheets import Columns, Problem


@dataclass(frozen=True, slots=True)
class Field:
    """A column: the names it may have (the proper one first), how a cell is read, and whether the file must have it."""

    names: tuple[str, ...]
    read: Callable[[str], Any]
    must: bool = True


@dataclass(frozen=True, slots=True)
class Record:
    """The values of one line by field; a field whose column the file does not have is read from an empty cell."""

    line: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """A file read. With problems there are no records: all or nothing."""

    encoding: str
    rows: int
    columns: Columns
    fields: Mapping[str, Field]
    records: tuple[Record, ...]
    problems: tuple[Problem, ...]

    def problem(self, line: int, field: str, ja: str, en: str) -> Problem:
        """A problem in a field of a line."""
        return Problem(line, self.columns.number(field), self.fields[field].names[0], ja, en)


def read(data: bytes, fields: Mapping[str, Field], *, unique: Sequence[str] = ()) -> Table:
    """The records of a file. ``unique``: fields in which no value but an empty one may stand twice."""
    try:
        sheet = sheets.read(data)
    except sheets.SheetError as error:
        return Table("", 0, Columns({}, ()), fields, (), (error.problem,))
    names = {field: spec.names for field, spec in fields.items()}
    columns, problems = sheets.columns_of(sheet, names, [field for field, spec in fields.items() if spec.must])
    problems += sheets.length_problems(sheet) if not problems else []
    records: list[Record] = []
    empty = Table(sheet.encoding, len(sheet.rows), columns, fields, (), ())
    for row in sheet.rows if not problems else ():
        values: dict[str, Any] = {}
        for field, spec in fields.items():
            cell = columns.cell(row, field)
            damaged = sheets.cell_problem(cell)
            try:
                values[field] = spec.read(cell) if damaged is None else None
            except (CellError, DateError) as error:
                damaged = error.ja, error.en
            if damaged is not None:
                problems.append(empty.problem(row.line, field, *damaged))
        records.append(Record(row.line, values))
    if not problems:
        problems = [problem for field in unique for problem in _twice(empty, records, field)]
    kept = () if problems else tuple(records)
    return Table(sheet.encoding, len(sheet.rows), columns, fields, kept, tuple(problems[: sheets.MAX_PROBLEMS]))


def _twice(table: Table, records: Sequence[Record], field: str) -> list[Problem]:
    first: dict[Any, int] = {}
    problems: list[Problem] = []
    for record in records:
        value = record.values[field]
        if value and value in first:
            ja, en = f"「{value}」は{first[value]}行にもあります", f"{value!r} stands on line {first[value]} too"
            problems.append(table.problem(record.line, field, ja, en))
        first.setdefault(value, record.line)
    return problems


def text(cell: str) -> str:
    """Any text, as received but for space around it."""
    return cell.strip()


def some_text(cell: str) -> str:
    """As ``text``, and not empty."""
    if not cell.strip():
        raise CellError("空です", "is empty")
    return cell.strip()
