"""Who an issuer says that somebody is: ID tokens, verified through google-auth behind one wrapper.

google-auth checks the signature and the audience. It accepts any issuer with a certificates' address of one's own,
takes any of the keys when a token names none, reads the clock by itself, and looks at neither nonce, azp, hd,
email_verified nor age. All of that is judged here, by the same branch for every issuer; what an issuer's kind adds
is a table.
"""

import json
import time
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.auth import jwt
from google.auth.exceptions import GoogleAuthError

from dokodemo.domain import base64url
from dokodemo.domain.errors import ErrorCode, MissingError, UnauthenticatedError
from dokodemo.google import code_flow
from dokodemo.google.certificates import Certificates
from dokodemo.google.issuers import IssuerKind, IssuerProfile
from dokodemo.google.transport import UrllibTransport

MAX_TOKEN_LETTERS = 16 * 1024
MAX_AGE_SECONDS = 600
# By how much an issuer's clock may be ahead of ours. Age and expiry need none: a token lives for an hour.
SKEW_SECONDS = 30
# Members by which a token would bring its own key, or rules that are not understood here.
_FORBIDDEN_HEADERS = frozenset({"jwk", "jku", "x5u", "x5c", "crit", "b64", "zip", "enc"})
# Larger than any time: google-auth's own clock is not asked, the caller's is.
_ANY_TIME = 1 << 62

Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as an issuer knows them.

    ``issuer`` and ``subject`` never change and are the key; ``email`` (NFKC, lower case) serves the first match with
    the roster alone, since addresses are given to others later.
    """

    issuer: str
    subject: str
    email: str
    name: str


class Verifier:
    """Everything that the configured issuers are asked. One for a process: it keeps each issuer's keys.

    ``clock`` gives seconds that never go back and measures the age of those keys alone.
    """

    def __init__(
        self,
        profiles: Iterable[IssuerProfile],
        transport: UrllibTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.profiles = tuple(profiles)
        self.transport = transport or UrllibTransport()
        self._by_claim = {claim: profile for profile in self.profiles for claim in profile.issuer_claims}
        self._certificates = {
            profile.issuer: Certificates(profile.certs_url, self.transport, clock) for profile in self.profiles
        }

    def profile(self, name: str) -> IssuerProfile:
        """The configured issuer of this name; MissingError when there is none."""
        for profile in self.profiles:
            if profile.name == name:
                return profile
        raise MissingError(ErrorCode.NOT_FOUND, "no issuer of this name is configured")

    def exchange_code(self, profile: IssuerProfile, code: str, verifier: str, redirect_uri: str) -> str:
        """``code_flow.exchange_code`` over this verifier's transport."""
        return code_flow.exchange_code(profile, code, verifier, redirect_uri, self.transport)

    def verify(self, id_token: str, *, nonce: str, now: datetime) -> Identity:
        """The identity that a token states.

        UnauthenticatedError ``id_token_invalid`` with the reason (never with a claim's value) for any other token;
        UnavailableError ``issuer_unavailable`` when the issuer's keys cannot be had.
        """
        header, claims = _read(id_token)
        profile = self._by_claim.get(str(claims.get("iss")))
        if profile is None:
            raise _invalid("the issuer is not configured")
        pems = self._certificates[profile.issuer].of(header["kid"])
        try:
            verified = jwt.decode(  # type: ignore[no-untyped-call]  # google-auth annotates its functions in part
                id_token, certs=pems, audience=list(profile.client_ids), clock_skew_in_seconds=_ANY_TIME
            )
        except (GoogleAuthError, ValueError, TypeError, KeyError):
            # google-auth puts the token into its messages; it goes no further than here.
            raise _invalid("signature or audience is wrong") from None
        _judge_times(verified, now.timestamp())
        _judge_claims(verified, profile, nonce)
        return _IDENTITIES[profile.kind](verified, profile)


def _read(id_token: str) -> tuple[Claims, Claims]:
    """Header and claims, unverified, of a token of right form: three parts, RS256, a kid, nothing forbidden."""
    parts = id_token.split(".") if len(id_token) <= MAX_TOKEN_LETTERS else []
    try:
        # Python's decoder, which google-auth uses, skips letters that it does not know.
        decoded = [base64url.decode(part) for part in parts]
    except ValueError:
        decoded = []
    if len(decoded) != 3:
        raise _invalid("this is no JWS in compact form")
    header, claims = _json_object(decoded[0]), _json_object(decoded[1])
    if header.get("alg") != "RS256":
        raise _invalid("alg is RS256 and nothing else")
    if not isinstance(header.get("kid"), str) or not header["kid"]:
        raise _invalid("the header names no key")
    if str(header.get("typ", "JWT")).upper() != "JWT":
        raise _invalid("typ says that this is another kind of token")
    if forbidden := sorted(_FORBIDDEN_HEADERS & set(header)):
        raise _invalid(f"the header may not have {forbidden[0]}")
    return header, claims


def _json_object(part: bytes) -> Claims:
    try:
        value = json.loads(part.decode("utf-8"))
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise _invalid("header and claims are JSON objects")
    return value


def _judge_times(claims: Claims, now: float) -> None:
    for name in ("iat", "exp", "nbf"):
        value = claims.get(name, 0)
        if type(value) is not int:  # a truth would count as 1, NaN as any time
            raise _invalid(f"{name} is no whole number of seconds")
    if claims["exp"] <= now:
        raise _invalid("it has expired")
    if max(claims["iat"], claims.get("nbf", 0)) - SKEW_SECONDS > now:
        raise _invalid("it is not valid yet")
    if claims["iat"] + MAX_AGE_SECONDS < now:
        raise _invalid("it was issued more than ten minutes ago")


def _judge_claims(claims: Claims, profile: IssuerProfile, nonce: str) -> None:
    if not nonce or claims.get("nonce") != nonce:
        raise _invalid("the nonce is another one")
    if claims.get("azp", profile.client_id) not in profile.client_ids:
        raise _invalid("it was made for another client")
    if profile.hosted_domain is not None and claims.get("hd") != profile.hosted_domain:
        raise _invalid("hd is not the city's domain")


def _google_identity(claims: Claims, profile: IssuerProfile) -> Identity:
    if claims.get("email_verified") is not True:
        raise _invalid("the address is not verified")
    return Identity(profile.issuer, _text(claims, "sub"), _address(claims, "email"), str(claims.get("name") or ""))


def _entra_identity(claims: Claims, profile: IssuerProfile) -> Identity:
    """Tenant and ``oid`` are the person; ``preferred_username`` can be changed and only helps the first match."""
    if claims.get("tid") != profile.tenant or claims.get("ver") != "2.0":
        raise _invalid("it is of another tenant or version")
    if claims.get("acct") == 1:
        raise _invalid("a guest is not one of the tenant's people")
    return Identity(
        profile.issuer, _text(claims, "oid"), _address(claims, "preferred_username"), str(claims.get("name") or "")
    )


_IDENTITIES: Mapping[IssuerKind, Callable[[Claims, IssuerProfile], Identity]] = {
    IssuerKind.GOOGLE: _google_identity,
    IssuerKind.DEMO: _google_identity,
    IssuerKind.ENTRA: _entra_identity,
}


def _text(claims: Claims, name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 255:
        raise _invalid(f"{name} is missing")
    return value


def _address(claims: Claims, name: str) -> str:
    return unicodedata.normalize("NFKC", _text(claims, name)).lower()


def _invalid(reason: str) -> UnauthenticatedError:
    return UnauthenticatedError(ErrorCode.ID_TOKEN_INVALID, reason)
