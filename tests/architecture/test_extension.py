"""The extension's doors: one module fetches, one stores, one listens; no page makes HTML out of data."""

import json
from pathlib import PurePath

import pytest

from tests.architecture.files import FETCH, HTML_FROM_DATA, LISTENER, STORAGE, code, found
from tests.architecture.sources import ROOT, of_kind

# rule → the modules in which it may stand
DOORS = {
    "fetch": (FETCH, {"extension/server.js", "extension/words.js"}),  # the second reads our own _locales
    "storage": (STORAGE, {"extension/storage.js", "extension/managed.js"}),
    "listener": (LISTENER, {"extension/service_worker.js"}),
}


def code_of(path: PurePath) -> str:
    """A module without its comments."""
    return code((ROOT / path).read_text("utf-8"))


@pytest.mark.parametrize("door", DOORS)
def test_one_module_is_the_door(door: str) -> None:
    rule, allowed = DOORS[door]
    modules = [path for path in of_kind(".js", under=("extension",)) if path.as_posix() not in allowed]
    assert modules
    assert [] == [each for path in modules for each in found(rule, path, code_of(path))]


def test_no_module_makes_html_out_of_data() -> None:
    modules = of_kind(".js", under=("extension", "kiosk_app", "server"))
    assert modules
    assert [] == [each for path in modules for each in found(HTML_FROM_DATA, path, code_of(path))]


def test_both_languages_say_everything() -> None:
    files = [path for path in of_kind(".json", under=("extension",)) if path.name == "messages.json"]
    messages = {path.parent.name: json.loads((ROOT / path).read_text("utf-8")) for path in files}
    assert {"ja", "en"} == set(messages)
    assert set(messages["ja"]) == set(messages["en"])
    assert [] == [key for key, each in messages["ja"].items() if not each["message"].strip()]


@pytest.mark.parametrize(
    ("door", "line"),
    [
        ("fetch", "const answer = await fetch(url);"), ("fetch", "self.fetch (url)"), ("fetch", "new XMLHttpRequest()"),
        ("storage", "chrome.storage.local.get()"), ("storage", "indexedDB.open('x')"),
        ("listener", "chrome.alarms.onAlarm.addListener(go)"),
    ],
)
def test_a_second_door_is_found(door: str, line: str) -> None:
    rule, _ = DOORS[door]
    assert found(rule, PurePath("x.js"), code(line))


@pytest.mark.parametrize("line", ["// fetch(url)", "/* chrome.storage.local */", "prefetch(url)", "server.fetch(x)"])
def test_a_word_in_passing_is_no_door(line: str) -> None:
    assert [] == [each for rule, _ in DOORS.values() for each in found(rule, PurePath("x.js"), code(line))]
