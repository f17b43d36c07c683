import json
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from dokodemo.domain.errors import DokodemoError, ErrorCode, UnauthenticatedError, UnavailableError
from dokodemo.google.code_flow import authorize_url, challenge_of, exchange_code
from dokodemo.google.issuers import IssuerKind
from dokodemo.google.transport import UrllibTransport
from tests.google.loopback import DOMAIN, Loopback, serving

REDIRECT = "https://hq.city.akagi.example/sign-in/callback"


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    with serving() as server:
        yield server


def exchanged(loopback: Loopback, secret: str | None = None, timeout: float = 5) -> str:
    profile = loopback.profile(IssuerKind.GOOGLE, client_secret=secret)
    return exchange_code(profile, "c0de", "v" * 43, REDIRECT, UrllibTransport(timeout))


def test_the_challenge_is_that_of_rfc_7636() -> None:
    expected = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert expected == challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")


def test_the_browser_is_sent_with_all_that_the_code_flow_needs(loopback: Loopback) -> None:
    facts = {"redirect_uri": REDIRECT, "state": "s&1", "nonce": "n 1", "challenge": "c"}
    google = urlsplit(authorize_url(loopback.profile(IssuerKind.GOOGLE), **facts, login_hint="a@b", prompt="none"))
    assert f"{google.scheme}://{google.netloc}{google.path}" == f"{loopback.url}/authorize"
    expected = {
        "response_type": "code",
        "client_id": "web-client",
        "redirect_uri": REDIRECT,
        "scope": "openid email profile",
        "state": "s&1",
        "nonce": "n 1",
        "code_challenge": "c",
        "code_challenge_method": "S256",
    }
    assert expected | {"hd": DOMAIN, "login_hint": "a@b", "prompt": "none"} == dict(parse_qsl(google.query))
    address = f"{loopback.url}/authorize?p=1"
    entra = urlsplit(authorize_url(loopback.profile(IssuerKind.ENTRA, authorize_url=address), **facts))
    assert expected | {"p": "1"} == dict(parse_qsl(entra.query))


def test_a_code_is_exchanged_with_its_verifier(loopback: Loopback) -> None:
    loopback.raw = json.dumps({"id_token": "a.b.c", "access_token": "x"}).encode()
    assert exchanged(loopback) == "a.b.c"
    ((headers, body),) = loopback.posted
    assert {
        "grant_type": ["authorization_code"],
        "code": ["c0de"],
        "redirect_uri": [REDIRECT],
        "client_id": ["web-client"],
        "code_verifier": ["v" * 43],
    } == parse_qs(body.decode())
    assert "authorization" not in headers
    assert headers["content-type"] == "application/x-www-form-urlencoded"


def test_a_client_with_a_secret_shows_it_in_the_header_alone(loopback: Loopback) -> None:
    loopback.raw = b'{"id_token": "a.b.c"}'
    exchanged(loopback, "s:e+cret")
    ((headers, body),) = loopback.posted
    assert headers["authorization"] == "Basic " + b64encode(b"web-client:s%3Ae%2Bcret").decode()
    assert b"cret" not in body
    assert "cret" not in repr(loopback.profile(IssuerKind.GOOGLE, client_secret="s:e+cret"))


@pytest.mark.parametrize(
    ("status", "content", "family", "code"),
    [
        (400, b'{"error": "invalid_grant"}', UnauthenticatedError, ErrorCode.SIGN_IN_EXPIRED),
        (400, b'{"error": "invalid_request"}', UnavailableError, ErrorCode.ISSUER_UNAVAILABLE),
        (401, b'{"error": "invalid_client"}', UnavailableError, ErrorCode.ISSUER_UNAVAILABLE),
        (400, b'{"error": ["invalid_grant"]}', UnavailableError, ErrorCode.ISSUER_UNAVAILABLE),
        (500, b"<html>", UnavailableError, ErrorCode.ISSUER_UNAVAILABLE),
        (200, b"<html>", UnavailableError, ErrorCode.ISSUER_UNAVAILABLE),
        (200, b"[]", UnavailableError, ErrorCode.ISSUER_UNAVAILABLE),
        (200, b"{}", UnavailableError, ErrorCode.ISSUER_UNAVAILABLE),
        (200, b'{"id_token": 7}', UnavailableError, ErrorCode.ISSUER_UNAVAILABLE),
        (302, b"", UnavailableError, ErrorCode.ISSUER_UNAVAILABLE),
    ],
)
def test_every_other_answer_says_whether_to_start_again_or_to_wait(
    loopback: Loopback, status: int, content: bytes, family: type[DokodemoError], code: ErrorCode
) -> None:
    loopback.status, loopback.raw = status, content
    loopback.further = {"Location": f"{loopback.url}/elsewhere"} if status == 302 else {}
    with pytest.raises(family) as error:
        exchanged(loopback)
    assert code == error.value.code
    assert loopback.asked == ["/token"]


def test_an_issuer_that_is_gone_is_unavailable() -> None:
    with serving() as gone:
        pass
    with pytest.raises(UnavailableError) as error:
        exchanged(gone)
    assert error.value.fields == {"retry_after": 10}
