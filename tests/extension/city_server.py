"""The city's server on loopback for real Chromebooks: the application, the demo's issuer, the packed extension."""

import json
import shutil
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import WSGIRequestHandler, make_server

from dokodemo.actions import City, Services
from dokodemo.app import create_app
from dokodemo.config import read
from dokodemo.crypto.crx import extension_id, host_permission_of, load_or_create_key, pack
from dokodemo.demo.issuer import DemoPerson, IssuerClient, create_issuer, enter_url, searching
from dokodemo.google.id_tokens import Verifier
from dokodemo.google.issuers import IssuerKind, IssuerProfile
from dokodemo.live.memory import MemoryLive
from dokodemo.store.engine import Database
from dokodemo.store.rows import every_table
from dokodemo.store.rows.journals import events
from tests.demo.issuer_city import DOMAIN, SATO
from tests.installation import Clock, Installation
from tests.people import add_person
from tests.services.chromium import Device, force_installed

EXTENSION = Path(__file__).parents[2] / "extension"
Answer = Iterable[bytes]


class Quiet(WSGIRequestHandler):
    """Requests are asked for by tests, not shown."""

    def log_request(self, *_: Any) -> None:
        pass


class CityServer:
    """``url`` serves the city; ``up`` False answers 503 to every device; ``calls`` are the devices' calls so far."""

    def __init__(self, folder: Path, person: DemoPerson = SATO) -> None:
        self.folder = folder
        self.up = True
        self.calls: list[str] = []
        self.server = make_server("127.0.0.1", 0, self, threaded=True, request_handler=Quiet)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.key = load_or_create_key(folder / "extension.pem")
        self.extension_id = extension_id(self.key)
        self.update_url = f"{self.url}/extension/update.xml"
        self.issuer_url = f"{self.url}/issuer"
        self.issuer_key = folder / "issuer.pem"
        self.person = person
        self.installation = self._install()
        self.application = DispatcherMiddleware(
            create_app(self.installation.services, self.installation.config),
            {"/issuer": self._issuer(), "/extension": self._packages},
        )
        self.release("1.0")

    def release(self, version: str) -> None:
        """Offer the extension as this version."""
        copy = self.folder / f"extension-{version}"
        shutil.copytree(EXTENSION, copy)
        manifest = json.loads((copy / "manifest.json").read_text("utf-8"))
        (copy / "manifest.json").write_text(json.dumps(manifest | {"version": version}), "utf-8")
        hosts = [host_permission_of(self.url)]
        self.package = pack(copy, key=self.key, update_url=self.update_url, host_permissions=hosts)
        self.version = version

    def policy(self) -> dict[str, object]:
        """What a device is given."""
        managed = {
            "server_url": self.url,
            "oidc_client_id": "extension",
            "oidc_authorize_url": f"{self.issuer_url}/authorize",
            "linux_device": {"serial": "SN-1"},
        }
        return force_installed(self.extension_id, self.update_url, managed)

    def sign_in_to(self, device: Device) -> None:
        """Give the profile a session of the issuer, as the sign-in to a Chromebook does; the browser is closed after."""
        device.policy({"DeveloperToolsAvailability": 1})
        device.start().open(enter_url(self.issuer_url, self.issuer_key, self.person.number))
        device.close()

    def log(self) -> list[dict[str, Any]]:
        """The events of all journals, as sent."""
        with self.installation.services.read() as transaction:
            rows = transaction.execute(select(events.c.text).order_by(events.c.seq))
            return [json.loads(text) for (text,) in rows]

    def kinds(self) -> list[str]:
        """What was recorded, short."""
        return [event["kind"] for event in self.log()]

    def close(self) -> None:
        """Stop serving."""
        self.server.shutdown()
        self.server.server_close()
        self.installation.services.database.close()

    def start(self) -> "CityServer":
        """Serve in a thread."""
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Answer:
        path = environ["PATH_INFO"]
        if path.startswith("/api/"):
            self.calls.append(f"{environ['REQUEST_METHOD']} {path}")
            if not self.up:
                start_response("503 Service Unavailable", [("Content-Type", "application/problem+json")])
                return [b'{"code": "unavailable"}']
        return self.application(environ, start_response)

    def _packages(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Answer:
        if environ["PATH_INFO"].endswith(".crx"):
            start_response("200 OK", [("Content-Type", "application/x-chrome-extension")])
            return [self.package]
        start_response("200 OK", [("Content-Type", "text/xml")])
        update = (
            "<?xml version='1.0' encoding='UTF-8'?>"
            "<gupdate xmlns='http://www.google.com/update2/response' protocol='2.0'>"
            f"<app appid='{self.extension_id}'><updatecheck "
            f"codebase='{self.url}/extension/{self.version}.crx' version='{self.version}'/></app></gupdate>"
        )
        return [update.encode()]

    def _issuer(self) -> Any:
        redirect = f"https://{self.extension_id}.chromiumapp.org/oidc"
        clients = [IssuerClient("web", (f"{self.url}/sign-in/callback",), "s"), IssuerClient("extension", (redirect,))]
        people = searching([self.person])
        return create_issuer(people=people, base_url=self.issuer_url, clients=clients, key_path=self.issuer_key)

    def _install(self) -> Installation:
        url = f"sqlite:///{self.folder / 'dokodemo.sqlite3'}"
        database = Database(url)
        database.write(lambda transaction: every_table().create_all(transaction))
        profile = IssuerProfile(
            kind=IssuerKind.DEMO, name="demo", issuer=self.issuer_url, client_ids=("web", "extension"),
            client_secret="s", authorize_url=f"{self.issuer_url}/authorize", token_url=f"{self.issuer_url}/token",
            certs_url=f"{self.issuer_url}/certs", hosted_domain=DOMAIN,
        )  # fmt: skip
        config = read({
            "DOKODEMO_DATA_DIR": str(self.folder), "DOKODEMO_DATABASE_URL": url, "DOKODEMO_PUBLIC_URL": self.url,
            "DOKODEMO_CITY_NAME": "あかぎ市",
        })  # fmt: skip
        city = City("あかぎ市", ZoneInfo("Asia/Tokyo"), "Asia/Tokyo", self.url)
        services = Services(database, MemoryLive(), Verifier([profile]), lambda: datetime.now(UTC), city)
        installation = Installation(services, Clock(), config)
        add_person(installation, self.person.email)
        return installation
