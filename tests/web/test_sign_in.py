"""Signing in to the web by code and PKCE, over real HTTP, at the demo's issuer; sessions of our own."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from dokodemo.actions import sign_in
from dokodemo.actions.audit import OPERATOR
from dokodemo.actions.people import relink
from dokodemo.domain.access import Scope
from dokodemo.store import audit
from dokodemo.store.audit import Filters
from dokodemo.store.rows.people import identities, people
from dokodemo.store.rows.web import sign_ins, web_sessions
from dokodemo.web.people_auth import own_path
from tests.demo.issuer_city import Browser, Page
from tests.web.serving import STRANGER, Served, serve


@pytest.fixture
def served(sqlite_url: str, tmp_path: Path) -> Iterator[Served]:
    with serve(sqlite_url, tmp_path) as running:
        yield running


def number_of(served: Served, name: str) -> str:
    with served.installation.services.read() as transaction:
        row = transaction.execute(select(people.c.staff_number).where(people.c.name == name)).one()
    return str(row.staff_number)


def leave(served: Served, browser: Browser, to: str = "/board/020300") -> Page:
    """Press the button of the first page."""
    form = {"issuer": served.issuer, "to": to}
    return browser.open(f"{served.origin}/sign-in", form, Sec_Fetch_Site="same-origin")


def come_back(served: Served, browser: Browser, number: str, to: str = "/board/020300") -> Page:
    """Sign in as the person of a staff number; the answer of our callback."""
    left = leave(served, browser, to)
    assert left.status == 303, left.text
    chosen = browser.open(left.location, {"person": number}, Sec_Fetch_Site="same-origin")
    assert chosen.status == 303, chosen.text
    return browser.open(chosen.location)


def tags(served: Served) -> list[str]:
    with served.installation.services.read() as transaction:
        return [entry.tag for entry in reversed(audit.entries(transaction, Scope(all=True), Filters()))]


def rows(served: Served, table: Any) -> list[Any]:
    with served.installation.services.read() as transaction:
        return list(transaction.execute(select(table)))


def test_a_person_signs_in_and_comes_to_where_they_wanted_to_go(served: Served) -> None:
    browser = Browser()
    first = browser.open(f"{served.origin}/board/020300", Accept="text/html")
    assert (303, "/?to=/board/020300") == (first.status, first.location)
    back = come_back(served, browser, number_of(served, "前田 聡"))
    assert (303, "/board/020300") == (back.status, back.location)
    page = browser.open(f"{served.origin}{back.location}", Accept="text/html")
    assert page.status == 200
    assert "前田 聡" in page.text
    assert ["identity:bound", "sign_in:succeeded"] == tags(served)
    assert [] == rows(served, sign_ins)


def test_the_cookie_is_hidden_from_scripts_and_kept_as_a_digest_alone(served: Served) -> None:
    browser = Browser()
    back = come_back(served, browser, number_of(served, "渡邉 由美"))
    cookie = next(cookie for cookie in browser.jar if cookie.name == "dk")
    assert "HttpOnly" in back.headers["set-cookie"]
    assert "SameSite=Lax" in back.headers["set-cookie"]
    (session,) = rows(served, web_sessions)
    assert sign_in.digest_of(str(cookie.value)) == session.token_digest
    assert len(str(cookie.value)) >= 43  # 256 bits


def test_the_second_sign_in_finds_the_identity_whatever_the_address_is_now(served: Served) -> None:
    number = number_of(served, "渡邉 由美")
    come_back(served, Browser(), number)
    served.installation.services.write(lambda transaction: transaction.execute(
        update(people).where(people.c.staff_number == number).values(email="renamed@city.akagi.example")
    ))  # fmt: skip
    assert come_back(served, Browser(), number).status == 303
    assert 1 == len(rows(served, identities))


def test_somebody_outside_the_roster_is_told_so_and_nothing_is_stored(served: Served) -> None:
    left = leave(served, browser := Browser())
    chosen = browser.open(left.location, {"person": STRANGER.number}, Sec_Fetch_Site="same-origin")
    page = browser.open(chosen.location, Accept="text/html")
    assert page.status == 403
    assert "名簿に見つかりません" in page.text
    assert STRANGER.email in page.text
    assert [] == rows(served, identities) + rows(served, web_sessions)
    assert ["sign_in:failed"] == tags(served)
    with served.installation.services.read() as transaction:
        (entry,) = audit.entries(transaction, Scope(all=True), Filters())
    assert {"issuer": served.issuer, "reason": "not_in_roster"} == entry.payload


def test_an_address_with_another_identity_waits_for_the_it_office(served: Served) -> None:
    number = number_of(served, "渡邉 由美")
    come_back(served, Browser(), number)
    relink(served.installation.services, OPERATOR, number, served.issuer, subject="somebody else")
    left = leave(served, browser := Browser())
    chosen = browser.open(left.location, {"person": number}, Sec_Fetch_Site="same-origin")
    page = browser.open(chosen.location, Accept="text/html")
    assert (409, True) == (page.status, "別のアカウント" in page.text)


def test_an_answer_counts_only_in_the_browser_that_asked(served: Served) -> None:
    left = leave(served, attacker := Browser())
    chosen = attacker.open(left.location, {"person": number_of(served, "前田 聡")}, Sec_Fetch_Site="same-origin")
    victim = Browser().open(chosen.location, Accept="text/html")
    assert victim.status == 401
    assert "set-cookie" not in victim.headers
    assert attacker.open(chosen.location).status == 303


def test_an_answer_counts_once(served: Served) -> None:
    browser = Browser()
    left = leave(served, browser)
    chosen = browser.open(left.location, {"person": number_of(served, "前田 聡")}, Sec_Fetch_Site="same-origin")
    kept = [(cookie.name, cookie.value) for cookie in browser.jar if cookie.name == "dk-sign-in"]
    assert browser.open(chosen.location).status == 303
    again = Browser().open(chosen.location, Cookie=f"dk-sign-in={kept[0][1]}")
    assert again.status == 401


def test_a_sign_in_of_more_than_ten_minutes_ago_is_over(served: Served) -> None:
    browser = Browser()
    left = leave(served, browser)
    chosen = browser.open(left.location, {"person": number_of(served, "前田 聡")}, Sec_Fetch_Site="same-origin")
    served.installation.clock.move(minutes=10)
    assert browser.open(chosen.location).status == 401


def test_a_broken_off_sign_in_leads_back_and_is_kept_in_the_trail(served: Served) -> None:
    browser = Browser()
    state = leave(served, browser).member("state")
    page = browser.open(f"{served.origin}/sign-in/callback?error=access_denied&state={state}", Accept="text/html")
    assert (401, True) == (page.status, "ログインが完了しませんでした" in page.text)
    assert ["sign_in:failed"] == tags(served)


@pytest.mark.parametrize(("minutes", "status"), [(479, 200), (481, 303)])
def test_a_session_ends_after_eight_idle_hours(served: Served, minutes: int, status: int) -> None:
    token = served.city.cookie("前田 聡")
    served.installation.clock.move(minutes=minutes)
    answer = served.app.test_client(use_cookies=False).get("/today", headers={"Cookie": f"dk={token}", "Accept": "text/html"})
    assert status == answer.status_code


def test_a_session_ends_after_twelve_hours_however_busy(served: Served) -> None:
    token = served.city.cookie("前田 聡")
    headers = {"Cookie": f"dk={token}", "Accept": "text/html"}
    answers = []
    for _ in range(4):
        served.installation.clock.move(hours=3, minutes=1)
        answers.append(served.app.test_client(use_cookies=False).get("/today", headers=headers).status_code)
    assert [200, 200, 200, 303] == answers


def test_signing_out_and_revoking_end_sessions_at_once(served: Served) -> None:
    tokens = [served.city.cookie("前田 聡") for _ in range(3)]
    client = served.app.test_client(use_cookies=False)
    out = client.post("/sign-out", headers={"Cookie": f"dk={tokens[0]}", "Sec-Fetch-Site": "same-origin"})
    assert (303, "/?signed_out=1") == (out.status_code, out.headers["Location"])
    assert sign_in.revoke_all(served.installation.services, served.city.ids["前田 聡"]) == 2
    for token in tokens:
        answer = client.get("/api/v1/people", headers={"Cookie": f"dk={token}"})
        assert (401, "not_signed_in") == (answer.status_code, (answer.json or {})["code"])


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": "ORIGIN"}, 303),
        ({"Origin": "https://evil.example"}, 403),
        ({}, 403),
    ],
)
def test_unsafe_requests_come_from_our_own_pages(served: Served, headers: dict[str, str], status: int) -> None:
    sent = {name: value.replace("ORIGIN", served.origin) for name, value in headers.items()}
    sent["Cookie"] = f"dk={served.city.cookie('前田 聡')}"
    assert status == served.app.test_client(use_cookies=False).post("/sign-out", headers=sent).status_code


@pytest.mark.parametrize(
    ("asked", "goes"),
    [
        ("/board/020300", "/board/020300"), ("/today?x=1", "/today?x=1"), (None, "/today"), ("", "/today"),
        ("https://evil.example/", "/today"), ("//evil.example/", "/today"), ("/\\evil.example", "/today"),
        ("/%0d%0aSet-Cookie", "/%0d%0aSet-Cookie"), ("/a\r\nb", "/today"), ("/sign-out", "/today"), ("javascript:x", "/today"),
    ],
)  # fmt: skip
def test_only_own_paths_are_returned_to(asked: str | None, goes: str) -> None:
    assert goes == own_path(asked)


def test_the_language_is_kept_with_the_person(served: Served) -> None:
    token = served.city.cookie("前田 聡")
    client = served.app.test_client(use_cookies=False)
    headers = {"Cookie": f"dk={token}", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/language", data={"language": "en", "to": "/today"}, headers=headers).status_code == 303
    fresh = served.app.test_client(use_cookies=False).get("/today", headers={"Cookie": f"dk={token}", "Accept": "text/html"})
    assert '<html lang="en">' in fresh.text
    stranger = served.app.test_client(use_cookies=False).get("/", headers={"Accept": "text/html"})
    assert '<html lang="ja">' in stranger.text


def test_pages_carry_a_strict_policy_and_nothing_inline(served: Served) -> None:
    token = served.city.cookie("前田 聡")
    for path in ("/", "/today", "/board/020300", "/audit", "/nothing"):
        headers = {"Cookie": f"dk={token}" if path != "/" else "", "Accept": "text/html"}
        answer = served.app.test_client(use_cookies=False).get(path, headers=headers)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-inline" not in policy
        assert "frame-ancestors 'none'" in policy
        nonce = policy.split("'nonce-")[1].split("'")[0]
        for tag in answer.text.split("<script")[1:]:
            opening = tag.split(">")[0]
            assert "application/json" in opening or (f'nonce="{nonce}"' in opening and "src=" in opening)
        assert " style=" not in answer.text
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_person_who_left_the_staff_is_no_longer_signed_in(served: Served) -> None:
    token = served.city.cookie("渡邉 由美")
    today = served.installation.clock().date()
    served.installation.services.write(lambda transaction: transaction.execute(
        update(people).where(people.c.name == "渡邉 由美").values(valid_to=today - timedelta(days=1))
    ))  # fmt: skip
    assert served.app.test_client(use_cookies=False).get("/api/v1/people", headers={"Cookie": f"dk={token}"}).status_code == 401
