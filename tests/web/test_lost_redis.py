"""Redis may go at any moment: devices lose nothing by it, and nobody waits for it."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from dokodemo.app import create_app
from dokodemo.live.redis import RedisLive
from dokodemo.store.rows.journals import events
from tests.device import Google, TestDevice
from tests.installation import Installation, build
from tests.services.redis_server import RedisServer
from tests.settled import put, settle


@pytest.fixture
def server() -> Iterator[RedisServer]:
    """One of our own, because it is killed."""
    made = RedisServer().start()
    yield made
    made.stop()


@pytest.fixture
def installation(sqlite_url: str, tmp_path: Path, server: RedisServer) -> Iterator[Installation]:
    built = build(sqlite_url, tmp_path, live=RedisLive(server.url), google=Google())
    settle(built)
    yield built
    built.services.live.close()
    built.services.database.close()


@pytest.fixture
def chromebook(installation: Installation) -> TestDevice:
    one = TestDevice(installation, create_app(installation.services, installation.config))
    assert one.bind().status_code == 201
    return one


def kept(installation: Installation) -> Any:
    with installation.services.read() as transaction:
        return transaction.execute(select(func.count()).select_from(events)).scalar()


def test_without_redis_devices_are_answered_in_full_and_at_once(
    installation: Installation, chromebook: TestDevice, server: RedisServer
) -> None:
    chromebook.record("started", how="login")
    assert 202 == chromebook.send(1).status_code
    server.kill()
    began = time.monotonic()
    for number in range(20):
        chromebook.record("locked" if number % 2 == 0 else "unlocked")
        answer = chromebook.send(len(chromebook.events))
        assert (202, len(chromebook.events) + 1) == (answer.status_code, answer.json["next_seq"])
        installation.clock.move(seconds=30)
        assert 202 == chromebook.beat().status_code
    put(installation, "display.text_size", 20)
    answer = chromebook.call("GET", "/api/v1/settings")
    assert (200, 20) == (answer.status_code, answer.json["values"]["display.text_size"]["value"])
    assert 21 == kept(installation)
    assert time.monotonic() - began < 10


def test_when_redis_is_back_it_is_used_again_by_itself(
    installation: Installation, chromebook: TestDevice, server: RedisServer
) -> None:
    server.kill()
    chromebook.record("started", how="login")
    assert 202 == chromebook.send(1).status_code
    server.start()
    time.sleep(1.1)
    installation.clock.move(seconds=60)
    assert 202 == chromebook.beat().status_code
    assert [installation.clock()] == list(installation.services.live.contacts().values())


def test_a_wiped_redis_costs_no_answer(
    installation: Installation, chromebook: TestDevice, server: RedisServer
) -> None:
    chromebook.record("started", how="login")
    assert 202 == chromebook.send(1).status_code
    server.flush()
    chromebook.record("locked")
    assert 202 == chromebook.send(2).status_code
    assert 2 == kept(installation)
