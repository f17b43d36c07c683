"""The keys with which an issuer signs, kept as long as it allows and a little longer when it cannot be reached.

google-auth fetches them anew for every token. Here they are fetched once for ``max-age``, by one thread at a time;
an unknown ``kid`` causes at most one fetch a minute; when a fetch fails the last good set serves on, for a day.
Both spellings become one: ``{kid: PEM}``, as Google publishes it, and a JWKS, as Entra ID does.
"""

import json
import re
import textwrap
from base64 import b64encode, urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from google.auth.exceptions import TransportError

from dokodemo.domain.errors import ErrorCode, UnavailableError
from dokodemo.google.transport import Answer

DEFAULT_MAX_AGE = 300.0
LONGEST_AGE = 86400.0
REFETCH_EVERY = 60.0
RETRY_EVERY = 10.0
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age=(\d{1,9})")
_RSA_ENCRYPTION = bytes.fromhex("300d06092a864886f70d0101010500")  # AlgorithmIdentifier, RFC 8017 A.1

Fetch = Callable[[str], Answer]


@dataclass(frozen=True, slots=True)
class _Set:
    pems: Mapping[str, str]
    fetched_at: float
    fresh_until: float


class Certificates:
    """One issuer's keys. ``clock`` gives seconds that never go back; ``fetch`` is a transport's GET."""

    def __init__(self, url: str, fetch: Fetch, clock: Callable[[], float]) -> None:
        self._url, self._fetch, self._clock = url, fetch, clock
        self._flight = Lock()
        self._set: _Set | None = None
        self._failed_at = float("-inf")
        self._refetched_at = float("-inf")

    def of(self, kid: str) -> Mapping[str, str]:
        """``{kid: PEM}`` with this one key, or empty when the issuer does not know it.

        UnavailableError ``issuer_unavailable`` when nothing usable is kept and the issuer gives nothing.
        """
        held = self._current()
        if kid not in held.pems:
            held = self._refetched(held)
        return {kid: held.pems[kid]} if kid in held.pems else {}

    def _current(self) -> _Set:
        held = self._set
        if held is not None and self._clock() < held.fresh_until:
            return held
        usable = held is not None and self._clock() - held.fetched_at < LONGEST_AGE
        # Who still has a usable set goes on with it while another thread fetches.
        if not self._flight.acquire(blocking=not usable):
            assert held is not None
            return held
        try:
            now, held = self._clock(), self._set
            if held is not None and now < held.fresh_until:
                return held
            usable = held is not None and now - held.fetched_at < LONGEST_AGE
            if now - self._failed_at >= (REFETCH_EVERY if usable else RETRY_EVERY):
                held = self._load() or held
                usable = held is not None and now - held.fetched_at < LONGEST_AGE
            if held is None or not usable:
                raise _unavailable(RETRY_EVERY)
            return held
        finally:
            self._flight.release()

    def _refetched(self, held: _Set) -> _Set:
        """A newer set than ``held`` because of an unknown kid, if one may be asked for; else the newest there is."""
        with self._flight:
            if self._set is not None and self._set is not held:
                return self._set
            now = self._clock()
            if now - self._refetched_at < REFETCH_EVERY:
                return held
            self._refetched_at = now
            loaded = self._load()
        if loaded is None:
            # The key may be new, and nobody could say so: that is no forgery.
            raise _unavailable(REFETCH_EVERY)
        return loaded

    def _load(self) -> _Set | None:
        """Fetch, keep and give the set, or None and remember the failure. Only under the lock."""
        now = self._clock()
        try:
            answer = self._fetch(self._url)
            if answer.status != 200:
                raise ValueError(f"status {answer.status}")
            pems = pems_of(json.loads(answer.data))
        except (TransportError, ValueError, RecursionError):
            self._failed_at = self._clock()
            return None
        self._failed_at = float("-inf")
        self._set = _Set(pems, now, now + _fresh_for(answer.headers))
        return self._set


def pems_of(document: Any) -> Mapping[str, str]:
    """``{kid: PEM}`` of what an issuer publishes, a map of certificates or a JWKS; ValueError when it is neither."""
    if not isinstance(document, Mapping):
        raise ValueError("keys are published as a JSON object")  # noqa: TRY004 - a wrong document, not a wrong call
    if isinstance(document.get("keys"), list):
        pems = dict(_pem_of_jwk(key) for key in document["keys"] if _signs_rs256(key))
    else:
        pems = {kid: pem for kid, pem in document.items() if isinstance(pem, str) and "-----BEGIN " in pem}
    if not pems:
        raise ValueError("there is no RSA key for signatures in it")
    return pems


def _signs_rs256(key: Any) -> bool:
    return (
        isinstance(key, Mapping)
        and key.get("kty") == "RSA"
        and key.get("use", "sig") == "sig"
        and key.get("alg", "RS256") == "RS256"
        and isinstance(key.get("kid"), str)
        and isinstance(key.get("n"), str)
        and isinstance(key.get("e"), str)
    )


def _pem_of_jwk(key: Mapping[str, Any]) -> tuple[str, str]:
    """The key's SubjectPublicKeyInfo from n and e themselves; its ``x5c`` is somebody's second word about them."""
    numbers = b"".join(_integer(urlsafe_b64decode(key[name] + "=" * (-len(key[name]) % 4))) for name in ("n", "e"))
    info = _der(0x30, _RSA_ENCRYPTION + _der(0x03, b"\x00" + _der(0x30, numbers)))
    lines = "\n".join(textwrap.wrap(b64encode(info).decode("ascii"), 64))
    return key["kid"], f"-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n"


def _integer(big_endian: bytes) -> bytes:
    stripped = big_endian.lstrip(b"\x00") or b"\x00"
    return _der(0x02, b"\x00" + stripped if stripped[0] & 0x80 else stripped)


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def _fresh_for(headers: Mapping[str, str]) -> float:
    """Seconds for which the issuer says its answer holds (RFC 9111: ``max-age`` less the ``Age`` it already has)."""
    match = _MAX_AGE.search(headers.get("cache-control", "").lower())
    if match is None:
        return DEFAULT_MAX_AGE
    age = headers.get("age", "0")
    return min(max(0.0, float(match[1]) - (float(age) if age.isascii() and age.isdecimal() else 0.0)), LONGEST_AGE)


def _unavailable(retry_after: float) -> UnavailableError:
    return UnavailableError(
        ErrorCode.ISSUER_UNAVAILABLE, "the issuer's keys cannot be fetched", retry_after=int(retry_after)
    )
