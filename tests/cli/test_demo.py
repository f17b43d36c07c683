"""`make demo` as a newcomer meets it: one command, links that work, gone within ten seconds."""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

ROLES = ["staff", "section head", "personnel", "IT"]


class Demo:
    """A running demo, started as a script's background job would be: with SIGINT ignored."""

    def __init__(self, folder: Path, *, keep: bool = False) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dokodemo", "demo", "--data-dir", str(folder)],
            env={**os.environ, "PORT": str(self.port), "KEEP": "1" if keep else "0"},
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),  # noqa: PLW1509 - as a shell does it
        )  # fmt: skip
        self.links: dict[str, str] = {}
        assert self.process.stdout is not None
        for line in self.process.stdout:
            cells = line.rstrip("\n").split("\t")
            if len(cells) == 4:
                self.links[cells[0]] = cells[3]
            if len(self.links) == len(ROLES):
                break

    def stop(self, how: signal.Signals) -> float:
        """Seconds until it is gone."""
        begun = time.monotonic()
        self.process.send_signal(how)
        self.process.wait(15)
        return time.monotonic() - begun


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    running = Demo(tmp_path_factory.mktemp("demo"))
    yield running
    if running.process.poll() is None:
        running.stop(signal.SIGTERM)


def browser() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))


def test_it_prints_a_link_for_each_role(demo: Demo) -> None:
    assert list(demo.links) == ROLES


@pytest.mark.parametrize("role", ROLES)
def test_a_link_walks_the_real_sign_in_to_a_page_once_and_then_to_the_choice_of_a_person(demo: Demo, role: str) -> None:
    with browser().open(demo.links[role]) as answer:
        page = answer.read().decode("utf-8")
    assert answer.url.endswith("/board/020300" if role == "section head" else "/today")
    assert "デモの市の時刻" in page
    with browser().open(demo.links[role]) as answer:
        assert "/issuer/" in answer.url
        assert answer.status == 200


def test_readiness_says_what_stands(demo: Demo) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{demo.port}/readyz") as answer:
        assert json.load(answer) == {"database": True, "live": True}


def test_an_interrupt_ends_everything_within_ten_seconds(tmp_path: Path) -> None:
    own = Demo(tmp_path / "demo")
    assert own.stop(signal.SIGINT) < 10
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", own.port)) != 0


def asked(folder: Path, question: str) -> list[tuple[int, ...]]:
    """What the demo's database answers while it may be written."""
    with contextlib.closing(sqlite3.connect(f"file:{folder}/dokodemo.db?mode=ro", uri=True, timeout=30)) as database:
        return database.execute(question).fetchall()


def test_a_second_start_with_keep_goes_on_with_the_same_devices(tmp_path: Path) -> None:
    def until(bound: int, keep: bool) -> list[tuple[int, ...]]:
        running = Demo(tmp_path, keep=keep)
        deadline = time.monotonic() + 120
        while asked(tmp_path, "SELECT count(*) FROM bindings")[0][0] < bound:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert running.stop(signal.SIGTERM) < 10
        return asked(tmp_path, "SELECT hex(id) FROM bindings")

    first = until(60, keep=False)
    later = until(len(first) + 60, keep=True)
    assert set(first) < set(later)
    twice = "SELECT count(*) FROM bindings GROUP BY device_id, person_id HAVING count(*) > 1"
    assert [] == asked(tmp_path, twice)  # the past days' keys come after today's
    assert [(0,)] == asked(tmp_path, "SELECT count(*) FROM orders WHERE kind = 'rebind'")
    started = "SELECT count(*) FROM events WHERE kind = 'started' GROUP BY journal_id HAVING count(*) > 1"
    assert [] == asked(tmp_path, started)
