"""Connections to PostgreSQL: a burst queues for them, and a database that is gone is told within seconds."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from dokodemo.actions import bindings
from dokodemo.crypto import keys
from dokodemo.domain.errors import ErrorCode, UnavailableError
from dokodemo.store.engine import QUEUE_SECONDS, Database
from tests.at_once import at_once
from tests.installation import Installation, build
from tests.services.postgresql import PostgreSQL


@pytest.fixture
def narrow(postgres_url: str) -> Iterator[Database]:
    """A process with one connection for transactions."""
    database = Database(postgres_url, pool_size=1)
    yield database
    database.close()


@pytest.fixture
def cluster() -> Iterator[PostgreSQL]:
    """A PostgreSQL of this test's own, to be killed."""
    one = PostgreSQL(durable=True)
    yield one.start()
    one.stop()


@pytest.fixture
def installation(cluster: PostgreSQL, tmp_path: Path) -> Iterator[Installation]:
    built = build(cluster.fresh(), tmp_path)
    yield built
    built.services.database.close()


def sleeping(database: Database, seconds: float) -> Callable[[], int]:
    def work() -> int:
        statement = text("SELECT 1 FROM (SELECT pg_sleep(:seconds)) AS slept")
        slept: int = database.write(
            lambda transaction: transaction.execute(statement, {"seconds": seconds}).scalar_one()
        )
        return slept

    return work


def test_a_burst_queues_and_nobody_is_refused(narrow: Database) -> None:
    began = time.monotonic()
    assert [1] * 30 == at_once([sleeping(narrow, 0.09)] * 30)
    assert time.monotonic() - began > 2.5  # one after the other


def test_who_has_queued_for_seconds_is_told_to_come_again(narrow: Database) -> None:
    holder = threading.Thread(target=sleeping(narrow, QUEUE_SECONDS + 0.8))  # below the time-out of a statement
    holder.start()
    time.sleep(0.2)
    began = time.monotonic()
    with pytest.raises(UnavailableError) as refusal:
        narrow.write(lambda transaction: transaction.execute(text("SELECT 1")))
    assert QUEUE_SECONDS - 0.5 < time.monotonic() - began < QUEUE_SECONDS + 2
    assert (ErrorCode.UNAVAILABLE, 2) == (refusal.value.code, refusal.value.fields["retry_after"])
    holder.join()
    assert 1 == sleeping(narrow, 0)()


def test_a_database_that_is_gone_refuses_at_once_and_is_used_again_when_it_is_back(
    installation: Installation, cluster: PostgreSQL
) -> None:
    services = installation.services
    public_key = keys.jwk_of_point(keys.new_key().point)
    bindings.challenge(services, public_key)
    sleeping(services.database, 0)()
    cluster.kill()
    began = time.monotonic()
    for _ in range(3):
        for ask in (lambda: bindings.challenge(services, public_key), sleeping(services.database, 0)):
            with pytest.raises(UnavailableError):
                ask()
    assert time.monotonic() - began < 5
    cluster.start()
    assert bindings.challenge(services, public_key)
    assert 1 == sleeping(services.database, 0)()
