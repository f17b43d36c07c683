"""Working days: the examples of the municipal reference (5.3) and the ``holidays`` package as judge."""

from datetime import date, timedelta

import holidays as judge

from dokodemo.domain.calendar import (
    HOLIDAYS,
    YEARS,
    Closing,
    DayKind,
    Override,
    closing_of,
    is_working_day,
    next_working_day,
)  # fmt: skip


def working_days(year: int, month: int) -> int:
    days = [date(year, month, 1) + timedelta(days=n) for n in range(31)]
    return sum(is_working_day(day) for day in days if day.month == month)


def test_the_table_is_that_of_the_holidays_package() -> None:
    expected = judge.country_holidays("JP", years=YEARS, language="ja")
    assert dict(expected.items()) == HOLIDAYS


def test_fiscal_years_2026_and_2027_have_241_and_243_working_days() -> None:
    months = [(2026, month) for month in range(4, 13)] + [(2027, month) for month in range(1, 4)]
    assert [working_days(*month) for month in months] == [21, 18, 22, 22, 20, 19, 21, 19, 20, 19, 18, 22]
    assert sum(working_days(year + 1, month) for year, month in months) == 243


def test_a_day_between_two_holidays_is_closed() -> None:
    assert HOLIDAYS[date(2026, 9, 22)] == "国民の休日"
    assert closing_of(date(2026, 9, 22)) is Closing.HOLIDAY


def test_a_holiday_on_sunday_moves_to_the_next_free_day() -> None:
    assert closing_of(date(2026, 5, 6)) is Closing.HOLIDAY


def test_29_december_to_3_january_are_closed() -> None:
    assert [closing_of(date(2026, 12, day)) for day in (28, 29, 30, 31)] == [None, *[Closing.YEAR_END] * 3]
    assert closing_of(date(2028, 1, 3)) is Closing.YEAR_END
    assert closing_of(date(2028, 1, 4)) is None


def test_five_working_days_after_25_december_2026_is_7_january() -> None:
    assert next_working_day(date(2026, 12, 25), count=5) == date(2027, 1, 7)


def test_a_city_opens_and_closes_single_days() -> None:
    saturday, tuesday = date(2026, 11, 28), date(2026, 11, 24)
    said = {
        saturday: Override(DayKind.SPECIAL_OPEN, "休日開庁"), tuesday: Override(DayKind.SPECIAL_CLOSED),
        date(2026, 12, 1): Override(DayKind.HOLIDAY, "市制記念日"), date(2027, 1, 1): Override(DayKind.SPECIAL_OPEN),
    }  # fmt: skip
    assert (closing_of(saturday), closing_of(saturday, said)) == (Closing.WEEKEND, None)
    assert (closing_of(tuesday), closing_of(tuesday, said)) == (None, Closing.SPECIAL)
    assert closing_of(date(2026, 12, 1), said) is Closing.HOLIDAY
    assert is_working_day(date(2027, 1, 1), said)
