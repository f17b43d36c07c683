"""The data map speaks of exactly the columns that exist, and says of old rows what the code does."""

import ast
import re

import pytest

from dokodemo.domain.access import Verb
from dokodemo.store import data_map
from dokodemo.store.data_map import MAP, lines
from dokodemo.store.data_map.entries import Kept, Whose
from dokodemo.store.expired import KEPT
from dokodemo.store.rows import every_table
from tests.architecture.sources import PACKAGE

TABLES = every_table().tables
DELETED_BY_NAME = {"row", "table"}  # loop variables: the tables of `sessions.forget`, `restores.end_sign_ins`, `expired.drop`


def test_every_table_and_every_column_has_its_entry_and_none_is_left_over() -> None:
    assert {name: set(table.columns.keys()) for name, table in TABLES.items()} == {
        name: set(entry.columns) for name, entry in MAP.items()
    }
    assert sum(len(table.columns) for table in TABLES.values()) == len(list(lines()))


def test_what_is_said_apart_is_said_of_columns_that_exist() -> None:
    for name, entry in MAP.items():
        assert entry.apart.keys() <= entry.columns.keys(), name
        assert entry.told.keys() <= entry.columns.keys(), name
        assert not entry.apart.keys() & entry.told.keys(), name


def test_an_entry_stands_beside_the_rows_that_it_speaks_of() -> None:
    folder = PACKAGE / "store"
    assert {path.stem for path in (folder / "rows").glob("*.py")} | {"entries"} == {
        path.stem for path in (folder / "data_map").glob("*.py")
    }
    assert len(MAP) == sum(len(module.TABLES) for module in data_map.MODULES)


def test_what_expires_by_itself_is_what_the_worker_removes_with_its_span() -> None:
    assert {table.name for table, _, _ in KEPT} == {name for name, e in MAP.items() if e.kept is Kept.EXPIRES}
    said = {line.table: line.kept for line in lines()}
    assert ("expires_at の7日後に自動で削除", "removed by itself 7 days after expires_at") == said["web_sessions"]
    assert ("expires_at の5分後に自動で削除", "removed by itself 5 minutes after expires_at") == said["challenges"]
    assert "removed by itself once expires_at is past" == said["sign_ins"][1]
    assert "removed by itself 1 hour after at" == said["announcements"][1]


def test_a_table_of_which_the_store_deletes_rows_does_not_say_that_nothing_does() -> None:
    """All `delete(table)` of the store: whoever writes a rule has to tell it here."""
    deleted = set()
    for path in (PACKAGE / "store").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "delete":
                assert isinstance(node.args[0], ast.Name), path
                deleted.add(node.args[0].id)
    named = deleted - DELETED_BY_NAME
    assert {"networks", "calendar_days", "identities", "announcements", "sign_ins"} == named
    assert Kept.UNLIMITED not in {MAP[name].kept for name in named}
    for name in ("sessions", "segments"):  # forgotten by a rebuild, which puts others in their place
        assert Kept.DERIVED is MAP[name].kept


def test_a_term_that_is_not_carried_out_is_said_to_be_meant() -> None:
    for line in lines():
        if MAP[line.table].meant is not None:
            assert "まだない（予定: " in line.kept[0] or "1件だけ" in line.kept[0]
            assert "(meant: " in line.kept[1]


def test_whoever_is_said_to_see_it_has_a_door() -> None:
    named = {verb for entry in MAP.values() for verbs in (entry.seen, *entry.apart.values()) for verb in verbs}
    sources = [path.read_text("utf-8") for ring in ("web", "actions") for path in (PACKAGE / ring).rglob("*.py")]
    used = {Verb[name] for source in sources for name in re.findall(r"\bVerb\.([A-Z_]+)\b", source)}
    assert set() == named - used


def test_who_may_see_comes_from_the_table_of_permissions() -> None:
    seen = {(line.table, line.column): line.seen for line in lines()}
    assert ("本人の分: 職員", "one's own: Staff") == seen["events", "text"]
    words = "one's own: Staff; own section, or the granted unit and below: Section head, Stand-in; the city: Personnel"
    assert words == seen["sessions", "started_at"][1]
    assert ("どの画面にも出ない", "no page shows it") == seen["signed_batches", "body"]


def test_everything_is_said_in_both_languages() -> None:
    for line in lines():
        for japanese, english in (line.title, line.what, line.whose, line.why, line.kept, line.seen):
            assert re.search("[぀-ヿ一-鿿]", japanese), (line.table, line.column, japanese)
            assert english, (line.table, line.column)
            assert not re.search("[぀-ヿ]", english), (line.table, line.column, english)


@pytest.mark.parametrize("name", [name for name, table in TABLES.items() if {"person_id", "subject_id"} & set(table.c.keys())])
def test_a_table_with_a_persons_id_is_somebodys(name: str) -> None:
    assert Whose.PERSON is MAP[name].whose
