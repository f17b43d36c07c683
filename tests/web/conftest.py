"""Every answer of the API that a test of this folder gets is held to the OpenAPI document."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from dokodemo.actions.facts import refill
from dokodemo.app import create_app
from tests.device import Google
from tests.installation import build
from tests.openapi import JudgingClient
from tests.web.city import City, found
from tests.web.persons import Person


@pytest.fixture(autouse=True)
def answers_are_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Flask, "test_client_class", JudgingClient)


@pytest.fixture
def city(database_url: str, tmp_path: Path) -> Iterator[City]:
    installation = build(database_url, tmp_path, google=Google())
    made = found(installation)
    refill(installation.services)
    yield made
    installation.services.database.close()


@pytest.fixture
def city_app(city: City) -> Flask:
    return create_app(city.installation.services, city.installation.config)


@pytest.fixture
def signed_in(city: City, city_app: Flask) -> Any:
    client = city_app.test_client(use_cookies=False)
    return lambda name: Person(city, client, name)
