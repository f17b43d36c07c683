"""Every door has a guard; a door that anybody may open says why."""

from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from dokodemo.app import create_app
from dokodemo.web import auth
from tests.installation import build

# Path (a trailing * for all below it) → why nobody has to be known there. A new row is a decision: have it reviewed.
PUBLIC = {
    "/static/*": "styles, scripts and pictures of the pages; nothing of anybody",
    "/api/openapi.json": "the description of the API is part of the source",
    "/api/docs": "the same for people",
    "/api/v1/bindings/challenge": "a device that is not bound yet asks for a nonce",
    "/healthz": "a supervisor asks whether the process lives",
    "/readyz": "a load balancer asks whether it can answer",
    "/metrics": "the view itself asks for the token, or for loopback without a proxy",
    "/sign-in*": "who signs in is not known yet",
    "/": "sends to the sign-in, or on to the own day",
    "/extension/*": "Chromium fetches the extension and its update manifest without any identity",
}


def opens(path: str) -> bool:
    """Whether the table lets anybody in here."""
    return any(path.startswith(row[:-1]) if row.endswith("*") else path == row for row in PUBLIC)


def unguarded(app: Flask) -> list[str]:
    """Doors whose guard is missing or unknown."""
    with app.app_context():
        return [str(rule) for rule in app.url_map.iter_rules() if auth.guard_of(rule.endpoint) not in auth.GUARDS]


def unexpectedly_public(app: Flask) -> list[str]:
    """Doors open to anybody that the table does not name."""
    with app.app_context():
        public = [rule for rule in app.url_map.iter_rules() if auth.guard_of(rule.endpoint) == "public"]
    return [str(rule) for rule in public if not opens(rule.rule)]


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Flask:
    installation = build(sqlite_url, tmp_path)
    return create_app(installation.services, installation.config)


def test_every_door_has_a_guard(app: Flask) -> None:
    assert len(list(app.url_map.iter_rules())) > 3
    assert [] == unguarded(app)


def test_what_is_public_is_public_for_a_reason(app: Flask) -> None:
    assert [] == unexpectedly_public(app)


def test_a_door_without_a_guard_is_found_and_stays_closed(app: Flask) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "open")
    assert ["/forgotten"] == unguarded(app)
    assert 403 == app.test_client().get("/forgotten").status_code


def test_a_guard_with_a_slip_of_the_pen_is_found(app: Flask) -> None:
    app.add_url_rule("/misspelt", "misspelt", auth.guard("persom")(lambda: "open"))
    assert ["/misspelt"] == unguarded(app)


def test_a_public_door_without_a_reason_is_found(app: Flask) -> None:
    app.add_url_rule("/everybody", "everybody", auth.guard("public")(lambda: "open"))
    assert ["/everybody"] == unexpectedly_public(app)


def test_every_guard_but_one_asks_who_is_calling(app: Flask) -> None:
    """A stranger without cookie and signature passes no guarded door, whatever the method."""
    client = app.test_client()
    passed = []
    for rule, method in guarded(app):
        answer = client.open(filled(rule), method=method, json={} if method not in {"GET", "HEAD"} else None)
        signs_in = answer.status_code in {302, 303} and answer.headers["Location"].startswith("/sign-in")
        if answer.status_code not in {400, 401, 403, 404, 405, 415, 422} and not signs_in:
            passed.append(f"{method} {rule.rule}: {answer.status_code}")
    assert [] == passed


def guarded(app: Flask) -> list[tuple[Rule, str]]:
    """Each guarded door with each of its methods."""
    with app.app_context():
        rules = [rule for rule in app.url_map.iter_rules() if auth.guard_of(rule.endpoint) != "public"]
    assert rules
    return [(rule, method) for rule in rules for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]


def filled(rule: Rule) -> str:
    """A path that fits the rule: 1 for numbers, a nil UUID, "x" for the rest."""
    values = {"IntegerConverter": 1, "UUIDConverter": "00000000-0000-0000-0000-000000000000"}
    arguments = {name: values.get(type(each).__name__, "x") for name, each in rule._converters.items()}
    built = rule.build(arguments)
    assert built is not None, rule
    return built[1]
