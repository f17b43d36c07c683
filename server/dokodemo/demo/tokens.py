"""Where simulated devices get their id_tokens: from the demo's issuer, over HTTP or straight from its key.

Over HTTP the profile has a session of the issuer first, as the ChromeOS login would have left one; then comes what
``launchWebAuthFlow`` does with ``prompt=none``: one request, answered in the fragment of a redirect.
"""

import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from dokodemo.crypto.issuer_keys import load_or_create_issuer_key
from dokodemo.demo.authorization import Authorization
from dokodemo.demo.contact import UnansweredError
from dokodemo.demo.issuer_pages import SESSION_COOKIE
from dokodemo.demo.issuer_people import DemoPerson
from dokodemo.demo.issuer_sessions import IssuerSessions
from dokodemo.demo.issuer_tokens import IssuerTokens
from dokodemo.demo.roster import Member, unit_names
from dokodemo.demo.wire import Wire, WireError

Tokens = Callable[[Member, str], Awaitable[str]]
"""An id_token for a person and a nonce; UnansweredError while the issuer cannot be reached."""


def demo_person(member: Member) -> DemoPerson:
    """A person of the roster as the demo's issuer knows them."""
    unit = unit_names()[member.unit_code]
    return DemoPerson(member.staff_number, member.name, member.kana, member.email, unit, member.title)


def minted(issuer: str, key_path: Path, client_id: str) -> Tokens:
    """Tokens signed here with the issuer's own key: no request, for measuring the server alone."""
    tokens = IssuerTokens(issuer, load_or_create_issuer_key(key_path), time.time)

    async def mint(member: Member, nonce: str) -> str:
        request = Authorization(client_id, "", "id_token", None, nonce, "", frozenset(), None)
        return tokens.id_token(request, demo_person(member))

    return mint


def by_fragment(issuer: str, key_path: Path, client_id: str, redirect_uri: str) -> Tokens:
    """Tokens by the fragment flow; the key seals the session that the ChromeOS login would have made."""
    sessions = IssuerSessions(load_or_create_issuer_key(key_path).secret, time.time)
    wire = Wire(issuer)
    path = urlsplit(issuer).path.rstrip("/")

    async def ask(member: Member, nonce: str) -> str:
        parameters = {
            "client_id": client_id, "redirect_uri": redirect_uri, "response_type": "id_token", "prompt": "none",
            "scope": "openid email", "nonce": nonce, "state": nonce, "login_hint": member.email,
        }  # fmt: skip
        cookie = f"{SESSION_COOKIE}={sessions.session_of(member.staff_number)}"
        try:
            reply = await wire.request("GET", f"{path}/authorize?{urlencode(parameters)}", headers={"cookie": cookie})
        except WireError as error:
            raise UnansweredError(str(error)) from error
        answer = parse_qs(urlsplit(reply.headers.get("location", "")).fragment)
        if "id_token" not in answer:
            reason = answer.get("error", ["no token"])[0]
            raise UnansweredError(f"the issuer answered {reply.status}: {reason}")
        return answer["id_token"][0]

    return ask
