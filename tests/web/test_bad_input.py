"""Whatever is sent: a clear 4xx with a stable code, the database as it was, no 5xx, and quickly.

Each operation of the API has one right body here; everything else is made from it. That no operation is left out is held
against the OpenAPI document, and each answer is judged by it (``conftest.py``).
"""

import copy
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from dokodemo.actions import bindings as acts
from dokodemo.app import create_app
from dokodemo.crypto import keys
from dokodemo.domain.errors import ErrorCode
from dokodemo.domain.events import written
from dokodemo.store.rows import every_table
from tests.device import Google, TestDevice
from tests.installation import Installation, build
from tests.openapi import document_of
from tests.web.bad_values import NAUGHTY, UNREADABLE, VALUES
from tests.web.city import City, found

CODES = {str(code) for code in ErrorCode}
SLOW = 1.0  # seconds of this process' own time
ORDER = "/api/v1/orders/00000000-0000-4000-8000-000000000000/result"
EMAIL = "p0@city.akagi.example"


@dataclass
class Rig:
    """The city, one bound device, one signed-in person, and what the database holds."""

    installation: Installation
    app: Flask
    city: City
    device: TestDevice
    cookie: str
    slowest: float = 0.0
    sent: int = 0
    statuses: set[int] = field(default_factory=set)

    def digest(self) -> str:
        """Everything in the database as one word."""
        digest = hashlib.sha256()
        with self.installation.services.read() as transaction:
            for name, table in sorted(every_table().tables.items()):
                rows = sorted(repr(tuple(row)) for row in transaction.execute(select(table)))
                digest.update(repr((name, rows)).encode())
        return digest.hexdigest()

    def timed(self, call: Callable[[], Any]) -> Any:
        began = time.process_time()
        answer = call()
        self.slowest = max(self.slowest, time.process_time() - began)
        self.sent += 1
        self.statuses.add(answer.status_code)
        return answer

    def signed(self, method: str, path: str, body: Any, **headers: str) -> Any:
        return self.timed(lambda: self.device.call(method, path, body, **headers))

    def public(self, method: str, path: str, body: Any, **headers: str) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} | headers
        address = (
            f"10.{self.sent // 65536 % 256}.{self.sent // 256 % 256}.1"  # a prefix of its own, else 429 says it all
        )
        return self.timed(
            lambda: self.app.test_client().open(
                path, method=method, data=raw, headers=headers, environ_base={"REMOTE_ADDR": address}
            )
        )

    def page(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        client = self.app.test_client()
        client.set_cookie("dk", self.cookie)
        headers = {"Sec-Fetch-Site": "same-origin"} | options.pop("headers", {})
        if body is not None:
            options["json"] = body
        return self.timed(lambda: client.open(path, method=method, headers=headers, **options))


@pytest.fixture
def rig(database_url: str, tmp_path: Path) -> Iterator[Rig]:
    installation = build(database_url, tmp_path, google=Google())
    city = found(installation)
    app = create_app(installation.services, installation.config)
    device = TestDevice(installation, app, email=EMAIL)
    assert device.bind().status_code == 201
    yield Rig(installation, app, city, device, city.cookie("前田 聡"))
    installation.services.database.close()


@dataclass(frozen=True)
class Operation:
    """One operation with a body that is right in every member but what it refers to."""

    method: str
    path: str
    how: str
    body: Callable[[Rig], dict[str, Any]]
    template: str = ""

    @property
    def name(self) -> str:
        return f"{self.method} {self.template or self.path} by {self.how}"


def whereabouts(rig: Rig) -> dict[str, Any]:
    now = written(rig.installation.clock())
    return {"id": str(uuid4()), "status": "field", "destination": "県庁", "back_at": now, "note": "x", "from": now,
            "until": now, "made_at": now, "for_person": None, "over": None}  # fmt: skip


def batch(rig: Rig) -> dict[str, Any]:
    event = {"seq": 1, "at": written(rig.installation.clock()), "kind": "started", "how": "login"}
    return {"first_seq": 1, "prev_head": rig.device.key.keyid, "first_kept": 1, "alive": True,
            "sent_at": written(rig.installation.clock()), "events": [event]}  # fmt: skip


OPERATIONS = [
    Operation("POST", "/api/v1/bindings/challenge", "public",
              lambda rig: {"public_key": keys.jwk_of_point(keys.new_key().point)}),
    Operation("POST", "/api/v1/bindings", "signed",
              lambda rig: rig.device.binding_body("x", device={"serial": "s", "directory_id": "d"}, replaces=None,
                                                  verified_access_response=None)),
    Operation("POST", "/api/v1/events", "signed", batch),
    Operation("POST", "/api/v1/settings/results", "signed",
              lambda rig: {"revision": [1, 0], "results": [{"key": "portal.links", "state": "applied", "detail": "x"}]}),
    Operation("POST", ORDER, "signed", lambda rig: {"state": "done", "detail": "x"}, "/api/v1/orders/{order_id}/result"),
    Operation("PUT", "/api/v1/acknowledgements", "signed",
              lambda rig: {"document": "notice", "version": 1, "at": written(rig.installation.clock())}),
    Operation("PUT", "/api/v1/whereabouts", "signed", whereabouts),
    Operation("PUT", "/api/v1/whereabouts", "page", whereabouts),
]  # fmt: skip

# PostgreSQL takes less than SQLite (no NUL in a text, no integer above its column): what one database decides, it decides.
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # where no database takes part
operations = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something can be put instead: every member and element, and the body itself."""
    yield path
    if isinstance(value, dict):
        for name, each in value.items():
            yield from places(each, (*path, name))
    elif isinstance(value, list):
        for n, each in enumerate(value):
            yield from places(each, (*path, n))


def replaced(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    changed = copy.deepcopy(body)
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return changed


def without(body: Any, path: tuple[Any, ...]) -> Any:
    changed = copy.deepcopy(body)
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return changed


def is_clear(answer: Any) -> bool:
    """A refusal that says what is wrong, and nothing of the inside."""
    said = answer.get_data(as_text=True)
    return (
        answer.mimetype == "application/problem+json"
        and answer.get_json()["code"] in CODES
        and "Traceback" not in said
        and "sqlalchemy" not in said.lower()
    )


@on_sqlite
def test_no_operation_with_a_body_is_left_out(rig: Rig) -> None:
    documented = {
        f"{method.upper()} {path}"
        for path, item in document_of(rig.app).document["paths"].items()
        for method, operation in item.items()
        if method != "parameters" and "requestBody" in operation
    }
    assert documented == {f"{each.method} {each.template or each.path}" for each in OPERATIONS}


@on_sqlite
@operations
def test_what_is_no_i_json_is_unreadable_and_moves_nothing(rig: Rig, operation: Operation) -> None:
    before = rig.digest()

    def send(raw: bytes) -> Any:
        if operation.how == "page":
            return rig.page(operation.method, operation.path, data=raw, content_type="application/json")
        kind = {"Content-Type": "application/json"}
        return getattr(rig, operation.how)(operation.method, operation.path, raw, **kind)

    for name, raw in UNREADABLE.items():
        answer = send(raw)
        assert (answer.status_code, answer.json["code"]) == (400, "unreadable"), name
        assert is_clear(answer), name
    assert rig.digest() == before
    assert rig.slowest < SLOW


@on_sqlite
@operations
def test_another_type_coding_or_size_is_refused_by_its_own_code(rig: Rig, operation: Operation) -> None:
    before = rig.digest()
    body = json.dumps(operation.body(rig)).encode()
    large = body[:-1] + b',"x":"' + b"x" * 140_000 + b'"}'

    def send(raw: bytes, **headers: str) -> Any:
        if operation.how == "page":
            kind = headers.pop("Content-Type", "application/json")
            return rig.page(operation.method, operation.path, data=raw, content_type=kind, headers=headers)
        return getattr(rig, operation.how)(operation.method, operation.path, raw, **headers)

    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"):
        answer = send(body, **{"Content-Type": kind})
        assert (answer.status_code, answer.json["code"]) == (415, "content_type"), kind
    for coding in ("gzip", "br", "identity", "x"):
        answer = send(body, **{"Content-Encoding": coding})
        assert (answer.status_code, answer.json["code"]) == (415, "content_encoding"), coding
    answer = send(large)
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")
    assert rig.digest() == before


@operations
def test_no_value_anywhere_breaks_an_operation(rig: Rig, operation: Operation) -> None:
    body = operation.body(rig)
    bad = [(path, name, replaced(body, path, value)) for path in places(body) for name, value in VALUES.items()]
    bad += [(path, "left out", without(body, path)) for path in places(body) if path]
    assert len(bad) >= 80
    refused = 0
    before = rig.digest()
    for path, name, changed in bad:
        answer = getattr(rig, operation.how)(operation.method, operation.path, changed)
        assert answer.status_code < 500, (path, name, answer.text)
        if answer.status_code >= 400:
            assert is_clear(answer), (path, name)
            refused += 1
        after = rig.digest()
        assert answer.status_code < 300 or after == before, (path, name, answer.status_code)
        before = after
    assert refused >= len(bad) // 4
    assert rig.slowest < SLOW


def test_no_word_of_a_new_device_breaks_its_binding(rig: Rig) -> None:
    members = (
        "directory_id",
        "serial",
        "asset_id",
        "annotated_location",
        "hostname",
        "model",
        "os_version",
        "platform",
    )
    for name, value in VALUES.items():
        device = TestDevice(rig.installation, rig.app, email=EMAIL)
        nonce = acts.challenge(rig.installation.services, keys.jwk_of_point(device.key.point))
        body = device.binding_body(nonce, device=dict.fromkeys(members, value))
        before = rig.digest()
        answer = rig.timed(partial(device.call, "POST", "/api/v1/bindings", body))
        assert answer.status_code in {201, 413, 422}, (name, answer.text)
        assert answer.status_code == 201 or rig.digest() == before, name
    assert {201, 422} <= rig.statuses


@on_postgresql
def test_nobody_is_led_to_an_error_either(rig: Rig) -> None:
    rig.cookie = "no such session"
    for address in ADDRESSES["GET"]:
        for text in (NAUGHTY["nul"], NAUGHTY["markup"], NAUGHTY["surrogate pair"]):
            path = address.replace("{}", quote(text, safe=""))
            assert rig.page("GET", path, headers={"Accept": "text/html"}).status_code < 500, path


NEVER = "00000000-0000-4000-8000-000000000000"
ADDRESSES: dict[str, list[str]] = {
    "GET": [
        "/search?q={}", "/sign-in?to={}", "/sign-in?issuer={}", "/sign-in/callback?state={}&code={}",
        "/sign-in/callback?error={}", "/board/{}", "/api/v1/board?unit={}", "/api/v1/board?unit=020300&since={}",
        "/people/{}/day/2026-11-24", f"/people/{NEVER}/day/{{}}", "/audit?tag={}", "/audit?from={}&until={}",
        "/audit?before={}", "/audit?verify={}", "/extension/{}.crx", "/static/{}", "/{}", "/api/v1/{}", "/?to={}",
    ],
    "POST": ["/sign-in", "/sign-out", "/language", "/audit/export", "/audit/verify"],
}  # fmt: skip
DATES = (
    "0001-01-01",
    "9999-12-31",
    "2026-02-30",
    "2026-W10-1",
    "20261124",
    "-2026-11-24",
    "2026-11-24T00:00",
    "0000-00-00",
)
FIELDS = ("to", "issuer", "language", "tag", "from", "until", "before", "q")
NUMBERS = ("-1", "0", "1e9", "99999999999999999999", "１２", "0x10", "9223372036854775808", "999999999999999")


def texts() -> list[str]:
    return [text for text in NAUGHTY.values() if len(text) < 4000] + [*DATES, *NUMBERS]


@on_postgresql
@pytest.mark.parametrize("address", ADDRESSES["GET"])
def test_no_address_breaks_a_page(rig: Rig, address: str) -> None:
    before = rig.digest()
    for n, text in enumerate(texts()):
        path = address.replace("{}", quote(text, safe=""))
        answer = rig.page("GET", path, headers={"Accept": "text/html" if n % 4 else "application/json"})
        assert answer.status_code < 500, path
        assert "a=b" not in str(answer.headers.get_all("Set-Cookie"))  # NAUGHTY["newline in a header"]
    after = rig.digest()
    assert after == before or "sign-in" in address  # a sign-in that begins is kept until it comes back
    assert rig.slowest < SLOW


@on_postgresql
@pytest.mark.parametrize("address", ADDRESSES["POST"])
def test_no_field_of_a_form_breaks_a_page(rig: Rig, address: str) -> None:
    for text in texts():
        answer = rig.page("POST", address, data=dict.fromkeys(FIELDS, text), headers={"Accept": "text/html"})
        assert answer.status_code < 500, (address, text)
        answer.close()
    for raw in UNREADABLE.values():
        answer = rig.page("POST", address, data=raw, content_type="application/x-www-form-urlencoded")
        assert answer.status_code < 500
        answer = rig.page("POST", address, data=raw, content_type="multipart/form-data; boundary=x")
        assert answer.status_code < 500
    assert rig.slowest < SLOW


@on_sqlite
def test_headers_that_mean_nothing_break_no_door(rig: Rig) -> None:
    odd = ["", "x" * 8000, "\xff\xfe", "dokodemo=()", '"', ";", "=", "%00", "𠮷".encode().decode("latin-1")]
    names = ("Signature", "Signature-Input", "Content-Digest", "If-None-Match", "Accept-Language", "Sec-Fetch-Site",
             "Origin", "Cookie", "Range", "Accept", "Authorization", "X-Forwarded-For", "Content-Length")  # fmt: skip
    client = rig.app.test_client()
    for path in ("/api/v1/settings", "/api/v1/events", "/today", "/healthz", "/api/v1/board?unit=020300"):
        for name in names:
            for value in odd:
                method = "POST" if path.endswith("events") else "GET"
                answer = client.open(path, method=method, headers={name: value})
                assert answer.status_code < 500, (path, name, value)
                signed = rig.signed(method, path, {} if method == "POST" else None, **{name: value})
                assert signed.status_code < 500, (path, name, value)
