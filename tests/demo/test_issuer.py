"""The demo's issuer over real HTTP, as the product, the extension and a person with a browser meet it."""

import contextlib
import json
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

from dokodemo.demo.issuer import DemoPerson, IssuerClient, create_issuer, enter_url, searching
from dokodemo.demo.issuer_words import WORDS
from dokodemo.domain.errors import ErrorCode, UnauthenticatedError
from dokodemo.google.code_flow import authorize_url, challenge_of
from dokodemo.google.id_tokens import Identity, Verifier
from dokodemo.google.issuers import IssuerKind, IssuerProfile

EXTENSION_REDIRECT = "https://abcdefghijklmnopabcdefghijklmnop.chromiumapp.org/oidc"
DOMAIN = "city.akagi.example"
SATO = DemoPerson("000123", "佐藤 花子", "サトウ ハナコ", f"h.sato@{DOMAIN}", "財政課", "主任")
KATO = DemoPerson("000124", "加藤 太郎", "カトウ タロウ", f"t.kato@{DOMAIN}", "財政課", "課長")
CROWD = [
    DemoPerson(f"1{n:05}", f"<b>群衆</b> {n}", "グンシュウ", f"crowd{n}@{DOMAIN}", "市民課", "主事") for n in range(60)
]
VERIFIER = "v" * 64


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass
class Page:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def location(self) -> str:
        return self.headers["location"]

    def member(self, name: str) -> str:
        """A member of the query or fragment of where this leads."""
        parts = urlsplit(self.location)
        return parse_qs(parts.fragment or parts.query)[name][0]


class Browser:
    """Cookies as a browser keeps them; redirects are looked at, not followed."""

    def __init__(self) -> None:
        self.jar = CookieJar()
        self.opener = urllib.request.build_opener(NoRedirect, urllib.request.HTTPCookieProcessor(self.jar))

    def open(self, url: str, form: dict[str, str] | None = None, method: str | None = None, **fields: str) -> Page:
        data = None if form is None else urlencode(form).encode()
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            answer = self.opener.open(request, timeout=10)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            found = {name.lower(): value for name, value in answer.headers.items()}
            return Page(answer.status, found, answer.read().decode())


@dataclass
class City:
    origin: str
    key_path: Path
    verifier: Verifier

    @property
    def issuer(self) -> str:
        return f"{self.origin}/issuer"

    @property
    def web_redirect(self) -> str:
        return f"{self.origin}/sign-in/callback"

    @property
    def profile(self) -> IssuerProfile:
        return self.verifier.profiles[0]

    def code_url(self, **changes: Any) -> str:
        facts = {
            "redirect_uri": self.web_redirect,
            "state": "s-1",
            "nonce": "n-1",
            "challenge": challenge_of(VERIFIER),
        } | changes
        return authorize_url(self.profile, **facts)

    def fragment_url(self, **changes: str) -> str:
        query = {
            "client_id": "extension",
            "response_type": "id_token",
            "scope": "openid email profile",
            "redirect_uri": EXTENSION_REDIRECT,
            "nonce": "n-2",
            "state": "s-2",
            "prompt": "none",
        } | changes
        return f"{self.issuer}/authorize?{urlencode(query)}"

    def identity(self, id_token: str, nonce: str) -> Identity:
        return self.verifier.verify(id_token, nonce=nonce, now=datetime.now(UTC))

    def link(self, person: DemoPerson, return_to: str = "/") -> str:
        return enter_url(self.issuer, self.key_path, person.number, return_to)


def product(environ: Any, start_response: Any) -> list[bytes]:
    """What stands at the root: it shows the cookies that reach it."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ.get("HTTP_COOKIE", "").encode()]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    key_path = tmp_path_factory.mktemp("demo") / "issuer.pem"
    server = make_server("127.0.0.1", 0, product, threaded=True)
    origin = f"http://127.0.0.1:{server.server_port}"
    base = f"{origin}/issuer"
    clients = [
        IssuerClient("web", (f"{origin}/sign-in/callback",), "web secret"),
        IssuerClient("extension", (EXTENSION_REDIRECT,)),
    ]
    app = create_issuer(people=searching([SATO, KATO, *CROWD]), base_url=base, clients=clients, key_path=key_path)
    server.app = DispatcherMiddleware(product, {"/issuer": app})
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    profile = IssuerProfile(
        kind=IssuerKind.DEMO,
        name="demo",
        issuer=base,
        client_ids=("web", "extension"),
        client_secret="web secret",
        authorize_url=f"{base}/authorize",
        token_url=f"{base}/token",
        certs_url=f"{base}/certs",
        hosted_domain=DOMAIN,
    )
    yield City(origin, key_path, Verifier([profile]))
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def browser() -> Browser:
    return Browser()


IDENTITY = {"subject": SATO.number, "email": SATO.email, "name": SATO.name}


# ------------------------------------------------------------------------------------------------- the web's code flow


def test_a_person_signs_in_to_the_web_by_code_and_pkce(city: City, browser: Browser) -> None:
    page = browser.open(city.code_url())
    assert page.status == 200
    assert WORDS["ja"]["heading"] in page.text
    chosen = browser.open(city.code_url(), {"person": SATO.number}, Sec_Fetch_Site="same-origin")
    assert (chosen.status, chosen.location.split("?")[0]) == (303, city.web_redirect)
    assert chosen.member("state") == "s-1"
    token = city.verifier.exchange_code(city.profile, chosen.member("code"), VERIFIER, city.web_redirect)
    assert city.identity(token, "n-1") == Identity(city.issuer, **IDENTITY)
    again = browser.open(city.code_url(state="s-9"))
    assert (again.status, again.member("state")) == (302, "s-9"), "the session answers the second time"


def code_of(city: City) -> str:
    return Browser().open(city.code_url(), {"person": SATO.number}).member("code")


def test_a_code_works_once_and_is_spent_by_a_wrong_try(city: City) -> None:
    code = code_of(city)
    city.verifier.exchange_code(city.profile, code, VERIFIER, city.web_redirect)
    spent = code_of(city)
    for used, verifier in ((code, VERIFIER), (spent, "w" * 64), (spent, VERIFIER), ("guess", VERIFIER)):
        with pytest.raises(UnauthenticatedError) as error:
            city.verifier.exchange_code(city.profile, used, verifier, city.web_redirect)
        assert error.value.code == ErrorCode.SIGN_IN_EXPIRED


def test_many_at_once_get_one_token_for_one_code(city: City) -> None:
    code, tokens = code_of(city), []

    def exchange() -> None:
        with contextlib.suppress(UnauthenticatedError):
            tokens.append(city.verifier.exchange_code(city.profile, code, VERIFIER, city.web_redirect))

    threads = [threading.Thread(target=exchange) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tokens) == 1


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_id": "extension", "client_secret": ""}, 400, "invalid_grant"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"client_secret": "guess"}, 401, "invalid_client"),
        ({"client_secret": "秘密"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"redirect_uri": "https://evil.example/"}, 400, "invalid_grant"),
        ({"code_verifier": "検証"}, 400, "invalid_grant"),
        ({"code_verifier": ""}, 400, "invalid_grant"),
    ],
)
def test_a_wrong_exchange_is_refused(city: City, changes: dict[str, str], status: int, error: str) -> None:
    form = {
        "grant_type": "authorization_code",
        "code": code_of(city),
        "client_id": "web",
        "client_secret": "web secret",
        "redirect_uri": city.web_redirect,
        "code_verifier": VERIFIER,
    }
    page = Browser().open(f"{city.issuer}/token", form | changes)
    assert (page.status, json.loads(page.text)) == (status, {"error": error})
    assert Browser().open(f"{city.issuer}/token", form | {"code": code_of(city)}).status == 200


# ---------------------------------------------------------------------------------------- the extension's silent flow


def test_the_extension_gets_a_token_in_the_fragment_without_a_click(city: City, browser: Browser) -> None:
    browser.open(city.link(SATO))
    answer = browser.open(city.fragment_url())
    assert (answer.status, answer.location.split("#")[0]) == (302, EXTENSION_REDIRECT)
    assert answer.member("state") == "s-2"
    assert city.identity(answer.member("id_token"), "n-2") == Identity(city.issuer, **IDENTITY)


def test_without_a_session_the_extension_is_told_login_required(city: City, browser: Browser) -> None:
    answer = browser.open(city.fragment_url())
    assert f"{EXTENSION_REDIRECT}#error=login_required&state=s-2" == answer.location
    web = browser.open(city.code_url(prompt="none"))
    assert f"{city.web_redirect}?error=login_required&state=s-1" == web.location


def test_a_hint_at_another_person_is_not_answered_with_this_one(city: City, browser: Browser) -> None:
    browser.open(city.link(SATO))
    assert browser.open(city.fragment_url(login_hint=KATO.email)).member("error") == "login_required"
    assert browser.open(city.fragment_url(login_hint=SATO.email)).member("id_token")


def test_a_forged_or_foreign_cookie_is_no_session(city: City, browser: Browser) -> None:
    browser.open(city.link(SATO))
    (cookie,) = browser.jar
    right = cookie.value or ""
    link = city.link(SATO).rsplit("/", 1)[1]
    for value in (right[:-1], right.replace(".", ""), "x.y", ".", link, "é", right + "a"):
        page = Browser().open(city.fragment_url(), Cookie=f"dk_issuer={value}")
        assert page.member("error") == "login_required"
    assert Browser().open(city.fragment_url(), Cookie=f"dk_issuer={right}").member("id_token")


# --------------------------------------------------------------------------------------------------- wrong requests


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "nobody"},
        {"redirect_uri": EXTENSION_REDIRECT + "/"},
        {"redirect_uri": EXTENSION_REDIRECT + "?x=1"},
        {"redirect_uri": EXTENSION_REDIRECT.replace("https", "http")},
        {"redirect_uri": "https://evil.example/"},
        {"client_id": "web"},
    ],
)
def test_an_unregistered_address_is_never_redirected_to(city: City, browser: Browser, changes: dict[str, str]) -> None:
    browser.open(city.link(SATO))
    for form in (None, {"person": SATO.number}):
        page = browser.open(city.fragment_url(**changes), form)
        assert page.status == 400
        assert "location" not in page.headers
        assert WORDS["ja"]["unanswerable"] in page.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"scope": "email"}, "invalid_scope"),
        ({"nonce": ""}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"response_type": "code"}, "invalid_request"),
        ({"response_type": "code", "code_challenge": "c" * 43, "code_challenge_method": "plain"}, "invalid_request"),
        ({"response_type": "code", "code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request"),
    ],
)
def test_any_other_mistake_is_told_to_the_client(
    city: City, browser: Browser, changes: dict[str, str], error: str
) -> None:
    browser.open(city.link(SATO))
    answer = browser.open(city.fragment_url(**changes))
    assert (answer.status, answer.member("error"), answer.member("state")) == (302, error, "s-2")


def test_a_parameter_may_not_be_there_twice(city: City, browser: Browser) -> None:
    browser.open(city.link(SATO))
    assert browser.open(city.fragment_url() + "&nonce=n-3").member("error") == "invalid_request"
    assert browser.open(city.fragment_url() + "&redirect_uri=https://evil.example").status == 400


# ------------------------------------------------------------------------------------------------------------ people


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


# ------------------------------------------------------------------------------------------------------------ machines


def test_discovery_names_doors_that_are_there(city: City, browser: Browser) -> None:
    document = json.loads(browser.open(f"{city.issuer}/.well-known/openid-configuration").text)
    assert document["issuer"] == city.issuer
    (jwk,) = json.loads(browser.open(document["jwks_uri"]).text)["keys"]
    certificates = json.loads(browser.open(f"{city.issuer}/certs").text)
    assert [jwk["kid"]] == list(certificates)
    assert "d" not in jwk
    assert browser.open(document["authorization_endpoint"]).status == 400
    assert browser.open(document["token_endpoint"], {}).status == 401


def test_a_web_token_is_not_one_for_another_nonce_or_the_other_way_round(city: City, browser: Browser) -> None:
    browser.open(city.link(SATO))
    token = browser.open(city.fragment_url(nonce="theirs")).member("id_token")
    with pytest.raises(UnauthenticatedError):
        city.identity(token, "ours")
