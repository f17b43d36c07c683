"""POST /api/v1/events without a framework's dispatch, many requests together: every device walks here each minute.

Flask's dispatch, hooks and response objects cost as much as the signature; threads that all work at the same time cost
as much again, because they take the interpreter from each other. So a request's thread reads its body and stands in
line, and whoever is first in line does the work of all who wait (``gatherings``), from the signatures to the texts of
the answers.

This takes the same steps as ``web.events`` for a request that goes well; whatever is odd or refused goes to Flask on
its own thread, which judges it again and answers. That is safe on this road: a refused request moved nothing, and an
applied one is a repeat.
"""

import io
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import structlog
from flask import Flask

from dokodemo.actions import Services, devices, ingest
from dokodemo.actions.batches import Outcome, Signed
from dokodemo.actions.gatherings import Gathering
from dokodemo.actions.ingest import Delivery, Left
from dokodemo.actions.networks import place_of_contact
from dokodemo.actions.signed_requests import SignedRequest, authority_of
from dokodemo.domain.errors import DokodemoError
from dokodemo.schemas import batches
from dokodemo.web.answers import text_of_events
from dokodemo.web.headers import fixed_of

ROUTE = "/api/v1/events"
EVIDENCE = {"signature": "HTTP_SIGNATURE", "signature-input": "HTTP_SIGNATURE_INPUT",
            "content-digest": "HTTP_CONTENT_DIGEST"}  # fmt: skip
IS_FIRST = "dokodemo.is_first"  # of a request that was left: what is asked once was asked already

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Result = TypeVar("Result")
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Request:
    """A request on this route with its body read."""

    environ: Environ
    body: bytes


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
        self._gathering: Gathering[Request, bytes | Left] = Gathering(self.answered)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """One request."""
        if environ["REQUEST_METHOD"] != "POST" or not self._is_plain(environ):
            return self._inner(environ, start_response)
        began = time.perf_counter()
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        text = self._gathering.take(Request(environ, body))
        if not isinstance(text, bytes):
            environ["wsgi.input"] = io.BytesIO(body)
            environ[IS_FIRST] = text.is_first
            return self._inner(environ, start_response)
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

    def answered(self, group: Sequence[Request]) -> list[bytes | Left]:
        """The answers' texts, each after the commit; ``Left`` for whatever has to be judged alone."""
        deliveries = [self._tried(self._delivery, request) for request in group]
        plain = [delivery for delivery in deliveries if delivery is not None]
        together = self._tried(ingest.receive_together, self._services, plain) if plain else None
        outcomes = iter(together or [Left()] * len(plain))
        return [Left() if delivery is None else self._text_of(delivery, next(outcomes)) for delivery in deliveries]

    def _tried(self, step: Callable[..., Result], *given: Any) -> Result | None:
        """None where it fails: Flask meets the same again, alone, and says why or reports it with an id."""
        try:
            return step(*given)
        except DokodemoError:
            return None
        except Exception as error:  # noqa: BLE001 - one request's bad luck is not the others'
            log.warning("short_road_left", error=type(error).__name__)
            return None

    def _delivery(self, request: Request) -> Delivery:
        environ, body = request.environ, request.body
        headers = {name: environ[key] for name, key in EVIDENCE.items() if key in environ}
        signed = SignedRequest("POST", self._authority, self._path, None, headers, body)
        signer = devices.recognise(self._services, signed)
        place = place_of_contact(self._services, environ.get("REMOTE_ADDR"))
        return Delivery(signer, batches.read(body), Signed(body, headers), place)

    def _text_of(self, delivery: Delivery, outcome: Outcome | Left) -> bytes | Left:
        if isinstance(outcome, Left):
            return outcome
        text = self._tried(text_of_events, self._services, delivery.signer, outcome)
        return Left() if text is None else text.encode("utf-8")
