"""The demo's own OpenID Connect issuer: the place of Google's or Microsoft's sign-in on a machine without either.

A WSGI application that ``dokodemo demo`` mounts at ``/issuer``; ``dokodemo serve`` has no way to it. Its cookie has
its own name and path, because the product's own cookie lives on the same host.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

from flask import Flask, Response, request

from dokodemo.crypto.issuer_keys import load_or_create_issuer_key
from dokodemo.demo.authorization import IssuerClient
from dokodemo.demo.issuer_endpoints import endpoints
from dokodemo.demo.issuer_facts import Issuer
from dokodemo.demo.issuer_pages import LANGUAGE_COOKIE, pages
from dokodemo.demo.issuer_people import DemoPerson, People, searching
from dokodemo.demo.issuer_sessions import SESSION_SECONDS, IssuerSessions
from dokodemo.demo.issuer_tokens import IssuerTokens
from dokodemo.demo.issuer_words import WORDS

__all__ = ["DemoPerson", "IssuerClient", "create_issuer", "enter_url", "searching"]


def create_issuer(
    *,
    people: People,
    base_url: str,
    clients: Sequence[IssuerClient],
    key_path: Path,
    clock: Callable[[], float] = time.time,
) -> Flask:
    """The issuer reached at ``base_url`` (``http://127.0.0.1:8000/issuer``), to be mounted at that URL's path.

    ``people`` searches by name, kana, number or unit, and finds a person by the exact number; its first answers to
    an empty text are the ones that the page proposes. The key's file is made when there is none.
    """
    base_url = base_url.rstrip("/")
    key = load_or_create_issuer_key(key_path)
    app = Flask(__name__, static_folder="static/issuer", static_url_path="/static")
    app.extensions["issuer"] = Issuer(
        base_url,
        clients,
        people,
        key,
        IssuerSessions(key.secret, clock),
        IssuerTokens(base_url, key, clock),
    )
    app.register_blueprint(endpoints)
    app.register_blueprint(pages)
    cookie_path = urlsplit(base_url).path or "/"
    app.after_request(lambda response: _protect(response, cookie_path))
    return app


def enter_url(base_url: str, key_path: Path, number: str, return_to: str = "/") -> str:
    """A link that signs this person in at the issuer once, then goes on to ``return_to`` (a path of the product)."""
    sessions = IssuerSessions(load_or_create_issuer_key(key_path).secret, time.time)
    query = f"?{urlencode({'return_to': return_to})}" if return_to != "/" else ""
    return f"{base_url.rstrip('/')}/enter/{quote(sessions.link_for(number))}{query}"


def _protect(response: Response, cookie_path: str) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src data:; script-src 'self'; connect-src 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    if (language := request.args.get("lang", "")) in WORDS:
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=SESSION_SECONDS, path=cookie_path, samesite="Lax")
    return response
