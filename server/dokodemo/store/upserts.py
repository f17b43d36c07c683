"""Insert or replace, or insert where missing, by primary key, in the words that SQLite and PostgreSQL share."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Table, bindparam
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


def upsert_together(
    transaction: Transaction, table: Table, shared: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]
) -> None:
    """The same as one statement, for rows that have ``shared`` in common; no two may have one primary key."""
    if not rows:
        return
    parameters = {f"{name}_{n}": value for n, row in enumerate(rows) for name, value in row.items()}
    statement = _together(transaction.dialect.name, table, tuple(shared), tuple(rows[0]), len(rows))
    statement.run(transaction, {**parameters, **{f"shared_{name}": value for name, value in shared.items()}})


def insert_missing(transaction: Transaction, table: Table, row: Mapping[str, Any]) -> None:
    """Insert a row unless its primary key exists already."""
    dialect = sqlite if transaction.dialect.name == "sqlite" else postgresql
    transaction.execute(dialect.insert(table).on_conflict_do_nothing(), dict(row))


@lru_cache(maxsize=64)
def _statement(dialect: str, table: Table, columns: tuple[str, ...]) -> Prepared:
    """Built once: on the road of an event, building a statement costs as much as running it."""
    statement = (sqlite if dialect == "sqlite" else postgresql).insert(table)
    return Prepared(_replacing(statement, table, columns), columns)


def _replacing(statement: Any, table: Table, columns: tuple[str, ...]) -> Any:
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in columns if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


@lru_cache(maxsize=256)
def _together(dialect: str, table: Table, shared: tuple[str, ...], own: tuple[str, ...], count: int) -> Prepared:
    same = {name: bindparam(f"shared_{name}", type_=table.c[name].type) for name in shared}
    rows = [
        {**same, **{name: bindparam(f"{name}_{n}", type_=table.c[name].type) for name in own}} for n in range(count)
    ]
    statement = (sqlite if dialect == "sqlite" else postgresql).insert(table).values(rows)
    return Prepared(_replacing(statement, table, (*shared, *own)))
