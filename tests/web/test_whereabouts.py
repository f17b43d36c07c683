"""Declared whereabouts over HTTP: for oneself, for a colleague, and who is asked first."""

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from dokodemo.actions.settings import Change, publish
from dokodemo.domain.audit import Tag
from dokodemo.domain.settings import Layer
from dokodemo.domain.statuses import Status
from dokodemo.store import audit, people
from dokodemo.store.rows.whereabouts import whereabouts
from tests.device import TestDevice
from tests.settled import IT
from tests.web.city import City, city_time
from tests.web.persons import UNIT, entry, facts


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


def test_the_persons_chromebook_says_who_entered_what_for_them_and_nobody_elses_does(
    city: City, signed_in: Any, city_app: Flask
) -> None:
    with city.installation.services.read() as transaction:
        emails = [people.get(transaction, city.ids[name]).email for name in ("渡邉 由美", "濵田 翔太")]
    own, other = (TestDevice(city.installation, city_app, email=email) for email in emails)
    assert (201, 201) == (own.bind().status_code, other.bind().status_code)
    asked = entry(
        city, status="field", destination="県庁", back_at=city_time(city, 15, 0).isoformat(),
        for_person=str(city.ids["渡邉 由美"]),
    )  # fmt: skip
    for _ in range(2):  # a repeat tells nobody twice
        assert 200 == signed_in("濵田 翔太").put(**asked).status_code
    (order,) = own.beat().json["orders"]
    assert ("announce", "行先が代理で入力されました") == (order["kind"], order["title"])
    assert "濵田 翔太 さんが 9:00 に「外出 県庁 戻り 15:00」と入力しました。違うときは、行先を入れ直してください。" == order["text"]
    assert [] == other.beat().json["orders"]
    signed_in("渡邉 由美").put(**entry(city, status="at_desk"), over=asked["id"])
    assert [order] == own.beat().json["orders"]  # one's own entry is no news

