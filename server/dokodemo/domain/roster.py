"""A roster file (職員名簿) read: bytes → rows or problems. What the rows change is said by ``roster_plan``.

All or nothing: with one problem there are no rows. Warnings do not stop an import, they are shown before it.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from dokodemo.domain import japanese_dates, roster_columns, sheets
from dokodemo.domain.people import Employment, PostingKind
from dokodemo.domain.posts import POSTS, RANKS, Post, read_title
from dokodemo.domain.roster_columns import RELEASE, CellError, key
from dokodemo.domain.sheets import Columns, Problem, Row

GROUPS = (1, 2, 3)  # 兼務 up to three


@dataclass(frozen=True, slots=True)
class Second:
    """A posting beside the main one."""

    unit_code: str
    post: Post
    title: str
    kind: PostingKind


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One person of the file. ``ends_on`` is inclusive as in the file; ``released`` are units whose 兼務 ends (``*``: all)."""

    line: int
    staff_number: str
    name: str
    kana: str
    email: str
    unit_code: str
    unit_name: str
    post: Post
    title: str
    effective_on: date
    order: str
    employment: Employment
    pattern: str | None
    daily_minutes: int | None
    ends_on: date | None
    extension: str
    seconds: tuple[Second, ...]
    released: tuple[str, ...]
    leaves: bool


@dataclass(frozen=True, slots=True)
class Roster:
    """A file without a mistake in form. ``recognised`` are the fields that it has, ``unknown`` the headers passed over."""

    encoding: str
    recognised: frozenset[str]
    places: Columns
    rows: tuple[RosterRow, ...]
    warnings: tuple[Problem, ...]

    @property
    def unknown(self) -> tuple[str, ...]:
        """Headers that mean nothing here."""
        return self.places.unknown


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Everything wrong with the form of a file, in the order of its lines."""

    encoding: str
    rows: int
    problems: tuple[Problem, ...]


def read(data: bytes) -> Roster | Unreadable:
    """The rows of a file, or what is wrong with it."""
    try:
        sheet = sheets.read(data)
    except sheets.SheetError as error:
        return Unreadable("", 0, (error.problem,))
    columns, problems = sheets.columns_of(sheet, roster_columns.SYNONYMS, roster_columns.MUST)
    if problems:
        return Unreadable(sheet.encoding, len(sheet.rows), tuple(problems))
    problems = sheets.length_problems(sheet)
    if problems:
        return Unreadable(sheet.encoding, len(sheet.rows), tuple(problems))
    reader = _Reader(columns, sheet.header)
    rows = [row for record in sheet.rows if (row := reader.row(record)) is not None]
    problems = [*reader.problems, *_doubled(rows, columns)]
    if problems:
        ordered = sorted(problems, key=lambda problem: (problem.line, problem.column))
        return Unreadable(sheet.encoding, len(sheet.rows), tuple(ordered[: sheets.MAX_PROBLEMS]))
    warnings = (*reader.warnings, *_namesakes(rows))
    return Roster(sheet.encoding, frozenset(columns.places), columns, tuple(rows), warnings)


class _Reader:
    """Turns records into rows and collects what is wrong on the way."""

    def __init__(self, columns: Columns, header: Sequence[str]) -> None:
        self.columns = columns
        self.header = header
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []

    def row(self, record: Row) -> RosterRow | None:
        """The row of a record; None when something in it is wrong."""
        before = len(self.problems)
        self._signs(record)
        text = {
            field: self._value(record, field, reading)
            for field, reading in _READINGS.items()
            if field in self.columns or field in roster_columns.MUST
        }
        seconds, released = self._groups(record, text.get("employment") or Employment.REGULAR)
        if len(self.problems) > before:
            return None
        post = self._post(record, text["title"], text["employment"])
        ends_on = text.get("ends_on")
        if ends_on is not None and ends_on < text["effective_on"]:
            self._wrong(record, "ends_on", "適用終了日が発令日より前です", "ends before the order takes effect")
        if post is None or len(self.problems) > before:
            return None
        left = key(self.columns.cell(record, "left"))
        return RosterRow(
            line=record.line, staff_number=text["staff_number"], name=text["name"], kana=text["kana"], email=text["email"],
            unit_code=text["unit_code"], unit_name=self.columns.cell(record, "unit_name").strip(), post=post,
            title=text["title"], effective_on=text["effective_on"], order=text["order"], employment=text["employment"],
            pattern=text.get("pattern"), daily_minutes=text.get("daily_minutes"), ends_on=ends_on,
            extension=text.get("extension") or "", seconds=seconds, released=released,
            leaves=bool(left) or text["order"] in roster_columns.LEAVING,
        )  # fmt: skip

    def _value(self, record: Row, field: str, reading: Callable[[str], Any]) -> Any:
        cell = self.columns.cell(record, field)
        try:
            return reading(cell)
        except (CellError, japanese_dates.DateError) as error:
            self._wrong(record, field, error.ja, error.en)
            return None

    def _signs(self, record: Row) -> None:
        for field, place in self.columns.places.items():
            found = sheets.cell_problem(record.cells[place])
            if found is not None:
                self._wrong(record, field, *found)

    def _post(self, record: Row, title: str, employment: Employment) -> Post | None:
        rank = key(self.columns.cell(record, "rank"))
        if rank and rank not in RANKS:
            self._warn(record, "rank", f"職層「{rank}」は使いません", f"rank {rank!r} is not used")
        post = self._post_of(record, "title", title, rank, employment)
        expected = POSTS[post].rank if post is not None else ""
        if post is not None and rank in RANKS and expected not in ("", rank):
            self._warn(
                record,
                "rank",
                f"職名「{title}」は{expected}ですが、{rank}とあります",
                f"{title!r} is of rank {expected}, not {rank}",
            )
        return post

    def _post_of(self, record: Row, field: str, title: str, rank: str, employment: Employment) -> Post | None:
        reading = read_title(bare_title(title), rank=rank, employment=employment)
        if reading.post is None:
            near = "・".join(reading.nearest)
            self._wrong(
                record,
                field,
                f"職名「{title}」は一覧にありません。近いもの: {near}",
                f"{title!r} is no known post; nearest: {near}",
            )
        elif reading.taken_as is not None:
            self._warn(
                record,
                field,
                f"職名「{title}」は{reading.taken_as}として取り込みます",
                f"{title!r} is taken as {reading.taken_as}",
            )
        return reading.post

    def _groups(self, record: Row, employment: Employment) -> tuple[tuple[Second, ...], tuple[str, ...]]:
        seconds: list[Second] = []
        released: list[str] = []
        for n in GROUPS:
            code_field, title_field = f"concurrent_{n}_unit", f"concurrent_{n}_title"
            code, title = (self.columns.cell(record, field).strip() for field in (code_field, title_field))
            if not code and not title:
                continue
            if key(code) == RELEASE or (not code and key(title) == RELEASE):
                released.append("*")
                continue
            unit_code = self._value(record, code_field, roster_columns.unit_code)
            if key(title) == RELEASE:
                released.append(unit_code or "")
            elif not title:
                self._wrong(
                    record,
                    title_field,
                    "兼務の職名が空です（終わらせるには「解除」）",
                    "is empty (to end it write 解除)",
                )
            else:
                post = self._post_of(record, title_field, title, "", employment=Employment.REGULAR)
                kind = kind_of(title, key(self.columns.cell(record, f"concurrent_{n}_kind")))
                if unit_code in {*released, *(second.unit_code for second in seconds)}:
                    self._wrong(record, code_field, f"兼務に{unit_code}が2つあります", f"{unit_code} stands twice")
                elif post is not None and unit_code is not None:
                    seconds.append(Second(unit_code, post, title, kind))
        return tuple(seconds), tuple(released)

    def _wrong(self, record: Row, field: str, ja: str, en: str) -> None:
        self.problems.append(self._problem(record, field, ja, en))

    def _warn(self, record: Row, field: str, ja: str, en: str) -> None:
        self.warnings.append(self._problem(record, field, ja, en))

    def _problem(self, record: Row, field: str, ja: str, en: str) -> Problem:
        place = self.columns.places.get(field)
        return Problem(
            record.line, self.columns.number(field), "" if place is None else self.header[place].strip(), ja, en
        )


def _date_or_none(cell: str) -> date | None:
    return japanese_dates.parse(cell) if cell.strip() else None


_READINGS: dict[str, Callable[[str], Any]] = {
    "staff_number": roster_columns.staff_number,
    "name": roster_columns.name,
    "kana": roster_columns.kana,
    "email": roster_columns.email,
    "unit_code": roster_columns.unit_code,
    "title": roster_columns.title,
    "effective_on": japanese_dates.parse,
    "order": roster_columns.order,
    "employment": roster_columns.employment,
    "pattern": roster_columns.pattern,
    "daily_minutes": roster_columns.daily_minutes,
    "ends_on": _date_or_none,
    "extension": roster_columns.extension,
}
# What a title or its 兼務区分 says about how the post is held; 課長代理 alone is a post, not a stand-in.
_KINDS = (
    ("事務取扱", PostingKind.ACTING_DOWN), ("心得", PostingKind.ACTING_UP), ("職務代理", PostingKind.STAND_IN),
    ("併任", PostingKind.CROSS),
)  # fmt: skip
_MANNERS = re.compile(r"事務取扱い?|心得|職務代理者?|併任|兼務|兼職|[（(][兼併][)）]|^兼|[\s　]")


def bare_title(title: str) -> str:
    """The title of the post itself: 「課長 事務取扱」 is 課長."""
    return _MANNERS.sub("", title) or title


def kind_of(title: str, word: str) -> PostingKind:
    """How a second posting is held, by its 兼務区分 or by its title."""
    if word == "代理":
        return PostingKind.STAND_IN
    return next((kind for mark, kind in _KINDS if mark in word or mark in title), PostingKind.CONCURRENT)


def valid_to_of(ends_on: date | None) -> date | None:
    """Inclusive in files, exclusive inside."""
    return None if ends_on is None else ends_on + timedelta(days=1)


def _doubled(rows: Sequence[RosterRow], columns: Columns) -> list[Problem]:
    problems: list[Problem] = []
    for field, word in (("staff_number", "職員番号"), ("email", "メール")):
        first: dict[str, int] = {}
        for row in rows:
            value = getattr(row, field)
            if value in first:
                ja, en = f"「{value}」は{first[value]}行にもあります", f"{value!r} stands on line {first[value]} too"
                problems.append(Problem(row.line, columns.number(field), word, ja, en))
            first.setdefault(value, row.line)
    return problems


def _namesakes(rows: Sequence[RosterRow]) -> list[Problem]:
    lines: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        lines.setdefault(("".join(row.name.split()), "".join(row.kana.split())), []).append(row.line)
    return [
        Problem(
            at[0],
            0,
            "氏名",
            f"同姓同名です（{'・'.join(map(str, at))}行）",
            f"namesakes on lines {', '.join(map(str, at))}",
        )
        for at in lines.values()
        if len(at) > 1
    ]
