"""One database behind a URL: how transactions begin, wait, fail and are tried again.

SQLite: one writing connection behind a lock, every write transaction BEGIN IMMEDIATE, WAL and synchronous=FULL. A
lock is fair and short where SQLite's own busy handler sleeps with growing pauses (p99 104 ms against 1,050 ms).
PostgreSQL: a pool, READ COMMITTED with locked rows; whoever lost a race (a serialization failure, a deadlock, a row that
somebody else inserted first) is tried again.
"""

import random
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from dokodemo.domain.errors import ErrorCode, UnavailableError
from dokodemo.store import Transaction
from dokodemo.store.prepared import execute

Result = TypeVar("Result")

SAFE_SQLITE = (3, 51, 3)  # below it WAL databases with several connections can be damaged (WAL-reset bug)
# serialization_failure, deadlock_detected, unique_violation: another transaction was first, so look again and decide.
RETRIED = {"40001", "40P01", "23505"}
ATTEMPTS = 8
KEPT_GLANCES = 8  # SQLite connections that wait for the next single SELECT
# PostgreSQL connections of one process: 10 for transactions, 6 for single SELECTs; six processes stay below the 97 that
# its default of 100 leaves. A burst queues for them; what waits longer than this meets a database that does not answer.
POOLED_TRANSACTIONS = 10
POOLED_GLANCES = 6
QUEUE_SECONDS = 4
SQLITE_ERROR = 1


def sqlite_module() -> ModuleType:
    """The SQLite library to use: Python's own when it is recent enough, else the one that pysqlite3 brings."""
    if sqlite3.sqlite_version_info >= SAFE_SQLITE:
        return sqlite3
    import pysqlite3.dbapi2

    module: ModuleType = pysqlite3.dbapi2
    return module


class Database:
    """All transactions of one installation's database."""

    def __init__(self, url: str, *, pool_size: int = POOLED_TRANSACTIONS) -> None:
        self.url = make_url(url)
        self.dialect = self.url.get_backend_name()
        self._writing = threading.Lock()
        self._writer: Connection | None = None  # SQLite's one writing connection, kept between transactions
        self._glances: deque[Connection] = deque()
        if self.dialect == "sqlite":
            self.engine = _sqlite_engine(url, pool_size)
        else:
            self.engine = _postgresql_engine(url, pool_size)
            self._at_once = _postgresql_engine(url, POOLED_GLANCES, isolation_level="AUTOCOMMIT",
                                               skip_autocommit_rollback=True)  # fmt: skip

    def write(self, work: Callable[[Transaction], Result], *, single: bool = False) -> Result:
        """Run ``work`` in one write transaction, COMMIT, and give its result.

        ``single``: it is one statement, which PostgreSQL commits by itself, in one trip instead of three.
        ``work`` may run more than once (PostgreSQL, RETRIED), so it has no side effect but through its transaction.
        Raises ``UnavailableError`` when the database cannot be reached or does not answer in time.
        """
        with unavailable_as_refusal():
            if self.dialect == "sqlite":
                with self._writing:
                    return self._write_sqlite(work)
            for attempt in range(ATTEMPTS):
                try:
                    with (self._at_once if single else self.engine).connect() as connection:
                        return _committed(connection, work)
                except DBAPIError as error:
                    if getattr(error.orig, "sqlstate", None) not in RETRIED or attempt == ATTEMPTS - 1:
                        raise
                time.sleep(random.uniform(0, 0.01 * 2**attempt))
            raise AssertionError("unreachable")

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A transaction that only reads and sees one state of the database."""
        with unavailable_as_refusal(), self.engine.connect() as connection:
            if self.dialect == "sqlite":
                execute(connection, "BEGIN")
            try:
                yield connection
            finally:
                connection.rollback()

    @contextmanager
    def snapshot(self) -> Iterator[Transaction]:
        """As ``read``, and on PostgreSQL too every statement sees the state that the first one saw."""
        with self.read() as connection:
            if self.dialect != "sqlite":
                execute(connection, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield connection

    @contextmanager
    def glance(self) -> Iterator[Transaction]:
        """For one SELECT, which needs no transaction to see one state: cheaper than ``read`` on both databases."""
        with unavailable_as_refusal():
            if self.dialect != "sqlite":
                with self._at_once.connect() as connection:
                    yield connection
                return
            try:
                connection = self._glances.pop()
            except IndexError:
                connection = self.engine.connect()
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
            if len(self._glances) < KEPT_GLANCES:
                self._glances.append(connection)
            else:
                connection.close()

    def _write_sqlite(self, work: Callable[[Transaction], Result]) -> Result:
        writer = self._writer or self.engine.connect()
        self._writer = None
        try:
            execute(writer, "BEGIN IMMEDIATE")
            result = work(writer)
            execute(writer, "COMMIT")  # for SQLAlchemy one transaction goes on for ever, which spares its bookkeeping
        except BaseException:
            writer.close()  # whatever it was, nothing of it reaches the next transaction
            raise
        self._writer = writer
        return result

    def close(self) -> None:
        """Give all connections back; on SQLite the WAL is folded into the file."""
        with self._writing:
            if self._writer is not None:
                self._writer.close()
                self._writer = None
        while self._glances:
            self._glances.pop().close()
        if self.dialect != "sqlite":
            self._at_once.dispose()
        self.engine.dispose()


def _committed(connection: Transaction, work: Callable[[Transaction], Result]) -> Result:
    try:
        result = work(connection)
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return result


@contextmanager
def unavailable_as_refusal() -> Iterator[None]:
    """Say "not now" for what a retry later can cure; anything else stays the bug that it is."""
    try:
        yield
    except PoolTimeout as error:
        raise UnavailableError(ErrorCode.UNAVAILABLE, "no database connection is free", retry_after=2) from error
    except OperationalError as error:
        if getattr(error.orig, "sqlite_errorcode", None) == SQLITE_ERROR:
            raise  # SQLite's own word for a wrong statement, which PostgreSQL calls a programming error
        raise UnavailableError(ErrorCode.UNAVAILABLE, "the database does not answer", retry_after=5) from error


def _sqlite_engine(url: str, pool_size: int) -> Engine:
    engine = create_engine(
        url, module=sqlite_module(), poolclass=QueuePool, pool_size=pool_size, max_overflow=40, pool_timeout=5,
        connect_args={"timeout": 5, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where this module says so
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


def _postgresql_engine(url: str, pool_size: int, **options: Any) -> Engine:
    return create_engine(
        url, pool_size=pool_size, max_overflow=0, pool_timeout=QUEUE_SECONDS, pool_pre_ping=False, **options,
        connect_args={
            "connect_timeout": 3,
            "prepare_threshold": 1,
            "options": "-c statement_timeout=5000 -c idle_in_transaction_session_timeout=10000 -c timezone=UTC",
        },
    )
