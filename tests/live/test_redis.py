"""What is true of the shared state in Redis alone: it may be lost, slow, wiped or damaged at any moment."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from redis import Redis

from dokodemo.live import Change, Contact, LiveLostError
from dokodemo.live.breaker import Breaker
from dokodemo.live.redis import RedisLive
from tests.services.programs import until
from tests.services.redis_server import RedisServer

NOW = datetime(2026, 11, 24, tzinfo=UTC)
SATO, JOURNAL = UUID(int=1), UUID(int=9)


@pytest.fixture
def server() -> Iterator[RedisServer]:
    """One of our own, because it is killed."""
    made = RedisServer().start()
    yield made
    made.stop()


@pytest.fixture
def live(server: RedisServer) -> Iterator[RedisLive]:
    made = RedisLive(server.url)
    yield made
    made.close()


def works(live: RedisLive) -> bool:
    with contextlib.suppress(LiveLostError):
        live.announce(Change("settings"))
        return True
    return False


def test_two_processes_share_facts_changes_tickets_and_replays(live: RedisLive, server: RedisServer) -> None:
    other = RedisLive(server.url)
    cursor = other.cursor()
    live.put(SATO, "a", {"state": "active"})
    assert {SATO: {"a": {"state": "active"}}} == other.facts_of([SATO])
    assert other.wait(cursor, 5) == (live.cursor(), [Change("person", str(SATO))])
    live.put_ticket("t", {"a": 1}, NOW + timedelta(seconds=30))
    assert {"a": 1} == other.take_ticket("t", NOW)
    assert [True] == live.contact([Contact(b"1" * 32)], NOW)
    assert [False] == other.contact([Contact(b"1" * 32)], NOW)


def test_of_two_processes_that_fill_at_once_the_later_does_not_bring_older_facts_back(
    live: RedisLive, server: RedisServer
) -> None:
    other = RedisLive(server.url)
    assert not live.filled()
    assert not other.filled()
    old = {SATO: {"a": {"state": "active"}}}
    live.fill(old)
    live.put(SATO, "a", {"state": "locked"})
    other.fill(old)
    assert {SATO: {"a": {"state": "locked"}}} == other.facts_of([SATO])
    assert other.filled()


def test_while_redis_is_gone_every_method_says_so_without_waiting(live: RedisLive, server: RedisServer) -> None:
    live.announce(Change("settings"))
    server.kill()
    calls: list[Callable[[], object]] = [
        lambda: live.put(SATO, "a", {}), lambda: live.facts_of([SATO]), lambda: live.announce(Change("settings")),
        live.cursor, lambda: live.wait("x.1", 10), live.filled, lambda: live.fill({}), lambda: live.heard(JOURNAL, NOW),
        live.contacts, lambda: live.contact([Contact(b"")], NOW), lambda: live.put_ticket("t", {}, NOW),
        lambda: live.take_ticket("t", NOW),
    ]
    began = time.monotonic()
    for _ in range(100):
        for call in calls:
            with pytest.raises(LiveLostError):
                call()
    assert time.monotonic() - began < 1


def test_a_redis_that_swallows_requests_costs_one_time_out_a_second(live: RedisLive, server: RedisServer) -> None:
    live.heard(JOURNAL, NOW)
    assert server.process is not None
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        for _ in range(200):
            with pytest.raises(LiveLostError):
                live.heard(JOURNAL, NOW)
        assert time.monotonic() - began < 0.6
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
    until(lambda: works(live), "it is used again by itself", seconds=5)


def test_it_is_found_again_by_itself_and_begins_a_new_life(live: RedisLive, server: RedisServer) -> None:
    live.fill({SATO: {"a": {"state": "active"}}})
    cursor = live.cursor()
    server.kill()
    with pytest.raises(LiveLostError):
        live.cursor()
    server.start()
    until(lambda: works(live), "it is used again by itself", seconds=5)
    assert live.wait(cursor, 0) is None
    assert not live.filled()
    assert {} == live.facts_of([SATO])


def test_a_wiped_redis_is_noticed_by_a_reader_that_is_waiting(live: RedisLive, server: RedisServer) -> None:
    cursor = live.cursor()
    threading.Timer(0.3, server.flush).start()
    began = time.monotonic()
    assert live.wait(cursor, 20) is None
    assert time.monotonic() - began < 4


def test_a_redis_that_comes_back_with_old_memory_begins_a_new_life(live: RedisLive, server: RedisServer) -> None:
    live.fill({SATO: {"a": {"state": "active"}}})
    live.contact([Contact(b"1" * 32)], NOW)
    cursor = live.cursor()
    with Redis.from_url(server.url) as client:
        client.save()
    server.kill()
    server.start()
    with Redis.from_url(server.url) as client:
        assert client.exists("dk:life")  # it did come back
    until(lambda: works(live), "it is used again by itself", seconds=5)
    assert live.wait(cursor, 0) is None
    assert not live.filled()
    assert {} == live.facts_of([SATO])
    assert [False] == live.contact([Contact(b"1" * 32)], NOW)


def test_a_second_connection_to_the_same_redis_forgets_nothing(live: RedisLive, server: RedisServer) -> None:
    live.fill({SATO: {"a": {"state": "active"}}})
    cursor = live.cursor()
    other = RedisLive(server.url)
    assert other.filled()
    assert (cursor, []) == live.wait(cursor, 0)


@pytest.mark.parametrize("key", ["dk:life", "dk:count", "dk:changes", "dk:people", "dk:contacts", f"dk:facts:{SATO}"])
def test_keys_that_somebody_else_damaged_cost_a_new_life_and_no_more(
    live: RedisLive, server: RedisServer, key: str
) -> None:
    def use() -> None:
        live.put(SATO, "a", {"state": "active", "n": time.monotonic_ns()})
        live.heard(JOURNAL, NOW)
        live.facts_of([SATO])
        live.contacts()
        live.wait(live.cursor(), 0)
        live.fill({SATO: {"a": {"state": "active"}}})

    def used() -> bool:
        with contextlib.suppress(LiveLostError):
            use()
            return True
        return False

    use()
    with Redis.from_url(server.url) as client:
        client.delete(key)
        if key == "dk:count":
            client.set(key, "many")
        else:
            client.lpush(key, "x")
    until(used, "the damage is cleared away", seconds=5)


def test_digests_and_tickets_do_not_stay_for_ever(live: RedisLive, server: RedisServer) -> None:
    live.contact([Contact(b"1" * 32)], NOW)
    live.put_ticket("t", {}, NOW)
    with Redis.from_url(server.url) as client:
        assert 1190 < client.ttl("dk:seen:" + "31" * 32) <= 1200
        assert 0 < client.ttl("dk:ticket:t") <= 600


def test_the_breaker_lets_one_call_through_each_pause() -> None:
    at = [0.0]
    breaker = Breaker(pause=1.0, clock=lambda: at[0])
    assert breaker.lets_through()
    breaker.failed()
    assert [False] * 3 == [breaker.lets_through() for _ in range(3)]
    at[0] = 1.0
    assert [True, False] == [breaker.lets_through() for _ in range(2)]
    breaker.worked()
    assert [True] * 3 == [breaker.lets_through() for _ in range(3)]
