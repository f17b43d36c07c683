"""Files of units: what has begun is never edited."""

from dataclasses import replace
from datetime import date

import pytest

from dokodemo.domain import unit_files
from dokodemo.domain.unit_files import UnitPlan
from dokodemo.domain.units import Level, Unit

TODAY = date(2026, 11, 24)
BEGAN = date(2026, 4, 1)
STORED = [
    Unit("020000", "総務部", Level.DEPARTMENT, None, BEGAN),
    Unit("020300", "情報政策課", Level.SECTION, "020000", BEGAN, None, "T"),
    Unit("020301", "DX推進係", Level.SUBSECTION, "020300", BEGAN),
]


def plan(*lines: str, stored: list[Unit] | None = None, people: dict[str, int] | None = None) -> UnitPlan:
    text = "\r\n".join(["組織コード,名称,親コード,区分,適用開始日,適用終了日,旗", *lines])
    return unit_files.plan(text.encode("cp932"), STORED if stored is None else stored, today=TODAY, people=people or {})


def words(found: UnitPlan) -> list[tuple[int, str]]:
    return [(problem.line, problem.field) for problem in found.problems]


def test_a_first_file_adds_every_unit() -> None:
    found = plan("020000,総務部,,部,R8.4.1,,", "020300,情報政策課,020000,課,2026/4/1,,T W", stored=[])
    assert [(unit.code, unit.level, unit.parent_code, unit.flags) for unit in found.added] == [
        ("020000", Level.DEPARTMENT, None, ""), ("020300", Level.SECTION, "020000", "T W")
    ]  # fmt: skip


def test_the_same_file_again_changes_nothing() -> None:
    found = plan("020000,総務部,,部,2026-04-01,,", "020300,情報政策課,020000,課,2026-04-01,,T")
    assert (found.empty, found.unchanged, found.problems) == (True, 2, ())


def test_a_renamed_unit_gets_a_new_row_and_the_old_one_an_end() -> None:
    found = plan("020300,デジタル推進課,020000,課,2027-04-01,,T")
    assert found.added == (Unit("020300", "デジタル推進課", Level.SECTION, "020000", date(2027, 4, 1), None, "T"),)
    assert found.closed == (replace(STORED[1], valid_to=date(2027, 4, 1)),)


def test_a_row_in_force_is_not_edited() -> None:
    assert words(plan("020300,デジタル推進課,020000,課,2026-04-01,,T")) == [(2, "適用開始日")]


def test_a_row_of_the_future_is_put_right() -> None:
    future = Unit("021000", "新課", Level.SECTION, "020000", date(2027, 4, 1))
    found = plan("021000,新設課,020000,課,2027-04-01,,", stored=[*STORED, future])
    assert found.corrected == (replace(future, name="新設課"),)


def test_a_row_before_a_known_one_is_refused() -> None:
    assert words(plan("020000,総務部,,部,2020-04-01,,")) == [(2, "適用開始日")]


def test_an_end_closes_the_unit_inclusively_and_warns_of_people_in_it() -> None:
    found = plan("020301,DX推進係,020300,係,2026-04-01,2027-03-31,", people={"020301": 8})
    assert found.closed == (replace(STORED[2], valid_to=date(2027, 4, 1)),)
    assert ["020301 DX推進係 には8人が所属しています"] == [warning.ja for warning in found.warnings]


def test_an_end_in_the_past_is_refused() -> None:
    assert words(plan("020301,DX推進係,020300,係,2026-04-01,2026-09-30,")) == [(2, "適用開始日")]


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("020400,契約課,,課,2027-04-01,,", "親コード"), ("020400,契約課,990000,課,2027-04-01,,", "親コード"),
        ("020400,契約課,020301,課,2027-04-01,,", "親コード"), ("020400,契約課,020000,室,2027-04-01,,", "区分"),
        ("20400,契約課,020000,課,2027-04-01,,", "組織コード"), ("020400,,020000,課,2027-04-01,,", "名称"),
        ("020400,契約課,020000,課,2027-04-01,2027-03-01,", "適用終了日"), ("020400,契約課,020000,課,いつか,,", "適用開始日"),
        ("020400,\ue000,020000,課,2027-04-01,,", "名称"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_named(line: str, field: str) -> None:
    assert words(plan(line)) == [(2, field)]


def test_the_same_row_twice_is_refused() -> None:
    row = "020400,契約課,020000,課,2027-04-01,,"
    assert words(plan(row, row)) == [(3, "組織コード")]
