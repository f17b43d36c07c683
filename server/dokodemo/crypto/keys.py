"""P-256 keys of devices, in the three spellings that meet here.

A browser exports its public key as a JWK; the database keeps the 65 bytes of the uncompressed SEC1 point; a key's
name (``keyid``) and the first head of its journal are its RFC 7638 thumbprint.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dokodemo.domain import base64url
from dokodemo.domain.errors import ErrorCode, InvalidError

CURVE = ec.SECP256R1()
COORDINATE_BYTES = 32
POINT_BYTES = 1 + 2 * COORDINATE_BYTES


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """A device's key pair with what every signature needs of it, computed once."""

    private: ec.EllipticCurvePrivateKey = field(repr=False)
    point: bytes
    keyid: str

    @property
    def scalar(self) -> bytes:
        """The 32 bytes from which ``key_of_scalar`` makes this key again; a secret."""
        return self.private.private_numbers().private_value.to_bytes(COORDINATE_BYTES, "big")


def new_key() -> DeviceKey:
    """A fresh key pair."""
    return _device_key(ec.generate_private_key(CURVE))


def key_of_scalar(scalar: bytes) -> DeviceKey:
    """The key pair of 32 kept bytes; ValueError for what is no P-256 scalar."""
    if len(scalar) != COORDINATE_BYTES:
        raise ValueError("a P-256 scalar has 32 bytes")
    return _device_key(ec.derive_private_key(int.from_bytes(scalar, "big"), CURVE))


def point_of_jwk(jwk: Mapping[str, object]) -> bytes:
    """The 65-byte SEC1 point of a public JWK as WebCrypto exports it.

    Further members are ignored, but ``d`` is refused: whoever sends it gives the private key away. InvalidError
    ``public_key_invalid`` for another type or curve, for coordinates that are not 32 bytes each, and for a point
    that does not lie on the curve. The error never repeats the key.
    """
    if "d" in jwk:
        raise _refused("the private part of a key must never leave its device")
    if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
        raise _refused("a key of type EC on curve P-256 is needed")
    point = b"\x04" + _coordinate(jwk, "x") + _coordinate(jwk, "y")
    try:
        public_key(point)
    except ValueError:
        raise _refused("the point does not lie on the curve") from None
    return point


def jwk_of_point(point: bytes) -> dict[str, str]:
    """The public JWK of a point, with exactly the members that the thumbprint covers."""
    x, y = point[1 : 1 + COORDINATE_BYTES], point[1 + COORDINATE_BYTES :]
    return {"crv": "P-256", "kty": "EC", "x": base64url.encode(x), "y": base64url.encode(y)}


def thumbprint(point: bytes) -> bytes:
    """The RFC 7638 thumbprint of a public key (SHA-256, 32 bytes); on the wire it is the ``keyid``."""
    jwk = jwk_of_point(point)
    text = f'{{"crv":"P-256","kty":"EC","x":"{jwk["x"]}","y":"{jwk["y"]}"}}'
    return hashlib.sha256(text.encode("ascii")).digest()


@lru_cache(maxsize=8192)
def public_key(point: bytes) -> ec.EllipticCurvePublicKey:
    """The parsed key of a point; ValueError when it is none.

    Parsing costs about as much as a quarter of a verification, and a city's devices come back every minute:
    the cache holds three cities of 2,680 devices in a few megabytes.
    """
    if len(point) != POINT_BYTES:
        raise ValueError("an uncompressed P-256 point has 65 bytes")
    return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point)


def _device_key(private: ec.EllipticCurvePrivateKey) -> DeviceKey:
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return DeviceKey(private, point, base64url.encode(thumbprint(point)))


def _coordinate(jwk: Mapping[str, object], name: str) -> bytes:
    text = jwk.get(name)
    try:
        raw = base64url.decode(text) if isinstance(text, str) else b""
    except ValueError:
        raw = b""
    if len(raw) != COORDINATE_BYTES:
        raise _refused(f"{name} has to be 32 bytes in base64url")
    return raw


def _refused(reason: str) -> InvalidError:
    return InvalidError(ErrorCode.PUBLIC_KEY_INVALID, reason)
