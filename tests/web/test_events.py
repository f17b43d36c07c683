"""POST /api/v1/events, row by row of PROTOCOL sections 2 and 7."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from dokodemo.actions import bindings
from dokodemo.actions.networks import forget_table
from dokodemo.app import create_app
from dokodemo.crypto import signatures
from dokodemo.crypto.signatures import SignedRequest
from dokodemo.domain import base64url
from dokodemo.domain.events import written
from dokodemo.store import networks
from dokodemo.store.rows.journals import events, evidence, gaps, journals, observations
from tests.device import Google, TestDevice
from tests.installation import Installation, build
from tests.people import add_person


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    built = build(database_url, tmp_path, google=Google())
    yield built
    built.services.database.close()


@pytest.fixture
def chromebook(installation: Installation) -> TestDevice:
    add_person(installation)
    one = TestDevice(installation, create_app(installation.services, installation.config))
    assert one.bind().status_code == 201
    return one


def rows(installation: Installation, table: Any) -> list[dict[str, Any]]:
    with installation.services.read() as transaction:
        return [dict(row) for row in transaction.execute(select(table)).mappings()]


def count(installation: Installation, table: Any) -> int:
    with installation.services.read() as transaction:
        return transaction.execute(select(func.count()).select_from(table)).scalar_one()


def test_a_batch_is_appended_and_answered_with_where_the_journal_stands(installation: Installation, chromebook: TestDevice) -> None:
    chromebook.record("started", how="login")
    chromebook.record("place_declared", place="home")
    answer = chromebook.send(1)
    assert answer.status_code == 202
    assert answer.json["next_seq"] == 3
    assert answer.json["head"] == base64url.encode(chromebook.heads[2])
    assert answer.json["refused"] == []
    assert answer.json["server_time"] == written(installation.clock())
    assert [row["kind"] for row in rows(installation, events)] == ["started", "place_declared"]


def test_the_stored_text_is_the_canonical_text_of_what_was_sent(installation: Installation, chromebook: TestDevice) -> None:
    chromebook.record("started", how="login", unknown_member="残る")
    chromebook.send(1)
    (row,) = rows(installation, events)
    assert json.loads(row["text"])["unknown_member"] == "残る"
    assert (
        row["text"]
        == json.dumps(chromebook.events[0], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    )


def test_a_repeat_changes_nothing_and_gets_the_same_answer(installation: Installation, chromebook: TestDevice) -> None:
    chromebook.record("started", how="login")
    first = chromebook.send(1).json
    before = rows(installation, journals)
    assert chromebook.send(1).json == first
    assert rows(installation, journals) == before
    assert count(installation, events) == 1


def test_an_overlapping_batch_appends_only_what_is_new(installation: Installation, chromebook: TestDevice) -> None:
    chromebook.record("started", how="login")
    chromebook.record("locked")
    chromebook.send(1, 1)
    chromebook.record("unlocked")
    assert chromebook.send(1).json["next_seq"] == 4
    assert [row["seq"] for row in rows(installation, events)] == [1, 2, 3]


def test_a_batch_above_next_seq_is_told_where_to_begin(installation: Installation, chromebook: TestDevice) -> None:
    for kind in ("started", "locked", "unlocked"):
        chromebook.record(kind, **({"how": "login"} if kind == "started" else {}))
    chromebook.send(1, 1)
    answer = chromebook.send(3)
    assert answer.status_code == 409
    assert answer.json["code"] == "journal_gap"
    assert answer.json["next_seq"] == 2
    assert answer.json["head"] == base64url.encode(chromebook.heads[1])
    assert count(installation, events) == 1


def test_events_that_the_device_no_longer_keeps_are_a_recorded_gap(installation: Installation, chromebook: TestDevice) -> None:
    for _ in range(5):
        chromebook.record("locked")
    answer = chromebook.send(4, first_kept=4)
    assert answer.status_code == 202
    assert answer.json["next_seq"] == 6
    (gap,) = rows(installation, gaps)
    assert (gap["from_seq"], gap["to_seq"]) == (1, 3)
    assert bytes(gap["claimed_head"]) == chromebook.heads[3]


def test_late_events_inside_a_gap_are_repeats_and_kept_as_evidence(installation: Installation, chromebook: TestDevice) -> None:
    for _ in range(5):
        chromebook.record("locked")
    chromebook.send(4, first_kept=4)
    answer = chromebook.send(2, 3)
    assert answer.status_code == 202
    assert answer.json["next_seq"] == 6
    assert count(installation, events) == 2
    assert [row["kind"] for row in rows(installation, evidence)] == ["late"]


def test_a_mismatch_at_the_claimed_head_of_a_gap_is_a_fork(installation: Installation, chromebook: TestDevice) -> None:
    for _ in range(5):
        chromebook.record("locked")
    chromebook.send(4, first_kept=4)
    chromebook.events[1] = chromebook.events[1] | {"kind": "unlocked"}
    answer = chromebook.send(2, 3)
    assert answer.status_code == 202
    assert [order["kind"] for order in answer.json["orders"]] == ["rebind"]


def test_first_kept_above_first_seq_contradicts_itself(chromebook: TestDevice) -> None:
    chromebook.record("locked")
    answer = chromebook.send(1, first_kept=2)
    assert (answer.status_code, answer.json["code"]) == (400, "bad_sequence")


def test_a_hole_inside_a_batch_is_refused(installation: Installation, chromebook: TestDevice) -> None:
    chromebook.record("locked")
    chromebook.record("unlocked")
    body = chromebook.batch(1)
    body["events"][1] = body["events"][1] | {"seq": 3}
    answer = chromebook.call("POST", "/api/v1/events", body)
    assert (answer.status_code, answer.json["code"]) == (400, "bad_sequence")
    assert count(installation, events) == 0


def test_another_history_under_the_same_key_is_a_fork_and_nothing_of_it_is_taken(
    installation: Installation, chromebook: TestDevice
) -> None:
    chromebook.record("started", how="login")
    chromebook.send(1)
    chromebook.events[0] = chromebook.events[0] | {"how": "first_install"}
    chromebook.record("locked")
    answer = chromebook.send(1)
    assert answer.status_code == 202
    assert answer.json["next_seq"] == 2
    assert [order["kind"] for order in answer.json["orders"]] == ["rebind"]
    assert count(installation, events) == 1
    again = chromebook.send(1)
    assert len(again.json["orders"]) == 1
    (kept,) = rows(installation, evidence)
    assert (kept["kind"], kept["count"]) == ("fork", 2)


def test_new_events_after_another_head_are_a_fork(installation: Installation, chromebook: TestDevice) -> None:
    chromebook.record("started", how="login")
    chromebook.send(1)
    chromebook.record("locked")
    answer = chromebook.send(2, prev_head=base64url.encode(b"\1" * 32))
    assert answer.status_code == 202
    assert answer.json["next_seq"] == 2
    assert count(installation, evidence) == 1


def test_batches_that_fit_are_taken_after_a_fork_too(installation: Installation, chromebook: TestDevice) -> None:
    chromebook.record("started", how="login")
    chromebook.send(1)
    chromebook.record("locked")
    chromebook.send(2, prev_head=base64url.encode(b"\1" * 32))
    assert chromebook.send(2).json["next_seq"] == 3


def test_an_event_of_wrong_form_lies_in_quarantine_and_blocks_nothing(installation: Installation, chromebook: TestDevice) -> None:
    chromebook.record("away")  # without since
    chromebook.record("locked")
    answer = chromebook.send(1)
    assert answer.status_code == 202
    assert answer.json["next_seq"] == 3
    assert [(one["seq"], one["code"]) for one in answer.json["refused"]] == [(1, "event_invalid")]
    assert chromebook.send(1).json["refused"] == answer.json["refused"]
    first, second = rows(installation, events)
    assert first["refusal"]["code"] == "event_invalid"
    assert first["effective_at"] is None
    assert second["refusal"] is None


def test_an_unknown_kind_is_kept(installation: Installation, chromebook: TestDevice) -> None:
    chromebook.record("moon_phase", phase=3)
    assert chromebook.send(1).json["refused"] == []
    assert rows(installation, events)[0]["kind"] == "moon_phase"


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"\xef\xbb\xbf{}", b'{"first_seq": 1, "first_seq": 1}', b'{"first_seq": "1"}', b"\xff\xfe",
        b'{"first_seq":1,"prev_head":"x","first_kept":1,"events":[]}', b'{"a":' * 9 + b"1" + b"}" * 9, b"NaN",
        b'{"first_seq":1e400}', b'{"x":"\\ud800"}', b'{"first_seq":9007199254740992}',
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_read_moves_nothing(installation: Installation, chromebook: TestDevice, body: bytes) -> None:
    before = rows(installation, journals)
    answer = chromebook.call("POST", "/api/v1/events", body, **{"Content-Type": "application/json"})
    assert (answer.status_code, answer.json["code"]) == (400, "unreadable")
    assert answer.content_type == "application/problem+json"
    assert rows(installation, journals) == before


def test_more_than_two_hundred_events_are_too_large(chromebook: TestDevice) -> None:
    for _ in range(201):
        chromebook.record("locked")
    answer = chromebook.send(1)
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")


def test_a_beat_is_never_a_conflict_and_names_where_the_server_stands(installation: Installation, chromebook: TestDevice) -> None:
    chromebook.record("started", how="login")
    answer = chromebook.beat()
    assert answer.status_code == 202
    assert answer.json["next_seq"] == 1
    assert count(installation, gaps) == 0


def test_a_beat_that_is_not_alive_leaves_nothing(installation: Installation, chromebook: TestDevice) -> None:
    assert chromebook.beat(alive=False).status_code == 202
    assert installation.services.live.contacts() == {}


def test_a_repeated_beat_is_no_contact(installation: Installation, chromebook: TestDevice) -> None:
    body = chromebook.batch(1)
    chromebook.call("POST", "/api/v1/events", body)
    heard = installation.services.live.contacts()
    (journal,) = heard
    request = chromebook.installation.clock()
    installation.clock.move(seconds=30)

    raw = json.dumps(body).encode()
    replayed = signatures.sign(
        chromebook.key,
        SignedRequest("POST", "127.0.0.1:8000", "/api/v1/events", None, {}, raw),
        int(request.timestamp()),
    )
    answer = chromebook.app.test_client().post(
        "/api/v1/events", data=raw, headers=replayed, content_type="application/json"
    )
    assert answer.status_code == 202
    assert installation.services.live.contacts()[journal] == heard[journal]


def test_a_clock_that_is_wrong_is_told_the_servers_time(installation: Installation, chromebook: TestDevice) -> None:
    installation.clock.move(minutes=11)

    raw = json.dumps(chromebook.batch(1)).encode()
    old = int((installation.clock() - timedelta(minutes=11)).timestamp())
    headers = signatures.sign(
        chromebook.key, SignedRequest("POST", "127.0.0.1:8000", "/api/v1/events", None, {}, raw), old
    )
    answer = chromebook.app.test_client().post(
        "/api/v1/events", data=raw, headers=headers, content_type="application/json"
    )
    assert answer.json
    assert (answer.status_code, answer.json["code"]) == (401, "clock_skew")
    assert answer.json["server_time"] == written(installation.clock())


def test_a_revoked_key_is_refused_at_once(installation: Installation, chromebook: TestDevice) -> None:

    bindings.revoke(installation.services, UUID(chromebook.binding_id or ""))
    answer = chromebook.beat()
    assert (answer.status_code, answer.json["code"]) == (403, "revoked")


def test_a_carried_over_event_is_folded_only_where_its_old_journal_lacks_it(installation: Installation, chromebook: TestDevice) -> None:
    chromebook.record("started", how="login")
    chromebook.send(1)
    other = TestDevice(installation, chromebook.app)
    other.bind(replaces=chromebook.binding_id)
    installation.clock.move(minutes=1)
    started = {name: value for name, value in chromebook.events[0].items() if name not in {"seq", "kind"}}
    other.record("started", **started, carried_over=f"{chromebook.binding_id}/1")
    other.record("locked", carried_over=f"{chromebook.binding_id}/2")
    other.send(1)
    mine = [row for row in rows(installation, events) if str(row["journal_id"]) == other.binding_id]
    assert [row["effective_at"] is None for row in mine] == [True, False]


def test_another_event_under_the_old_number_is_no_reason_to_leave_one_out(
    installation: Installation, chromebook: TestDevice
) -> None:
    chromebook.record("started", how="login")
    chromebook.record("locked")
    chromebook.send(1)
    other = TestDevice(installation, chromebook.app)
    other.bind(replaces=chromebook.binding_id)
    other.record("away", since=written(installation.clock()), carried_over=f"{chromebook.binding_id}/2")
    other.send(1)
    mine = [row for row in rows(installation, events) if str(row["journal_id"]) == other.binding_id]
    assert [row["effective_at"] is None for row in mine] == [False]


def test_the_place_of_a_contact_is_observed_when_it_differs(installation: Installation, chromebook: TestDevice) -> None:

    installation.services.write(
        lambda transaction: networks.replace(
            transaction, [{"cidr": "203.0.113.0/24", "place": "branch", "site": "北部支所"}]
        )
    )
    forget_table(installation.services)
    chromebook.record("started", how="login")
    chromebook.send(1)
    chromebook.address = "203.0.113.77"
    installation.clock.move(seconds=60)
    chromebook.beat()
    installation.clock.move(seconds=60)
    chromebook.beat()
    (seen,) = rows(installation, observations)
    assert (seen["kind"], seen["place"], seen["after_seq"]) == ("network_place", "branch", 1)
