"""The form of a roster file: what is wrong is named by line and column."""

import pytest

from dokodemo.domain import roster
from dokodemo.domain.roster import Unreadable
from tests.domain.roster_file import csv_of, read, unreadable


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ({"職員番号": "1.2E+06"}, 1, "表計算"),
        ({"氏名": "\ue000田"}, 2, "外字 (U+E000)"),
        ({"氏名カナ": "高橋"}, 3, "カタカナ"),
        ({"所属コード": "20301"}, 5, "先頭の0"),
        ({"職名": "主査補佐"}, 7, "近いもの: "),
        ({"発令日": "2026/13/1"}, 9, "ありません"),
        ({"発令区分": "栄転"}, 10, "発令区分"),
        ({"兼務1所属コード": "020302"}, 12, "解除"),
        ({"兼務1職名": "係長"}, 11, "6桁"),
        ({"兼務1所属コード": "020302", "兼務1職名": "謎"}, 12, "近いもの"),
        ({"1日の時間": "7.45"}, 16, "7:45"),
        ({"適用終了日": "2026-03-31"}, 17, "発令日より前"),
    ],
)
def test_a_wrong_cell_is_named_by_line_and_column(row: dict[str, str], column: int, words: str) -> None:
    (problem,) = unreadable({"職員番号": "0000001", "メール": "a@city.akagi.example"}, row).problems
    assert (problem.line, problem.column) == (3, column)
    assert words in problem.ja
    assert problem.sentence("ja").startswith(f"3行 {column}列 ")
    assert problem.sentence("en").startswith(f"line 3, column {column}, ")


def test_the_same_unit_in_two_groups_is_refused() -> None:
    data = csv_of({"兼務1所属コード": "020302", "兼務1職名": "係長"}).replace(
        "内線".encode(), "兼務2所属コード,兼務2職名".encode()
    )
    found = roster.read(data.replace(b",2301,", ",020302,主幹,".encode()))
    assert isinstance(found, Unreadable)
    assert [(problem.line, problem.ja) for problem in found.problems] == [(2, "兼務に020302が2つあります")]


def test_numbers_and_addresses_that_stand_twice_are_errors_and_namesakes_are_not() -> None:
    assert [(p.line, p.field) for p in unreadable({}, {}).problems] == [(3, "職員番号"), (3, "メール")]
    found = read({}, {"職員番号": "0099999", "メール": "b@city.akagi.example"})
    assert ["同姓同名です（2・3行）"] == [warning.ja for warning in found.warnings]


def test_a_title_that_is_taken_as_another_and_a_rank_that_does_not_fit_are_warnings() -> None:
    assert ["職名「主事補」は主事として取り込みます"] == [
        w.ja for w in read({"職名": "主事補", "職層": "主事級"}).warnings
    ]
    assert [("職層", 8)] == [(w.field, w.column) for w in read({"職層": "課長級"}).warnings]
    assert [("職層", 8)] == [(w.field, w.column) for w in read({"職層": "5級"}).warnings]


def test_a_missing_column_stops_the_file_and_unknown_ones_are_named() -> None:
    assert [(p.line, p.field) for p in unreadable({}, drop=("メール",)).problems] == [(1, "メール")]
    assert roster.read(csv_of({}).replace("退職区分".encode(), "備考".encode())).unknown == ("備考",)  # type: ignore[union-attr]
