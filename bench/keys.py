"""Keys that are bound already, and the requests they sign: real journals, real chains, made before the clock runs."""

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from sqlalchemy import insert

from dokodemo.crypto import keys, signatures
from dokodemo.crypto.keys import DeviceKey
from dokodemo.crypto.signatures import SignedRequest, authority_of
from dokodemo.domain import base64url
from dokodemo.domain.canonical_json import canonical
from dokodemo.domain.events import written
from dokodemo.store import Transaction, bindings
from dokodemo.store.engine import Database
from dokodemo.store.rows.people import people


@dataclass(slots=True)
class BoundKey:
    """A key with its journal as the device has it."""

    url: str
    key: DeviceKey = field(default_factory=keys.new_key)
    binding_id: UUID = field(default_factory=uuid4)
    next_seq: int = 1
    head: bytes = b""

    def __post_init__(self) -> None:
        self.head = self.head or keys.thumbprint(self.key.point)

    def batch(self, count: int, at: datetime | None = None, *, apart: timedelta = timedelta(seconds=1)) -> bytes:
        """A signed POST /api/v1/events with this many new events (0: a beat), the last of them at ``at``."""
        last = at or datetime.now(UTC)
        first_seq, head, events = self.next_seq, self.head, []
        for position in range(count):
            event = self._event(last - apart * (count - 1 - position))
            self.head = hashlib.sha256(self.head + hashlib.sha256(canonical(event)).digest()).digest()
            self.next_seq += 1
            events.append(event)
        frame = {
            "first_seq": first_seq, "prev_head": base64url.encode(head), "first_kept": 1, "alive": True,
            "sent_at": written(datetime.now(UTC)), "events": events, "n": time.perf_counter_ns(),
        }  # fmt: skip
        return self.request("POST", "/api/v1/events", json.dumps(frame, separators=(",", ":")).encode())

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
        """Any signed request, as it goes over the wire."""
        target = SignedRequest(method, authority_of(self.url), path, None, {}, body)
        signed = signatures.sign(self.key, target, int(time.time()))
        return plain(self.url, method, path, body, **signed, **headers)

    def _event(self, at: datetime) -> dict[str, object]:
        if self.next_seq == 1:
            return {"seq": 1, "at": written(at), "kind": "started", "how": "first_install"}
        return {"seq": self.next_seq, "at": written(at), "kind": "locked" if self.next_seq % 2 == 0 else "unlocked"}


def plain(url: str, method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """A request as bytes."""
    lines = [f"{method} {path} HTTP/1.1", f"host: {urlsplit(url).netloc}", "accept: */*"]
    if body:
        lines += ["content-type: application/json", f"content-length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii") + body


def bound(database: Database, url: str, count: int) -> list[BoundKey]:
    """This many people with a bound key each, put into a database that has its tables."""
    made = [BoundKey(url) for _ in range(count)]
    database.write(lambda transaction: _insert(transaction, made))
    return made


def _insert(transaction: Transaction, made: Sequence[BoundKey]) -> None:
    now = datetime.now(UTC)
    for number, one in enumerate(made):
        person_id = uuid4()
        transaction.execute(insert(people).values(
            id=person_id, staff_number=f"B{number:06}", name="前田 聡", kana="マエダ サトシ",
            email=f"b{number:06}@city.akagi.example", extension="", employment="regular", valid_from=date(2020, 4, 1),
        ))  # fmt: skip
        bindings.append(
            transaction, id=one.binding_id, thumbprint=keys.thumbprint(one.key.point), public_key=one.key.point,
            person_id=person_id, device_id=None, trust="unmanaged", status="active", created_at=now,
        )  # fmt: skip
