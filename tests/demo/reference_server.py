"""PROTOCOL §1–3 in memory over real HTTP, strict: every signature is verified, every head computed again.

It shares with the product only the check of signatures; digests are judged by the ``rfc8785`` package. ``plan_fault``
queues what goes wrong with the next requests of a route: a status (503 …), ``"cut"`` (carried out, not answered) or
``"drop"`` (not carried out, not answered); ``"pass"`` lets one through.
"""

import hashlib
import json
import threading
from collections import defaultdict, deque
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from uuid import uuid4

import rfc8785

from dokodemo.crypto.keys import point_of_jwk, thumbprint
from dokodemo.crypto.signatures import SignedRequest, check_created, check_digest, read_signature, verify
from dokodemo.domain import base64url
from dokodemo.domain.errors import DokodemoError

Fault = object  # a status or a word, see above


class Journal:
    """The server's copy of one journal."""

    def __init__(self, point: bytes, email: str) -> None:
        self.point = point
        self.root = thumbprint(point)
        self.email = email
        self.binding_id = str(uuid4())
        self.heads = [self.root]
        self.texts: list[bytes] = []
        self.status = "active"
        self.beats = 0
        self.sources: list[str] = []
        self.orders: list[dict[str, Any]] = []

    @property
    def next_seq(self) -> int:
        return len(self.texts) + 1

    def kinds(self) -> list[str]:
        return [json.loads(text)["kind"] for text in self.texts]


class ReferenceServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.authority = f"127.0.0.1:{self.server_port}"
        self.lock = threading.Lock()
        self.journals: dict[str, Journal] = {}
        self.nonces: dict[str, str] = {}
        self.settings: dict[str, Any] = {"values": {"text_size": {"value": 16, "layer": "organisation"}}, "n": 1}
        self.results: list[dict[str, Any]] = []
        self.order_results: list[tuple[str, str]] = []
        self.whereabouts: dict[str, dict[str, Any]] = {}
        self.unknown_people: set[str] = set()
        self.epoch = 1
        self.next_beat_s = 60
        self.clock_offset = 0.0
        self.faults: dict[str, deque[Fault]] = defaultdict(deque)
        self.violations: list[str] = []

    def plan_fault(self, route: str, *faults: Fault) -> None:
        self.faults[route].extend(faults)

    def now(self) -> datetime:
        return datetime.fromtimestamp(datetime.now(UTC).timestamp() + self.clock_offset, UTC)

    @property
    def etag(self) -> str:
        return f"s{self.settings['n']}"

    def journal_of(self, email: str) -> Journal:
        return next(journal for journal in self.journals.values() if journal.email == email)

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _RefusedError(Exception):
    def __init__(self, status: int, code: str, **members: Any) -> None:
        super().__init__(code)
        self.status, self.code, self.members = status, code, members


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ReferenceServer

    def setup(self) -> None:
        super().setup()
        self.connection.settimeout(20)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (its name in http.server)
        """Be quiet."""

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PUT = do_GET

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        route = self.path.removeprefix("/api/v1/").split("/")[0] + (":challenge" if "challenge" in self.path else "")
        queue = self.server.faults[route]
        fault = queue.popleft() if queue else None
        if isinstance(fault, int):
            self._answer(fault, {"code": "unavailable"}, {"retry-after": "0"})
            return
        if fault == "drop":
            self._cut()
            return
        headers: dict[str, str] = {}
        with self.server.lock:
            try:
                status, document = self._route(body)
                if document is not None and "etag" in document:
                    headers["etag"] = f'"{document["etag"]}"'
            except _RefusedError as refusal:
                status, document = refusal.status, {"code": refusal.code, **refusal.members}
            except DokodemoError as error:
                status, document = 401, {"code": str(error.code), **error.fields}
        if fault == "cut":
            self._cut()
            return
        self._answer(status, document, headers)

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.close()

    def _answer(self, status: int, document: Any, headers: dict[str, str]) -> None:
        raw = b"" if document is None else json.dumps(document).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if raw:
            self.send_header("content-type", "application/problem+json" if status >= 400 else "application/json")
        if status not in (204, 304):
            self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def _route(self, body: bytes) -> tuple[int, Any]:
        match self.command, self.path.removeprefix("/api/v1/").split("/"):
            case "POST", ["bindings", "challenge"]:
                return self._challenge(json.loads(body))
            case "POST", ["bindings"]:
                return self._bind(body)
            case "POST", ["events"]:
                return self._events(self._caller(body), body)
            case "GET", ["settings"]:
                self._caller(body)
                return self._settings()
            case "POST", ["settings", "results"]:
                self._caller(body)
                self.server.results.append(json.loads(body))
                return 204, None
            case "POST", ["orders", order_id, "result"]:
                journal = self._caller(body)
                journal.orders = [order for order in journal.orders if order["id"] != order_id]
                self.server.order_results.append((order_id, json.loads(body)["state"]))
                return 204, None
            case "PUT", ["whereabouts"]:
                self._caller(body)
                entry = json.loads(body)
                self.server.whereabouts[entry["id"]] = entry
                return 200, entry
            case _:
                raise _RefusedError(404, "not_found")

    def _signed(self, body: bytes) -> Any:
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = SignedRequest(self.command, self.server.authority, self.path, None, headers, body)
        return request, read_signature(request)

    def _caller(self, body: bytes) -> Journal:
        request, signature = self._signed(body)
        journal = self.server.journals.get(signature.keyid)
        if journal is None:
            raise _RefusedError(401, "unknown_key")
        if journal.status != "active":
            raise _RefusedError(403, "revoked")
        verify(signature, journal.point)
        check_digest(request)
        check_created(signature, self.server.now())
        journal.sources.append(self.client_address[0])
        return journal

    def _challenge(self, document: dict[str, Any]) -> tuple[int, Any]:
        keyid = base64url.encode(thumbprint(point_of_jwk(document["public_key"])))
        nonce = uuid4().hex
        self.server.nonces[nonce] = keyid
        return 200, {"nonce": nonce, "expires_in": 300}

    def _bind(self, body: bytes) -> tuple[int, Any]:
        document = json.loads(body)
        point = point_of_jwk(document["public_key"])
        request, signature = self._signed(body)
        verify(signature, point)
        check_digest(request)
        check_created(signature, self.server.now())
        keyid = base64url.encode(thumbprint(point))
        # The token of these tests is "email nonce"; the real one is judged by the real server.
        email, _, nonce = document["id_token"].partition(" ")
        if signature.keyid != keyid or nonce != document["nonce"]:
            raise _RefusedError(401, "id_token_invalid")
        if self.server.nonces.get(nonce) != keyid:
            raise _RefusedError(409, "nonce_invalid")
        if email in self.server.unknown_people:
            raise _RefusedError(403, "not_in_roster")
        known = keyid in self.server.journals
        journal = self.server.journals.setdefault(keyid, Journal(point, email))
        person = {"id": f"person-{email}", "name": email, "email": email}
        return (200 if known else 201), {
            "binding_id": journal.binding_id, "device_id": None, "person": person, "trust": "managed",
            "next_seq": journal.next_seq, "head": base64url.encode(journal.heads[-1]), "epoch": self.server.epoch,
            "settings_etag": self.server.etag,
        }  # fmt: skip

    def _settings(self) -> tuple[int, Any]:
        if self.headers.get("if-none-match") == f'"{self.server.etag}"':
            return 304, None
        revision = [self.server.epoch, self.server.settings["n"]]
        return 200, {"revision": revision, "etag": self.server.etag, "values": self.server.settings["values"]}

    def _events(self, journal: Journal, body: bytes) -> tuple[int, Any]:
        batch = json.loads(body)
        events, first = batch["events"], batch["first_seq"]
        if len(events) > 200 or sum(len(rfc8785.dumps(event)) for event in events) > 65_536:
            raise _RefusedError(413, "too_large")
        if batch["first_kept"] > first and events:
            raise _RefusedError(400, "bad_sequence")
        expected = max(journal.next_seq, batch["first_kept"])
        if events and first > expected:
            head = base64url.encode(journal.heads[-1]) if expected == journal.next_seq else None
            raise _RefusedError(409, "journal_gap", next_seq=expected, head=head)
        if any(json.dumps(event).find("unreadable") > 0 and event["kind"] != "unsendable" for event in events):
            raise _RefusedError(400, "unreadable")
        self._apply(journal, batch["prev_head"], first, events)
        journal.beats += not events
        return 202, {
            "next_seq": journal.next_seq, "head": base64url.encode(journal.heads[-1]), "refused": [],
            "epoch": self.server.epoch, "settings_etag": self.server.etag, "orders": journal.orders,
            "next_beat_s": self.server.next_beat_s, "server_time": self.server.now().isoformat(timespec="milliseconds")[:-6] + "Z",
        }  # fmt: skip

    def _apply(self, journal: Journal, previous: str, first: int, events: list[dict[str, Any]]) -> None:
        head = base64url.decode(previous)
        if events and (missing := first - journal.next_seq) > 0:  # a gap: nothing is known but the head at its end
            journal.texts += [b'{"kind":"lost"}'] * missing
            journal.heads += [b""] * (missing - 1) + [head]
        if first <= journal.next_seq and head != journal.heads[first - 1]:
            self._fork(journal)
            return
        for position, event in enumerate(events):
            if event["seq"] != first + position:
                raise _RefusedError(400, "bad_sequence")
            text = rfc8785.dumps(event)
            digest = hashlib.sha256(text).digest()
            if event["kind"] == "unsendable":
                digest = base64url.decode(event["digest"])
            head = hashlib.sha256(head + digest).digest()
            if event["seq"] < journal.next_seq:
                if journal.heads[event["seq"]] != head:
                    self._fork(journal)
                    return
                continue
            journal.texts.append(text)
            journal.heads.append(head)

    def _fork(self, journal: Journal) -> None:
        self.server.violations.append(f"fork in {journal.email}")
        if not journal.orders:
            journal.orders.append({"id": str(uuid4()), "kind": "rebind"})
