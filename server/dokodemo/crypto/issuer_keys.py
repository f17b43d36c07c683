"""The key with which the demo's issuer signs ID tokens, in every spelling in which an issuer publishes one."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from dokodemo.crypto.rsa import load_or_create_key, public_der
from dokodemo.domain import base64url

_VALID = timedelta(days=365 * 10)
_ISSUED_AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """An RSA key with its id; ``certificate`` is self-signed PEM, made once."""

    private: rsa.RSAPrivateKey = field(repr=False)
    kid: str
    certificate: str

    def sign(self, claims: Mapping[str, Any], header: Mapping[str, Any] | None = None) -> str:
        """A JWT (RS256, compact form) of these claims; ``header`` adds to or replaces members of the header."""
        members = {"alg": "RS256", "kid": self.kid, "typ": "JWT"} | dict(header or {})
        covered = ".".join(base64url.encode(_compact(part)) for part in (members, claims))
        signature = self.private.sign(covered.encode("ascii"), padding.PKCS1v15(), SHA256())
        return f"{covered}.{base64url.encode(signature)}"

    @property
    def jwk(self) -> dict[str, str]:
        """The public key as a member of a JWKS."""
        numbers = self.private.public_key().public_numbers()
        n, e = (value.to_bytes((value.bit_length() + 7) // 8, "big") for value in (numbers.n, numbers.e))
        return {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.kid,
            "n": base64url.encode(n),
            "e": base64url.encode(e),
        }

    @property
    def secret(self) -> bytes:
        """32 bytes that only who holds the private key can know."""
        der = self.private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return hashlib.sha256(b"dokodemo issuer\x00" + der).digest()


def issuer_key(private: rsa.RSAPrivateKey) -> IssuerKey:
    """The key with the id that follows from it."""
    kid = hashlib.sha256(public_der(private)).hexdigest()[:40]
    return IssuerKey(private, kid, _certificate(private))


def load_or_create_issuer_key(path: Path) -> IssuerKey:
    """The issuer's key of a file, made when there is none yet (``rsa.load_or_create_key``)."""
    return issuer_key(load_or_create_key(path))


def _compact(members: Mapping[str, Any]) -> bytes:
    return json.dumps(dict(members), ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def _certificate(private: rsa.RSAPrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "dokodemo demo issuer")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_ISSUED_AT)
        .not_valid_after(_ISSUED_AT + _VALID)
        .sign(private, SHA256())
    )
    return certificate.public_bytes(Encoding.PEM).decode("ascii")
