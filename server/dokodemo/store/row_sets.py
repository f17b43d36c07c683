"""Many rows in one statement: read by their ids, inserted, changed.

PostgreSQL gets rows as one JSON value, which it makes rows of itself (``json_to_recordset``): one parameter to convert
and one statement to plan, however many rows there are. SQLite has no trip to spare; there its driver repeats a
statement of one row.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, JSON, Column, Select, Table, Text, any_, bindparam, cast, column, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from dokodemo.store import Transaction
from dokodemo.store.prepared import Prepared

Row = Mapping[str, Any]

KEY = "key_"  # of the row to change, beside its columns


class ByIds:
    """A SELECT of those rows whose ``key`` is one of many."""

    def __init__(self, statement: Select[Any], key: Column[UUID]) -> None:
        listed = select(func.unhex(column("value"))).select_from(func.json_each(bindparam("ids")))
        self._sqlite = Prepared(statement.where(key.in_(listed)))
        self._postgresql = Prepared(statement.where(key == any_(bindparam("ids", type_=ARRAY(key.type)))).order_by(key))

    def all(self, transaction: Transaction, ids: Sequence[UUID]) -> list[list[Any]]:
        """The rows that exist; on PostgreSQL in the order of their ids, so that two who lock cannot wait for each other."""
        if transaction.dialect.name == "sqlite":
            return self._sqlite.all(transaction, {"ids": json.dumps([one.hex for one in ids])})
        return self._postgresql.all(transaction, {"ids": ids})


def insert_rows(transaction: Transaction, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows of equal columns."""
    _run(transaction, _insertion, table, rows, replaces=False)


def upsert_rows(transaction: Transaction, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows of equal columns and different keys; where the primary key exists the other columns are replaced."""
    _run(transaction, _insertion, table, rows, replaces=True)


def update_rows(transaction: Transaction, table: Table, rows: Sequence[Row]) -> None:
    """Change rows of a table whose key is one column: its value as ``KEY``, beside the columns that change."""
    _run(transaction, _change, table, rows)


def _run(transaction: Transaction, made: Any, table: Table, rows: Sequence[Row], **how: bool) -> None:
    if not rows:
        return
    dialect = transaction.dialect.name
    statement: Prepared = made(dialect, table, tuple(rows[0]), **how)
    if dialect == "postgresql":
        statement.run(transaction, {"rows": _json(rows)})
    else:
        statement.run(transaction, *rows)


@lru_cache(maxsize=64)
def _insertion(dialect: str, table: Table, names: tuple[str, ...], *, replaces: bool) -> Prepared:
    statement: Any = (sqlite if dialect == "sqlite" else postgresql).insert(table)
    if dialect == "postgresql":
        given = _given(table, names)
        statement = statement.from_select(names, select(*(given.c[name] for name in names)))
    if replaces:
        keys = [key.name for key in table.primary_key]
        changed = {name: statement.excluded[name] for name in names if name not in keys}
        statement = statement.on_conflict_do_update(index_elements=keys, set_=changed)
    return Prepared(statement, None if dialect == "postgresql" else names)


@lru_cache(maxsize=64)
def _change(dialect: str, table: Table, names: tuple[str, ...]) -> Prepared:
    [key] = table.primary_key
    changing = [name for name in names if name != KEY]
    if dialect == "postgresql":
        given = _given(table, names)
        statement = update(table).values({name: given.c[name] for name in changing}).where(key == given.c[KEY])
    else:
        statement = update(table).values({name: bindparam(name) for name in changing}).where(key == bindparam(KEY))
    return Prepared(statement)


def _given(table: Table, names: Sequence[str]) -> Any:
    """The rows of the parameter as a table of these columns."""
    [key, *_] = table.primary_key
    columns = [column(name, key.type if name == KEY else table.c[name].type) for name in names]
    rows = func.json_to_recordset(cast(bindparam("rows", type_=Text()), JSON()))
    return rows.table_valued(*columns, name="given").render_derived(with_types=True)


def _json(rows: Sequence[Row]) -> str:
    """What a column of documents gets is the text that ``columns.Document`` would make of it."""
    return json.dumps(rows, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)


def _plain(value: object) -> str:
    match value:
        case bytes():
            return "\\x" + value.hex()
        case UUID():
            return str(value)
        case datetime():
            if value.tzinfo is None:
                raise ValueError("a naive datetime cannot be stored")
            return value.isoformat()
        case _:
            raise TypeError(f"no column takes a {type(value).__name__}")
