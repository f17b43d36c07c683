"""Dates as Japanese files write them, and the Japanese year of a date.

Eras are a table, never arithmetic elsewhere; a new era is a new row here.
"""

import re
import unicodedata
from datetime import date, timedelta

ERAS: tuple[tuple[str, str, date], ...] = (
    ("令和", "R", date(2019, 5, 1)),
    ("平成", "H", date(1989, 1, 8)),
    ("昭和", "S", date(1926, 12, 25)),
    ("大正", "T", date(1912, 7, 30)),
    ("明治", "M", date(1868, 1, 25)),
)
_EXCEL_ZERO = date(1899, 12, 30)
_EXCEL_SERIALS = range(10_000, 100_000)  # 1927 to 2173: no file of staff holds others
_MIDNIGHT = r"(?:[ T]0?0:00(?::00)?)?"
_WESTERN = re.compile(rf"(\d{{4}})(?:[-/.](\d{{1,2}})[-/.](\d{{1,2}})|年(\d{{1,2}})月(\d{{1,2}})日){_MIDNIGHT}")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_JAPANESE = re.compile(
    r"(明治|大正|昭和|平成|令和|[MTSHR])\.?(\d{1,3}|元)(?:年(\d{1,2})月(\d{1,2})日|[-/.](\d{1,2})[-/.](\d{1,2}))"
)


class DateError(ValueError):
    """Not a date; ``ja`` and ``en`` say why."""

    def __init__(self, ja: str, en: str) -> None:
        super().__init__(en)
        self.ja = ja
        self.en = en


def parse(text: str) -> date:
    """The date of ``2027/4/1``, ``2027-04-01``, ``20270401``, ``R9.4.1``, ``令和9年4月1日`` or Excel's serial ``46478``.

    Raises ``DateError`` for anything else, for a day that does not exist, and for a day outside the named era.
    """
    written = unicodedata.normalize("NFKC", text).strip().upper()
    if match := _JAPANESE.fullmatch("".join(written.split())):
        era, year, *parts = match.groups()
        month, day = (part for part in parts if part is not None)
        return _in_era(era, 1 if year == "元" else int(year), int(month), int(day))
    if match := _WESTERN.fullmatch(written):
        year, *parts = match.groups()
        month, day = (part for part in parts if part is not None)
        return _day(int(year), int(month), int(day))
    if match := _COMPACT.fullmatch(written):
        year, month, day = match.groups()
        return _day(int(year), int(month), int(day))
    if written.isdecimal() and int(written) in _EXCEL_SERIALS:
        return _EXCEL_ZERO + timedelta(days=int(written))
    raise DateError(f"「{text}」は日付として読めません（例: 2027-04-01、R9.4.1）", f"{text!r} is no date (2027-04-01)")


def era_of(on: date) -> tuple[str, int]:
    """Era and year: 2027-03-31 is ("令和", 9). ValueError before 明治."""
    for name, _letter, begins in ERAS:
        if on >= begins:
            return name, on.year - begins.year + 1
    raise ValueError(f"{on} lies before the eras known here")


def in_japanese(on: date) -> str:
    """``令和9年4月1日``; the first year is 元年."""
    era, year = era_of(on)
    return f"{era}{'元' if year == 1 else year}年{on.month}月{on.day}日"


def fiscal_year_of(on: date) -> int:
    """年度: 1 April to 31 March, named by the year in which it begins (地方自治法208条)."""
    return on.year if on.month >= 4 else on.year - 1


def in_fiscal_year(year: int) -> str:
    """``令和8年度``, of the era at its first day but 令和元年度 for 2019 (its larger part)."""
    era, n = era_of(date(year, 5, 1))
    return f"{era}{'元' if n == 1 else n}年度"


def _in_era(era: str, year: int, month: int, day: int) -> date:
    name, _letter, begins = next(row for row in ERAS if era in row[:2])
    on = _day(begins.year + year - 1, month, day)
    if on < begins or era_of(on) != (name, year):
        raise DateError(f"{name}{year}年{month}月{day}日はありません", f"there is no such day in {era}{year}")
    return on


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise DateError(f"{year}年{month}月{day}日はありません", f"there is no day {year}-{month}-{day}") from error
