"""Insert or replace, or insert where missing, by primary key, in the words that SQLite and PostgreSQL share."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from dokodemo.store import Transaction
from dokodemo.store.prepared import Prepared


def upsert(transaction: Transaction, table: Table, rows: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of equal columns; where the primary key exists already the other columns are replaced."""
    if not rows:
        return
    columns = rows if isinstance(rows, Mapping) else rows[0]
    statement = _statement(transaction.dialect.name, table, tuple(columns))
    statement.run(transaction, *([rows] if isinstance(rows, Mapping) else rows))


def insert_missing(transaction: Transaction, table: Table, row: Mapping[str, Any]) -> None:
    """Insert a row unless its primary key exists already."""
    dialect = sqlite if transaction.dialect.name == "sqlite" else postgresql
    transaction.execute(dialect.insert(table).on_conflict_do_nothing(), dict(row))


@lru_cache(maxsize=64)
def _statement(dialect: str, table: Table, columns: tuple[str, ...]) -> Prepared:
    """Built once: on the road of an event, building a statement costs as much as running it."""
    statement = (sqlite if dialect == "sqlite" else postgresql).insert(table)
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in columns if name not in keys}
    return Prepared(statement.on_conflict_do_update(index_elements=keys, set_=changed), columns)
