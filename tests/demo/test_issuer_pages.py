"""The demo's issuer over real HTTP, as a person with a browser meets it."""

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from dokodemo.demo.issuer import IssuerClient, create_issuer, searching
from dokodemo.demo.issuer_words import WORDS
from tests.demo.issuer_city import CROWD, EXTENSION_REDIRECT, KATO, SATO, Browser, City


def test_a_link_signs_in_once_and_used_it_leads_to_the_page_and_on(city: City) -> None:
    link = city.link(SATO, "/today?x=1")
    first = Browser().open(link)
    assert (first.status, first.location) == (302, f"{city.origin}/today?x=1")
    other = Browser()
    second = other.open(link)
    assert second.status == 302
    page = other.open(second.location)
    assert page.status == 200
    assert WORDS["ja"]["used"] in page.text
    chosen = other.open(second.location, {"person": KATO.number})
    assert (chosen.status, chosen.location) == (303, f"{city.origin}/today?x=1")
    assert other.open(city.fragment_url()).member("id_token")


def test_a_look_at_a_link_s_head_does_not_use_it_up(city: City, browser: Browser) -> None:
    link = city.link(SATO)
    assert "set-cookie" not in browser.open(link, method="HEAD").headers
    assert "dk_issuer" in browser.open(link).headers["set-cookie"]


def test_links_that_are_not_ours_sign_nobody_in(city: City) -> None:
    for last in (
        "x",
        "a.b",
        "%2e%2e",
        city.link(SATO).rsplit("/", 1)[1][:-1],
        city.link(CROWD[0]).rsplit("/", 1)[1] + "A",
    ):
        page = Browser().open(f"{city.issuer}/enter/{last}")
        assert "set-cookie" not in page.headers
        assert f"{city.issuer}/?used=1&return_to=%2F" == page.location


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1", "/\n/x", ""]
)
def test_no_link_leads_to_another_host(city: City, address: str) -> None:
    assert Browser().open(city.link(SATO, address)).location == f"{city.origin}/"


def test_the_session_stays_with_the_issuer_and_lives_through_a_browser_s_restart(city: City, browser: Browser) -> None:
    browser.open(city.link(SATO))
    (cookie,) = browser.jar
    assert (cookie.name, cookie.path, cookie.secure) == ("dk_issuer", "/issuer", False)
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert not cookie.discard
    assert browser.open(f"{city.origin}/").text == "", "the product never sees the issuer's cookie"


def test_another_process_with_the_same_key_goes_on_with_the_same_session(city: City, browser: Browser) -> None:
    browser.open(city.link(SATO))
    (cookie,) = browser.jar
    again = create_issuer(
        people=searching([SATO]),
        base_url=city.issuer,
        clients=[IssuerClient("extension", (EXTENSION_REDIRECT,))],
        key_path=city.key_path,
    )
    client = again.test_client()
    client.set_cookie("dk_issuer", cookie.value or "")
    answer = client.get(city.fragment_url().removeprefix(city.issuer))
    assert "id_token" in answer.location


def test_somebody_else_can_be_chosen_on_request(city: City, browser: Browser) -> None:
    browser.open(city.link(SATO))
    page = browser.open(city.code_url(prompt="select_account"))
    assert page.status == 200
    assert WORDS["ja"]["signed_in"].format(name=SATO.name) in page.text
    browser.open(city.code_url(prompt="select_account"), {"person": KATO.number})
    token = browser.open(city.fragment_url()).member("id_token")
    assert city.identity(token, "n-2").subject == KATO.number


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("佐藤", ["000123"]),
        ("佐藤花子", ["000123"]),
        ("佐藤　花子", ["000123"]),
        ("さとう", ["000123"]),
        ("ｶﾄｳ", ["000124"]),
        ("財政 課長", ["000124"]),
        ("000124", ["000124"]),
        ("T.KATO", ["000124"]),
        ("財政課", ["000123", "000124"]),
        ("いない", []),
    ],
)
def test_people_are_found_by_name_kana_number_and_unit(
    city: City, browser: Browser, text: str, found: list[str]
) -> None:
    page = browser.open(city.code_url() + "&" + urlencode({"q": text}))
    assert found == re.findall(r'name="person" value="(\d+)"', page.text)
    assert (WORDS["ja"]["nobody"] in page.text) == (not found)


def test_a_long_list_is_cut_and_says_so_and_names_are_text(city: City, browser: Browser) -> None:
    page = browser.open(f"{city.issuer}/")
    assert len(re.findall(r'name="person"', page.text)) == 20
    assert WORDS["ja"]["more"] in page.text
    assert "<b>群衆" not in page.text


def test_the_search_keeps_what_the_client_asked(city: City, browser: Browser) -> None:
    page = browser.open(city.code_url(state='"><script>') + "&q=x")
    kept = re.findall(r'type="hidden" name="(\w+)"', page.text)
    assert sorted(kept) == sorted(parse_qs(urlsplit(city.code_url()).query))
    assert "<script>" not in page.text
    (action,) = re.findall(r'method="post" action="([^"]+)"', page.text)
    chosen = browser.open(f"{city.issuer}/authorize{action.replace('&amp;', '&')}", {"person": SATO.number})
    assert chosen.member("state") == '"><script>'


def test_another_site_cannot_choose_for_somebody(city: City, browser: Browser) -> None:
    for site in ("cross-site", "same-site"):
        page = browser.open(city.code_url(), {"person": SATO.number}, Sec_Fetch_Site=site)
        assert page.status == 403
        assert "set-cookie" not in page.headers


def test_a_person_who_is_not_there_is_asked_for_again(city: City, browser: Browser) -> None:
    for form in ({"person": "999"}, {"person": "花子"}, {"person": ""}, {}):
        page = browser.open(city.code_url(), form)
        assert page.status == 422
        assert "set-cookie" not in page.headers


def test_the_page_speaks_english_when_asked_and_remembers_it(city: City, browser: Browser) -> None:
    assert 'lang="ja"' in browser.open(f"{city.issuer}/").text
    assert WORDS["en"]["heading"] in browser.open(f"{city.issuer}/?lang=en").text
    assert WORDS["en"]["heading"] in browser.open(city.code_url()).text
    assert WORDS["ja"]["heading"] in browser.open(f"{city.issuer}/?lang=xx").text
    assert set(WORDS["ja"]) == set(WORDS["en"])


def test_pages_run_no_inline_script_and_are_framed_by_nobody(city: City, browser: Browser) -> None:
    page = browser.open(f"{city.issuer}/")
    assert "unsafe" not in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    assert re.findall(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", page.text) == []
    for path in re.findall(r'(?:src|href)="(/issuer/static/[^"]+)"', page.text):
        assert browser.open(city.origin + path).status == 200
