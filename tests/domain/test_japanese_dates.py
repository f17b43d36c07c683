"""Dates as files write them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dokodemo.domain.japanese_dates import DateError, era_of, fiscal_year_of, in_fiscal_year, in_japanese, parse


@pytest.mark.parametrize(
    "text",
    ["2027/4/1", "2027-04-01", "20270401", "R9.4.1", "令和9年4月1日", "46478", "２０２７／４／１", "r9.4.1", " 2027/4/1 0:00 ", "R9/04/01",
     "2027年4月1日", "令和 9年 4月 1日", "2027.4.1"],
)  # fmt: skip
def test_every_form_of_1_april_2027_is_that_day(text: str) -> None:
    assert parse(text) == date(2027, 4, 1)


@pytest.mark.parametrize(
    "text", ["", "4/1", "2027/13/1", "2027-02-29", "R9.2.29", "来年", "9999", "1234567", "2027/4/1 9:30", "R0.1.1"]
)
def test_what_is_no_day_is_refused_in_both_languages(text: str) -> None:
    with pytest.raises(DateError) as error:
        parse(text)
    assert error.value.ja
    assert error.value.en


def test_eras_end_on_their_last_day() -> None:
    assert parse("平成31年4月30日") == date(2019, 4, 30)
    assert parse("令和元年5月1日") == date(2019, 5, 1)
    assert parse("昭和64年1月7日") == date(1989, 1, 7)
    assert parse("S39.10.10") == date(1964, 10, 10)
    for wrong in ("平成31年5月1日", "令和元年4月30日", "H32.1.1", "昭和64年1月8日", "M1.1.1"):
        with pytest.raises(DateError):
            parse(wrong)


@given(st.dates(min_value=date(1930, 1, 1), max_value=date(2170, 12, 31)))
def test_each_form_of_any_day_reads_back(day: date) -> None:
    serial = (day - date(1899, 12, 30)) // timedelta(days=1)
    assert {parse(in_japanese(day)), parse(day.isoformat()), parse(f"{day:%Y%m%d}"), parse(str(serial))} == {day}


def test_the_japanese_year_and_the_fiscal_year_of_a_day() -> None:
    assert in_japanese(date(2019, 4, 30)) == "平成31年4月30日"
    assert in_japanese(date(2019, 5, 1)) == "令和元年5月1日"
    assert [in_fiscal_year(fiscal_year_of(day)) for day in (date(2027, 3, 31), date(2027, 4, 1))] == [
        "令和8年度",
        "令和9年度",
    ]
    assert in_fiscal_year(2019) == "令和元年度"
    assert {era_of(date(2027, 3, 31)), era_of(date(2027, 4, 1))} == {("令和", 9)}


def test_before_meiji_there_is_no_era_here() -> None:
    with pytest.raises(ValueError):
        era_of(date(1867, 1, 1))
