"""No address is kept: requests through a trusted hop leave nothing of the caller's address anywhere.

A real serving process (with PostgreSQL and Redis also a worker) answers requests of every kind, good, bad and broken.
Then every byte that it wrote is searched: database and WAL, a dump, Redis, logs, metrics, answers.
"""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
import redis
from sqlalchemy import select, text

from dokodemo.crypto import keys, signatures
from dokodemo.crypto.signatures import SignedRequest
from dokodemo.store import bindings, networks
from dokodemo.store.engine import Database
from dokodemo.store.rows.journals import observations
from dokodemo.store.schema import migrate
from tests.device import TestDevice
from tests.people import add_person
from tests.services.programs import free_port, start, stop, until
from tests.services.redis_server import RedisServer
from tests.web.addresses import files_below, found, spellings

ROOT = Path(__file__).parents[2]
FOUR, SIX = "203.0.113.77", "2001:db8::77"
DIRECT = "127.113.77.203"  # a connection that comes through no hop
SEARCHED = (FOUR, SIX, DIRECT)
# Wider than what is searched for, so that the table itself holds none of it.
TABLE = [{"cidr": "203.0.0.0/16", "place": "branch", "site": "北部支所"},
         {"cidr": "2001:d00::/24", "place": "home", "site": ""}]  # fmt: skip
TOKEN = "metrics-token-of-this-test"


@dataclass
class Caller(TestDevice):
    """A device that speaks real HTTP, as if behind the hop that names its address."""

    __test__ = False
    port: int = 0
    heard: list[bytes] = field(default_factory=list)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        request = SignedRequest(method, f"127.0.0.1:{self.port}", path, None, {}, raw)
        sent = signatures.sign(self.key, request, int(datetime.now(UTC).timestamp()))
        sent |= {"content-type": "application/json"} if raw else {}
        return self.plain(method, path, raw, **{**sent, **headers})

    def plain(self, method: str, path: str, raw: bytes = b"", **headers: str) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, raw or None, {"X-Forwarded-For": self.address, **headers})
        answer = connection.getresponse()
        said = answer.read()
        self.heard += [said, str(answer.headers).encode()]
        connection.close()
        return SimpleNamespace(status_code=answer.status, content=said)


@dataclass
class Place:
    """A running installation and everything that it writes."""

    url: str
    port: int
    folder: Path
    dumps: Callable[[], dict[str, bytes]]


@contextmanager
def served(url: str, redis_url: str | None, tmp_path: Path, dumps: Callable[[], dict[str, bytes]]) -> Iterator[Place]:
    folder = tmp_path / "installation"
    folder.mkdir()
    (folder / "token").write_text(TOKEN)
    port = free_port()
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "DOKODEMO_DATABASE_URL": url, "DOKODEMO_DATA_DIR": str(folder),
        "DOKODEMO_PUBLIC_URL": f"http://127.0.0.1:{port}", "DOKODEMO_TRUSTED_PROXIES": "1",
        "DOKODEMO_METRICS_TOKEN_FILE": str(folder / "token"),
    } | ({"DOKODEMO_REDIS_URL": redis_url} if redis_url else {})  # fmt: skip
    commands = [["serve", "--bind", f"127.0.0.1:{port}"]] + ([["worker"]] if redis_url else [])
    running = []
    for command in commands:
        with (folder / f"{command[0]}.log").open("wb") as log:
            whole = [sys.executable, "-m", "dokodemo", *command]
            running.append(start(whole, output=log, env=environment, cwd=ROOT))
    try:
        until(lambda: answers(port), "it serves", seconds=60)
        yield Place(url, port, folder, dumps)
    finally:
        for process in running:
            stop(process, signal.SIGTERM)


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "sqlite":
        url, redis_url = f"sqlite:///{tmp_path}/installation/dokodemo.db", None

        def dumps() -> dict[str, bytes]:
            return {}
    else:
        url, redis_url = request.getfixturevalue("postgres_url"), request.getfixturevalue("redis_url")
        server: RedisServer = request.getfixturevalue("redis_server")
        cluster = request.getfixturevalue("postgresql")

        def dumps() -> dict[str, bytes]:
            return {"pg_dump": dumped(url), "redis": everything_in(server), "postgres log":
                    (cluster.folder / "log").read_bytes()}  # fmt: skip

    with (
        served(url, redis_url, tmp_path, dumps)
        if request.param == "sqlite"
        else _migrated(url, redis_url, tmp_path, dumps) as made
    ):
        yield made


@contextmanager
def _migrated(url: str, redis_url: str | None, tmp_path: Path, dumps: Any) -> Iterator[Place]:
    database = Database(url)
    migrate(database)
    database.close()
    with served(url, redis_url, tmp_path, dumps) as made:
        yield made


def dumped(url: str) -> bytes:
    tool = shutil.which("pg_dump")
    assert tool
    plain = url.replace("postgresql+psycopg", "postgresql")
    return subprocess.run([tool, plain], capture_output=True, check=True).stdout


def everything_in(server: RedisServer) -> bytes:
    with redis.Redis(port=server.port) as client:
        client.config_set("rdbcompression", "no")
        names = list(client.scan_iter())
        assert names  # what devices said is there
        return b"\n".join(name + b" " + (client.dump(name) or b"") for name in names)


def bound(place: Place, address: str) -> Caller:
    """A device whose key is bound already: signing in would need an issuer by https."""
    database = Database(place.url)
    clock = SimpleNamespace(write=database.write)
    holder: Any = SimpleNamespace(services=clock, clock=lambda: datetime.now(UTC))
    device = Caller(holder, None, address=address, port=place.port)  # type: ignore[arg-type]
    person_id = add_person(holder, f"{uuid4()}@city.akagi.example")
    columns = {
        "id": uuid4(), "thumbprint": keys.thumbprint(device.key.point), "public_key": device.key.point,
        "person_id": person_id, "device_id": None, "trust": "unmanaged", "status": "active",
        "extension_version": None, "replaces": None, "created_at": datetime.now(UTC),
    }  # fmt: skip
    database.write(lambda transaction: bindings.append(transaction, **columns))
    database.close()
    return device


def seen_places(url: str) -> set[str]:
    database = Database(url)
    with database.read() as transaction:
        seen = set(transaction.execute(select(observations.c.place)).scalars())
    database.close()
    return seen


def speak(device: Caller) -> set[int]:
    """Every kind of request: right ones, refused ones, unreadable ones, pages, sockets. The statuses."""
    device.record("started", how="login")
    device.record("away")  # goes to quarantine
    jwk = keys.jwk_of_point(device.key.point)
    said = [
        device.plain("POST", "/api/v1/bindings/challenge", json.dumps({"public_key": jwk}).encode(),
                     **{"content-type": "application/json"}),
        device.send(1),
        device.call("POST", "/api/v1/events", device.batch(1) | {"prev_head": "A" * 43}),  # a fork, kept as evidence
        device.beat(),
        device.call("GET", "/api/v1/settings"),
        device.call("POST", "/api/v1/settings/results", {"revision": [1, 0], "results": []}),
        device.call("PUT", "/api/v1/whereabouts", {"id": str(uuid4()), "status": "home",
                                                   "made_at": "2026-11-24T00:00:00.000Z"}),
        device.call("POST", "/api/v1/socket-tickets"),
        device.call("POST", "/api/v1/bindings", device.binding_body("no such nonce")),
        device.call("POST", "/api/v1/events", b"{"),
        device.call("POST", "/api/v1/nothing", {}),
        device.call("POST", "/api/v1/events", b" " * 140_000),
        device.plain("GET", "/sign-in?to=/today"),
        device.plain("GET", "/sign-in/callback?state=x&code=y"),
        device.plain("GET", "/today", Accept="text/html"),
        device.plain("POST", "/sign-out", Origin="http://elsewhere.example"),
        device.plain("GET", "/socket.io/?EIO=4&transport=polling"),
        device.plain("GET", "/socket.io/?EIO=4&transport=websocket", Upgrade="websocket"),
        device.plain("GET", "/metrics"),
    ]  # fmt: skip
    said += [device.plain("POST", "/api/v1/bindings/challenge", json.dumps({"public_key": jwk}).encode(),
                          **{"content-type": "application/json"}) for _ in range(12)]  # fmt: skip
    return {answer.status_code for answer in said}


def break_a_reading(place: Place, device: Caller) -> int:
    """Make the server fail in the middle of this device's next request; the status."""
    database = Database(place.url)
    spoil = text("UPDATE journals SET reading = '{spoilt'")
    database.write(lambda transaction: transaction.execute(spoil))
    database.close()
    return int(device.send(1).status_code)


def garbage(port: int) -> None:
    """What is no HTTP, from a connection of its own source address: the server itself refuses it."""
    for raw in (b"\x16\x03\x01\x02\x00\x01\x00", b"GET / HTTP/9.9\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
                b"GET / HTTP/1.1\r\nBad Header : x\r\n\r\n"):  # fmt: skip
        with socket.create_connection(("127.0.0.1", port), timeout=5, source_address=(DIRECT, 0)) as connection:
            connection.sendall(raw)
            connection.settimeout(5)
            try:
                connection.recv(4096)
            except OSError:
                continue


def test_of_an_address_nothing_is_left_anywhere(place: Place) -> None:
    if place.url.startswith("sqlite"):
        until((place.folder / "dokodemo.db").exists, "the database is there")
    database = Database(place.url)
    database.write(lambda transaction: networks.replace(transaction, TABLE))
    database.close()
    devices = [bound(place, address) for address in (FOUR, SIX)]
    for device in devices:
        statuses = speak(device)
        assert {200, 202, 400, 401, 404, 413, 429} <= statuses
        assert not [status for status in statuses if status >= 500]
    garbage(place.port)
    # The address did its work, else this test would prove nothing.
    assert {"branch", "home"} <= seen_places(place.url)
    assert [break_a_reading(place, device) for device in devices] == [500, 500]
    metrics = devices[0].plain("GET", "/metrics", Authorization=f"Bearer {TOKEN}")
    assert metrics.status_code == 200
    time.sleep(0.2)
    held = files_below(place.folder) | place.dumps() | {"metrics": metrics.content}
    held |= {f"answers to {device.address}": b"\n".join(device.heard) for device in devices}
    names = " ".join(held)
    assert "serve.log" in names
    assert b"request_failed" in held["serve.log"]
    assert "dokodemo.db-wal" in names if place.url.startswith("sqlite") else "pg_dump" in names
    assert found(SEARCHED, held) == []


@pytest.mark.parametrize("address", [FOUR, SIX])
def test_each_spelling_is_found_where_it_lies(address: str) -> None:
    every = list(spellings(address))
    assert len({needle for _, needle in every}) >= 12
    for how, needle in every:
        assert [line for line in found([address], {"log": b"before " + needle + b" after"}) if how in line]


def test_an_address_in_a_database_is_found(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/x.db")
    migrate(database)
    rows = [{"cidr": f"{FOUR}/32", "place": "desk", "site": ""}]
    database.write(lambda transaction: networks.replace(transaction, rows))
    assert any("as text" in line for line in found([FOUR], files_below(tmp_path)))
    database.close()
