"""The demo's issuer over real HTTP, as the product and the extension meet it."""

import contextlib
import json
import threading
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from dokodemo.demo.issuer import create_issuer, searching
from dokodemo.demo.issuer_words import WORDS
from dokodemo.domain.errors import ErrorCode, UnauthenticatedError
from dokodemo.google.id_tokens import Identity
from tests.demo.issuer_city import EXTENSION_REDIRECT, KATO, SATO, VERIFIER, Browser, City

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
    assert browser.open(city.fragment_url() + "&display=page&display=popup").member("error") == "invalid_request"
    assert browser.open(city.fragment_url() + "&redirect_uri=https://evil.example").status == 400


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


# --------------------------------------------------------------------------------------------------------------- time


def at_another_time(city: City, seconds: float) -> FlaskClient:
    """The same issuer, its clock set to some seconds from now."""
    app = create_issuer(
        people=searching([SATO]),
        base_url=city.issuer,
        clients=city.clients,
        key_path=city.key_path,
        clock=lambda: time.time() + seconds,
    )
    return app.test_client()


@pytest.mark.parametrize(("days", "holds"), [(29.9, True), (30.1, False)])
def test_a_session_ends_after_thirty_days(city: City, browser: Browser, days: float, holds: bool) -> None:
    browser.open(city.link(SATO))
    (cookie,) = browser.jar
    later = at_another_time(city, days * 86400)
    later.set_cookie("dk_issuer", cookie.value or "")
    answer = later.get(city.fragment_url().removeprefix(city.issuer))
    assert holds == ("id_token=" in answer.location)


@pytest.mark.parametrize(("hours", "holds"), [(23.9, True), (24.1, False)])
def test_a_link_ends_after_a_day(city: City, hours: float, holds: bool) -> None:
    answer = at_another_time(city, hours * 3600).get(city.link(SATO).removeprefix(city.issuer))
    assert holds == ("used=1" not in answer.location)


@pytest.mark.parametrize(("seconds", "status"), [(59, 200), (61, 400)])
def test_a_code_ends_after_a_minute(city: City, seconds: float, status: int) -> None:
    now = [0.0]
    app = create_issuer(
        people=searching([SATO]),
        base_url=city.issuer,
        clients=city.clients,
        key_path=city.key_path,
        clock=lambda: now[0],
    )
    client = app.test_client()
    chosen = client.post(city.code_url().removeprefix(city.issuer), data={"person": SATO.number})
    now[0] = seconds
    form = {
        "grant_type": "authorization_code",
        "code": parse_qs(urlsplit(chosen.location).query)["code"][0],
        "client_id": "web",
        "client_secret": "web secret",
        "redirect_uri": city.web_redirect,
        "code_verifier": VERIFIER,
    }
    assert status == client.post("/token", data=form).status_code
