"""A city's issuer on loopback, and a browser that looks at redirects instead of following them."""

import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from dokodemo.demo.issuer import DemoPerson, IssuerClient, enter_url
from dokodemo.google.code_flow import authorize_url, challenge_of
from dokodemo.google.id_tokens import Identity, Verifier
from dokodemo.google.issuers import IssuerProfile

EXTENSION_REDIRECT = "https://abcdefghijklmnopabcdefghijklmnop.chromiumapp.org/oidc"
DOMAIN = "city.akagi.example"
SATO = DemoPerson("000123", "佐藤 花子", "サトウ ハナコ", f"h.sato@{DOMAIN}", "財政課", "主任")
KATO = DemoPerson("000124", "加藤 太郎", "カトウ タロウ", f"t.kato@{DOMAIN}", "財政課", "課長")
CROWD = [
    DemoPerson(f"1{n:05}", f"<b>群衆</b> {n}", "グンシュウ", f"crowd{n}@{DOMAIN}", "市民課", "主事") for n in range(60)
]
VERIFIER = "v" * 64


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass
class Page:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def location(self) -> str:
        return self.headers["location"]

    def member(self, name: str) -> str:
        """A member of the query or fragment of where this leads."""
        parts = urlsplit(self.location)
        return parse_qs(parts.fragment or parts.query)[name][0]


class Browser:
    """Cookies as a browser keeps them; redirects are looked at, not followed."""

    def __init__(self) -> None:
        self.jar = CookieJar()
        self.opener = urllib.request.build_opener(NoRedirect, urllib.request.HTTPCookieProcessor(self.jar))

    def open(self, url: str, form: dict[str, str] | None = None, method: str | None = None, **fields: str) -> Page:
        data = None if form is None else urlencode(form).encode()
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            answer = self.opener.open(request, timeout=10)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            found = {name.lower(): value for name, value in answer.headers.items()}
            return Page(answer.status, found, answer.read().decode())


@dataclass
class City:
    origin: str
    key_path: Path
    verifier: Verifier
    clients: list[IssuerClient]

    @property
    def issuer(self) -> str:
        return f"{self.origin}/issuer"

    @property
    def web_redirect(self) -> str:
        return f"{self.origin}/sign-in/callback"

    @property
    def profile(self) -> IssuerProfile:
        return self.verifier.profiles[0]

    def register(self, redirect_uri: str) -> None:
        """One more address of the extension."""
        self.clients[1] = IssuerClient("extension", (*self.clients[1].redirect_uris, redirect_uri))

    def code_url(self, **changes: Any) -> str:
        facts = {
            "redirect_uri": self.web_redirect,
            "state": "s-1",
            "nonce": "n-1",
            "challenge": challenge_of(VERIFIER),
        } | changes
        return authorize_url(self.profile, **facts)

    def fragment_url(self, **changes: str) -> str:
        query = {
            "client_id": "extension",
            "response_type": "id_token",
            "scope": "openid email profile",
            "redirect_uri": EXTENSION_REDIRECT,
            "nonce": "n-2",
            "state": "s-2",
            "prompt": "none",
        } | changes
        return f"{self.issuer}/authorize?{urlencode(query)}"

    def identity(self, id_token: str, nonce: str) -> Identity:
        return self.verifier.verify(id_token, nonce=nonce, now=datetime.now(UTC))

    def link(self, person: DemoPerson, return_to: str = "/") -> str:
        return enter_url(self.issuer, self.key_path, person.number, return_to)


def product(environ: Any, start_response: Any) -> list[bytes]:
    """What stands at the root: it shows the cookies that reach it."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ.get("HTTP_COOKIE", "").encode()]
