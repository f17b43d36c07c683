"""What the demo's issuer hands out: ID tokens, and codes that are exchanged for them once within a minute."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from dokodemo.crypto.issuer_keys import IssuerKey
from dokodemo.demo.authorization import Authorization
from dokodemo.demo.issuer_people import DemoPerson
from dokodemo.domain import base64url

TOKEN_SECONDS = 3600
CODE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class _Grant:
    request: Authorization
    person: DemoPerson
    ends_at: float


class IssuerTokens:
    """``issuer`` is the ``iss`` of every token; ``clock`` gives seconds since 1970."""

    def __init__(self, issuer: str, key: IssuerKey, clock: Callable[[], float]) -> None:
        self._issuer, self._key, self._clock = issuer, key, clock
        self._grants: dict[str, _Grant] = {}
        self._lock = Lock()

    def id_token(self, request: Authorization, person: DemoPerson) -> str:
        """A signed statement to this client that the browser is this person's."""
        now = int(self._clock())
        claims = {
            "iss": self._issuer,
            "azp": request.client_id,
            "aud": request.client_id,
            "sub": person.number,
            "hd": person.email.rpartition("@")[2],
            "email": person.email,
            "email_verified": True,
            "name": person.name,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "jti": secrets.token_urlsafe(12),
        }
        return self._key.sign(claims | ({"nonce": request.nonce} if request.nonce is not None else {}))

    def code(self, request: Authorization, person: DemoPerson) -> str:
        """A code for this request."""
        code, now = secrets.token_urlsafe(24), self._clock()
        with self._lock:
            self._grants = {kept: grant for kept, grant in self._grants.items() if grant.ends_at > now}
            self._grants[code] = _Grant(request, person, now + CODE_SECONDS)
        return code

    def exchange(self, code: str, *, client_id: str, redirect_uri: str, verifier: str) -> str | None:
        """The ID token for a code; None when it was used, is too old, or belongs to another request.

        A code is used up by the first try, whoever makes it.
        """
        with self._lock:
            grant = self._grants.pop(code, None)
        if grant is None or grant.ends_at <= self._clock():
            return None
        challenge = base64url.encode(hashlib.sha256(verifier.encode("utf-8")).digest())  # RFC 7636 §4.6, S256
        asked = (client_id, redirect_uri, challenge)
        if asked != (grant.request.client_id, grant.request.redirect_uri, grant.request.challenge):
            return None
        return self.id_token(grant.request, grant.person)
