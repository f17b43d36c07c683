"""The OpenAPI document is valid and complete, and the judgement of answers by it can fail."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, jsonify
from openapi_spec_validator import validate

from dokodemo.app import create_app
from dokodemo.domain.errors import ErrorCode
from dokodemo.web.auth import guard
from tests.architecture.sources import ROOT
from tests.installation import build
from tests.openapi import UNDOCUMENTED, JudgingClient, faults_of, templated


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    installation = build(sqlite_url, tmp_path)
    yield create_app(installation.services, installation.config)
    installation.services.database.close()


@pytest.fixture
def document(app: Flask) -> Any:
    return app.test_client().get("/api/openapi.json").get_json()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield f"{method.upper()} {path}", operation


def schemas(value: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    """Every schema of the document, however deep."""
    if isinstance(value, list):
        for n, each in enumerate(value):
            yield from schemas(each, f"{where}/{n}")
        return
    if not isinstance(value, dict):
        return
    for name, each in value.items():
        place = f"{where}/{name}"
        if name in {"schema", "items", "additionalProperties"}:
            yield place, each
        elif name in {"properties", "schemas"} and isinstance(each, dict):
            yield from ((f"{place}/{member}", schema) for member, schema in each.items())
        yield from schemas(each, place)


def says_nothing(schema: Any) -> bool:
    """Whether every JSON value fits."""
    if isinstance(schema, bool):
        return False  # `additionalProperties: true` is a decision
    return not set(schema) & {"type", "$ref", "enum", "anyOf", "oneOf", "allOf", "const"}


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_no_schema_is_empty(document: dict[str, Any]) -> None:
    found = list(schemas(document))
    assert len(found) > 100
    assert [] == [where for where, schema in found if says_nothing(schema)]


def test_an_empty_schema_is_found() -> None:
    bad = {"components": {"schemas": {"A": {"properties": {"value": {"description": "anything"}}}}}}
    assert any(says_nothing(schema) for _, schema in schemas(bad))


def test_every_door_of_the_api_is_documented(app: Flask, document: dict[str, Any]) -> None:
    doors = {
        f"{method} {templated(rule)}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/") and rule.rule not in UNDOCUMENTED
    }
    assert len(doors) >= 8
    assert doors == {name for name, _ in operations(document)}


def test_every_operation_says_what_it_does_and_how_it_refuses(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        assert operation.get("summary"), name
        statuses = set(operation["responses"])
        assert statuses & {"200", "201", "202", "204"}, name
        assert "503" in statuses, f"{name}: every door reads the database"
        if "requestBody" in operation:
            assert {"400", "413", "415"} <= statuses, name
        for status in statuses:
            if status >= "400":
                response = operation["responses"][status]
                assert list(response["content"]) == ["application/problem+json"], f"{name} {status}"


def test_every_answer_of_an_operation_with_a_body_has_a_schema(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        for status, response in operation["responses"].items():
            if status in {"204", "304"}:
                assert not response.get("content"), f"{name} {status}"
            else:
                assert all("schema" in each for each in response["content"].values()), f"{name} {status}"


def test_the_codes_of_the_document_of_the_docs_and_of_the_program_are_the_same(document: dict[str, Any]) -> None:
    codes = [str(code) for code in ErrorCode]
    assert sorted(codes) == sorted(document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"])
    text = (ROOT / "docs/protocol.md").read_text("utf-8")
    table = text[text.index("| code | status |") :].partition("\n\n")[0]
    assert sorted(codes) == sorted(re.findall(r"^\| `([a-z_]+)` \|", table, re.MULTILINE))


def test_the_table_of_codes_gives_the_status_that_the_document_gives(document: dict[str, Any]) -> None:
    """A code that the docs call a 409 is not documented as possible where no operation answers 409."""
    documented = {status for _, operation in operations(document) for status in operation["responses"]}
    assert {"400", "401", "403", "404", "409", "413", "415", "422", "429", "503"} <= documented


def judged(app: Flask, body: bytes, status: int, content_type: str) -> list[str]:
    return faults_of(app, "/api/v1/bindings/challenge", "POST", status, content_type, body)


GOOD = {"nonce": "abc", "expires_in": 300}


def test_an_answer_that_fits_is_accepted(app: Flask) -> None:
    assert judged(app, json.dumps(GOOD).encode(), 200, "application/json") == []


@pytest.mark.parametrize(
    ("body", "status", "content_type"),
    [
        (GOOD, 201, "application/json"),  # a status that nobody documented
        (GOOD, 200, "text/html"),
        ({"nonce": "abc"}, 200, "application/json"),
        (GOOD | {"expires_in": "300"}, 200, "application/json"),
        ({"type": "about:blank", "title": "x", "status": 422, "code": "no_such_code"}, 422, "application/problem+json"),
        ({"type": "about:blank", "title": "x", "status": 422, "code": "invalid"}, 422, "application/json"),
        ({"title": "x", "status": 422, "code": "invalid"}, 422, "application/problem+json"),
        ({}, 500, "application/problem+json"),
    ],
)
def test_an_answer_that_differs_from_the_document_is_found(
    app: Flask, body: dict[str, Any], status: int, content_type: str
) -> None:
    assert judged(app, json.dumps(body).encode(), status, content_type)


def test_a_door_that_the_document_does_not_know_is_found(app: Flask) -> None:
    app.add_url_rule("/api/v1/forgotten", "forgotten", guard("public")(lambda: jsonify({})))
    with pytest.raises(AssertionError, match="is not documented"):
        app.test_client().get("/api/v1/forgotten")


def test_the_clients_of_this_folders_tests_judge(app: Flask) -> None:
    assert isinstance(app.test_client(), JudgingClient)
    app.view_functions["bindings.challenge"] = guard("public")(lambda: Response("{}", content_type="application/json"))
    with pytest.raises(AssertionError, match="nonce"):
        app.test_client().post("/api/v1/bindings/challenge", json={})


def test_a_path_that_does_not_exist_is_refused_with_a_problem(app: Flask) -> None:
    answer = app.test_client().get("/api/v1/nothing")
    assert (answer.status_code, answer.get_json()["code"]) == (404, "not_found")
    answer = app.test_client().get("/api/v1/events")
    assert (answer.status_code, answer.get_json()["code"]) == (405, "method_not_allowed")
