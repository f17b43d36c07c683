"""What an entry of the trail holds, in a clerk's words."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from dokodemo.actions import chain
from dokodemo.actions.audit import OPERATOR, record
from dokodemo.app import create_app
from dokodemo.domain.audit import Tag
from dokodemo.store.rows.installation import audit
from dokodemo.web.pages.audit_details import details
from tests.installation import Installation, build


@pytest.fixture
def installation(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    made = build(sqlite_url, tmp_path)
    yield made
    made.services.database.close()


@pytest.fixture
def app(installation: Installation) -> Flask:
    return create_app(installation.services, installation.config)


ENTRIES: list[tuple[dict[str, Any], list[str], list[str]]] = [
    (
        {"after": {"binding": "1d15aaaa-2ce2-4512-9d31-6eb12dec75d5", "trust": "managed"}},
        ["端末登録 1d15aaaa", "信頼度 管理端末"], ["Device registration 1d15aaaa", "Trust managed device"],
    ),
    (
        {"before": {"extension": "2301"}, "after": {"extension": "2302"}, "effective_on": "2026-04-01"},
        ["内線 2301 → 2302", "発令日 2026年4月1日（水）"], ["Extension 2301 → 2302", "Effective Wed 1 Apr 2026"],
    ),
    (
        {"counts": {"added": 2600, "changed": 0}, "second_person": None, "sha256": "68f1222bb6139fe5"},
        ["追加 2,600", "変更 0", "ファイルの指紋 68f1222b"], ["Added 2,600", "Changed 0", "File digest 68f1222b"],
    ),
    ({"entry": "64e5bb2f-3634-4f9e", "status": "meeting"}, ["行先の入力 64e5bb2f", "状態 会議・打合せ"],
     ["Whereabouts entry 64e5bb2f", "Status In a meeting"]),
    (
        {"revision": 3, "changes": [{"layer": "organisation", "subject": "", "key": "board.open", "before": [],
                                     "after": {"value": True, "locked": False}}]},
        ["版 3", "行先掲示板を全庁に公開（全庁） なし → はい"], ["Revision 3", "Board open to all units (city) none → yes"],
    ),
    ({"after": {"role": "auditor", "unit_code": None}}, ["権限 監査"], ["Role auditor"]),
    ({"something_new": "as it is"}, ["something_new as it is"], ["something_new as it is"]),
]  # fmt: skip


@pytest.mark.parametrize(("payload", "ja", "en"), ENTRIES)
def test_an_entry_is_told_in_words(app: Flask, payload: dict[str, Any], ja: list[str], en: list[str]) -> None:
    for language, expected in (("ja", ja), ("en", en)):
        with app.test_request_context(headers={"Cookie": f"dk-language={language}"}):
            assert expected == [f"{one.name} {one.value}" for one in details(payload)]


def test_the_chain_is_walked_once_a_day_and_an_alteration_is_found_the_next(installation: Installation) -> None:
    services = installation.services
    assert chain.last_verified(services) is None
    for day in range(3):
        services.write(lambda transaction: record(
            transaction, services, Tag.CALENDAR_CHANGED, actor=OPERATOR, day="2026-11-24"
        ))  # fmt: skip
        assert (True, False) == (chain.verify_daily(services), chain.verify_daily(services))
        assert chain.Verified(services.now(), day + 1, None) == chain.last_verified(services)
        installation.clock.move(hours=24)
    services.write(lambda transaction: transaction.execute(
        audit.update().where(audit.c.n == 2).values(payload=json.loads('{"day": "2026-11-25"}'))
    ))  # fmt: skip
    chain.verify_daily(services)
    last = chain.last_verified(services)
    assert last is not None
    assert 2 == last.broken
