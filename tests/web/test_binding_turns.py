"""Bindings of one process are written one after the other, and nobody waits for ever."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from dokodemo.actions import bindings
from dokodemo.app import create_app
from tests.at_once import at_once
from tests.device import Google, TestDevice
from tests.installation import Installation, build
from tests.people import add_person


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    built = build(database_url, tmp_path, google=Google())
    add_person(built)
    yield built
    built.services.database.close()


def test_who_waits_too_long_for_a_turn_is_asked_to_come_again(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bindings, "TURN_SECONDS", 0.05)
    device = TestDevice(installation, create_app(installation.services, installation.config))
    body = device.binding_body(device.challenge())
    with bindings._turn:
        answer = device.call("POST", "/api/v1/bindings", body)
    assert (503, "unavailable", "2") == (answer.status_code, answer.json["code"], answer.headers["Retry-After"])
    assert 201 == device.call("POST", "/api/v1/bindings", body).status_code


def test_twenty_at_once_are_all_bound_and_the_turn_is_free_again(installation: Installation) -> None:
    app = create_app(installation.services, installation.config)
    devices = [TestDevice(installation, app) for _ in range(20)]
    bodies = [device.binding_body(device.challenge()) for device in devices]
    answers = at_once(
        [partial(device.call, "POST", "/api/v1/bindings", body) for device, body in zip(devices, bodies, strict=True)]
    )
    assert [201] * 20 == [answer.status_code for answer in answers]
    assert not bindings._turn.locked()
