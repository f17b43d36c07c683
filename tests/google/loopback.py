"""An issuer's endpoints on loopback: real sockets, real keys; it counts what it is asked."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from dokodemo.crypto.issuer_keys import IssuerKey, issuer_key
from dokodemo.google.issuers import IssuerKind, IssuerProfile

DOMAIN = "city.akagi.example"
TENANT = "6babcaad-604b-40ac-a9d7-9fd97c0b779f"


def new_issuer_key() -> IssuerKey:
    return issuer_key(rsa.generate_private_key(65537, 2048))


class Loopback:
    """``keys`` is what it publishes; ``status``, ``delay`` and ``cache_control`` say how; ``asked`` counts paths."""

    def __init__(self, *keys: IssuerKey) -> None:
        self.keys = list(keys)
        self.status = 200
        self.delay = 0.0
        self.cache_control: str | None = "public, max-age=3600, must-revalidate, no-transform"
        self.further: dict[str, str] = {}
        self.raw: bytes | None = None
        self.asked: list[str] = []
        self.posted: list[tuple[dict[str, str], bytes]] = []
        loopback = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                loopback.asked.append(self.path)
                time.sleep(loopback.delay)
                document: Any = {key.kid: key.certificate for key in loopback.keys}
                if self.path == "/jwks":
                    document = {"keys": [key.jwk for key in loopback.keys]}
                self.answer(json.dumps(document).encode())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                loopback.asked.append(self.path)
                loopback.posted.append(({name.lower(): value for name, value in self.headers.items()}, body))
                time.sleep(loopback.delay)
                self.answer(b"{}")

            def answer(self, content: bytes) -> None:
                content = content if loopback.raw is None else loopback.raw
                self.send_response(loopback.status)
                self.send_header("Content-Length", str(len(content)))
                if loopback.cache_control is not None:
                    self.send_header("Cache-Control", loopback.cache_control)
                for name, value in loopback.further.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def profile(self, kind: IssuerKind, **changes: Any) -> IssuerProfile:
        """A profile of this kind whose addresses are here."""
        facts: dict[str, Any] = {
            "kind": kind,
            "name": kind.value,
            "issuer": {
                IssuerKind.GOOGLE: "https://accounts.google.com",
                IssuerKind.ENTRA: f"https://login.microsoftonline.com/{TENANT}/v2.0",
                IssuerKind.DEMO: self.url,
            }[kind],
            "client_ids": ("web-client", "extension-client"),
            "authorize_url": f"{self.url}/authorize",
            "token_url": f"{self.url}/token",
            "certs_url": f"{self.url}/{'jwks' if kind is IssuerKind.ENTRA else 'certs'}",
            "hosted_domain": None if kind is IssuerKind.ENTRA else DOMAIN,
            "tenant": TENANT if kind is IssuerKind.ENTRA else None,
        }
        return IssuerProfile(**facts | changes)


@contextmanager
def serving(*keys: IssuerKey) -> Iterator[Loopback]:
    loopback = Loopback(*keys)
    thread = threading.Thread(target=loopback.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield loopback
    finally:
        loopback.server.shutdown()
        loopback.server.server_close()
        thread.join()
