"""Requests of many devices in one transaction: each is judged for itself, and what is left has moved nothing."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from dokodemo.actions import devices, ingest
from dokodemo.actions.batches import Outcome, Signed
from dokodemo.actions.ingest import Delivery, Left
from dokodemo.app import create_app
from dokodemo.crypto import signatures
from dokodemo.crypto.signatures import SignedRequest
from dokodemo.domain.events import Place
from dokodemo.schemas import batches
from dokodemo.store import Transaction, bindings
from dokodemo.store.rows.devices import bindings as bindings_table
from dokodemo.store.rows.journals import events, journals
from tests.device import Google, TestDevice
from tests.faults.derived import judge, tables_of
from tests.installation import Installation, build
from tests.people import add_person


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    built = build(database_url, tmp_path, google=Google())
    add_person(built)
    yield built
    built.services.database.close()


@pytest.fixture
def chromebooks(installation: Installation) -> list[TestDevice]:
    app = create_app(installation.services, installation.config)
    found = [TestDevice(installation, app) for _ in range(5)]
    for chromebook in found:
        assert chromebook.bind().status_code == 201
        chromebook.record("started", how="login")
    return found


def delivery(chromebook: TestDevice, first_seq: int = 1, place: Place = Place.OFFICE, **members: Any) -> Delivery:
    body = json.dumps(chromebook.batch(first_seq, **members)).encode()
    request = SignedRequest("POST", "127.0.0.1:8000", "/api/v1/events", None, {}, body)
    headers = signatures.sign(chromebook.key, request, int(chromebook.installation.clock().timestamp()))
    signer = devices.recognise(
        chromebook.installation.services, SignedRequest("POST", "127.0.0.1:8000", "/api/v1/events", None, headers, body)
    )
    return Delivery(signer, batches.read(body), Signed(body, headers), place)


def numbers(outcomes: list[Outcome | Left]) -> list[int | None]:
    return [None if isinstance(outcome, Left) else outcome.next_seq for outcome in outcomes]


def logged(installation: Installation, chromebook: TestDevice) -> list[int]:
    with installation.services.read() as transaction:
        key = bindings.find_by_thumbprint(transaction, chromebook.heads[0])
        assert key is not None
        found = select(events.c.seq).where(events.c.journal_id == key.binding_id).order_by(events.c.seq)
        return list(transaction.execute(found).scalars())


def test_each_of_a_group_is_taken_or_left_for_itself(
    installation: Installation, chromebooks: list[TestDevice]
) -> None:
    good, gap, revoked, twice, beating = chromebooks
    for chromebook in (gap, twice):
        chromebook.record("locked")
    assert beating.send(1).status_code == 202
    group = [
        delivery(good), delivery(gap, 2), delivery(revoked), delivery(twice, 1, last_seq=None), delivery(twice, 1, alive=False),
        delivery(beating, 2),
    ]  # fmt: skip
    with_revocation(installation, revoked)
    outcomes = ingest.receive_together(installation.services, group)
    assert [2, None, None, 3, None, 2] == numbers(outcomes)
    assert [[1], [], [], [1, 2], [1]] == [logged(installation, one) for one in chromebooks]


def with_revocation(installation: Installation, chromebook: TestDevice) -> None:
    def revoke(transaction: Transaction) -> None:
        key = bindings.find_by_thumbprint(transaction, chromebook.heads[0])
        assert key is not None
        assert bindings.end(transaction, key.binding_id, "revoked", installation.clock())

    installation.services.write(revoke)


def test_what_was_left_is_served_alone_with_its_reason_or_as_the_repeat_that_it_is(
    chromebooks: list[TestDevice],
) -> None:
    good, gap, *_ = chromebooks
    gap.record("locked")
    group = [delivery(good), delivery(good), delivery(gap, 2)]
    assert [2, None, None] == numbers(ingest.receive_together(good.installation.services, group))
    assert (202, 2) == ((answer := good.send(1)).status_code, answer.json["next_seq"])
    assert (409, "journal_gap") == ((answer := gap.send(2)).status_code, answer.json["code"])


def test_a_group_says_what_each_alone_would_have_said(
    installation: Installation, chromebooks: list[TestDevice], database_url: str
) -> None:
    one, other, *rest = chromebooks
    together = ingest.receive_together(installation.services, [delivery(one), *map(delivery, rest)])
    alone = ingest.receive(installation.services, delivery(other))
    assert {(alone.next_seq, alone.epoch, alone.waiting, alone.refused)} == {
        (outcome.next_seq, outcome.epoch, outcome.waiting, outcome.refused)
        for outcome in together
        if isinstance(outcome, Outcome)
    }
    facts = installation.services.live.facts_of([alone.person_id])[alone.person_id]
    devices_facts = [fact for source, fact in facts.items() if source not in {"whereabouts", "cleared"}]
    assert 5 == len(devices_facts)
    assert {("active", "office")} == {(fact["state"], fact["place"]) for fact in devices_facts}
    assert 5 == len(installation.services.live.contacts())
    assert [] == judge(tables_of(database_url))


def test_a_beat_in_a_group_is_heard_and_moves_the_place_only_when_it_is_another(
    installation: Installation, chromebooks: list[TestDevice], rows_of_observations: Callable[[], int]
) -> None:
    for chromebook in chromebooks:
        assert chromebook.send(1).status_code == 202
    before = rows_of_observations()
    installation.clock.move(minutes=1)
    group = [delivery(one, 2, Place.HOME if n < 2 else Place.UNKNOWN) for n, one in enumerate(chromebooks)]
    assert [2] * 5 == numbers(ingest.receive_together(installation.services, group))
    assert 2 == rows_of_observations() - before
    assert {installation.clock()} == set(installation.services.live.contacts().values())


@pytest.fixture
def rows_of_observations(installation: Installation) -> Callable[[], int]:
    def count() -> int:
        with installation.services.read() as transaction:
            return sum(transaction.execute(select(journals.c.observations)).scalars())

    return count


@pytest.mark.parametrize("new_first", [False, True])
def test_an_event_of_an_old_key_and_of_the_key_that_replaces_it_is_told_once(
    installation: Installation, chromebooks: list[TestDevice], database_url: str, *, new_first: bool
) -> None:
    old, _, other, *_ = chromebooks
    new = TestDevice(installation, old.app)
    assert new.bind(replaces=old.binding_id).status_code == 201
    new.events.append({**old.events[0], "carried_over": f"{old.binding_id}/1"})
    group = [delivery(old), delivery(new)]
    ingest.receive_together(installation.services, [*(group[::-1] if new_first else group), delivery(other)])
    assert new.send(1).status_code == 202
    assert (403, "revoked") == ((answer := old.send(1)).status_code, answer.json["code"])
    assert [1] == [len(told(installation, key)) for key in (old, new) if told(installation, key)]
    assert [] == judge(tables_of(database_url))


def told(installation: Installation, chromebook: TestDevice) -> list[int]:
    """Numbers of this key's events that were folded."""
    folded = select(events.c.seq).join(bindings_table, bindings_table.c.id == events.c.journal_id)
    mine = folded.where(bindings_table.c.thumbprint == chromebook.heads[0], events.c.effective_at.is_not(None))
    with installation.services.read() as transaction:
        return list(transaction.execute(mine.order_by(events.c.seq)).scalars())


def test_an_event_carried_over_twice_is_told_once(
    installation: Installation, chromebooks: list[TestDevice], database_url: str
) -> None:
    first, *_ = chromebooks
    second, third = (TestDevice(installation, first.app) for _ in range(2))
    carried = {**first.events[0], "carried_over": f"{first.binding_id}/1"}
    assert second.bind(replaces=first.binding_id).status_code == 201
    second.events.append(dict(carried))
    second.record("locked")
    assert second.send(1).status_code == 202  # the device does not hear of it, and leaves this key too
    assert third.bind(replaces=second.binding_id).status_code == 201
    third.events += [dict(carried), {**second.events[1], "seq": 2, "carried_over": f"{second.binding_id}/2"}]
    third.record("unlocked")
    assert third.send(1).status_code == 202
    assert [[], [1, 2], [3]] == [told(installation, key) for key in (first, second, third)]
    assert [] == judge(tables_of(database_url))


def test_what_a_group_left_is_a_sign_of_life_all_the_same(
    installation: Installation, chromebooks: list[TestDevice], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("between the rows and the commit")

    left = delivery(chromebooks[0])
    with monkeypatch.context() as patched:
        patched.setattr("dokodemo.store.journals.move_all", broken)
        [why] = ingest.receive_together(installation.services, [left])
    assert isinstance(why, Left)
    assert {} == installation.services.live.contacts()
    ingest.receive(installation.services, replace(left, is_first=why.is_first))
    assert {left.journal_id} == set(installation.services.live.contacts())
    [again] = ingest.receive_together(installation.services, [left])  # the same request a second time
    assert isinstance(again, Outcome)
    installation.clock.move(minutes=1)
    ingest.receive(installation.services, left)
    assert {installation.clock()} != set(installation.services.live.contacts().values())


def test_a_database_that_does_not_answer_leaves_all_and_moves_nothing(
    installation: Installation, chromebooks: list[TestDevice], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("between the rows and the commit")

    group = [delivery(one) for one in chromebooks]
    with monkeypatch.context() as patched:
        patched.setattr("dokodemo.store.journals.move_all", broken)
        assert [Left(is_first=True)] * 5 == ingest.receive_together(installation.services, group)
    assert [[]] * 5 == [logged(installation, one) for one in chromebooks]
    assert [202] * 5 == [one.send(1).status_code for one in chromebooks]
