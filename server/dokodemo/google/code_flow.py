"""Signing in to the web: authorization code with PKCE (RFC 7636), at every configured issuer alike."""

import hashlib
import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote_plus, urlencode, urlsplit

from google.auth.exceptions import TransportError

from dokodemo.domain.errors import ErrorCode, UnauthenticatedError, UnavailableError
from dokodemo.google.issuers import IssuerKind, IssuerProfile
from dokodemo.google.transport import Answer, UrllibTransport

TIMEOUT = 10.0
RETRY_AFTER = 10


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a code verifier (43 to 128 letters)."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode("ascii")


def authorize_url(
    profile: IssuerProfile,
    *,
    redirect_uri: str,
    state: str,
    nonce: str,
    challenge: str,
    login_hint: str | None = None,
    prompt: str | None = None,
) -> str:
    """Where the browser goes to sign in; it comes back to ``redirect_uri`` with ``code`` and ``state``."""
    query = {
        "response_type": "code",
        "client_id": profile.client_id,
        "redirect_uri": redirect_uri,
        "scope": "openid email profile",
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    if profile.kind is IssuerKind.GOOGLE and profile.hosted_domain:
        query["hd"] = profile.hosted_domain
    query |= {name: value for name, value in (("login_hint", login_hint), ("prompt", prompt)) if value}
    separator = "&" if urlsplit(profile.authorize_url).query else "?"
    return f"{profile.authorize_url}{separator}{urlencode(query)}"


def exchange_code(
    profile: IssuerProfile, code: str, verifier: str, redirect_uri: str, transport: UrllibTransport | None = None
) -> str:
    """The ID token for a code, not yet verified.

    UnauthenticatedError ``sign_in_expired`` when the issuer does not take the code (used, too old, another
    verifier): signing in starts again. UnavailableError ``issuer_unavailable`` for everything else.
    """
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": profile.client_id,
        "code_verifier": verifier,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    if profile.client_secret is not None:
        # RFC 6749 §2.3.1: the parts are form-encoded before they are joined.
        pair = f"{quote_plus(profile.client_id)}:{quote_plus(profile.client_secret)}"
        headers["Authorization"] = f"Basic {b64encode(pair.encode('ascii')).decode('ascii')}"
    try:
        answer = (transport or UrllibTransport())(
            profile.token_url, method="POST", body=urlencode(form).encode("ascii"), headers=headers, timeout=TIMEOUT
        )
    except TransportError:
        raise _unavailable("it does not answer") from None
    members = _members(answer)
    if answer.status == 400 and members.get("error") == "invalid_grant":
        raise UnauthenticatedError(ErrorCode.SIGN_IN_EXPIRED, "the issuer does not take this code any more")
    id_token = members.get("id_token")
    if answer.status != 200 or not isinstance(id_token, str):
        error = members.get("error")
        known = error if isinstance(error, str) and error.replace("_", "").isalpha() else "no ID token"
        raise _unavailable(f"it answered {answer.status}, {known[:60]}")
    return id_token


def _members(answer: Answer) -> dict[str, object]:
    try:
        members = json.loads(answer.data)
    except (ValueError, RecursionError):
        return {}
    return members if isinstance(members, dict) else {}


def _unavailable(reason: str) -> UnavailableError:
    return UnavailableError(ErrorCode.ISSUER_UNAVAILABLE, f"the issuer: {reason}", retry_after=RETRY_AFTER)
