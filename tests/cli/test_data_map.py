"""``dokodemo data-map`` as a document and as a file that a spreadsheet does not compute."""

import csv
import io

import pytest
from click.testing import CliRunner

from dokodemo.cli import main
from dokodemo.cli.data_map import HEADINGS, markdown, safe
from dokodemo.store.data_map import lines


def run(*arguments: str) -> str:
    answer = CliRunner().invoke(main, ["data-map", *arguments])
    assert 0 == answer.exit_code, answer.output
    return answer.stdout_bytes.decode("utf-8")


def test_it_is_a_japanese_document_at_first() -> None:
    assert markdown("ja") == run() == run("--lang", "ja", "--format", "markdown")
    assert "## 監査証跡 `audit`" in run()


def test_the_english_one_is_asked_for() -> None:
    assert markdown("en") == run("--lang", "en")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_spreadsheet_gets_a_row_for_each_column(lang: str) -> None:
    text = run("--lang", lang, "--format", "csv")
    assert text.startswith("\ufeff")
    assert text.count("\r\n") == text.count("\n")
    headings, *rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    assert list(HEADINGS[lang]) == headings
    assert [(line.table, line.column) for line in lines()] == [(row[0], row[2]) for row in rows]
    assert {8} == {len(row) for row in rows}
    assert all(cell and safe(cell) == cell for row in rows for cell in row)


@pytest.mark.parametrize("cell", ["=1+1", "+81", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x"])
def test_a_cell_that_would_be_computed_is_text(cell: str) -> None:
    assert f"'{cell}" == safe(cell)


@pytest.mark.parametrize("cell", ["職員", "1", "a=b", "", "'=1"])
def test_any_other_cell_is_as_it_is(cell: str) -> None:
    assert cell == safe(cell)
