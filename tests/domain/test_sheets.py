"""Files of rows: encodings, quotes, exact places of what is wrong."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dokodemo.domain import sheets
from dokodemo.domain.sheets import Problem, SheetError, columns_of, read

TEXT = "職員番号,氏名\r\n0012345,髙橋\r\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode(), "UTF-8"), (TEXT.encode("utf-8-sig"), "UTF-8 (BOM)"), (TEXT.encode("cp932"), "CP932"),
        (TEXT.replace(",", "\t").encode("utf-16"), "UTF-16"), (TEXT.replace(",", "\t").encode("utf-16-le"), "UTF-16"),
        (("sep=,\r\n" + TEXT).encode(), "UTF-8"), (TEXT.rstrip().encode(), "UTF-8"), (TEXT.replace("\r\n", "\n").encode(), "UTF-8"),
    ],
)  # fmt: skip
def test_every_encoding_of_a_city_hall_is_read(data: bytes, encoding: str) -> None:
    sheet = read(data)
    assert (sheet.encoding, sheet.header, [row.cells for row in sheet.rows]) == (
        encoding,
        ("職員番号", "氏名"),
        [("0012345", "髙橋")],
    )


def test_windows_own_code_for_the_same_sign_is_read_as_that_sign() -> None:
    assert read(b"n\r\n\xfb\xfc\r\n").rows[0].cells == read(b"n\r\n\xee\xe0\r\n").rows[0].cells == ("髙",)


def problem_of(data: bytes) -> Problem:
    with pytest.raises(SheetError) as error:
        read(data)
    return error.value.problem


def test_bytes_of_no_encoding_are_refused_with_their_place() -> None:
    problem = problem_of(b"a,b\r\nc,d\x81\x20\xff\r\n")
    assert (problem.line, problem.column) == (2, 2)
    assert problem_of(b"\xef\xbb\xbfa\xff").ja.startswith("UTF-8")


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('a,b\r\n1,"2\r\n', 2, 2),
        ('a,b\r\n1,2"3\r\n', 2, 2),
        ('a,b\r\n"1"2,3\r\n', 2, 1),
        ('a,b\r\n"x\r\ny",1\r\n"z,1', 4, 1),
    ],
)
def test_a_wrong_quote_is_refused_with_line_and_column(text: str, line: int, column: int) -> None:
    problem = problem_of(text.encode())
    assert (problem.line, problem.column) == (line, column)


def test_an_empty_file_has_no_rows() -> None:
    assert problem_of(b"").en == "there are no rows"
    assert problem_of(b"\r\n,,\r\n").en == "there are no rows"


def test_a_line_break_inside_quotes_keeps_the_count_of_lines() -> None:
    assert [row.line for row in read(b'a,b\r\n"1\r\n2","x ""y"""\r\n\r\n3,4\r\n').rows] == [2, 5]
    assert read(b'a,b\r\n"1\r\n2","x ""y"""\r\n').rows[0].cells == ("1\r\n2", 'x "y"')


def test_rows_of_another_length_than_the_header_are_named() -> None:
    found = sheets.length_problems(read(b"a,b\r\n1\r\n1,2\r\n1,2,3\r\n"))
    assert [(problem.line, problem.column) for problem in found] == [(2, 2), (4, 3)]


def test_headers_are_found_whatever_their_width_and_spaces() -> None:
    columns, problems = columns_of(
        read("職員 番号,ﾒｰﾙ,謎\r\n".encode()), {"number": ("職員番号",), "mail": ("メール",)}, ["number", "mail"]
    )
    assert (dict(columns.places), columns.unknown, problems) == ({"number": 0, "mail": 1}, ("謎",), [])


def test_missing_and_doubled_columns_are_problems() -> None:
    _, problems = columns_of(
        read("番号,番号\r\n".encode()), {"number": ("番号",), "mail": ("メール",)}, ["number", "mail"]
    )
    assert [(problem.column, problem.field) for problem in problems] == [(2, "番号"), (0, "メール")]


@pytest.mark.parametrize(
    ("cell", "word"),
    [("\ue000", "外字 (U+E000)"), ("a\ufffd", "U+FFFD"), ("a\x07", "U+0007"), ("\U000f0000", "U+F0000")],
)
def test_private_damaged_and_control_characters_are_problems(cell: str, word: str) -> None:
    found = sheets.cell_problem(cell)
    assert found is not None
    assert word in found[0]


@pytest.mark.parametrize("cell", ["髙橋", "𠮷田", "", "a b", "㋿", "葛\U000e0100城"])
def test_rare_signs_are_no_problems(cell: str) -> None:
    assert sheets.cell_problem(cell) is None


def test_excels_gaiji_in_cp932_are_private_characters() -> None:
    cell = read(b"n\r\n\xf0\x40\r\n").rows[0].cells[0]
    assert sheets.cell_problem(cell) == (
        "外字 (U+E000) があります。置き換える字を決めてください",
        "private character U+E000",
    )


cells = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff"), max_size=8
) | st.sampled_from(['"', ",", "a\r\nb", '""'])


@given(st.lists(st.lists(cells, min_size=2, max_size=2), min_size=1, max_size=8))
def test_what_a_csv_writer_writes_is_read_back(rows: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows([["first", "second"], *rows])
    read_back = [list(row.cells) for row in read(out.getvalue().encode()).rows]
    assert read_back == [row for row in rows if any(cell.strip() for cell in row)]
