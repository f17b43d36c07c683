"""Postings by date, and the tree of units."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from dokodemo.domain.people import posting_day
from dokodemo.domain.units import Level, Tree, Unit, names_of, section_code

TOKYO = ZoneInfo("Asia/Tokyo")
BEGAN = date(2026, 4, 1)
TREE = Tree(
    [
        Unit("020000", "総務部", Level.DEPARTMENT, None, BEGAN),
        Unit("020300", "情報政策課", Level.SECTION, "020000", BEGAN, date(2027, 4, 1)),
        Unit("020300", "デジタル課", Level.SECTION, "020000", date(2027, 4, 1)),
        Unit("020301", "DX推進係", Level.SUBSECTION, "020300", BEGAN),
    ],
    date(2026, 11, 24),
)


def test_a_session_past_midnight_belongs_to_the_day_on_which_it_started() -> None:
    started = datetime(2027, 3, 31, 14, 0, tzinfo=UTC)  # 23:00 in Tokyo
    before, after = datetime(2027, 3, 31, 14, 59, tzinfo=UTC), datetime(2027, 3, 31, 15, 1, tzinfo=UTC)
    assert [posting_day(now, started, zone=TOKYO) for now in (before, after)] == [date(2027, 3, 31)] * 2
    assert [posting_day(now, None, zone=TOKYO) for now in (before, after)] == [date(2027, 3, 31), date(2027, 4, 1)]


def test_a_tree_is_that_of_its_day() -> None:
    assert TREE.units["020300"].name == "情報政策課"
    assert [unit.code for unit in TREE.line("020301")] == ["020301", "020300", "020000"]
    assert TREE.line("999999") == ()
    assert TREE.descendants("020000") == {"020000", "020300", "020301"}
    assert TREE.descendants("999999") == frozenset()
    assert [unit.code for unit in TREE.children(None)] == ["020000"]


def test_a_units_section_stands_above_it_and_a_department_is_its_own() -> None:
    assert [section_code(TREE.line(code)) for code in ("020301", "020300", "020000", "999999")] == [
        "020300",
        "020300",
        "020000",
        None,
    ]


def test_a_circle_in_a_damaged_tree_ends() -> None:
    circle = Tree([Unit("1", "a", Level.SECTION, "2", BEGAN), Unit("2", "b", Level.SECTION, "1", BEGAN)], BEGAN)
    assert [unit.code for unit in circle.line("1")] == ["1", "2"]
    assert circle.descendants("1") == {"1", "2"}


def test_a_unit_may_be_called_with_the_names_above_it() -> None:
    assert names_of(TREE.line("020301")) == ("DX推進係", "情報政策課DX推進係", "総務部情報政策課DX推進係")
