"""Migrations make exactly the tables that the code uses, on both databases, and can be taken back."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Inspector, inspect, text

from dokodemo.store.engine import Database
from dokodemo.store.rows import every_table
from dokodemo.store.schema import downgrade, is_current, migrate, newest, revision


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    yield made
    made.close()


def shape(database: Database) -> dict[str, Any]:
    """What the database itself says of its tables; Alembic's own is left out."""
    with database.read() as transaction:
        seen: Inspector = inspect(transaction)
        return {
            name: {
                "columns": [
                    (column["name"], str(column["type"]), column["nullable"], column["default"])
                    for column in seen.get_columns(name)
                ],
                "primary key": seen.get_pk_constraint(name)["constrained_columns"],
                "foreign keys": sorted(
                    (key["constrained_columns"], key["referred_table"], key["referred_columns"])
                    for key in seen.get_foreign_keys(name)
                ),
                "unique": sorted(each["column_names"] for each in seen.get_unique_constraints(name)),
                "indices": sorted(
                    (index["name"] or "", index["column_names"], bool(index["unique"]))
                    for index in seen.get_indexes(name)
                ),
            }
            for name in seen.get_table_names() if name != "alembic_version"
        }  # fmt: skip


def definitions(database: Database) -> dict[str, str]:
    """SQLite's own words for each table: options such as WITHOUT ROWID stand there alone."""
    with database.read() as transaction:
        rows = transaction.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
        return {name: " ".join(str(sql).split()) for name, sql in rows if not name.startswith("alembic")}


def test_an_empty_database_gets_exactly_the_tables_of_the_code(database: Database) -> None:
    assert revision(database) is None
    migrate(database)
    assert (newest(), True) == (revision(database), is_current(database))
    migrated = shape(database)
    assert set(every_table().tables) == set(migrated)
    with database.read() as transaction:
        assert [] == compare_metadata(MigrationContext.configure(transaction), every_table())
    words = definitions(database) if database.dialect == "sqlite" else {}
    downgrade(database, to="base")
    database.write(lambda transaction: every_table().create_all(transaction))
    assert shape(database) == migrated
    if database.dialect == "sqlite":
        assert definitions(database).keys() == words.keys()
        without = {name for name, sql in definitions(database).items() if "WITHOUT ROWID" in sql}
        assert without == {name for name, sql in words.items() if "WITHOUT ROWID" in sql}


def test_going_back_leaves_nothing_and_forward_again_is_the_same(database: Database) -> None:
    migrate(database)
    first = shape(database)
    downgrade(database, to="base")
    assert ({}, None, False) == (shape(database), revision(database), is_current(database))
    migrate(database)
    assert first == shape(database)


def test_migrating_what_is_current_changes_nothing(database: Database) -> None:
    migrate(database)
    database.write(lambda transaction: transaction.execute(
        every_table().tables["calendar_days"].insert().values(on=date(2026, 11, 23), kind="holiday", name="勤労感謝の日")
    ))  # fmt: skip
    before = shape(database)
    migrate(database)
    assert before == shape(database)
    with database.read() as transaction:
        assert 1 == len(transaction.execute(every_table().tables["calendar_days"].select()).all())


def test_a_migration_that_fails_leaves_the_database_as_it_was(database: Database) -> None:
    database.write(lambda transaction: transaction.execute(text("CREATE TABLE whereabouts (id INTEGER)")))
    before = shape(database)
    with pytest.raises(Exception, match="whereabouts"):
        migrate(database)
    assert before == shape(database)
    assert revision(database) is None
