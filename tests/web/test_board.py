"""Boards and whereabouts over HTTP: who may see what, compared field by field."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from dokodemo.actions.facts import refill
from dokodemo.actions.settings import Change, publish
from dokodemo.app import create_app
from dokodemo.domain.audit import Tag
from dokodemo.domain.events import Place
from dokodemo.domain.facts import State
from dokodemo.domain.settings import Layer
from dokodemo.domain.statuses import Status
from dokodemo.live import LiveLostError
from dokodemo.live.memory import MemoryLive
from dokodemo.store import audit
from dokodemo.store.rows.installation import looks
from dokodemo.store.rows.whereabouts import whereabouts
from tests.installation import Installation, build
from tests.settled import IT
from tests.web.city import City, city_time, found, morning

UNIT = "020300"


@pytest.fixture
def city(database_url: str, tmp_path: Path) -> Iterator[City]:
    installation = build(database_url, tmp_path)
    made = found(installation)
    refill(installation.services)
    yield made
    installation.services.database.close()


class Person:
    """Somebody with a session."""

    def __init__(self, city: City, client: FlaskClient, name: str) -> None:
        self.client = client
        self.headers = {"Cookie": f"dk={city.cookie(name)}", "Sec-Fetch-Site": "same-origin"}

    def get(self, path: str, *, page: bool = False) -> Any:
        accept = "text/html" if page else "application/json"
        return self.client.get(path, headers=self.headers | {"Accept": accept})

    def put(self, **body: Any) -> Any:
        return self.client.put("/api/v1/whereabouts", json=body, headers=self.headers)


@pytest.fixture
def signed_in(city: City) -> Any:
    client = create_app(city.installation.services, city.installation.config).test_client(use_cookies=False)
    return lambda name: Person(city, client, name)


def facts(person: Person, city: City, name: str, unit: str = UNIT) -> dict[str, Any]:
    answer = person.get(f"/api/v1/board?unit={unit}")
    assert answer.status_code == 200, answer.text
    (one,) = [fact for fact in answer.json["facts"] if fact["person_id"] == str(city.ids[name])]
    return dict(one)


def entry(city: City, **members: Any) -> dict[str, Any]:
    made_at = city.installation.clock().isoformat()
    return {"id": str(uuid4()), "status": "in_office", "made_at": made_at} | members


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


# ------------------------------------------------------------------------------------------------------- whereabouts


def test_a_person_declares_and_everybody_on_the_board_sees_it(city: City, signed_in: Any) -> None:
    back_at = city.installation.clock() + timedelta(hours=2)
    answer = signed_in("渡邉 由美").put(**entry(city, status="field", destination=" 県庁 ", back_at=back_at.isoformat()))
    assert (200, "県庁") == (answer.status_code, answer.json["destination"])
    seen = facts(signed_in("濵田 翔太"), city, "渡邉 由美")["whereabouts"]
    assert ("field", "県庁", "web") == (seen["status"], seen["destination"], seen["via"])


def test_a_repeat_changes_nothing(city: City, signed_in: Any) -> None:
    person = signed_in("渡邉 由美")
    body = entry(city, destination="財政課")
    answers = [person.put(**body).json for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    with city.installation.services.read() as transaction:
        assert 1 == len(list(transaction.execute(select(whereabouts))))


def test_the_later_one_wins_and_the_losing_one_is_kept(city: City, signed_in: Any) -> None:
    person = signed_in("渡邉 由美")
    later = person.put(**entry(city, destination="財政課")).json
    earlier_made = (city.installation.clock() - timedelta(minutes=5)).isoformat()
    assert later == person.put(**entry(city, destination="収納課", made_at=earlier_made)).json
    with city.installation.services.read() as transaction:
        assert 2 == len(list(transaction.execute(select(whereabouts))))


def test_what_was_made_after_its_arrival_counts_as_arrived(city: City, signed_in: Any) -> None:
    made_at = (city.installation.clock() + timedelta(hours=3)).isoformat()
    answer = signed_in("渡邉 由美").put(**entry(city, made_at=made_at))
    assert answer.json["made_at"] == city.installation.clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")


@pytest.mark.parametrize(
    ("members", "status"),
    [
        ({"status": "unknown"}, 422), ({"status": "not_in"}, 422), ({"status": "nonsense"}, 422), ({"id": "7"}, 422),
        ({"made_at": "yesterday"}, 422), ({"made_at": "2026-11-24T00:00:00"}, 422), ({"destination": "あ" * 31}, 422),
        ({"note": "い" * 41}, 422), ({"status": "leave", "note": "病院"}, 422), ({"destination": "県\u0000庁"}, 422),
        ({"back_at": "9999-12-31T23:59:59-14:00"}, 422), ({"back_at": "0001-01-01T00:00:00+14:00"}, 422),
        ({"status": "at_desk", "destination": "県庁"}, 422), ({"future": "member"}, 200),
    ],
)  # fmt: skip
def test_a_wrong_form_is_refused_and_nothing_is_kept(
    city: City, signed_in: Any, members: dict[str, Any], status: int
) -> None:
    answer = signed_in("渡邉 由美").put(**entry(city, **members))
    assert status == answer.status_code, answer.text
    with city.installation.services.read() as transaction:
        assert (status == 200) == bool(list(transaction.execute(select(whereabouts))))


@pytest.mark.parametrize(
    ("author", "section", "granted"),
    [("前田 聡", 200, 200), ("大野 隆", 200, 200), ("小林 和子", 200, 200), ("濵田 翔太", 200, 403), ("五十嵐 順一", 200, 403),
     ("森 あゆみ", 403, 403), ("橋本 由紀", 403, 403)],
)  # fmt: skip
def test_colleagues_of_the_section_declare_for_each_other_unless_the_city_names_who_may(
    city: City, signed_in: Any, author: str, section: int, granted: int
) -> None:
    city.grants("小林 和子", "proxy")
    put = signed_in(author).put
    assert section == put(**entry(city, for_person=str(city.ids["渡邉 由美"]))).status_code
    on_board = section == 200
    assert not on_board or 'data-name="渡邉 由美"' in _editable_rows(signed_in(author))
    only = Change(Layer.ORGANISATION, "", "whereabouts.proxy_scope", "granted")
    publish(city.installation.services, [only], by=IT, comment="")
    city.installation.clock.move(minutes=3)
    assert granted == put(**entry(city, for_person=str(city.ids["渡邉 由美"]))).status_code
    assert not on_board or (granted == 200) == ('data-name="渡邉 由美"' in _editable_rows(signed_in(author)))


def _editable_rows(person: Any) -> str:
    rows = person.get(f"/board/{UNIT}", page=True).text.split("<tr ")
    return "".join(row for row in rows if 'data-editable="1"' in row)


def test_a_colleagues_entry_stands_under_their_name_and_the_person_sees_it_and_overrules_it(
    city: City, signed_in: Any
) -> None:
    colleague, own = signed_in("濵田 翔太"), signed_in("渡邉 由美")
    first = colleague.put(**entry(city, status="field", destination="県庁", for_person=str(city.ids["渡邉 由美"]))).json
    for reader in ("前田 聡", "五十嵐 順一"):
        page = signed_in(reader).get(f"/board/{UNIT}", page=True).text
        assert '<span class="tag" data-cell="proxy" title="濵田 翔太">代理 濵田</span>' in page
        data = json.loads(page.split('id="board-data">')[1].split("</script>")[0])
        assert {str(city.ids["濵田 翔太"]): "濵田 翔太"} == data["authors"]
    with city.installation.services.read() as transaction:
        trace = audit.last(transaction, Tag.WHEREABOUTS_SET_FOR_ANOTHER)
    assert trace is not None
    assert ("member", str(city.ids["濵田 翔太"])) == (trace.actor_role, trace.actor)
    page = own.get("/today", page=True).text
    assert ("入力: 濵田 翔太 9:00" in page, "県庁" in page) == (True, True)
    city.installation.clock.move(seconds=30)
    assert "at_desk" == own.put(**entry(city, status="at_desk"), over=first["id"]).json["status"]
    assert str(city.ids["渡邉 由美"]) == facts(signed_in("前田 聡"), city, "渡邉 由美")["whereabouts"]["author_id"]


def test_an_entry_that_a_colleague_made_on_an_earlier_day_still_names_them(city: City, signed_in: Any) -> None:
    made_at = city.installation.clock() - timedelta(days=1)
    back_at = made_at + timedelta(days=2)
    city.declares("渡邉 由美", Status.TRIP, by="濵田 翔太", destination="東京", back_at=back_at, made_at=made_at)
    assert "入力: 濵田 翔太" in signed_in("渡邉 由美").get("/today", page=True).text


def test_a_proxys_entry_says_so_and_leaves_a_trace(city: City, signed_in: Any) -> None:
    city.grants("小林 和子", "proxy")
    signed_in("小林 和子").put(**entry(city, for_person=str(city.ids["渡邉 由美"])))
    assert str(city.ids["小林 和子"]) == facts(signed_in("前田 聡"), city, "渡邉 由美")["whereabouts"]["author_id"]
    with city.installation.services.read() as transaction:
        trace = audit.last(transaction, Tag.WHEREABOUTS_SET_FOR_ANOTHER)
    assert trace is not None
    assert (str(city.ids["小林 和子"]), city.ids["渡邉 由美"]) == (trace.actor, trace.subject_id)


def test_the_second_writer_is_shown_the_first_ones_entry_and_asked(city: City, signed_in: Any) -> None:
    city.grants("小林 和子", "proxy")
    first = signed_in("小林 和子").put(**entry(city, destination="市民課", for_person=str(city.ids["渡邉 由美"]))).json
    own = signed_in("渡邉 由美")
    city.installation.clock.move(seconds=30)
    refused = own.put(**(body := entry(city, destination="財政課")))
    assert (409, "conflict", first, "小林 和子") == (
        refused.status_code, refused.json["code"], refused.json["current"], refused.json["author"]
    )  # fmt: skip
    assert "財政課" == own.put(**body, over=first["id"]).json["destination"]


def test_after_two_minutes_nobody_is_asked(city: City, signed_in: Any) -> None:
    city.grants("小林 和子", "proxy")
    signed_in("小林 和子").put(**entry(city, for_person=str(city.ids["渡邉 由美"])))
    city.installation.clock.move(seconds=121)
    assert 200 == signed_in("渡邉 由美").put(**entry(city, destination="財政課")).status_code


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
