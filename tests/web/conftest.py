"""Every answer of the API that a test of this folder gets is held to the OpenAPI document."""

import pytest
from flask import Flask

from tests.openapi import JudgingClient


@pytest.fixture(autouse=True)
def answers_are_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Flask, "test_client_class", JudgingClient)
