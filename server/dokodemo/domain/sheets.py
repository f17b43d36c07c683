"""Files of rows as Japanese offices make them: which encoding, which cells, and exactly where one is wrong.

Nothing is guessed silently and nothing replaced: bytes that fit no known encoding, a quote that is never closed, a private
character (外字) are problems with line and column, not a row that looks right.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MAX_PROBLEMS = 200  # a file of another kind is wrong in every cell; nobody reads the thousandth


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: ``line`` and ``column`` count from 1 (0: the whole file), in words of both languages."""

    line: int
    column: int
    field: str
    ja: str
    en: str

    def sentence(self, language: str = "ja") -> str:
        """「12行 5列 所属コード: …」"""
        if language == "ja":
            place = f"{self.line}行 " if self.line else ""
            return (
                f"{place}{f'{self.column}列 ' if self.column else ''}{self.field}{': ' if self.field else ''}{self.ja}"
            )
        place = f"line {self.line}, " if self.line else ""
        return f"{place}{f'column {self.column}, ' if self.column else ''}{self.field}{': ' if self.field else ''}{self.en}"


class SheetError(Exception):
    """The file cannot be read as rows; ``problem`` says where and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence("en"))
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one record by column number (from 0), and the line on which it begins."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A header and its rows, as received. ``encoding`` is what the bytes turned out to be."""

    encoding: str
    header: tuple[str, ...]
    header_line: int
    rows: tuple[Row, ...]


def decode(data: bytes) -> tuple[str, str]:
    """Text and encoding: a BOM decides, else strict UTF-8, else strict CP932. Raises ``SheetError``."""
    if data.startswith(b"\xef\xbb\xbf"):
        return _strictly(data, "utf-8-sig"), "UTF-8 (BOM)"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _strictly(data, "utf-16"), "UTF-16"
    if b"\x00" in data:  # no text of the other encodings holds NUL; Excel's "Unicode text" without its BOM does
        return _strictly(data, "utf-16-le"), "UTF-16"
    for encoding, name in (("utf-8", "UTF-8"), ("cp932", "CP932")):
        try:
            return data.decode(encoding), name
        except UnicodeDecodeError:
            continue
    line, column = _where_both_fail(data)
    raise SheetError(
        Problem(
            line,
            column,
            "",
            "UTF-8 でも CP932（Shift_JIS）でもない文字があります",
            "neither UTF-8 nor CP932 (Shift_JIS)",
        )
    )


def read(data: bytes) -> Sheet:
    """The file's cells. Comma, or tab when the first line holds tabs and no comma. Raises ``SheetError``."""
    text, encoding = decode(data)
    if text.startswith("sep="):  # a line for Excel, not a row
        first, _, rest = text.partition("\n")
        text, skipped, delimiter = rest, 1, first.strip()[4:5] or ","
    else:
        first, skipped = text.split("\n", 1)[0], 0
        delimiter = "\t" if "\t" in first and "," not in first else ","
    records = [row for row in _records(text, delimiter, skipped) if any(cell.strip() for cell in row.cells)]
    if not records:
        raise SheetError(Problem(0, 0, "", "行がありません", "there are no rows"))
    return Sheet(encoding, records[0].cells, records[0].line, tuple(records[1:]))


def cell_problem(text: str) -> tuple[str, str] | None:
    """What no cell may hold: private characters (外字), replacement characters, control characters, in ja and en."""
    if text.isascii() and text.isprintable():
        return None
    for sign in text:
        code = ord(sign)
        if 0xE000 <= code <= 0xF8FF or 0xF0000 <= code <= 0x10FFFD:
            return f"外字 (U+{code:04X}) があります。置き換える字を決めてください", f"private character U+{code:04X}"
        if code == 0xFFFD:
            return "文字化け (U+FFFD) があります", "replacement character U+FFFD: the file was damaged before"
        if unicodedata.category(sign) == "Cc" and sign not in "\t\r\n":
            return f"制御文字 (U+{code:04X}) があります", f"control character U+{code:04X}"
    return None


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column of a sheet holds which field, and the headers that mean nothing here."""

    places: Mapping[str, int]
    unknown: tuple[str, ...]

    def __contains__(self, field: str) -> bool:
        return field in self.places

    def cell(self, row: Row, field: str) -> str:
        """The cell as received; empty when the file has no such column."""
        place = self.places.get(field)
        return row.cells[place] if place is not None else ""

    def number(self, field: str) -> int:
        """The column's number from 1; 0 when the file has none."""
        return self.places.get(field, -1) + 1


def columns_of(
    sheet: Sheet, synonyms: Mapping[str, Sequence[str]], must: Sequence[str]
) -> tuple[Columns, list[Problem]]:
    """Find the fields by their headers (width and spaces do not matter; the first name of a field is its proper one)."""
    by_name = {header_key(name): field for field, names in synonyms.items() for name in (field, *names)}
    places: dict[str, int] = {}
    unknown: list[str] = []
    problems: list[Problem] = []
    for n, header in enumerate(sheet.header):
        field = by_name.get(header_key(header))
        if field is None:
            unknown += [header] if header.strip() else []
        elif field in places:
            problems.append(
                Problem(sheet.header_line, n + 1, header, "同じ意味の列が2つあります", "a second column of this field")
            )
        else:
            places[field] = n
    for field in must:
        if field not in places:
            name = synonyms[field][0]
            problems.append(
                Problem(sheet.header_line, 0, name, "必要な列がありません", f"the column of {field} is missing")
            )
    return Columns(places, tuple(unknown)), problems


def length_problems(sheet: Sheet) -> list[Problem]:
    """Rows with more or fewer cells than the header: something is shifted in them."""
    return [
        Problem(
            row.line, min(len(row.cells), len(sheet.header)) + 1, "",
            f"列が{len(row.cells)}個あります（見出しは{len(sheet.header)}個）",
            f"{len(row.cells)} cells where the header has {len(sheet.header)}",
        )
        for row in sheet.rows
        if len(row.cells) != len(sheet.header)
    ]  # fmt: skip


def header_key(name: str) -> str:
    """A header for comparison: NFKC, no spaces, no brackets' difference, lower case."""
    return "".join(unicodedata.normalize("NFKC", name).split()).lower()


_FIELD = {
    delimiter: re.compile(rf'(?:"((?:[^"]|"")*)"|([^"{delimiter}\r\n]*))({delimiter}|\r\n|\n|\r|\Z)')
    for delimiter in (",", "\t", ";")
}


def _records(text: str, delimiter: str, line: int) -> list[Row]:
    pattern = _FIELD.get(delimiter, _FIELD[","])
    records: list[Row] = []
    cells: list[str] = []
    line, at, begins = line + 1, 0, line + 1
    while True:
        match = pattern.match(text, at)
        if match is None:
            raise SheetError(_unreadable(text, at, line, len(cells) + 1, delimiter))
        quoted, plain, end = match.groups()
        cells.append(plain if quoted is None else quoted.replace('""', '"'))
        if quoted is not None:
            line += quoted.count("\n") or quoted.count("\r")
        at = match.end()
        if end == delimiter:
            continue
        records.append(Row(begins, tuple(cells)))
        if end == "":
            return records
        line += 1
        cells, begins = [], line


def _unreadable(text: str, at: int, line: int, column: int, delimiter: str) -> Problem:
    """Why no field can be read at ``at``."""
    if not text.startswith('"', at):
        ja, en = '囲まれていない値の中に引用符 (") があります', 'a quote (") inside a value that is not quoted'
    elif re.compile(r'"(?:[^"]|"")*"').match(text, at):
        ja, en = f"閉じた引用符のあとに区切り（{delimiter!r}）がありません", "text after a closing quote"
    else:
        ja, en = '引用符 (") が閉じていません', 'a quote (") is never closed'
    return Problem(line, column, "", ja, en)


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise SheetError(
            Problem(
                0,
                0,
                "",
                f"{encoding.upper()} として読めません（{error.start}バイト目）",
                f"not {encoding} at byte {error.start}",
            )
        ) from error


def _where_both_fail(data: bytes) -> tuple[int, int]:
    """Line and column (in cells) of the first byte that CP932 cannot read."""
    try:
        data.decode("cp932")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        return before.count(b"\n") + 1, before.rpartition(b"\n")[2].count(b",") + 1
    return 0, 0
