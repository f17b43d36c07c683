"""Orders in answers and their results (PROTOCOL sections 4 and 7)."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from dokodemo.actions.orders import OrderKind, give
from dokodemo.app import create_app
from dokodemo.domain.errors import InvalidError
from dokodemo.live import Change
from dokodemo.store.rows.devices import acknowledgements, orders
from dokodemo.store.rows.installation import audit
from tests.device import Google, TestDevice
from tests.installation import Installation, build
from tests.people import add_person
from tests.settled import IT


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    built = build(database_url, tmp_path, google=Google())
    add_person(built)
    yield built
    built.services.database.close()


@pytest.fixture
def chromebook(installation: Installation) -> TestDevice:
    one = TestDevice(installation, create_app(installation.services, installation.config))
    assert one.bind().status_code == 201
    return one


def order(installation: Installation, chromebook: TestDevice, kind: OrderKind, **members: str) -> int:
    assert chromebook.binding_id is not None
    return give(installation.services, [UUID(chromebook.binding_id)], kind, members, by=IT, reason="試験")


def test_an_order_is_in_every_answer_until_its_result_is_told(
    installation: Installation, chromebook: TestDevice
) -> None:
    assert 1 == order(installation, chromebook, OrderKind.ANNOUNCE, title="停電", text="18時から")
    (waiting,) = chromebook.beat().json["orders"]
    assert ("announce", "停電", "18時から") == (waiting["kind"], waiting["title"], waiting["text"])
    installation.clock.move(seconds=60)
    assert [waiting] == chromebook.beat().json["orders"]
    answer = chromebook.call("POST", f"/api/v1/orders/{waiting['id']}/result", {"state": "done"})
    assert (204, b"") == (answer.status_code, answer.data)
    assert [] == chromebook.beat().json["orders"]


def test_a_result_told_again_is_204_again_and_the_first_stands(
    installation: Installation, chromebook: TestDevice
) -> None:
    order(installation, chromebook, OrderKind.RELOAD_SETTINGS)
    (waiting,) = chromebook.beat().json["orders"]
    for state in ("failed", "done"):
        told = {"state": state, "detail": state}
        assert 204 == chromebook.call("POST", f"/api/v1/orders/{waiting['id']}/result", told).status_code
        installation.clock.move(seconds=1)
    with installation.services.read() as transaction:
        row = transaction.execute(select(orders)).one()
    assert ("failed", "failed") == (row.state, row.detail)


def test_the_order_of_another_binding_is_404(installation: Installation, chromebook: TestDevice) -> None:
    other = TestDevice(installation, chromebook.app)
    other.bind()
    order(installation, chromebook, OrderKind.PRESENT_TOKEN)
    (waiting,) = chromebook.beat().json["orders"]
    assert [] == other.beat().json["orders"]
    for order_id in (waiting["id"], uuid4()):
        answer = other.call("POST", f"/api/v1/orders/{order_id}/result", {"state": "done"})
        assert (404, "not_found") == (answer.status_code, answer.json["code"])
    assert [waiting] == chromebook.beat().json["orders"]


@pytest.mark.parametrize("body", [{}, {"state": "perhaps"}, {"state": None}, {"state": "done", "detail": "x" * 501}])
def test_a_result_of_another_form_is_refused(installation: Installation, chromebook: TestDevice, body: object) -> None:
    order(installation, chromebook, OrderKind.PRESENT_TOKEN)
    (waiting,) = chromebook.beat().json["orders"]
    answer = chromebook.call("POST", f"/api/v1/orders/{waiting['id']}/result", body)
    assert (422, "invalid") == (answer.status_code, answer.json["code"])
    assert [waiting] == chromebook.beat().json["orders"]


def test_what_waits_already_is_not_asked_twice_but_announcements_are(
    installation: Installation, chromebook: TestDevice
) -> None:
    assert [1, 0] == [order(installation, chromebook, OrderKind.UPDATE_EXTENSION) for _ in range(2)]
    assert [1, 1] == [order(installation, chromebook, OrderKind.ANNOUNCE, title="a", text="b") for _ in range(2)]
    assert 3 == len(chromebook.beat().json["orders"])


def test_giving_is_audited_and_announced_to_the_device_it_is_for(
    installation: Installation, chromebook: TestDevice
) -> None:
    cursor = installation.services.live.cursor()
    order(installation, chromebook, OrderKind.PAUSE, what="recording")
    waited = installation.services.live.wait(cursor, 0)
    assert waited is not None
    assert [Change("orders", str(chromebook.binding_id))] == waited[1]
    with installation.services.read() as transaction:
        entry = transaction.execute(select(audit).order_by(audit.c.n.desc())).first()
    assert entry is not None
    assert ("order:given", "pause", "試験") == (entry.tag, entry.payload["kind"], entry.payload["reason"])


def test_a_member_that_the_kind_does_not_have_is_refused(installation: Installation, chromebook: TestDevice) -> None:
    with pytest.raises(InvalidError):
        order(installation, chromebook, OrderKind.REBIND, url="https://evil.example/")


def test_a_confirmation_is_kept_once_with_its_version_and_date(
    installation: Installation, chromebook: TestDevice
) -> None:
    told = {"document": "recording_notice", "version": "1", "at": "2026-11-23T23:59:00.000Z"}
    for body in (told, told | {"at": "2026-11-23T23:59:30.000Z"}, told | {"version": 2, "at": "2038-01-01T00:00:00.000Z"}):
        answer = chromebook.call("PUT", "/api/v1/acknowledgements", body)
        assert (204, b"") == (answer.status_code, answer.data)
    with installation.services.read() as transaction:
        kept = transaction.execute(select(acknowledgements).order_by("version")).all()
    assert [(1, "2026-11-23T23:59:00+00:00"), (2, "2026-11-24T00:00:00+00:00")] == [
        (row.version, row.at.isoformat()) for row in kept
    ]


@pytest.mark.parametrize("change", [
    {"document": "Recording notice"}, {"document": "recording_notice\n"},
    {"version": 0}, {"version": "one"}, {"version": 2**31}, {"at": "yesterday"},
    {"at": "2026-11-23T23:59:00"}, {"document": None},
])
def test_a_confirmation_of_another_form_is_refused(chromebook: TestDevice, change: dict[str, object]) -> None:
    told = {"document": "recording_notice", "version": 1, "at": "2026-11-23T23:59:00.000Z"} | change
    answer = chromebook.call("PUT", "/api/v1/acknowledgements", told)
    assert (422, "invalid") == (answer.status_code, answer.json["code"])
