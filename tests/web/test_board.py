"""Boards over HTTP: who may see what, compared field by field."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from dokodemo.actions.settings import Change, publish
from dokodemo.app import create_app
from dokodemo.domain.events import Place
from dokodemo.domain.facts import State
from dokodemo.domain.settings import Layer
from dokodemo.domain.statuses import Status
from dokodemo.live import LiveLostError
from dokodemo.live.memory import MemoryLive
from dokodemo.store.rows.installation import looks
from tests.installation import Installation, build
from tests.settled import IT
from tests.web.city import City, city_time, found, morning
from tests.web.persons import UNIT, Person, entry, facts

# ------------------------------------------------------------------------------------------------ who sees which board


@pytest.mark.parametrize(
    ("name", "unit", "status"),
    [
        ("渡邉 由美", "020300", 200), ("渡邉 由美", "020302", 200), ("渡邉 由美", "020000", 403), ("渡邉 由美", "020100", 403),
        ("前田 聡", "020300", 200), ("前田 聡", "020100", 403), ("大野 隆", "020000", 200), ("大野 隆", "020302", 200),
        ("大野 隆", "040100", 403), ("森 あゆみ", "020300", 403), ("森 あゆみ", "999999", 404),
    ],
)  # fmt: skip
def test_a_board_is_for_its_own_people_and_its_heads(
    city: City, signed_in: Any, name: str, unit: str, status: int
) -> None:
    person = signed_in(name)
    assert status == person.get(f"/api/v1/board?unit={unit}").status_code
    assert status == person.get(f"/board/{unit}", page=True).status_code


def test_whoever_is_refused_is_told_whom_to_ask_and_nothing_else(city: City, signed_in: Any) -> None:
    page = signed_in("渡邉 由美").get("/board/020101", page=True)
    assert (403, True, False) == (page.status_code, "石川 修" in page.text, "橋本" in page.text)


def test_nobody_sees_a_board_without_signing_in(city: City, signed_in: Any) -> None:
    client = signed_in("前田 聡").client
    for path in (f"/api/v1/board?unit={UNIT}", "/api/v1/people"):
        answer = client.get(path)
        assert (401, "not_signed_in") == (answer.status_code, answer.json["code"])


def test_everybody_is_found_whose_board_may_be_opened_and_nobody_else(city: City, signed_in: Any) -> None:
    found_by = {
        name: {one["name"] for one in signed_in(name).get("/api/v1/people").json["people"]}
        for name in ("渡邉 由美", "大野 隆", "森 あゆみ")
    }
    assert (30, 33, {"坂本 洋", "森 あゆみ"}) == (len(found_by["渡邉 由美"]), len(found_by["大野 隆"]), found_by["森 あゆみ"])


# --------------------------------------------------------------------------------------- what of somebody leaves the server


def test_a_locked_device_is_away_for_colleagues_and_has_no_since_for_the_head(city: City, signed_in: Any) -> None:
    city.reports("渡邉 由美", State.LOCKED, Place.DESK)
    own = facts(signed_in("渡邉 由美"), city, "渡邉 由美")
    head = facts(signed_in("前田 聡"), city, "渡邉 由美")
    colleague = facts(signed_in("濵田 翔太"), city, "渡邉 由美")
    assert ("locked", True) == (own["state"], own["since"] is not None)
    assert ("locked", None) == (head["state"], head["since"])
    assert ("away", None) == (colleague["state"], colleague["since"])


def test_during_leave_only_that_status_leaves_the_server(city: City, signed_in: Any) -> None:
    city.declares("山﨑 亮", Status.LEAVE, back_at=city_time(city, 0, 0) + timedelta(days=1))
    city.reports("山﨑 亮", State.ACTIVE, Place.HOME, meeting=city.installation.clock())
    own = facts(signed_in("山﨑 亮"), city, "山﨑 亮")
    assert ("active", "home") == (own["state"], own["place"])
    for name in ("前田 聡", "渡邉 由美"):
        seen = facts(signed_in(name), city, "山﨑 亮")
        assert {"state": "none", "place": None, "meeting": None, "since": None, "until": None} == {
            member: seen[member] for member in ("state", "place", "meeting", "since", "until")
        }
        assert ("leave", None, None) == tuple(seen["whereabouts"][member] for member in ("status", "destination", "note"))


def test_a_page_holds_no_more_than_its_viewer_may_know(city: City, signed_in: Any) -> None:
    city.declares("山﨑 亮", Status.LEAVE)
    city.reports("山﨑 亮", State.ACTIVE, Place.HOME)
    city.reports("渡邉 由美", State.LOCKED, Place.DESK)
    page = signed_in("濵田 翔太").get(f"/board/{UNIT}", page=True).text
    assert "locked" not in page
    assert "c-reported" not in page
    assert "/day/" not in page


def test_each_row_goes_by_the_hours_of_its_persons_main_post(city: City, signed_in: Any) -> None:
    hours = [Change(Layer.UNIT, "020302", key, value) for key, value in (("hours.start", "10:00"), ("hours.end", "19:00"))]
    publish(city.installation.services, hours, by=IT, comment="")
    city.installation.clock.at = city_time(city, 17, 50)
    for name in ("渡邉 由美", "髙橋 恵子", "田中 美咲"):  # 髙橋 has a second post in 020302
        city.reports(name, State.ENDED, Place.DESK, until=city_time(city, 17, 30))
    page = signed_in("前田 聡").get(f"/board/{UNIT}", page=True).text
    shown = {
        row.split('data-name="')[1].split('"')[0]: row.split('data-cell="qualifier">')[1].split("<")[0]
        for row in page.split("<tr ")
        if 'data-name="' in row and 'data-status="left"' in row
    }
    assert {"渡邉 由美": "端末終了", "髙橋 恵子": "", "田中 美咲": ""} == shown
    data = json.loads(page.split('id="board-data">')[1].split("</script>")[0])
    own = {"starts": "10:00", "ends": "19:00", "lunch_from": "12:00", "lunch_to": "13:00"}
    assert own == data["hours"][str(city.ids["渡邉 由美"])]
    assert str(city.ids["髙橋 恵子"]) not in data["hours"]
    today = signed_in("渡邉 由美").get("/today", page=True).text
    assert "19:00" == json.loads(today.split('id="today-data">')[1].split("</script>")[0])["policy"]["ends"]


def test_a_cursor_gives_only_what_moved(city: City, signed_in: Any) -> None:
    head = signed_in("前田 聡")
    first = head.get(f"/api/v1/board?unit={UNIT}").json
    city.reports("渡邉 由美", State.ACTIVE, Place.DESK)
    city.reports("橋本 由紀", State.ACTIVE, Place.DESK)  # of another section
    moved = head.get(f"/api/v1/board?unit={UNIT}&since={first['cursor']}").json
    assert (False, [str(city.ids["渡邉 由美"])]) == (moved["full"], [one["person_id"] for one in moved["facts"]])
    still = head.get(f"/api/v1/board?unit={UNIT}&since={moved['cursor']}").json
    assert (False, []) == (still["full"], still["facts"])


@pytest.mark.parametrize("cursor", ["nonsense", "00000000.1", "…", "lost"])
def test_an_unknown_cursor_gives_everything_and_no_error(city: City, signed_in: Any, cursor: str) -> None:
    city.reports("渡邉 由美", State.ACTIVE, Place.DESK)
    answer = signed_in("前田 聡").get(f"/api/v1/board?unit={UNIT}&since={cursor}")
    assert (200, True, 1) == (answer.status_code, answer.json["full"], len(answer.json["facts"]))


def test_without_the_shared_state_the_board_is_read_from_the_database(database_url: str, tmp_path: Path) -> None:
    class Lost(MemoryLive):
        """A Redis that does not answer."""

        def __getattribute__(self, name: str) -> Any:
            if name.startswith("_"):
                return super().__getattribute__(name)
            raise LiveLostError

    installation: Installation = build(database_url, tmp_path, live=Lost())
    city = found(installation)
    city.declares("渡邉 由美", Status.FIELD, destination="県庁")
    app = create_app(installation.services, installation.config)
    answer = Person(city, app.test_client(use_cookies=False), "前田 聡").get(f"/api/v1/board?unit={UNIT}")
    assert ("lost", True, "県庁") == (
        answer.json["cursor"], answer.json["full"], answer.json["facts"][0]["whereabouts"]["destination"]
    )  # fmt: skip
    installation.services.database.close()


# ----------------------------------------------------------------------------------------------------- a person's day


@pytest.mark.parametrize(
    ("name", "status"), [("前田 聡", 200), ("大野 隆", 200), ("濵田 翔太", 403), ("森 あゆみ", 403), ("石川 修", 403)]
)
def test_a_day_is_for_the_persons_own_heads(city: City, signed_in: Any, name: str, status: int) -> None:
    answer = signed_in(name).get(f"/people/{city.ids['渡邉 由美']}/day/2026-11-24", page=True)
    assert status == answer.status_code
    with city.installation.services.read() as transaction:
        kept = list(transaction.execute(select(looks)))
    assert (status == 200) == bool(kept)


def test_opening_a_day_is_a_look_that_the_person_sees(city: City, signed_in: Any) -> None:
    head, own = signed_in("前田 聡"), signed_in("渡邉 由美")
    assert "開いた人はいません" in own.get("/today", page=True).text
    for _ in range(2):
        head.get(f"/people/{city.ids['渡邉 由美']}/day/2026-11-24", page=True)
    page = own.get("/today", page=True).text
    assert "前田 聡（所属長） 9:00（1日の帯）" in page
    assert "2回" in page


def test_boards_and_the_own_day_are_no_looks(city: City, signed_in: Any) -> None:
    head = signed_in("前田 聡")
    for path in (f"/board/{UNIT}", "/today", "/audit"):
        assert 200 == head.get(path, page=True).status_code
    with city.installation.services.read() as transaction:
        assert [] == list(transaction.execute(select(looks)))


@pytest.mark.parametrize("path", ["/people/nobody/day/2026-11-24", "/people/{}/day/never", "/people/{}/day/2026-13-01"])
def test_what_does_not_exist_is_not_found(city: City, signed_in: Any, path: str) -> None:
    assert 404 == signed_in("前田 聡").get(path.format(city.ids["渡邉 由美"]), page=True).status_code
    assert 404 == signed_in("前田 聡").get(f"/people/{UUID(int=7)}/day/2026-11-24", page=True).status_code


# ------------------------------------------------------------------------------------------------------- the trail


def test_the_trail_is_read_within_ones_scope_and_exported_by_auditors_alone(city: City, signed_in: Any) -> None:
    city.grants("橋本 由紀", "auditor")
    city.grants("小林 和子", "proxy")
    signed_in("小林 和子").put(**entry(city, for_person=str(city.ids["渡邉 由美"])))
    shown = {
        name: "行先を代理入力</td>" in signed_in(name).get("/audit", page=True).text
        for name in ("渡邉 由美", "小林 和子", "前田 聡", "橋本 由紀", "濵田 翔太", "森 あゆみ")
    }
    assert {"渡邉 由美": True, "小林 和子": True, "前田 聡": True, "橋本 由紀": True, "濵田 翔太": False, "森 あゆみ": False} == shown
    head, auditor = signed_in("前田 聡"), signed_in("橋本 由紀")
    assert 403 == head.client.post("/audit/export", headers=head.headers).status_code
    export = auditor.client.post("/audit/export", headers=auditor.headers)
    assert ["whereabouts:set_for_another", "audit:exported"] == [
        line.split('"tag":"')[1].split('"')[0] for line in export.text.splitlines()
    ]
    assert "連鎖 未検証" in auditor.get("/audit", page=True).text
    assert 403 == head.client.post("/audit/verify", headers=head.headers).status_code
    assert 303 == auditor.client.post("/audit/verify", headers=auditor.headers).status_code
    assert "連鎖 正常　2026年" in auditor.get("/audit", page=True).text


def test_every_kind_of_cell_can_be_drawn_in_both_languages(city: City, signed_in: Any) -> None:
    morning(city)
    for name in ("前田 聡", "渡邉 由美"):
        person = signed_in(name)
        for language in ("ja", "en"):
            person.client.post("/language", data={"language": language, "to": "/today"}, headers=person.headers)
            page = person.get(f"/board/{UNIT}", page=True)
            assert 200 == page.status_code
            assert ("戻り予定を過ぎています" if language == "ja" else "Return is overdue") in page.text
