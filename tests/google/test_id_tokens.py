"""Real RSA keys against a certificates' server on loopback: what is accepted, and the named forgeries."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dokodemo.crypto.issuer_keys import IssuerKey
from dokodemo.domain import base64url
from dokodemo.domain.errors import DokodemoError, ErrorCode, MissingError, UnauthenticatedError
from dokodemo.google.id_tokens import Identity, Verifier
from dokodemo.google.issuers import IssuerKind
from tests.google.loopback import DOMAIN, TENANT, Loopback, new_issuer_key, serving

NOW = datetime(2026, 11, 24, 0, 31, 1, 500_000, tzinfo=UTC)
T = int(NOW.timestamp())
KEY, OTHER_KEY, NEXT_KEY = new_issuer_key(), new_issuer_key(), new_issuer_key()
GOOGLE = "https://accounts.google.com"
ENTRA = f"https://login.microsoftonline.com/{TENANT}/v2.0"
CLAIMS: dict[str, Any] = {
    "iss": GOOGLE,
    "azp": "extension-client",
    "aud": "extension-client",
    "sub": "108423",
    "hd": DOMAIN,
    "email": "Hanako.Sato@city.akagi.example",
    "email_verified": True,
    "name": "佐藤 花子",
    "nonce": "n-1",
    "iat": T - 5,
    "exp": T + 3595,
}
ENTRA_CLAIMS: dict[str, Any] = {
    "iss": ENTRA,
    "aud": "web-client",
    "tid": TENANT,
    "oid": "9f4880d8-80ba-4c40-97bc-f7a23c703084",
    "sub": "pairwise",
    "ver": "2.0",
    "preferred_username": "Hanako.Sato@city.akagi.example",
    "name": "佐藤 花子",
    "nonce": "n-1",
    "iat": T - 5,
    "nbf": T - 5,
    "exp": T + 3595,
}


@pytest.fixture(scope="module")
def loopback() -> Iterator[Loopback]:
    with serving(KEY) as server:
        yield server


@pytest.fixture
def verifier(loopback: Loopback) -> Verifier:
    loopback.keys = [KEY]
    return Verifier([loopback.profile(kind) for kind in IssuerKind])


def verified(verifier: Verifier, token: str, nonce: str = "n-1", now: datetime = NOW) -> Identity:
    return verifier.verify(token, nonce=nonce, now=now)


def refusal(verifier: Verifier, token: str, nonce: str = "n-1", now: datetime = NOW) -> DokodemoError:
    with pytest.raises(UnauthenticatedError) as error:
        verified(verifier, token, nonce, now)
    assert error.value.code == ErrorCode.ID_TOKEN_INVALID
    return error.value


def test_a_google_token_names_the_person_by_issuer_and_sub(verifier: Verifier) -> None:
    expected = Identity(GOOGLE, "108423", "hanako.sato@city.akagi.example", "佐藤 花子")
    assert expected == verified(verifier, KEY.sign(CLAIMS))
    assert expected == verified(verifier, KEY.sign(CLAIMS | {"iss": "accounts.google.com"}))
    assert expected == verified(verifier, KEY.sign(CLAIMS | {"aud": "web-client", "azp": "web-client"}))


def test_an_entra_token_names_the_person_by_tenant_and_oid(verifier: Verifier) -> None:
    expected = Identity(ENTRA, ENTRA_CLAIMS["oid"], "hanako.sato@city.akagi.example", "佐藤 花子")
    assert expected == verified(verifier, KEY.sign(ENTRA_CLAIMS, {"x5t": "abc"}))


def test_the_demo_s_token_goes_the_same_way(verifier: Verifier, loopback: Loopback) -> None:
    token = KEY.sign(CLAIMS | {"iss": loopback.url})
    assert Identity(loopback.url, "108423", "hanako.sato@city.akagi.example", "佐藤 花子") == verified(verifier, token)


def test_five_tokens_cost_one_fetch(verifier: Verifier, loopback: Loopback) -> None:
    before = loopback.asked.count("/certs")
    for n in range(5):
        verified(verifier, KEY.sign(CLAIMS | {"sub": str(n)}))
    assert before + 1 == loopback.asked.count("/certs")


def test_a_full_width_address_is_the_same_address(verifier: Verifier) -> None:
    token = KEY.sign(CLAIMS | {"email": "Ｈａｎａｋｏ.sato@city.akagi.example"})
    assert verified(verifier, token).email == "hanako.sato@city.akagi.example"


def test_a_name_is_not_needed(verifier: Verifier) -> None:
    claims = {name: value for name, value in CLAIMS.items() if name not in ("name", "azp")}
    assert verified(verifier, KEY.sign(claims)).name == ""


def test_time_is_the_caller_s_not_the_machine_s(verifier: Verifier) -> None:
    at = datetime(2031, 4, 1, tzinfo=UTC)
    claims = CLAIMS | {"iat": int(at.timestamp()), "exp": int(at.timestamp()) + 60}
    assert verified(verifier, KEY.sign(claims), now=at + timedelta(seconds=59)).subject == "108423"
    refusal(verifier, KEY.sign(claims))


@pytest.mark.parametrize(
    ("changes", "right"),
    [
        ({"iat": T - 600}, False),
        ({"iat": T - 599}, True),
        ({"iat": T + 30}, True),
        ({"iat": T + 31}, False),
        ({"exp": T + 1}, True),
        ({"exp": T}, False),
        ({"nbf": T + 30}, True),
        ({"nbf": T + 31}, False),
    ],
)
def test_the_edges_of_time_are_exact(verifier: Verifier, changes: dict[str, int], right: bool) -> None:
    token = KEY.sign(CLAIMS | changes)
    if right:
        verified(verifier, token)
    else:
        refusal(verifier, token)


def test_there_is_no_issuer_of_another_name(verifier: Verifier, loopback: Loopback) -> None:
    assert verifier.profile("google") == loopback.profile(IssuerKind.GOOGLE)
    with pytest.raises(MissingError):
        verifier.profile("okta")


# ------------------------------------------------------------------------------------------------------- the forgeries


def without(claims: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in claims.items() if name not in names}


def unsigned(header: dict[str, Any], claims: dict[str, Any] = CLAIMS) -> str:
    return ".".join(base64url.encode(json.dumps(part).encode()) for part in (header, claims))


def hs256(secret: bytes) -> str:
    covered = unsigned({"alg": "HS256", "kid": KEY.kid, "typ": "JWT"})
    return f"{covered}.{base64url.encode(hmac.digest(secret, covered.encode(), hashlib.sha256))}"


def public_pem(key: IssuerKey) -> bytes:
    return key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def json_serialization() -> str:
    header, payload, signature = KEY.sign(CLAIMS).split(".")
    one = {"protected": header, "signature": signature}
    two = {"protected": header, "signature": OTHER_KEY.sign(CLAIMS).split(".")[2]}
    return json.dumps({"payload": payload, "signatures": [two, one]})


def injected(header: dict[str, Any]) -> str:
    return OTHER_KEY.sign(CLAIMS, {"kid": KEY.kid} | header)


FORGERIES: dict[str, Callable[[], str]] = {
    "alg none": lambda: unsigned({"alg": "none", "kid": KEY.kid}) + ".",
    "alg none with a signature": lambda: unsigned({"alg": "none", "kid": KEY.kid}) + ".AAAA",
    "alg None in another spelling": lambda: unsigned({"alg": "nOnE", "kid": KEY.kid}) + ".AAAA",
    "HS256 with the certificate as secret": lambda: hs256(KEY.certificate.encode()),
    "HS256 with the public key as secret": lambda: hs256(public_pem(KEY)),
    "ES256 in the header": lambda: KEY.sign(CLAIMS, {"alg": "ES256"}),
    "alg is a list": lambda: KEY.sign(CLAIMS, {"alg": ["RS256"]}),
    "wrong kid": lambda: KEY.sign(CLAIMS, {"kid": OTHER_KEY.kid}),
    "kid of another's key": lambda: OTHER_KEY.sign(CLAIMS, {"kid": KEY.kid}),
    "no kid": lambda: KEY.sign(CLAIMS, {"kid": ""}),
    "kid is no text": lambda: KEY.sign(CLAIMS, {"kid": {"a": 1}}),
    "expired": lambda: KEY.sign(CLAIMS | {"iat": T - 500, "exp": T - 1}),
    "issued too long ago": lambda: KEY.sign(CLAIMS | {"iat": T - 601}),
    "not valid yet by iat": lambda: KEY.sign(CLAIMS | {"iat": T + 60}),
    "not valid yet by nbf": lambda: KEY.sign(CLAIMS | {"nbf": T + 60}),
    "no iat": lambda: KEY.sign(without(CLAIMS, "iat")),
    "no exp": lambda: KEY.sign(without(CLAIMS, "exp")),
    "exp is NaN": lambda: KEY.sign(CLAIMS | {"exp": float("nan")}),
    "exp is infinite": lambda: KEY.sign(CLAIMS | {"exp": float("inf")}),
    "exp is a text": lambda: KEY.sign(CLAIMS | {"exp": str(T + 60)}),
    "iat is a truth": lambda: KEY.sign(CLAIMS | {"iat": True}),
    "wrong iss": lambda: KEY.sign(CLAIMS | {"iss": "https://evil.example"}),
    "no iss": lambda: KEY.sign(without(CLAIMS, "iss")),
    "iss with a slash": lambda: KEY.sign(CLAIMS | {"iss": f"{GOOGLE}/"}),
    "iss by http": lambda: KEY.sign(CLAIMS | {"iss": "http://accounts.google.com"}),
    "iss is a list": lambda: KEY.sign(CLAIMS | {"iss": [GOOGLE]}),
    "wrong aud": lambda: KEY.sign(CLAIMS | {"aud": "somebody-else"}),
    "no aud": lambda: KEY.sign(without(CLAIMS, "aud")),
    "a list of aud with a foreign azp": lambda: KEY.sign(CLAIMS | {"aud": ["web-client", "evil"], "azp": "evil"}),
    "a foreign azp": lambda: KEY.sign(CLAIMS | {"azp": "evil"}),
    "azp is null": lambda: KEY.sign(CLAIMS | {"azp": None}),
    "no sub": lambda: KEY.sign(without(CLAIMS, "sub")),
    "empty sub": lambda: KEY.sign(CLAIMS | {"sub": ""}),
    "sub is a number": lambda: KEY.sign(CLAIMS | {"sub": 108423}),
    "a sub of 256 letters": lambda: KEY.sign(CLAIMS | {"sub": "1" * 256}),
    "no nonce": lambda: KEY.sign(without(CLAIMS, "nonce")),
    "another nonce": lambda: KEY.sign(CLAIMS | {"nonce": "n-2"}),
    "nonce is a list": lambda: KEY.sign(CLAIMS | {"nonce": ["n-1"]}),
    "address not verified": lambda: KEY.sign(CLAIMS | {"email_verified": False}),
    "address verified by a text": lambda: KEY.sign(CLAIMS | {"email_verified": "true"}),
    "no word about the address": lambda: KEY.sign(without(CLAIMS, "email_verified")),
    "no address": lambda: KEY.sign(without(CLAIMS, "email")),
    "wrong hd": lambda: KEY.sign(CLAIMS | {"hd": "city.elsewhere.example"}),
    "no hd": lambda: KEY.sign(without(CLAIMS, "hd")),
    "jwk in the header": lambda: injected({"jwk": OTHER_KEY.jwk}),
    "jku in the header": lambda: injected({"jku": "https://evil.example/jwks"}),
    "x5u in the header": lambda: injected({"x5u": "https://evil.example/cert"}),
    "x5c in the header": lambda: injected({"x5c": ["MIIB"]}),
    "jwk beside a right signature": lambda: KEY.sign(CLAIMS, {"jwk": OTHER_KEY.jwk}),
    "crit in the header": lambda: KEY.sign(CLAIMS, {"crit": ["exp"], "exp": T}),
    "two signatures": lambda: f"{KEY.sign(CLAIMS)}.{OTHER_KEY.sign(CLAIMS).split('.')[2]}",
    "two signatures as JSON": json_serialization,
    "an access token used as an ID token": lambda: KEY.sign(CLAIMS, {"typ": "at+jwt"}),
    "an access token without a nonce": lambda: KEY.sign(without(CLAIMS, "nonce") | {"scope": "openid email"}),
    "100 KB": lambda: KEY.sign(CLAIMS | {"padding": "x" * 100_000}),
    "16 KB of nesting": lambda: f"{base64url.encode(b'[' * 12_000)}.e30.AAAA",
    "a non-ASCII header": lambda: KEY.sign(CLAIMS).replace("e", "é", 1),
    "a header in UTF-16": lambda: f"{base64url.encode('{}'.encode('utf-16'))}.e30.AAAA",
    "a truncated signature": lambda: KEY.sign(CLAIMS)[:-10],
    "no signature": lambda: KEY.sign(CLAIMS).rsplit(".", 1)[0] + ".",
    "a signature with a line break": lambda: KEY.sign(CLAIMS) + "\n",
    "padding": lambda: KEY.sign(CLAIMS) + "==",
    "claims changed behind the signature": lambda: swapped_claims(CLAIMS | {"sub": "1"}),
    "claims that are a list": lambda: swapped_claims([CLAIMS]),
    "another tenant": lambda: KEY.sign(ENTRA_CLAIMS | {"tid": "00000000-0000-0000-0000-000000000000"}),
    "another tenant's issuer": lambda: KEY.sign(ENTRA_CLAIMS | {"iss": ENTRA.replace(TENANT, "common")}),
    "Entra version 1": lambda: KEY.sign(ENTRA_CLAIMS | {"ver": "1.0"}),
    "Entra without oid": lambda: KEY.sign(without(ENTRA_CLAIMS, "oid")),
    "Entra without a name to match by": lambda: KEY.sign(without(ENTRA_CLAIMS, "preferred_username")),
    "a guest of the tenant": lambda: KEY.sign(ENTRA_CLAIMS | {"acct": 1}),
    "nothing": lambda: "",
    "dots": lambda: "..",
}


def swapped_claims(claims: Any) -> str:
    header, _, signature = KEY.sign(CLAIMS).split(".")
    return f"{header}.{base64url.encode(json.dumps(claims).encode())}.{signature}"


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_token_is_refused_without_repeating_what_it_says(verifier: Verifier, name: str) -> None:
    token = FORGERIES[name]()
    error = refusal(verifier, token)
    for secret in ("hanako", "108423", "佐藤", "n-1", token):
        assert not secret or secret not in str(error).lower()
    assert error.__cause__ is None


def test_a_token_of_an_empty_nonce_is_refused_whatever_it_says(verifier: Verifier) -> None:
    refusal(verifier, KEY.sign(CLAIMS | {"nonce": ""}), nonce="")


def test_an_unknown_key_after_a_rotation_is_fetched_and_the_old_one_retires(
    loopback: Loopback, verifier: Verifier
) -> None:
    verified(verifier, KEY.sign(CLAIMS))
    loopback.keys = [NEXT_KEY]
    assert verified(verifier, NEXT_KEY.sign(CLAIMS)).subject == "108423"
    refusal(verifier, KEY.sign(CLAIMS))
    refusal(verifier, OTHER_KEY.sign(CLAIMS))


def test_an_issuer_s_key_of_another_algorithm_signs_nothing_here(loopback: Loopback) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    covered = unsigned({"alg": "ES256", "kid": "ec", "typ": "JWT"})
    r, s = decode_dss_signature(private.sign(covered.encode(), ec.ECDSA(SHA256())))
    token = f"{covered}.{base64url.encode(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
    loopback.raw = json.dumps({"ec": pem}).encode()
    try:
        refusal(Verifier([loopback.profile(IssuerKind.GOOGLE)]), token)
    finally:
        loopback.raw = None


def test_no_changed_letter_goes_unseen(verifier: Verifier) -> None:
    token = KEY.sign(CLAIMS)
    accepted = []
    for position in [*range(0, len(token), 3), len(token) - 1]:
        changed = token[:position] + ("A" if token[position] != "A" else "B") + token[position + 1 :]
        try:
            verified(verifier, changed)
        except UnauthenticatedError:
            continue
        accepted.append(position)
    assert accepted == []


def test_the_signature_is_over_the_letters_as_sent(verifier: Verifier) -> None:
    header, claims, signature = KEY.sign(CLAIMS).split(".")
    spaced = json.dumps(json.loads(base64.urlsafe_b64decode(claims + "==")), ensure_ascii=False)
    refusal(verifier, f"{header}.{base64url.encode(spaced.encode())}.{signature}")
