"""Statements of the roads that every device walks each minute: made into text once, run on the driver's own cursor.

SQLAlchemy's execution costs several times what the statement itself costs on these roads. What it knows of types and
dialects is used here too, but once: the SQL text, the order of its parameters, how values go in and come out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ClauseElement, Dialect, Select
from sqlalchemy.exc import DBAPIError

from dokodemo.store import Transaction

Converter = Callable[[Any], Any]
Parameters = Mapping[str, Any]


class _Text:
    """One statement in the words of one dialect."""

    def __init__(self, statement: ClauseElement, dialect: Dialect, names: Sequence[str] | None) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=list(names) if names is not None else None)
        self.sql = str(compiled)
        self._positions: list[str] | None = list(compiled.positiontup) if compiled.positional else None
        binds = {compiled.bind_names[bind]: bind for bind in compiled.bind_names}
        self._constants = {name: bind.value for name, bind in binds.items() if not bind.required}
        self._into = [(name, _into(bind.type, dialect)) for name, bind in binds.items()]
        self.out: list[tuple[int, Converter]] = []
        if isinstance(statement, Select):
            columns = enumerate(statement.selected_columns)
            found = [(n, _out(column.type, dialect)) for n, column in columns]
            self.out = [(n, convert) for n, convert in found if convert is not None]

    def values(self, parameters: Parameters) -> Any:
        """The parameters as the driver takes them."""
        given = {**self._constants, **parameters} if self._constants else parameters
        into = {name: given[name] if convert is None else convert(given[name]) for name, convert in self._into}
        return [into[name] for name in self._positions] if self._positions is not None else into


class Asked:
    """A SELECT that was sent. Its rows are read once, after the end of the ``one_trip`` in which it was."""

    def __init__(self, cursor: Any, out: Sequence[tuple[int, Converter]]) -> None:
        self._cursor = cursor
        self._out = out

    def rows(self) -> list[list[Any]]:
        """All rows, their values as their columns give them."""
        rows = [list(row) for row in self._cursor.fetchall()]
        self._cursor.close()
        for position, convert in self._out:
            for row in rows:
                row[position] = convert(row[position])
        return rows

    def first(self) -> list[Any] | None:
        """The first row, None when there is none."""
        rows = self.rows()
        return rows[0] if rows else None


class Prepared:
    """A statement with named parameters. ``names``: the columns of an INSERT without VALUES."""

    def __init__(self, statement: ClauseElement, names: Sequence[str] | None = None) -> None:
        self._statement = statement
        self._names = names
        self._texts: dict[str, _Text] = {}

    def ask(self, transaction: Transaction, parameters: Parameters) -> "Asked":
        """Send a SELECT now and read its rows later: inside ``one_trip`` several go to PostgreSQL together."""
        text = self._text(transaction.dialect)
        if not transaction.in_transaction():
            transaction.begin()
        cursor: Any = transaction.connection.cursor()
        try:
            cursor.execute(text.sql, text.values(parameters))
        except transaction.dialect.loaded_dbapi.Error as error:
            raise _as_sqlalchemys(transaction, error, cursor, text.sql) from error
        return Asked(cursor, text.out)

    def first(self, transaction: Transaction, parameters: Parameters) -> list[Any] | None:
        """The first row of a SELECT, its values as their columns give them; None when there is none."""
        text = self._text(transaction.dialect)
        row = execute(transaction, text.sql, text.values(parameters), fetch=True)
        if row is None:
            return None
        values = list(row)
        for position, convert in text.out:
            values[position] = convert(values[position])
        return values

    def all(self, transaction: Transaction, parameters: Parameters) -> list[list[Any]]:
        """All rows of a SELECT, as ``first`` gives one."""
        text = self._text(transaction.dialect)
        with _cursor(transaction, text.sql) as cursor:
            rows = [list(row) for row in cursor.execute(text.sql, text.values(parameters)).fetchall()]
        for position, convert in text.out:
            for row in rows:
                row[position] = convert(row[position])
        return rows

    def run(self, transaction: Transaction, *rows: Parameters) -> None:
        """Run it for each of these parameters."""
        if not rows:
            return
        text = self._text(transaction.dialect)
        with _cursor(transaction, text.sql) as cursor:
            if len(rows) == 1:
                cursor.execute(text.sql, text.values(rows[0]))
            else:
                cursor.executemany(text.sql, [text.values(parameters) for parameters in rows])

    def _text(self, dialect: Dialect) -> _Text:
        text = self._texts.get(dialect.name)
        if text is None:
            text = self._texts[dialect.name] = _Text(self._statement, dialect, self._names)
        return text


def execute(transaction: Transaction, sql: str, values: Any = (), *, fetch: bool = False) -> Any:
    """Run SQL on the driver's cursor and give its first row; what it raises is what SQLAlchemy would have raised."""
    with _cursor(transaction, sql) as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone() if fetch else None


@contextmanager
def _cursor(transaction: Transaction, sql: str) -> Iterator[Any]:
    if not transaction.in_transaction():
        transaction.begin()  # else its commit would have nothing to commit
    cursor: Any = transaction.connection.cursor()
    try:
        yield cursor
    except transaction.dialect.loaded_dbapi.Error as error:
        raise _as_sqlalchemys(transaction, error, cursor, sql) from error
    finally:
        cursor.close()


@contextmanager
def one_trip(transaction: Transaction) -> Iterator[None]:
    """What is ``run`` and ``ask``ed inside goes to PostgreSQL together, in this order, and is answered at the end.

    Only for statements of this module. An error of any of them is raised at the end.
    """
    if transaction.dialect.name != "postgresql":
        yield
        return
    driver: Any = transaction.connection.driver_connection
    try:
        with driver.pipeline():
            yield
    except transaction.dialect.loaded_dbapi.Error as error:
        raise _as_sqlalchemys(transaction, error, None, "(several statements)") from error


def _as_sqlalchemys(transaction: Transaction, error: Any, cursor: Any, sql: str) -> Any:
    """The driver's error as SQLAlchemy raises it, after the same care for a lost connection."""
    dialect = transaction.dialect
    lost = dialect.is_disconnect(error, transaction.connection.driver_connection, cursor)
    if lost:
        transaction.invalidate(error)
    return DBAPIError.instance(
        sql, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, connection_invalidated=lost,
        dialect=dialect,
    )  # fmt: skip


def _into(kind: Any, dialect: Dialect) -> Converter | None:
    convert: Converter | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return convert


def _out(kind: Any, dialect: Dialect) -> Converter | None:
    convert: Converter | None = kind.dialect_impl(dialect).result_processor(dialect, None)
    return convert
