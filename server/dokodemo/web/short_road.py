"""POST /api/v1/events without a framework's dispatch: every device walks here each minute.

Flask's dispatch, hooks and response objects cost as much as the signature. This takes the same steps as
``web.events`` for a request that goes well; whatever is odd or refused goes to Flask, which judges it again and
answers. That is safe on this road: a refused request moved nothing, and an applied one is a repeat.
"""

import io
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Flask

from dokodemo.actions import Services, devices, ingest
from dokodemo.actions.batches import Signed
from dokodemo.actions.networks import place_of_contact
from dokodemo.actions.signed_requests import SignedRequest, authority_of
from dokodemo.domain.errors import DokodemoError
from dokodemo.schemas import batches
from dokodemo.web.answers import text_of_events
from dokodemo.web.headers import fixed_of

ROUTE = "/api/v1/events"
EVIDENCE = {"signature": "HTTP_SIGNATURE", "signature-input": "HTTP_SIGNATURE_INPUT",
            "content-digest": "HTTP_CONTENT_DIGEST"}  # fmt: skip

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]

log = structlog.get_logger()


class ShortRoad:
    """Serves what goes well on this one route and hands everything else on."""

    def __init__(self, app: Flask, inner: Wsgi) -> None:
        config = app.extensions["dokodemo_config"]
        self._app = app
        self._inner = inner
        self._services: Services = app.extensions["dokodemo"]
        self._authority = authority_of(config.public_url)
        self._path = urlsplit(config.public_url).path.rstrip("/") + ROUTE
        self._headers = [*fixed_of(app), ("Content-Type", "application/json"), ("Cache-Control", "no-store")]

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """One request."""
        if environ["REQUEST_METHOD"] != "POST" or not self._is_plain(environ):
            return self._inner(environ, start_response)
        began = time.perf_counter()
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        try:
            text = self._taken(environ, body).encode("utf-8")
        except DokodemoError:
            return self._hand_on(environ, body, start_response)
        except Exception as error:  # noqa: BLE001 - Flask meets it again and reports it with an id
            log.warning("short_road_left", error=type(error).__name__)
            return self._hand_on(environ, body, start_response)
        self._app.extensions["dokodemo_observe"](ROUTE, "POST", 202, began)
        start_response("202 ACCEPTED", [*self._headers, ("Content-Length", str(len(text)))])
        return [text]

    def _is_plain(self, environ: Environ) -> bool:
        """Exactly this target, JSON as it is, of a stated and allowed length."""
        length = environ.get("CONTENT_LENGTH") or ""
        return (
            (environ.get("RAW_URI") or environ.get("REQUEST_URI")) == ROUTE
            and environ.get("CONTENT_TYPE", "").partition(";")[0].strip() == "application/json"
            and "HTTP_CONTENT_ENCODING" not in environ
            and length.isdecimal()
            and 0 < int(length) <= self._app.config["MAX_CONTENT_LENGTH"]
        )

    def _taken(self, environ: Environ, body: bytes) -> str:
        headers = {name: environ[key] for name, key in EVIDENCE.items() if key in environ}
        request = SignedRequest("POST", self._authority, self._path, None, headers, body)
        signer = devices.recognise(self._services, request)
        batch = batches.read(body)
        contact = place_of_contact(self._services, environ.get("REMOTE_ADDR"))
        outcome = ingest.receive(self._services, signer, batch, Signed(body, headers), contact)
        return text_of_events(self._services, signer, outcome)

    def _hand_on(self, environ: Environ, body: bytes, start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgi.input"] = io.BytesIO(body)
        return self._inner(environ, start_response)
