"""One function per column (municipal reference 7.1, 7.2)."""

from collections.abc import Callable
from typing import Any

import pytest

from dokodemo.domain import roster_columns as columns
from dokodemo.domain.people import Employment
from dokodemo.domain.roster_columns import CellError


@pytest.mark.parametrize(
    ("read", "cell", "value"),
    [
        (columns.staff_number, "００１２３４５ ", "0012345"),
        (columns.staff_number, "a0012", "A0012"),
        (columns.name, " 髙橋　恵子 ", "髙橋　恵子"),
        (columns.name, "\ufa19谷 \ufa1b", "\ufa19谷 \ufa1b"),
        (columns.name, "𠮷田", "𠮷田"),
        (columns.kana, "ﾀｶﾊｼ ｶﾞｸ", "タカハシ　ガク"),
        (columns.kana, "たかはし けいこ", "タカハシ　ケイコ"),
        (columns.kana, "サト－　ジョ‐", "サトー　ジョー"),
        (columns.email, " Sato.KEIKO＠City.akagi.example", "sato.keiko@city.akagi.example"),
        (columns.unit_code, "０２０３００", "020300"),
        (columns.title, " 課長　", "課長"),
        (columns.order, "配置換", "配置換"),
        (columns.employment, "会計年度任用職員", Employment.FISCAL_YEAR),
        (columns.employment, "regular", Employment.REGULAR),
        (columns.pattern, "", None),
        (columns.pattern, "EARLY", "early"),
        (columns.daily_minutes, "7:45", 465),
        (columns.daily_minutes, "465", 465),
        (columns.daily_minutes, "7.75", 465),
        (columns.daily_minutes, "7時間45分", 465),
        (columns.daily_minutes, "7:45:00", 465),
        (columns.daily_minutes, "６.5", 390),
        (columns.daily_minutes, "4時間", 240),
        (columns.daily_minutes, "", None),
        (columns.extension, " 2345,2346 ", "2345,2346"),
        (columns.extension, "代表", "代表"),
    ],
)
def test_a_cell_becomes_the_value_that_is_kept(read: Callable[[str], Any], cell: str, value: Any) -> None:
    assert read(cell) == value


@pytest.mark.parametrize(
    ("read", "cell", "hint"),
    [
        (columns.staff_number, "123", "先頭の0"),
        (columns.staff_number, "1.23E+06", "文字列"),
        (columns.staff_number, "00-123", "4～10桁"),
        (columns.name, "", "空"),
        (columns.name, "あ" * 41, "40字"),
        (columns.kana, "高橋", "カタカナ"),
        (columns.kana, "", "空"),
        (columns.email, "sato", "メール"),
        (columns.email, "a@b", "メール"),
        (columns.unit_code, "20300", "先頭の0"),
        (columns.unit_code, "02030A", "6桁"),
        (columns.unit_code, "0203001", "6桁"),
        (columns.title, " ", "空"),
        (columns.order, "栄転", "発令区分"),
        (columns.employment, "パート", "任用区分"),
        (columns.pattern, "早番", "記号"),
        (columns.daily_minutes, "7.45", "7:45"),
        (columns.daily_minutes, "7.30", "7:45"),
        (columns.daily_minutes, "8", "時間として"),
        (columns.daily_minutes, "25:00", "長すぎる"),
        (columns.daily_minutes, "0:00", "0"),
        (columns.daily_minutes, "7:60", "時間として"),
        (columns.extension, "1" * 41, "40字"),
    ],
)
def test_a_wrong_cell_is_refused_with_a_hint_in_both_languages(
    read: Callable[[str], Any], cell: str, hint: str
) -> None:
    with pytest.raises(CellError) as error:
        read(cell)
    assert hint in error.value.ja
    assert error.value.en.isascii() or cell in error.value.en
