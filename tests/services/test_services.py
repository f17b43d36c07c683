"""What the other tests stand on: databases are separate, Redis is empty, a Chromebook obeys its policy."""

import os
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg
import pytest
import redis
from cryptography.hazmat.primitives.asymmetric import rsa

from dokodemo.crypto.crx import extension_id, pack
from tests.services.chromium import Device, force_installed
from tests.services.link import Link
from tests.services.postgresql import PostgreSQL
from tests.services.programs import until
from tests.services.redis_server import RedisServer
from tests.services.xvfb import Screen

WORKER = """
chrome.runtime.onMessage.addListener((message, sender, answer) => { answer({heard: message}); });
chrome.storage.local.get({starts: 0}).then(({starts}) => chrome.storage.local.set({starts: starts + 1}));
chrome.idle.setDetectionInterval(15);
fetch("SERVER/started");
"""
MANIFEST = """{"manifest_version": 3, "name": "probe", "version": "1.0.0",
 "background": {"service_worker": "worker.js"}, "permissions": ["idle", "storage"],
 "storage": {"managed_schema": "schema.json"}}"""
SCHEMA = '{"type": "object", "properties": {"place": {"type": "string"}}}'


class Web:
    """A server that offers a small extension and remembers what was asked of it."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                web.asked.append(self.path)
                kind, body = web.answers.get(self.path.partition("?")[0], ("text/plain", b"ok"))
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.extension_id = extension_id(key)
        folder.mkdir()
        for name, text in (("manifest.json", MANIFEST), ("schema.json", SCHEMA), ("worker.js", WORKER)):
            (folder / name).write_text(text.replace("SERVER", self.url))
        crx = pack(folder, key=key, update_url=f"{self.url}/update.xml", host_permissions=[f"{self.url}/*"])
        update = (
            "<?xml version='1.0'?><gupdate xmlns='http://www.google.com/update2/response' protocol='2.0'>"
            f"<app appid='{self.extension_id}'><updatecheck codebase='{self.url}/probe.crx' version='1.0.0'/></app>"
            "</gupdate>"
        )
        self.answers = {
            "/update.xml": ("text/xml", update.encode()), "/probe.crx": ("application/x-chrome-extension", crx),
        }
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    made = Web(tmp_path / "probe")
    yield made
    made.server.shutdown()
    made.server.server_close()


def rows(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def test_each_test_has_a_database_of_its_own(postgresql: PostgreSQL, postgres_url: str) -> None:
    rows(postgres_url, "CREATE TABLE mine (n int)")
    other = postgresql.fresh()
    assert [("mine",)] == rows(postgres_url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert [] == rows(other, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    postgresql.drop(other)


def test_a_template_is_prepared_once_and_copied(postgresql: PostgreSQL) -> None:
    prepared: list[str] = []

    def prepare(url: str) -> None:
        prepared.append(url)
        rows(url, "CREATE TABLE ready (n int)")

    copies = [postgresql.fresh("with a table", prepare=prepare) for _ in range(3)]
    assert 1 == len(prepared)
    assert [[(0,)]] * 3 == [rows(copy, "SELECT count(*) FROM ready") for copy in copies]


def test_a_durable_postgresql_keeps_committed_rows_through_kill_9() -> None:
    cluster = PostgreSQL(durable=True)
    try:
        url = cluster.start().fresh()
        rows(url, "CREATE TABLE kept (n int)")
        rows(url, "INSERT INTO kept VALUES (7)")
        cluster.kill()
        with pytest.raises(psycopg.OperationalError):
            rows(url, "SELECT n FROM kept")
        cluster.start()
        assert [(7,)] == rows(url, "SELECT n FROM kept")
    finally:
        cluster.stop()


def test_redis_is_handed_over_empty(redis_server: RedisServer, redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert [] == client.keys()
        client.set("left", "behind")
        redis_server.flush()
        assert [] == client.keys()


def test_a_cut_link_refuses_and_a_mended_one_carries_again(web: Web) -> None:
    link = Link(("127.0.0.1", web.server.server_address[1]))

    def fetched() -> bytes:
        with urllib.request.urlopen(f"{link.url}/x", timeout=5) as answer:
            body: bytes = answer.read()
            return body

    assert b"ok" == fetched()
    link.cut()
    with pytest.raises(urllib.error.URLError):
        fetched()
    link.mend()
    assert b"ok" == fetched()
    link.close()


def test_two_chromebooks_obey_two_policies(web: Web, device: Callable[..., Device]) -> None:
    devices = [device(name, extension_id=web.extension_id) for name in ("desk", "branch")]
    for each in devices:
        managed = {"place": each.folder.name}
        each.policy(force_installed(web.extension_id, f"{web.url}/update.xml", managed))
        each.start()
    for each in devices:
        def arrived(each: Device = each) -> bool:
            return bool(each.evaluate("() => chrome.storage.managed.get()") == {"place": each.folder.name})

        until(arrived, f"managed storage of {each.folder.name}", seconds=30, pause=0.2)
        assert ("ja", "Asia/Tokyo") == tuple(
            each.evaluate("() => [navigator.language, Intl.DateTimeFormat().resolvedOptions().timeZone]")
        )


def test_a_killed_worker_and_a_killed_browser_start_again_with_their_storage(
    web: Web, device: Callable[..., Device]
) -> None:
    laptop = device("laptop", extension_id=web.extension_id)
    laptop.policy(force_installed(web.extension_id, f"{web.url}/update.xml", {}))
    laptop.start()

    def starts() -> int:
        count: int = laptop.evaluate("async () => (await chrome.storage.local.get({starts: 0})).starts")
        return count

    until(lambda: starts() == 1, "the worker has started")
    laptop.kill_worker()
    assert {"heard": "wake"} == laptop.send("wake")
    until(lambda: starts() == 2, "the worker has started again")
    laptop.kill()
    laptop.start()
    until(lambda: starts() == 3, "the browser has started again")


def test_a_browser_with_nobody_attached_runs_the_extension_and_ends(web: Web, device: Callable[..., Device]) -> None:
    laptop = device("laptop", extension_id=web.extension_id)
    laptop.policy(force_installed(web.extension_id, f"{web.url}/update.xml", {}))
    with laptop.alone() as browser:
        until(lambda: "/started" in web.asked, "the extension has started", seconds=30)
        assert browser.poll() is None
    with pytest.raises(ProcessLookupError):
        os.kill(browser.pid, 0)


def test_on_a_real_screen_an_untouched_chromebook_is_idle_until_it_is_touched(
    web: Web, device: Callable[..., Device], screen: Screen
) -> None:
    laptop = device("laptop", extension_id=web.extension_id, screen=screen)
    laptop.policy(force_installed(web.extension_id, f"{web.url}/update.xml", {}))
    laptop.start()

    def state() -> object:
        return laptop.evaluate("() => chrome.idle.queryState(15)")

    screen.touch("mousemove", "100", "100")
    until(lambda: state() == "active", "active after a touch", pause=0.2)
    until(lambda: state() == "idle", "idle after 15 s", seconds=30, pause=0.5)
    screen.touch("mousemove", "300", "300")
    until(lambda: state() == "active", "active again", pause=0.2)
