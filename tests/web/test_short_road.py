"""The short road answers like the long one, and leaves whatever is odd to it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dokodemo.actions import ingest
from dokodemo.app import create_app
from dokodemo.web import short_road
from tests.device import Google, TestDevice
from tests.installation import Installation, build
from tests.people import add_person

VARYING = {"content-length", "date"}


@pytest.fixture
def installation(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    built = build(sqlite_url, tmp_path, google=Google())
    add_person(built)
    yield built
    built.services.database.close()


@pytest.fixture
def chromebook(installation: Installation) -> TestDevice:
    one = TestDevice(installation, create_app(installation.services, installation.config))
    assert one.bind().status_code == 201
    return one


def long_road(chromebook: TestDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(short_road.ShortRoad, "_is_plain", lambda _self, _environ: False)


def test_both_roads_answer_with_the_same_headers_and_document(
    chromebook: TestDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    chromebook.record("started", how="login")
    short = chromebook.send(1)
    long_road(chromebook, monkeypatch)
    long = chromebook.send(1)
    assert (202, 202) == (short.status_code, long.status_code)
    assert short.json == long.json
    of = [{name.lower(): value for name, value in one.headers if name.lower() not in VARYING} for one in (short, long)]
    assert of[0] == of[1]


def test_the_short_road_is_taken_and_counted(chromebook: TestDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    def long_road_taken(*_: object) -> None:
        raise AssertionError("Flask was asked")

    with monkeypatch.context() as patched:
        patched.setattr(chromebook.app, "full_dispatch_request", long_road_taken)
        assert chromebook.beat().status_code == 202
        chromebook.record("locked")
        assert chromebook.send(1).status_code == 202
    text = chromebook.app.test_client().get("/metrics").text
    assert 'dokodemo_http_requests_total{method="POST",route="/api/v1/events",status="202"} 2.0' in text


def test_a_refusal_is_told_by_the_long_road(chromebook: TestDevice) -> None:
    answer = chromebook.call("POST", "/api/v1/events", b"{}")
    assert (400, "unreadable") == (answer.status_code, answer.json["code"])
    assert answer.content_type == "application/problem+json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_an_error_of_our_own_is_reported_with_an_id(
    chromebook: TestDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> str:
        raise RuntimeError("a bug")

    monkeypatch.setattr("dokodemo.web.answers.text_of_events", broken)
    monkeypatch.setattr("dokodemo.web.short_road.text_of_events", broken)
    chromebook.record("locked")
    answer = chromebook.send(1)
    assert (500, "internal") == (answer.status_code, answer.json["code"])
    assert answer.json["error_id"]


@pytest.mark.parametrize("headers", [{"Content-Encoding": "gzip"}, {"Content-Type": "text/plain"}])
def test_what_is_odd_is_left_to_the_long_road(chromebook: TestDevice, headers: dict[str, str]) -> None:
    body = json.dumps(chromebook.batch(1)).encode()
    assert chromebook.call("POST", "/api/v1/events", body, **headers).status_code == 415


def test_a_request_that_its_group_left_is_a_sign_of_life_all_the_same(
    installation: Installation, chromebook: TestDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise RuntimeError("the group's transaction fails")

    chromebook.record("started", how="login")
    real = ingest.receive_together

    def failing(*given: Any) -> Any:
        with monkeypatch.context() as patched:
            patched.setattr("dokodemo.store.journals.move_all", full)
            return real(*given)

    monkeypatch.setattr(ingest, "receive_together", failing)
    assert 202 == chromebook.send(1).status_code
    assert {installation.clock()} == set(installation.services.live.contacts().values())
