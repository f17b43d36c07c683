"""Who is signed in at the demo's issuer, and the links that sign somebody in once.

A session is a cookie that the issuer's key has sealed: it lives through a restart of the demo, as a ChromeOS login
lives through one of the browser. A link is sealed by the same key, so that any process of the demo can write one;
that it was used is remembered by the process that serves the issuer.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from threading import Lock

from dokodemo.domain import base64url

SESSION_SECONDS = 30 * 86400
LINK_SECONDS = 86400


class IssuerSessions:
    """``secret`` comes from the issuer's key; ``clock`` gives seconds since 1970."""

    def __init__(self, secret: bytes, clock: Callable[[], float]) -> None:
        self._secret, self._clock = secret, clock
        self._used: set[str] = set()
        self._lock = Lock()

    def session_of(self, number: str) -> str:
        """A cookie's value for this person."""
        return self._sealed("session", number)

    def number_of(self, cookie: str | None) -> str | None:
        """The person of a cookie that is ours and not too old."""
        return self._opened("session", cookie or "", SESSION_SECONDS)

    def link_for(self, number: str) -> str:
        """The last part of a link that signs this person in, once, within a day."""
        return self._sealed("link", number)

    def use(self, link: str) -> str | None:
        """The person of a link, the first time; None for a link that was used, is too old, or is not ours."""
        number = self._opened("link", link, LINK_SECONDS)
        with self._lock:
            if number is None or link in self._used:
                return None
            self._used.add(link)
        return number

    def _sealed(self, purpose: str, number: str) -> str:
        content = f"{int(self._clock())}.{secrets.token_urlsafe(6)}.{number}"
        return f"{base64url.encode(content.encode('utf-8'))}.{self._seal(purpose, content)}"

    def _opened(self, purpose: str, text: str, seconds: int) -> str | None:
        letters, _, seal = text.partition(".")
        try:
            content = base64url.decode(letters).decode("utf-8")
        except ValueError:
            return None
        if not hmac.compare_digest(seal.encode("utf-8"), self._seal(purpose, content).encode("ascii")):
            return None
        made_at, _, number = content.split(".", 2)
        return number if self._clock() - int(made_at) < seconds else None

    def _seal(self, purpose: str, content: str) -> str:
        return base64url.encode(hmac.digest(self._secret, f"{purpose}\x00{content}".encode(), hashlib.sha256)[:18])
