"""``dokodemo data-map``: what is kept about whom, for the city's register of personal information files."""

import csv
import io
from collections.abc import Sequence
from itertools import groupby

import click

from dokodemo.store.data_map import Line, lines
from dokodemo.store.data_map.entries import Words

LANGUAGES = ("ja", "en")
HEADINGS: dict[str, tuple[str, ...]] = {
    "ja": ("表", "表の名称", "項目", "内容", "対象者", "利用目的", "保存期間", "閲覧できる人"),
    "en": ("table", "name", "column", "what", "whose", "why", "how long", "who may see"),
}
TITLES = {"ja": "データの一覧", "en": "Data map"}
HEADS = {
    "ja": """\
データベースのすべての表と項目です。個人情報ファイル簿の作成に使えます。
`dokodemo data-map --format csv` は表計算ソフト用の一覧を出力します。
「閲覧できる人」は権限の表（[roles.md](roles.md)）から作られ、画面では状況に応じてさらに絞られます（[privacy.md](privacy.md)）。
設置を運用する人はデータベースとバックアップのすべてを読めます。ほかの人には触れさせないでください。
""",
    "en": """\
Every table and column of the database, for the city's register of personal information files (個人情報ファイル簿).
`dokodemo data-map --lang en --format csv` gives it as a file for spreadsheets. Who may see comes from the table of
permissions ([roles.md](roles.md)); pages narrow it further ([privacy.md](privacy.md)).
Whoever operates the installation can read all of the database and of its backups; nobody else should reach them.
""",
}
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula."""


@click.command(name="data-map")
@click.option("--lang", type=click.Choice(LANGUAGES), default="ja", show_default=True)
@click.option("--format", "form", type=click.Choice(["markdown", "csv"]), default="markdown", show_default=True)
def data_map(lang: str, form: str) -> None:
    """Every table and column: what it is, whose, why, how long it is kept, who may see it. Needs no database."""
    click.echo(markdown(lang) if form == "markdown" else as_csv(lang), nl=False)


def markdown(lang: str) -> str:
    """The map as a document, a section for each table."""
    which = LANGUAGES.index(lang)
    _, _, column, what, whose, why, kept, seen = HEADINGS[lang]
    text = f"# {TITLES[lang]}\n\n<!-- Written by `make sync` from store/data_map/. Change it there. -->\n\n{HEADS[lang]}"
    for table, group in groupby(lines(), key=lambda line: line.table):
        rows = list(group)
        first = rows[0]
        facts = [(whose, first.whose), (why, first.why), (kept, first.kept)]
        text += f"\n## {first.title[which]} `{table}`\n\n" + "".join(
            f"- **{name}**: {words[which]}\n" for name, words in facts
        )
        text += f"\n| {column} | {what} | {seen} |\n| --- | --- | --- |\n"
        text += "".join(
            f"| `{row.column}` | {_in_table(row.what[which])} | {_in_table(row.seen[which])} |\n" for row in rows
        )
    return text


def as_csv(lang: str) -> str:
    """The map as one table; with the mark by which spreadsheets know UTF-8, and no cell that they would compute."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADINGS[lang])
    writer.writerows([safe(cell) for cell in _cells(line, LANGUAGES.index(lang))] for line in lines())
    return "\ufeff" + out.getvalue()


def safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _cells(line: Line, which: int) -> Sequence[str]:
    words: tuple[Words, ...] = (line.what, line.whose, line.why, line.kept, line.seen)
    return (line.table, line.title[which], line.column, *(each[which] for each in words))


def _in_table(text: str) -> str:
    return text.replace("|", "\\|")
