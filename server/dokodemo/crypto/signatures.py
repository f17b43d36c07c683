"""HTTP message signatures (RFC 9421) in the one profile that devices speak.

Label ``dokodemo``, ECDSA P-256 with SHA-256 and r‖s as WebCrypto gives it; covered are exactly ``@method``,
``@authority``, ``@path``, ``@query`` if the target has a ``?``, and ``content-digest`` if there is a body, in any
order; the parameters are exactly ``created``, ``keyid`` and ``tag="dokodemo"``, in any order. Nothing is
negotiated: more, fewer or other is ``signature_invalid``.

A caller judges in this order, so that every refusal tells the device what is really wrong: the form
(``read_signature``), the key of ``keyid`` (its own business), ``verify``, ``check_digest``, ``check_created``.
"""

import hashlib
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from dokodemo.crypto.keys import COORDINATE_BYTES, DeviceKey, public_key
from dokodemo.domain.errors import ErrorCode, UnauthenticatedError

TOLERANCE = timedelta(minutes=10)

_ECDSA = ec.ECDSA(SHA256())
_DEFAULT_PORTS = {"http": 80, "https": 443}
# A thumbprint is 32 bytes: 43 letters, of which the last carries four bits.
_INPUT = re.compile(
    r' *dokodemo=\( *(?P<components>"[a-z@-]+"(?: +"[a-z@-]+")*) *\)'
    r"(?P<parameters>(?:; *(?:created=(?P<created>-?[0-9]{1,15})"
    r'|keyid="(?P<keyid>[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])"'
    r'|(?P<tag>tag="dokodemo"))){3}) *'
)
# 64 bytes: 86 letters, of which the last carries two bits; any other last letter would be a second spelling.
_SIGNATURE = re.compile(r" *dokodemo=:(?P<raw>[A-Za-z0-9+/]{85}[AQgw]==): *")
_COVERED = {
    (query, body): frozenset(
        ('"@method"', '"@authority"', '"@path"', *(['"@query"'] * query), *(['"content-digest"'] * body))
    )
    for query in (False, True)
    for body in (False, True)
}


class Headers(Protocol):
    """Where header fields are looked up: a framework's headers, or a dict whose names are in lower case."""

    def get(self, name: str, /) -> str | None:
        """The field's value, or None; several lines are one value, joined by commas."""


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What a signature speaks about.

    ``authority`` and the prefix of ``path`` are those of the configured public URL (``authority_of``), never those
    of a Host header. ``path`` is as sent; ``query`` is the raw text behind the first ``?``, None without a ``?``.
    """

    method: str
    authority: str
    path: str
    query: str | None
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature of right form, not yet verified.

    ``created`` is in seconds since 1970, ``base`` the bytes that were signed, ``raw`` r‖s. ECDSA has two right
    signatures for each: ``raw`` is never an identity, ``base`` is.
    """

    keyid: str
    created: int
    base: bytes
    raw: bytes


def authority_of(public_url: str) -> str:
    """``@authority`` of a configured URL: lower case, without the port that its scheme implies (RFC 9421 §2.2.3)."""
    parts = urlsplit(public_url)
    host = (parts.hostname or "").lower()
    if ":" in host:
        host = f"[{host}]"
    return host if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f"{host}:{parts.port}"


def content_digest(body: bytes) -> str:
    """The Content-Digest field (RFC 9530) of a body."""
    return f"sha-256=:{b64encode(hashlib.sha256(body).digest()).decode('ascii')}:"


def read_signature(request: SignedRequest) -> Signature:
    """The request's one signature; UnauthenticatedError ``signature_missing`` or ``signature_invalid``."""
    signature_input = request.headers.get("signature-input")
    signature = request.headers.get("signature")
    if not signature_input and not signature:
        raise UnauthenticatedError(ErrorCode.SIGNATURE_MISSING, "device requests are signed")
    read = _INPUT.fullmatch(signature_input or "")
    letters = _SIGNATURE.fullmatch(signature or "")
    if read is None or letters is None:
        raise _invalid("Signature-Input or Signature is not of the profile's form")
    components = read["components"].split()
    covered = _COVERED[request.query is not None, bool(request.body)]
    # Three parameters, each of them seen: each of them exactly once.
    if read["created"] is None or read["keyid"] is None or read["tag"] is None:
        raise _invalid("the parameters are exactly created, keyid and tag")
    if len(components) != len(covered) or covered.difference(components):
        raise _invalid("covered are exactly " + " ".join(sorted(covered)))
    created = int(read["created"])
    parameters = "".join(
        f";created={created}" if (text := parameter.strip(" ")).startswith("created=") else f";{text}"
        for parameter in read["parameters"].split(";")[1:]
    )
    base = _base(request, components, parameters, (request.headers.get("content-digest") or "").strip(" \t"))
    return Signature(read["keyid"], created, base, b64decode(letters["raw"]))


def verify(signature: Signature, public_key_point: bytes) -> None:
    """That the holder of this key (65-byte point) signed; UnauthenticatedError ``signature_invalid``."""
    raw = signature.raw
    der = encode_dss_signature(
        int.from_bytes(raw[:COORDINATE_BYTES], "big"), int.from_bytes(raw[COORDINATE_BYTES:], "big")
    )
    try:
        public_key(public_key_point).verify(der, signature.base, _ECDSA)
    except InvalidSignature:
        raise _invalid("the signature does not belong to this request and key") from None


def check_digest(request: SignedRequest) -> None:
    """That the body is the one whose digest was signed; UnauthenticatedError ``signature_invalid``."""
    if not request.body:
        return
    if (request.headers.get("content-digest") or "").strip(" \t") != content_digest(request.body):
        raise _invalid("Content-Digest is not the SHA-256 digest of this body alone")


def check_created(signature: Signature, now: datetime, tolerance: timedelta = TOLERANCE) -> None:
    """That the signature is of about now; UnauthenticatedError ``clock_skew`` with ``server_time``.

    Said last, and only to a request that is otherwise right: the device corrects its clock and signs again.
    """
    if abs(now.timestamp() - signature.created) > tolerance.total_seconds():
        server_time = now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        raise UnauthenticatedError(ErrorCode.CLOCK_SKEW, "the device's clock is wrong", server_time=server_time)


def sign(key: DeviceKey, request: SignedRequest, created: int) -> dict[str, str]:
    """The header fields (names in lower case) that sign a request at ``created``, seconds since 1970."""
    components = ['"@method"', '"@authority"', '"@path"']
    fields = {}
    if request.query is not None:
        components.append('"@query"')
    if request.body:
        components.append('"content-digest"')
        fields["content-digest"] = content_digest(request.body)
    parameters = f';created={created};keyid="{key.keyid}";tag="dokodemo"'
    base = _base(request, components, parameters, fields.get("content-digest", ""))
    r, s = decode_dss_signature(key.private.sign(base, _ECDSA))
    raw = r.to_bytes(COORDINATE_BYTES, "big") + s.to_bytes(COORDINATE_BYTES, "big")
    fields["signature-input"] = f"dokodemo=({' '.join(components)}){parameters}"
    fields["signature"] = f"dokodemo=:{b64encode(raw).decode('ascii')}:"
    return fields


def _base(request: SignedRequest, components: list[str], parameters: str, digest: str) -> bytes:
    values = {
        '"@method"': request.method,
        '"@authority"': request.authority,
        '"@path"': request.path,
        '"@query"': f"?{request.query}",
        '"content-digest"': digest,
    }
    lines = [f"{component}: {values[component]}" for component in components]
    lines.append(f'"@signature-params": ({" ".join(components)}){parameters}')
    text = "\n".join(lines)
    # A line break inside a value could make two requests share one base.
    if text.count("\n") != len(components) or "\r" in text or not text.isascii():
        raise _invalid("the request's target is not plain ASCII")
    return text.encode("ascii")


def _invalid(reason: str) -> UnauthenticatedError:
    return UnauthenticatedError(ErrorCode.SIGNATURE_INVALID, reason)
