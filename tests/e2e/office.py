"""The application behind a real port, with an issuer that signs the person in, and doors that a test can close."""

import json
import shutil
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

from werkzeug.serving import make_server

from dokodemo.actions import extension
from dokodemo.app import create_app
from dokodemo.google.issuers import IssuerKind, IssuerProfile
from tests.device import Google
from tests.installation import build
from tests.people import add_person
from tests.services.programs import free_port

EXTENSION = Path(__file__).parents[2] / "extension"
EMAIL = "maeda@city.akagi.example"
Start = Callable[..., Any]


class Office:
    """One installation on a loopback port. ``closed``: its device doors answer 503, all others go on."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        self.closed = False
        self.source = folder / "extension"
        shutil.copytree(EXTENSION, self.source)
        built = build(database_url, folder, google=Google())
        self.person_id = add_person(built, EMAIL)
        city = replace(built.services.city, public_url=self.url)
        self.services = replace(built.services, city=city, clock=lambda: datetime.now(UTC))
        self.config = replace(built.config, public_url=self.url)
        self.app = create_app(self.services, self.config)
        self.app.extensions["dokodemo_extension_folder"] = self.source
        self._server = make_server("127.0.0.1", int(self.url.rpartition(":")[2]), self._answer, threaded=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def extension_id(self) -> str:
        """The id that follows from this installation's key."""
        return extension.package(self.config.crx_key_file, self.url, self.source).extension_id

    def policy(self) -> dict[str, object]:
        """The policy that `dokodemo extension policy` prints, and leave for a test to look into the extension."""
        issuer = IssuerProfile(
            IssuerKind.DEMO, "試験", "https://issuer.example", ("dokodemo-extension",),
            f"{self.url}/issuer/authorize", "https://issuer.example/token", "https://issuer.example/certs",
        )  # fmt: skip
        managed = extension.managed_configuration(self.url, issuer)
        return {"DeveloperToolsAvailability": 1} | extension.browser_policy(self.extension_id, self.url, managed)

    def release(self, version: str) -> None:
        """Hand out this version from now on."""
        path = self.source / "manifest.json"
        manifest = json.loads(path.read_text("utf-8")) | {"version": version}
        path.write_text(json.dumps(manifest, ensure_ascii=False), "utf-8")

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self.services.database.close()

    def _answer(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/issuer/authorize":
            return self._authorize(environ, start)
        if self.closed and path.startswith("/api/"):
            start("503 Service Unavailable", [("Content-Length", "0"), ("Retry-After", "1")])
            return [b""]
        answer: Iterable[bytes] = self.app(environ, start)
        return answer

    def _authorize(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        asked = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
        token = {"iss": "https://issuer.example", "sub": "maeda", "email": EMAIL, "nonce": asked["nonce"]}
        fragment = f"id_token={quote(json.dumps(token))}&state={quote(asked['state'])}"
        start("302 Found", [("Location", f"{asked['redirect_uri']}#{fragment}"), ("Content-Length", "0")])
        return [b""]
