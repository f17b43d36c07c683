"""A restored backup: the new epoch is in every answer, the fold waits for a proof of the person, then reads everything."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from dokodemo.actions import restores
from dokodemo.actions.bindings import revoke
from dokodemo.actions.rebuild import rebuild
from dokodemo.app import create_app
from dokodemo.domain.audit import Tag
from dokodemo.store.rows.devices import bindings, orders
from dokodemo.store.rows.installation import audit
from dokodemo.store.rows.journals import events, gaps, journals, segments, sessions
from dokodemo.store.rows.web import web_sessions
from tests.device import Google, TestDevice
from tests.faults.derived import judge, tables_of
from tests.installation import Installation, build
from tests.people import add_person


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    built = build(database_url, tmp_path, google=Google())
    yield built
    built.services.database.close()


@pytest.fixture
def chromebook(installation: Installation) -> TestDevice:
    """A device with a session that goes on: three events, of which the restored backup has two."""
    add_person(installation)
    one = TestDevice(installation, create_app(installation.services, installation.config))
    one.bind()
    one.record("started", how="login")
    installation.clock.move(minutes=10)
    one.record("locked")
    one.send(1)
    installation.clock.move(minutes=10)
    one.record("unlocked")
    return one


def restore(installation: Installation) -> restores.Begun:
    """What ``dokodemo restore`` does to the tables of a backup (here: those of this moment)."""
    return restores.begin(installation.services, lambda _transaction: None, "copy.dokodemo")


def rows(installation: Installation, table: Any) -> list[dict[str, Any]]:
    with installation.services.read() as transaction:
        query = select(table).order_by(*table.primary_key.columns)
        return [dict(row) for row in transaction.execute(query).mappings()]


def reading(installation: Installation) -> Any:
    (journal,) = rows(installation, journals)
    return journal["reading"]


def sound(installation: Installation) -> bool:
    """What is stored equals both logs, by the product's own rebuild and by the checker's."""
    equal = all(same for _, same in rebuild(installation.services, repair=False))
    return equal and judge(tables_of(installation.services.database.url.render_as_string(hide_password=False))) == []


def test_every_answer_tells_the_new_epoch_and_asks_for_a_token(
    installation: Installation, chromebook: TestDevice
) -> None:
    assert 1 == chromebook.beat().json["epoch"]
    assert restores.Begun(2, 1, 0) == restore(installation)
    answer = chromebook.beat().json
    assert (2, 3) == (answer["epoch"], answer["next_seq"])
    assert ["present_token"] == [order["kind"] for order in answer["orders"]]
    assert [Tag.DATABASE_RESTORED] == [row["tag"] for row in rows(installation, audit)][-1:]
    assert restores.Restored(installation.clock(), 2, 1) == restores.last(installation.services)


def test_until_the_person_is_proved_events_are_in_the_log_and_the_fold_waits(
    installation: Installation, chromebook: TestDevice
) -> None:
    restore(installation)
    read = (reading(installation), rows(installation, sessions), rows(installation, segments))
    answer = chromebook.send(3).json
    assert (4, []) == (answer["next_seq"], answer["refused"])
    assert read == (reading(installation), rows(installation, sessions), rows(installation, segments))
    assert [True, True, False] == [row["effective_at"] is not None for row in rows(installation, events)]
    assert sound(installation)


def test_a_fresh_token_with_the_same_key_reads_everything_that_waited(
    installation: Installation, chromebook: TestDevice
) -> None:
    restore(installation)
    chromebook.send(3)
    installation.clock.move(minutes=20)
    chromebook.record("ended", how="recovered")
    chromebook.send(4)
    assert 200 == chromebook.bind().status_code
    (session,) = rows(installation, sessions)
    assert (installation.clock(), "recovered") == (session["ended_at"], session["end_known"])
    assert [0, 0, 0, 0] == [row["moved_ms"] for row in rows(installation, events)]
    assert all(row["effective_at"] for row in rows(installation, events))
    assert "held" not in reading(installation)
    assert [] == chromebook.beat().json["orders"]
    assert ["done"] == [row["state"] for row in rows(installation, orders)]
    last = restores.last(installation.services)
    assert last is not None
    assert 0 == last.held
    assert sound(installation)


def test_what_was_held_reads_as_if_it_had_never_been_held(tmp_path: Path) -> None:
    read = []
    for held in (False, True):
        folder = tmp_path / str(held)
        folder.mkdir()
        built = build(f"sqlite:///{folder}/one.db", folder, google=Google())
        add_person(built)
        device = TestDevice(built, create_app(built.services, built.config))
        device.bind()
        for kind, members in (("started", {"how": "login"}), ("locked", {}), ("unlocked", {})):
            device.record(kind, **members)
            device.send(len(device.events))
            built.clock.move(minutes=9)
        assert rows(built, segments), "a segment was settled before"
        if held:
            restore(built)
        for kind, members in (("locked", {}), ("unlocked", {}), ("place_declared", {"place": "home"}), ("locked", {})):
            built.clock.move(minutes=7)
            device.record(kind, **members)
            device.send(len(device.events))
        device.record("ended", how="recovered")
        device.send(len(device.events))
        if held:
            device.bind()
        bare = [
            [{name: value for name, value in row.items() if name not in ("person_id", "journal_id", "head")} for row in rows(built, table)]
            for table in (events, sessions, segments)
        ]  # fmt: skip
        read.append((bare, reading(built)))
        built.services.database.close()
    assert read[0] == read[1]


def test_the_board_is_told_when_what_waited_is_read(installation: Installation, chromebook: TestDevice) -> None:
    restore(installation)
    chromebook.send(3)
    (person,) = {row["person_id"] for row in rows(installation, journals)}
    before = installation.services.live.facts_of([person])[person][str(chromebook.binding_id)]["state"]
    chromebook.bind()
    after = installation.services.live.facts_of([person])[person][str(chromebook.binding_id)]["state"]
    assert ("locked", "active") == (before, after)


def test_saying_done_is_no_proof(installation: Installation, chromebook: TestDevice) -> None:
    restore(installation)
    (order,) = chromebook.beat().json["orders"]
    assert 204 == chromebook.call("POST", f"/api/v1/orders/{order['id']}/result", {"state": "done"}).status_code
    chromebook.send(3)
    assert 3 == reading(installation)["held"]


def test_another_persons_token_proves_nothing(installation: Installation, chromebook: TestDevice) -> None:
    add_person(installation, "mori@city.akagi.example", staff_number="0007777")
    restore(installation)
    token = {"iss": "https://issuer.example", "sub": "x", "email": "mori@city.akagi.example"}
    nonce = chromebook.challenge()
    body = chromebook.binding_body(nonce, id_token=json.dumps(token | {"nonce": nonce}))
    assert "key_taken" == chromebook.call("POST", "/api/v1/bindings", body).json["code"]
    chromebook.send(3)
    assert 3 == reading(installation)["held"]


def test_a_key_that_was_revoked_before_the_backup_is_not_asked(
    installation: Installation, chromebook: TestDevice
) -> None:
    assert chromebook.binding_id is not None
    revoke(installation.services, UUID(chromebook.binding_id))
    assert 0 == restore(installation).held
    assert 403 == chromebook.send(3).status_code


def test_a_new_key_that_replaces_the_old_one_proves_the_person_for_its_journal(
    installation: Installation, chromebook: TestDevice
) -> None:
    restore(installation)
    chromebook.send(3)
    other = TestDevice(installation, chromebook.app)
    assert 201 == other.bind(replaces=chromebook.binding_id).status_code
    assert all("held" not in row["reading"] for row in rows(installation, journals))
    assert sound(installation)


def test_a_second_restore_keeps_holding_from_where_the_first_did(
    installation: Installation, chromebook: TestDevice
) -> None:
    restore(installation)
    chromebook.send(3)
    assert 3 == restore(installation).epoch
    assert 3 == reading(installation)["held"]
    assert 1 == len(chromebook.beat().json["orders"])
    chromebook.bind()
    assert sound(installation)


def test_nobody_stays_signed_in(installation: Installation, chromebook: TestDevice) -> None:
    person = rows(installation, bindings)[0]["person_id"]
    now = installation.clock()
    cookie = {"token_digest": bytes(32), "id": UUID(int=1), "person_id": person, "created_at": now, "seen_at": now,
              "expires_at": now}  # fmt: skip
    installation.services.write(lambda transaction: transaction.execute(web_sessions.insert().values(cookie)))
    assert 1 == restore(installation).signed_out
    assert [] == rows(installation, web_sessions)


def test_a_gap_that_the_restore_left_is_marked_and_a_later_one_is_not(
    installation: Installation, chromebook: TestDevice
) -> None:
    restore(installation)
    installation.clock.move(minutes=1)
    for _ in range(3):
        chromebook.record("locked")
    chromebook.send(5, 5, first_kept=5)
    chromebook.record("unlocked")
    chromebook.record("locked")
    chromebook.send(7, first_kept=7)
    assert sound(installation)
    assert [(3, 4, True), (6, 6, False)] == [
        (row["from_seq"], row["to_seq"], row["restored"]) for row in rows(installation, gaps)
    ]
    chromebook.bind()
    assert sound(installation)
