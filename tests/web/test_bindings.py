"""POST /api/v1/bindings, row by row of PROTOCOL sections 1 and 7."""

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import Table, insert, select, update

from dokodemo.actions import bindings as acts
from dokodemo.app import create_app
from dokodemo.crypto import keys, signatures
from dokodemo.crypto.signatures import SignedRequest
from dokodemo.domain import base64url
from dokodemo.domain.errors import ErrorCode, UnauthenticatedError, UnavailableError
from dokodemo.store.rows import every_table
from dokodemo.store.rows.devices import bindings, devices, ledger
from dokodemo.store.rows.installation import audit
from dokodemo.store.rows.people import identities, people
from tests.at_once import at_once
from tests.device import Google, TestDevice
from tests.installation import Installation, build
from tests.people import add_person

MAEDA = "maeda@city.akagi.example"
OTHER = "mori@city.akagi.example"
MACHINE = {"directory_id": "d-1", "serial": "5CD0001", "model": "Akagi C11"}


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    built = build(database_url, tmp_path, google=Google())
    yield built
    built.services.database.close()


@pytest.fixture
def app(installation: Installation) -> Flask:
    return create_app(installation.services, installation.config)


@pytest.fixture
def new(installation: Installation, app: Flask) -> Callable[..., TestDevice]:
    """A device with a new key that nobody knows yet."""
    return lambda **members: TestDevice(installation, app, **members)


@pytest.fixture
def person(installation: Installation) -> UUID:
    return add_person(installation)


def rows(installation: Installation, table: Table) -> list[dict[str, Any]]:
    with installation.services.read() as transaction:
        return [dict(row) for row in transaction.execute(select(table)).mappings()]


def everything(installation: Installation) -> dict[str, list[str]]:
    """All rows of all tables but those that a refusal may leave."""
    left = {"audit", "audit_head"}
    return {
        name: sorted(repr(row) for row in rows(installation, table))
        for name, table in every_table().tables.items()
        if name not in left
    }


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["code"]


def test_a_binding_says_whose_where_and_from_where_to_go_on(
    installation: Installation, new: Callable[..., TestDevice], person: UUID
) -> None:
    device = new()
    answer = device.bind(device=MACHINE)
    assert answer.status_code == 201
    body = answer.json
    assert body["person"] == {"id": str(person), "name": "前田 聡", "email": MAEDA}
    assert (body["next_seq"], body["head"]) == (1, device.key.keyid)
    assert (body["trust"], body["epoch"], body["orders"]) == ("unmanaged", 1, [])
    (row,) = rows(installation, bindings)
    assert (str(row["id"]), row["status"]) == (body["binding_id"], "active")
    assert bytes(row["thumbprint"]) == keys.thumbprint(device.key.point)
    assert [entry["tag"] for entry in rows(installation, audit)] == ["identity:bound", "binding:created"]


def test_the_same_body_again_is_the_same_binding(
    installation: Installation, new: Callable[..., TestDevice], person: UUID
) -> None:
    device = new()
    body = device.binding_body(device.challenge())
    first = device.call("POST", "/api/v1/bindings", body)
    before = everything(installation)
    installation.clock.move(minutes=4)
    again = device.call("POST", "/api/v1/bindings", body)  # the 201 was lost
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json["binding_id"] == first.json["binding_id"]
    assert everything(installation) == before


def test_the_same_key_with_a_new_nonce_is_told_where_its_journal_stands(
    new: Callable[..., TestDevice], person: UUID
) -> None:
    device = new()
    first = device.bind()
    device.record("started", how="login")
    device.send(1)
    again = device.bind()
    assert again.status_code == 200
    assert again.json["binding_id"] == first.json["binding_id"]
    assert (again.json["next_seq"], again.json["head"]) == (2, base64url.encode(device.heads[1]))


def test_the_same_key_of_another_person_is_taken(
    installation: Installation, new: Callable[..., TestDevice], person: UUID
) -> None:
    add_person(installation, OTHER)
    device = new()
    device.bind()
    before = everything(installation)
    device.email = OTHER
    body = device.binding_body(device.challenge())
    assert refused(device.call("POST", "/api/v1/bindings", body)) == (409, "key_taken")
    after = everything(installation)
    after["challenges"] = before["challenges"]
    assert after == before  # nor is the other person's identity bound on the way


def test_a_nonce_is_spent_by_one_binding_alone(new: Callable[..., TestDevice], person: UUID) -> None:
    one, other = new(), new()
    nonce = one.challenge()
    answer = other.call("POST", "/api/v1/bindings", other.binding_body(nonce))
    assert refused(answer) == (409, "nonce_invalid")  # another key's
    assert one.call("POST", "/api/v1/bindings", one.binding_body(nonce)).status_code == 201
    assert refused(one.call("POST", "/api/v1/bindings", one.binding_body("unknown"))) == (409, "nonce_invalid")


def test_a_nonce_is_over_after_five_minutes(
    installation: Installation, new: Callable[..., TestDevice], person: UUID
) -> None:
    device = new()
    nonce = device.challenge()
    installation.clock.move(minutes=5, seconds=1)
    assert refused(device.call("POST", "/api/v1/bindings", device.binding_body(nonce))) == (409, "nonce_invalid")
    assert rows(installation, identities) == []


def test_a_refused_binding_does_not_spend_its_nonce(installation: Installation, new: Callable[..., TestDevice]) -> None:
    device = new()
    body = device.binding_body(device.challenge())
    assert refused(device.call("POST", "/api/v1/bindings", body)) == (403, "not_in_roster")
    add_person(installation)
    assert device.call("POST", "/api/v1/bindings", body).status_code == 201


def test_of_somebody_outside_the_roster_nothing_is_stored(
    installation: Installation, new: Callable[..., TestDevice], person: UUID
) -> None:
    device = new(email="stranger@elsewhere.example")
    body = device.binding_body(device.challenge(), device=MACHINE)
    before = {name: [repr(row) for row in rows(installation, table)] for name, table in every_table().tables.items()}
    assert refused(device.call("POST", "/api/v1/bindings", body)) == (403, "not_in_roster")
    after = {name: [repr(row) for row in rows(installation, table)] for name, table in every_table().tables.items()}
    assert after == before


def test_the_first_sign_in_matches_the_address_and_writes_the_identity_once(
    installation: Installation, new: Callable[..., TestDevice], person: UUID
) -> None:
    new().bind()
    new().bind()
    (row,) = rows(installation, identities)
    assert (row["person_id"], row["subject"]) == (person, f"sub-{MAEDA}")
    assert [entry["tag"] for entry in rows(installation, audit)].count("identity:bound") == 1


def test_another_identity_under_the_same_address_is_for_it_to_decide(
    installation: Installation, new: Callable[..., TestDevice], person: UUID
) -> None:
    new().bind()
    before = rows(installation, identities)
    device = new()
    body = device.binding_body(device.challenge())
    body["id_token"] = json.dumps(json.loads(body["id_token"]) | {"sub": "somebody else"})
    assert refused(device.call("POST", "/api/v1/bindings", body)) == (409, "identity_conflict")
    assert rows(installation, identities) == before
    assert len(rows(installation, bindings)) == 1
    assert rows(installation, audit)[-1]["tag"] == "binding:refused"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (UnauthenticatedError(ErrorCode.ID_TOKEN_INVALID, "expired"), (401, "id_token_invalid")),
        (UnavailableError(ErrorCode.ISSUER_UNAVAILABLE, "no keys", retry_after=30), (503, "issuer_unavailable")),
    ],
)
def test_what_the_issuers_judge_says_is_answered(
    installation: Installation, new: Callable[..., TestDevice], person: UUID, error: Exception,
    expected: tuple[int, str],
) -> None:  # fmt: skip
    device = new()
    nonce = device.challenge()
    installation.services.google.verify = lambda *_, **__: (_ for _ in ()).throw(error)
    before = everything(installation)
    answer = device.call("POST", "/api/v1/bindings", device.binding_body(nonce))
    assert refused(answer) == expected
    assert everything(installation) == before
    assert (answer.headers.get("Retry-After") == "30") == (expected[0] == 503)


def test_the_signature_is_judged_with_the_key_in_the_body(
    installation: Installation, new: Callable[..., TestDevice], person: UUID
) -> None:
    device, thief = new(), new()
    body = device.binding_body(device.challenge())
    assert refused(thief.call("POST", "/api/v1/bindings", body)) == (401, "signature_invalid")
    unsigned = device.app.test_client().post("/api/v1/bindings", json=body)
    assert refused(unsigned) == (401, "signature_missing")
    raw = json.dumps(body).encode()
    late = int((installation.clock() - timedelta(minutes=11)).timestamp())
    request = SignedRequest("POST", "127.0.0.1:8000", "/api/v1/bindings", None, {}, raw)
    answer = device.app.test_client().post(
        "/api/v1/bindings", data=raw, content_type="application/json",
        headers=signatures.sign(device.key, request, late),
    )  # fmt: skip
    assert refused(answer) == (401, "clock_skew")
    assert rows(installation, bindings) == []


def test_the_private_part_is_refused_at_the_binding_too(
    installation: Installation, new: Callable[..., TestDevice], person: UUID, capfd: pytest.CaptureFixture[str]
) -> None:
    device = new()
    body = device.binding_body(device.challenge())
    secret = base64url.encode(device.key.scalar)
    body["public_key"] = body["public_key"] | {"d": secret}
    answer = device.call("POST", "/api/v1/bindings", body)
    assert refused(answer) == (422, "public_key_invalid")
    assert secret not in answer.text + "".join(capfd.readouterr())
    assert rows(installation, bindings) == []


def test_a_device_that_is_left_out_is_refused(new: Callable[..., TestDevice], person: UUID) -> None:
    device = new()
    body = device.binding_body(device.challenge())
    del body["device"]
    assert refused(device.call("POST", "/api/v1/bindings", body)) == (422, "invalid")


# ----------------------------------------------------------------------------------------------- devices, trust, ends


def test_each_member_of_a_device_may_be_null(
    installation: Installation, new: Callable[..., TestDevice], person: UUID
) -> None:
    answer = new().bind(device=dict.fromkeys((*MACHINE, "asset_id", "hostname", "os_version", "platform")))
    assert (answer.status_code, answer.json["device_id"], answer.json["trust"]) == (201, None, "unmanaged")
    assert rows(installation, devices) == []


def test_a_device_of_the_ledger_is_managed_and_any_other_is_not(
    installation: Installation, new: Callable[..., TestDevice], person: UUID
) -> None:
    installation.services.write(
        lambda transaction: transaction.execute(insert(ledger).values(directory_id="d-1", use="personal"))
    )
    assert new().bind(device=MACHINE).json["trust"] == "managed"
    assert new().bind(device=MACHINE | {"directory_id": "d-2", "serial": "x"}).json["trust"] == "unmanaged"
    assert new().bind(device={"serial": "y"}).json["trust"] == "unmanaged"


def test_one_device_is_one_row_whoever_signs_in_on_it(
    installation: Installation, new: Callable[..., TestDevice], person: UUID
) -> None:
    add_person(installation, OTHER)
    first = new().bind(device=MACHINE)
    second = new(email=OTHER).bind(device=MACHINE | {"os_version": "16433.41.0"})
    assert first.json["device_id"] == second.json["device_id"]
    (row,) = rows(installation, devices)
    assert (row["serial"], row["os_version"]) == ("5CD0001", "16433.41.0")


def test_a_key_replaces_another_of_the_same_person_and_device(
    installation: Installation, new: Callable[..., TestDevice], person: UUID
) -> None:
    old, fresh = new(), new()
    old.bind(device=MACHINE)
    answer = fresh.bind(device=MACHINE, replaces=old.binding_id)
    assert answer.status_code == 201
    assert old.beat().status_code == 202  # until the new key speaks, the old one counts
    assert fresh.bind(device=MACHINE, replaces=old.binding_id).status_code == 200
    assert old.beat().status_code == 202  # POST /bindings is no such request
    assert fresh.beat().status_code == 202
    assert refused(old.beat()) == (403, "revoked")
    assert {row["status"] for row in rows(installation, bindings)} == {"active", "retired"}


@pytest.mark.parametrize("case", ["unknown", "another person", "another device", "retired"])
def test_what_is_no_live_binding_of_this_person_and_device_cannot_be_replaced(
    installation: Installation, new: Callable[..., TestDevice], person: UUID, case: str
) -> None:
    add_person(installation, OTHER)
    old = new(email=OTHER if case == "another person" else MAEDA)
    old.bind(device=MACHINE if case != "another device" else {"serial": "elsewhere"})
    if case == "retired":
        acts.revoke(installation.services, UUID(old.binding_id))
    replaces = str(uuid4()) if case == "unknown" else old.binding_id
    before = rows(installation, bindings), rows(installation, devices)
    assert refused(new().bind(device=MACHINE, replaces=replaces)) == (409, "cannot_replace")
    assert (rows(installation, bindings), rows(installation, devices)) == before


def test_a_revoked_key_is_refused_on_every_call(
    installation: Installation, new: Callable[..., TestDevice], person: UUID
) -> None:
    device = new()
    device.bind()
    nonce = device.challenge()
    acts.revoke(installation.services, UUID(device.binding_id))
    calls = [
        ("POST", "/api/v1/events", device.batch(1)),
        ("GET", "/api/v1/settings", None),
        ("POST", "/api/v1/settings/results", {"revision": [1, 0], "results": []}),
        ("POST", f"/api/v1/orders/{uuid4()}/result", {"state": "done"}),
        ("PUT", "/api/v1/whereabouts", {"id": str(uuid4()), "status": "desk", "made_at": "2026-11-24T00:00:00.000Z"}),
        ("POST", "/api/v1/socket-tickets", None),
        ("POST", "/api/v1/bindings", device.binding_body(nonce)),
        ("POST", "/api/v1/bindings", device.binding_body("unknown")),
    ]
    assert {refused(device.call(*call)) for call in calls} == {(403, "revoked")}


def test_an_unknown_key_may_bind_again_and_goes_on(
    installation: Installation, new: Callable[..., TestDevice], person: UUID
) -> None:
    assert refused(new().beat()) == (401, "unknown_key")


def test_after_the_last_day_what_was_recorded_is_accepted_for_fourteen_days(
    installation: Installation, new: Callable[..., TestDevice], person: UUID
) -> None:
    device = new()
    device.bind()
    last_day = date(2026, 11, 24)
    leaves = update(people).where(people.c.id == person).values(valid_to=last_day + timedelta(days=1))
    installation.services.write(lambda transaction: transaction.execute(leaves))
    device.record("started", how="login")
    installation.clock.move(days=14)  # 8 December, 9:00
    assert device.send(1).status_code == 202
    assert new().bind().status_code == 201
    installation.clock.move(hours=14, minutes=59)
    assert device.beat().status_code == 202
    installation.clock.move(minutes=1)  # 9 December, 0:00 city time
    assert refused(device.beat()) == (403, "retired")
    late = new()
    assert refused(late.bind()) == (403, "retired")


# ------------------------------------------------------------------------------------------------------------ at once


def test_repeats_that_overtake_each_other_make_one_binding(
    installation: Installation, new: Callable[..., TestDevice], person: UUID
) -> None:
    device = new()
    body = device.binding_body(device.challenge(), device=MACHINE)
    answers = at_once([lambda: device.call("POST", "/api/v1/bindings", body)] * 8)
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json["binding_id"] for answer in answers}) == 1


def test_devices_of_one_person_that_sign_in_together_are_all_bound(
    installation: Installation, new: Callable[..., TestDevice], person: UUID
) -> None:
    several = [new() for _ in range(6)]
    bodies = [device.binding_body(device.challenge(), device=MACHINE) for device in several]
    calls = [
        lambda device=device, body=body: device.call("POST", "/api/v1/bindings", body)
        for device, body in zip(several, bodies, strict=True)
    ]
    assert [answer.status_code for answer in at_once(calls)] == [201] * 6
    assert (len(rows(installation, identities)), len(rows(installation, devices))) == (1, 1)
