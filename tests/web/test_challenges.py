"""POST /api/v1/bindings/challenge, row by row of PROTOCOL sections 1 and 7."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from dokodemo.app import create_app
from dokodemo.crypto import keys
from dokodemo.domain import base64url
from dokodemo.store.rows.devices import challenges
from tests.installation import Installation, build


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    built = build(database_url, tmp_path)
    yield built
    built.services.database.close()


@pytest.fixture
def app(installation: Installation) -> Flask:
    return create_app(installation.services, installation.config)


def rows(installation: Installation) -> list[dict[str, Any]]:
    with installation.services.read() as transaction:
        return [dict(row) for row in transaction.execute(select(challenges)).mappings()]


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["code"]


def test_a_challenge_is_a_nonce_for_five_minutes(installation: Installation, app: Flask) -> None:
    key = keys.new_key()
    answer = app.test_client().post("/api/v1/bindings/challenge", json={"public_key": keys.jwk_of_point(key.point)})
    assert answer.status_code == 200
    body: Any = answer.json
    assert body["expires_in"] == 300
    assert len(base64url.decode(body["nonce"])) >= 16
    (row,) = rows(installation)
    assert row["expires_at"] - installation.clock() == timedelta(minutes=5)
    assert bytes(row["thumbprint"]) == keys.thumbprint(key.point)


@pytest.mark.parametrize(
    "change",
    [
        {"kty": "RSA"}, {"kty": None}, {"crv": "P-384"}, {"x": "AAAA"}, {"x": None}, {"y": 5}, {"x": "é" * 43},
        {"x": base64url.encode(b"\1" * 32)}, {"d": base64url.encode(b"\2" * 32)},
    ],
)  # fmt: skip
def test_a_key_that_is_none_is_refused(
    installation: Installation, app: Flask, change: dict[str, Any], caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    jwk = keys.jwk_of_point(keys.new_key().point) | change
    answer = app.test_client().post("/api/v1/bindings/challenge", json={"public_key": jwk})
    assert refused(answer) == (422, "public_key_invalid")
    assert rows(installation) == []
    if "d" in change:
        said = answer.text + caplog.text + "".join(capfd.readouterr())
        assert change["d"] not in said


def test_a_key_without_a_type_is_no_key(app: Flask) -> None:
    answer = app.test_client().post("/api/v1/bindings/challenge", json={"public_key": {"x": "A"}})
    assert refused(answer) == (422, "public_key_invalid")


def test_further_members_of_a_key_are_ignored(app: Flask) -> None:
    jwk: dict[str, Any] = keys.jwk_of_point(keys.new_key().point)
    jwk |= {"ext": True, "key_ops": ["verify"]}
    assert app.test_client().post("/api/v1/bindings/challenge", json={"public_key": jwk}).status_code == 200


def test_ten_challenges_of_a_key_may_be_open(installation: Installation, app: Flask) -> None:
    jwk = keys.jwk_of_point(keys.new_key().point)
    client = app.test_client()
    for _ in range(10):
        assert client.post("/api/v1/bindings/challenge", json={"public_key": jwk}).status_code == 200
    answer = client.post("/api/v1/bindings/challenge", json={"public_key": jwk})
    assert refused(answer) == (429, "too_many_requests")
    assert int(answer.headers["Retry-After"]) >= 1
    installation.clock.move(minutes=5, seconds=1)
    assert client.post("/api/v1/bindings/challenge", json={"public_key": jwk}).status_code == 200


def test_sixty_challenges_a_minute_of_one_address_prefix(app: Flask) -> None:
    client = app.test_client()

    def ask(address: str) -> Any:
        jwk = keys.jwk_of_point(keys.new_key().point)
        return client.post(
            "/api/v1/bindings/challenge", json={"public_key": jwk}, environ_base={"REMOTE_ADDR": address}
        )

    assert [ask(f"203.0.113.{n}").status_code for n in range(60)] == [200] * 60
    answer = ask("203.0.113.200")
    assert refused(answer) == (429, "too_many_requests")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert ask("203.0.114.1").status_code == 200
    assert ask("2001:db8::1").status_code == 200
