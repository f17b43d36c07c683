"""GET /api/v1/settings, POST /api/v1/settings/results (PROTOCOL sections 3 and 7)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from dokodemo.app import create_app
from dokodemo.domain.settings import Layer
from dokodemo.store import installation as installation_store
from dokodemo.store.rows.settings import setting_results
from tests.device import Google, TestDevice
from tests.installation import Installation, build
from tests.settled import put, settle

SIZE = "display.text_size"


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    built = build(database_url, tmp_path, google=Google())
    settle(built)
    yield built
    built.services.database.close()


@pytest.fixture
def chromebook(installation: Installation) -> TestDevice:
    one = TestDevice(installation, create_app(installation.services, installation.config))
    assert one.bind(device={"directory_id": None, "serial": "S1"}).status_code == 201
    return one


def results(installation: Installation) -> list[dict[str, Any]]:
    with installation.services.read() as transaction:
        return [dict(row) for row in transaction.execute(select(setting_results).order_by("key")).mappings()]


def test_everything_that_holds_is_told_with_who_decided_it(installation: Installation, chromebook: TestDevice) -> None:
    put(installation, SIZE, 20, locked=True)
    put(installation, "portal.links", [{"title": "市", "url": "https://city.akagi.example/"}])
    put(installation, "portal.links", [{"title": "課", "url": "https://ka.akagi.example/"}], Layer.UNIT, "0101")
    answer = chromebook.call("GET", "/api/v1/settings")
    assert 200 == answer.status_code
    assert {"revision", "etag", "values"} == set(answer.json)
    assert [1, 3] == answer.json["revision"]
    assert f'"{answer.json["etag"]}"' == answer.headers["ETag"]
    values = answer.json["values"]
    assert {"value": 20, "layer": "organisation", "locked": True} == values[SIZE]
    assert ["organisation", "unit"] == values["portal.links"]["origins"]
    assert ["市", "課"] == [link["title"] for link in values["portal.links"]["value"]]
    assert {"value": 10, "layer": "default", "locked": False} == values["activity.away_after_minutes"]


def test_rules_of_the_server_are_not_told_to_devices(installation: Installation, chromebook: TestDevice) -> None:
    put(installation, "board.open", True)
    values = chromebook.call("GET", "/api/v1/settings").json["values"]
    assert {"board.open", "session.lease_minutes", "whereabouts.grace_minutes"}.isdisjoint(values)


def test_the_etag_is_the_one_of_every_other_answer(installation: Installation, chromebook: TestDevice) -> None:
    put(installation, SIZE, 20)
    etag = chromebook.call("GET", "/api/v1/settings").json["etag"]
    assert etag == chromebook.beat().json["settings_etag"]
    put(installation, SIZE, 21)
    assert etag != chromebook.beat().json["settings_etag"]


@pytest.mark.parametrize("header", ['"{}"', 'W/"{}"', '"other", "{}"', "*"])
def test_who_has_it_already_gets_304_and_no_body(chromebook: TestDevice, header: str) -> None:
    etag = chromebook.call("GET", "/api/v1/settings").json["etag"]
    answer = chromebook.call("GET", "/api/v1/settings", **{"If-None-Match": header.format(etag)})
    assert (304, b"", f'"{etag}"') == (answer.status_code, answer.data, answer.headers["ETag"])


@pytest.mark.parametrize("header", ['"other"', "", "nonsense", '"{}x"'])
def test_who_has_something_else_gets_everything(chromebook: TestDevice, header: str) -> None:
    etag = chromebook.call("GET", "/api/v1/settings").json["etag"]
    answer = chromebook.call("GET", "/api/v1/settings", **{"If-None-Match": header.format(etag)})
    assert (200, etag) == (answer.status_code, answer.json["etag"])


def test_a_value_for_a_device_holds_there_alone(installation: Installation, chromebook: TestDevice) -> None:
    other = TestDevice(installation, chromebook.app)
    other.bind()
    device_id = chromebook.bind(device={"serial": "S1"}).json["device_id"]
    assert device_id is not None
    put(installation, SIZE, 33, Layer.DEVICE, device_id)
    assert 33 == chromebook.call("GET", "/api/v1/settings").json["values"][SIZE]["value"]
    assert SIZE not in other.call("GET", "/api/v1/settings").json["values"]


def test_a_publication_shortens_the_pause_to_the_next_beat(installation: Installation, chromebook: TestDevice) -> None:
    assert 60 == chromebook.beat().json["next_beat_s"]
    put(installation, SIZE, 20)
    assert 20 == chromebook.beat().json["next_beat_s"]
    installation.clock.move(minutes=6)
    assert 60 == chromebook.beat().json["next_beat_s"]


def test_a_restored_backup_begins_a_new_epoch_of_revisions(installation: Installation, chromebook: TestDevice) -> None:
    put(installation, SIZE, 20)
    installation.services.write(lambda transaction: installation_store.replace(transaction, "epoch", 2))
    assert [2, 1] == chromebook.call("GET", "/api/v1/settings").json["revision"]
    put(installation, SIZE, 21)
    assert [2, 2] == chromebook.call("GET", "/api/v1/settings").json["revision"]


def test_what_became_of_settings_is_kept_the_latest_of_each_key(
    installation: Installation, chromebook: TestDevice
) -> None:
    told = [{"key": SIZE, "state": "failed", "detail": "font"}, {"key": "from.tomorrow", "state": "unsupported"}]
    assert 204 == chromebook.call("POST", "/api/v1/settings/results", {"revision": [1, 1], "results": told}).status_code
    again = {"revision": [1, 2], "results": [{"key": SIZE, "state": "applied"}], "new_member": 1}
    answer = chromebook.call("POST", "/api/v1/settings/results", again)
    assert (204, b"") == (answer.status_code, answer.data)
    kept = [(row["key"], row["state"], row["detail"], row["revision"]) for row in results(installation)]
    assert [(SIZE, "applied", None, 2), ("from.tomorrow", "unsupported", None, 1)] == kept
    assert {UUID(chromebook.binding_id)} == {row["binding_id"] for row in results(installation)}


@pytest.mark.parametrize("body", [
    {}, {"revision": [1, 1]}, {"revision": 1, "results": []}, {"revision": [1], "results": []},
    {"revision": [1, True], "results": []}, {"revision": [1, -1], "results": []}, {"revision": ["1", 1], "results": []},
    {"revision": [1, 2**31], "results": []},
    {"revision": [1, 1], "results": [{"key": SIZE, "state": "splendid"}]},
    {"revision": [1, 1], "results": [{"key": SIZE}]},
    {"revision": [1, 1], "results": [{"key": "Nonsense!", "state": "applied"}]},
    {"revision": [1, 1], "results": [{"key": SIZE + "\n", "state": "applied"}]},
    {"revision": [1, 1], "results": [{"key": SIZE, "state": "applied", "detail": "x" * 501}]},
    {"revision": [1, 1], "results": [{"key": SIZE, "state": "applied"}] * 201},
    {"revision": [1, 1], "results": {"key": SIZE, "state": "applied"}},
])
def test_results_of_another_form_are_refused_and_nothing_is_kept(
    installation: Installation, chromebook: TestDevice, body: dict[str, Any]
) -> None:
    answer = chromebook.call("POST", "/api/v1/settings/results", body)
    assert (422, "invalid") == (answer.status_code, answer.json["code"])
    assert [] == results(installation)


def test_results_twice_in_one_report_keep_the_last(installation: Installation, chromebook: TestDevice) -> None:
    told = [{"key": SIZE, "state": state} for state in ("failed", "applied")]
    assert 204 == chromebook.call("POST", "/api/v1/settings/results", {"revision": [1, 1], "results": told}).status_code
    assert ["applied"] == [row["state"] for row in results(installation)]


def test_without_a_signature_nothing_is_told(chromebook: TestDevice) -> None:
    answer = chromebook.app.test_client().get("/api/v1/settings")
    assert (401, "signature_missing") == (answer.status_code, answer.get_json()["code"])
