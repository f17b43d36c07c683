"""The application over real HTTP and WebSockets on loopback, with the demo's issuer beside it and the broadcaster on."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

from dokodemo.actions.facts import refill
from dokodemo.app import create_app
from dokodemo.demo.issuer import DemoPerson, IssuerClient, create_issuer, searching
from dokodemo.google.id_tokens import Verifier
from dokodemo.google.issuers import IssuerKind, IssuerProfile
from dokodemo.store import people
from dokodemo.web import sockets
from tests.installation import Installation, build
from tests.web.city import City, found

DOMAIN = "city.akagi.example"
STRANGER = DemoPerson("999999", "不在 太郎", "フザイ タロウ", f"nobody@{DOMAIN}", "―", "―")


@dataclass
class Served:
    """A server that runs, and what a test holds of it."""

    origin: str
    app: Flask
    installation: Installation
    city: City
    issuer: str


@contextmanager
def serve(database_url: str, tmp_path: Path, *, threads: int = 64) -> Iterator[Served]:
    """Serve the city until the block ends."""
    installation = build(database_url, tmp_path)
    server = make_server("127.0.0.1", 0, lambda _environ, _start: [], threaded=True)
    origin = f"http://127.0.0.1:{server.server_port}"
    base = f"{origin}/issuer"
    profile = IssuerProfile(
        kind=IssuerKind.DEMO, name="あかぎ市 認証", issuer=base, client_ids=("web",), client_secret="web secret",
        authorize_url=f"{base}/authorize", token_url=f"{base}/token", certs_url=f"{base}/certs", hosted_domain=DOMAIN,
    )  # fmt: skip
    services = installation.services
    installation.services = replace(
        services, google=Verifier([profile]), city=replace(services.city, public_url=origin)
    )
    installation.config = replace(installation.config, public_url=origin, threads=threads)
    city = found(installation)
    refill(installation.services)
    issuer = create_issuer(
        people=searching([*_staff(installation), STRANGER]), base_url=base, key_path=tmp_path / "issuer.pem",
        clients=[IssuerClient("web", (f"{origin}/sign-in/callback",), "web secret")],
        clock=lambda: installation.clock().timestamp(),
    )  # fmt: skip
    app = create_app(installation.services, installation.config)
    server.app = DispatcherMiddleware(app, {"/issuer": issuer})
    stop = sockets.start(app)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Served(origin, app, installation, city, base)
    finally:
        stop()
        server.shutdown()
        server.server_close()
        thread.join()
        installation.services.database.close()


def _staff(installation: Installation) -> list[DemoPerson]:
    with installation.services.read() as transaction:
        everybody = people.all_of(transaction)
    return [DemoPerson(one.staff_number, one.name, one.kana, one.email, "", "") for one in everybody]
