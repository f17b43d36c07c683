"""The judgement of what is derived accepts what the server stores and rejects each seeded alteration of it."""

import copy
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dokodemo.actions import observe
from dokodemo.app import create_app
from dokodemo.domain.events import written
from tests.device import Google, TestDevice
from tests.faults.derived import judge, tables_of
from tests.installation import build
from tests.people import add_person

Tables = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """A database in which everything happened once: a day, a silence, a gap, a fork, a refused event, a move."""
    folder: Path = tmp_path_factory.mktemp("good")
    url = f"sqlite:///{folder}/dokodemo.db"
    installation = build(url, folder, google=Google())
    app = create_app(installation.services, installation.config)
    add_person(installation)
    one = TestDevice(installation, app)
    one.bind()
    began = installation.clock()
    one.record("started", how="login")
    installation.clock.move(minutes=20)
    one.record("place_declared", place="home")
    installation.clock.move(minutes=20)
    one.record("away", since=written(installation.clock() - timedelta(minutes=10)))
    one.record("away")  # refused
    one.send(1)
    installation.clock.move(minutes=10)
    assert observe.write_silences(installation.services, began) == 1
    one.beat()
    installation.clock.move(minutes=1)
    one.record("back")
    for _ in range(2):
        one.record("locked")
    one.send(7, first_kept=7)
    one.send(7, prev_head="A" * 43)  # a fork
    other = TestDevice(installation, app)
    other.bind()
    other.events.append(one.events[0] | {"carried_over": f"{one.binding_id}/1"})  # held there already: not folded twice
    other.record("unlocked", carried_over=f"{one.binding_id}/2")  # another one than the old journal holds there
    installation.clock.move(minutes=3)
    other.record("locked")
    other.record("ended", how="recovered")
    other.send(1)
    installation.clock.move(minutes=10)
    assert observe.write_silences(installation.services, began) == 1
    installation.services.database.close()
    return {name: list(rows) for name, rows in tables_of(url).items()}


def test_what_the_server_stores_is_accepted(good: Tables) -> None:
    assert {"silent", "heard"} <= {row["kind"] for row in good["observations"]}
    assert len(good["gaps"]) == 1
    assert len(good["sessions"]) >= 2
    assert len(good["segments"]) >= 3
    assert judge(good) == []


Change = Callable[[Tables], Any]

BAD: dict[str, tuple[str, Change]] = {
    "a session begins a second earlier": ("I6", lambda t: _later(t["sessions"][0], "started_at", -1)),
    "a session ends a second later": ("I6", lambda t: _later(_ended(t), "ended_at", 1)),
    "a session was left out": ("I6", lambda t: t["sessions"].pop()),
    "a session stands twice": ("I6", lambda t: t["sessions"].append(dict(t["sessions"][-1], n=99))),
    "an edge is known better than it is": ("I6", lambda t: _ended(t).update(end_known="google")),
    "a segment is longer": ("I6", lambda t: _later(t["segments"][0], "ended_at", 60)),
    "a segment is of another state": ("I6", lambda t: t["segments"][0].update(state="asleep")),
    "a segment is at another place": ("I6", lambda t: t["segments"][-1].update(place="field")),
    "a segment was left out": ("I6", lambda t: t["segments"].pop(0)),
    "the fold forgot its offset": ("I6", lambda t: t["journals"][0]["reading"].update(offset=1)),
    "the fold counts another session": ("I6", lambda t: t["journals"][0]["reading"].update(n=9)),
    "an event is lost below the reading": ("I6", lambda t: _without(t, "events", "place_declared")),
    "an observation is lost below the reading": ("I6", lambda t: _without(t, "observations", "silent")),
    "an entry was taken out": ("I9", lambda t: t["audit"].pop(1)),
    "the last entry was taken out": ("I9", lambda t: t["audit"].pop()),
    "an entry says something else": ("I9", lambda t: t["audit"][0].update(payload={"reason": "nothing"})),
    "an entry has another time": ("I9", lambda t: _later(t["audit"][0], "at", 1)),
    "an entry has another author": ("I9", lambda t: t["audit"][0].update(actor="operator")),
    "a binding without an entry": ("I9", lambda t: t["bindings"].append(dict(t["bindings"][0]))),
    "a revocation without an entry": ("I9", lambda t: t["bindings"][0].update(status="revoked")),
    "a fork without an entry": (
        "I9",
        lambda t: [row.update(forked_at=row["open_since"] or True) for row in t["journals"]],
    ),
}


def test_a_carried_over_event_counts_once_and_another_one_under_its_number_does_too(good: Tables) -> None:
    carried = [row for row in good["events"] if b"carried_over" in row["text"]]
    assert [row["effective_at"] is None for row in sorted(carried, key=lambda row: row["seq"])] == [True, False]


def _later(row: dict[str, Any], name: str, seconds: int) -> None:
    row[name] += timedelta(seconds=seconds)


def _ended(tables: Tables) -> dict[str, Any]:
    return next(row for row in tables["sessions"] if row["ended_at"] is not None)


def _without(tables: Tables, name: str, kind: str) -> None:
    tables[name] = [row for row in tables[name] if row["kind"] != kind]


@pytest.mark.parametrize("name", BAD)
def test_an_alteration_is_found(good: Tables, name: str) -> None:
    invariant, change = BAD[name]
    bad = copy.deepcopy(good)
    change(bad)
    assert invariant in {violation.invariant for violation in judge(bad)}
