import hashlib
import json
from base64 import urlsafe_b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from dokodemo.crypto.keys import jwk_of_point, key_of_scalar, new_key, point_of_jwk, thumbprint
from dokodemo.domain import base64url
from dokodemo.domain.errors import ErrorCode, InvalidError

KEY = key_of_scalar(hashlib.sha256(b"a device").digest())


@given(st.binary(max_size=70))
def test_base64url_gives_back_the_bytes_and_writes_no_padding(raw: bytes) -> None:
    text = base64url.encode(raw)
    assert urlsafe_b64encode(raw).decode().rstrip("=") == text
    assert raw == base64url.decode(text)


@pytest.mark.parametrize("text", ["QQ==", "QR", "Q", "Q+", "Q/", "Q Q", "QQ\n", "漢字", "QQ=", "Q.Q"])
def test_base64url_has_one_spelling(text: str) -> None:
    with pytest.raises(ValueError):
        base64url.decode(text)


def test_a_point_and_its_jwk_are_the_same_key() -> None:
    assert KEY.point == point_of_jwk(jwk_of_point(KEY.point))


def test_the_thumbprint_is_rfc_7638_over_sorted_required_members() -> None:
    canonical = json.dumps(jwk_of_point(KEY.point), sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(canonical.encode()).digest() == thumbprint(KEY.point)
    assert KEY.keyid == base64url.encode(thumbprint(KEY.point))
    assert 43 == len(KEY.keyid)


def test_a_kept_scalar_makes_the_same_key_again() -> None:
    key = new_key()
    again = key_of_scalar(key.scalar)
    assert (key.point, key.keyid) == (again.point, again.keyid)


@pytest.mark.parametrize("scalar", [b"", bytes(32), bytes(31) + b"\x01" * 2, b"\xff" * 32])
def test_what_is_no_scalar_makes_no_key(scalar: bytes) -> None:
    with pytest.raises(ValueError):
        key_of_scalar(scalar)


def test_a_key_never_shows_its_private_part() -> None:
    assert "private" not in repr(KEY)


def test_further_members_of_a_jwk_are_ignored() -> None:
    further = {"ext": True, "key_ops": ["verify"], "alg": "ES256", "use": "sig", "kid": "x"}
    assert KEY.point == point_of_jwk(jwk_of_point(KEY.point) | further)


def test_a_private_key_is_refused_and_not_repeated() -> None:
    secret = base64url.encode(KEY.scalar)
    with pytest.raises(InvalidError) as refusal:
        point_of_jwk(jwk_of_point(KEY.point) | {"d": secret})
    assert ErrorCode.PUBLIC_KEY_INVALID == refusal.value.code
    assert secret not in str(refusal.value)


X, Y = jwk_of_point(KEY.point)["x"], jwk_of_point(KEY.point)["y"]
P384 = ec.generate_private_key(ec.SECP384R1()).public_key().public_numbers()


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "EC", "crv": "P-256", "x": X},
        {"kty": "EC", "crv": "P-384", "x": X, "y": Y},
        {"kty": "RSA", "crv": "P-256", "x": X, "y": Y},
        {"kty": "EC", "crv": "P-256", "x": X, "y": X},
        {"kty": "EC", "crv": "P-256", "x": X, "y": Y + "A"},
        {"kty": "EC", "crv": "P-256", "x": X + "=", "y": Y},
        {"kty": "EC", "crv": "P-256", "x": X[:-1], "y": Y},
        {"kty": "EC", "crv": "P-256", "x": None, "y": Y},
        {"kty": "EC", "crv": "P-256", "x": 7, "y": [Y]},
        {"kty": "EC", "crv": "P-256", "x": base64url.encode(bytes(32)), "y": base64url.encode(bytes(32))},
        {"kty": "EC", "crv": "P-256", "x": base64url.encode(b"\xff" * 32), "y": Y},
        {"kty": ["EC"], "crv": {"P-256": 1}, "x": X, "y": Y},
        {
            "kty": "EC",
            "crv": "P-256",
            "x": base64url.encode(P384.x.to_bytes(48, "big")),
            "y": base64url.encode(P384.y.to_bytes(48, "big")),
        },
    ],
)
def test_what_is_no_point_of_the_curve_is_public_key_invalid(jwk: dict[str, object]) -> None:
    with pytest.raises(InvalidError) as refusal:
        point_of_jwk(jwk)
    assert ErrorCode.PUBLIC_KEY_INVALID == refusal.value.code
