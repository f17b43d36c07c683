"""A device's own journal in memory: numbered, chained and kept, as the extension keeps it in IndexedDB."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dokodemo.crypto.keys import DeviceKey, thumbprint
from dokodemo.domain import base64url
from dokodemo.domain.events import written
from dokodemo.domain.journals import following

BATCH_EVENTS, BATCH_BYTES = 200, 65_536
KEPT = 20_000

Value = str | int | bool | datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """An appended event: its RFC 8785 text and the head after it. ``digest`` is what entered the chain."""

    seq: int
    text: bytes
    digest: bytes
    head: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """What a flight carries; ``body`` is the JSON document of ``POST /api/v1/events``."""

    first_seq: int
    count: int
    body: bytes


class Outbox:
    """The journal of one key. ``acknowledged`` is the number below which everything is answered for."""

    def __init__(self, key: DeviceKey, *, kept: int = KEPT) -> None:
        self.key = key
        self.root = thumbprint(key.point)
        self.head = self.root
        self.last_seq = 0
        self.acknowledged = 1
        self._events: list[Kept] = []
        self._first_kept = 1
        self._before_first = self.root
        self._kept = kept

    def restore(self, events: Sequence[Kept], *, acknowledged: int) -> None:
        """Take a journal over that was kept from its first event on."""
        self._events = list(events)
        if events:
            self.last_seq, self.head = events[-1].seq, events[-1].head
        self.acknowledge(acknowledged)

    @property
    def waiting(self) -> int:
        """How many events nobody has acknowledged yet."""
        return self.last_seq + 1 - self.acknowledged

    @property
    def first_kept(self) -> int:
        """The lowest number that can still be sent."""
        return self._first_kept

    def append(self, kind: str, at: datetime, members: dict[str, Value]) -> Kept:
        """Number and chain one event; instants become text as on the wire."""
        seq = self.last_seq + 1
        event: dict[str, str | int | bool] = {
            name: written(value) if isinstance(value, datetime) else value for name, value in members.items()
        }
        event |= {"seq": seq, "at": written(at), "kind": kind}
        # Sorted compact JSON is RFC 8785 for ASCII names and strings, booleans and whole numbers.
        text = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
        digest = hashlib.sha256(text).digest()
        self.head = following(self.head, digest)
        kept = Kept(seq, text, digest, self.head)
        self._events.append(kept)
        self.last_seq = seq
        self._prune()
        return kept

    def head_at(self, seq: int) -> bytes | None:
        """The head after ``seq``; None where it is no longer kept."""
        if seq == self._first_kept - 1:
            return self._before_first
        if not self._first_kept <= seq <= self.last_seq:
            return None
        return self._events[seq - self._first_kept].head

    def batch(self, *, alive: bool, sent_at: datetime, most: int = BATCH_EVENTS) -> Batch:
        """The oldest unacknowledged events, at most ``most`` and 64 KB; a beat when there are none."""
        first = max(self.acknowledged, self._first_kept)
        chosen: list[bytes] = []
        size = 0
        for kept in self._events[first - self._first_kept :]:
            size += len(kept.text)
            if len(chosen) == min(most, BATCH_EVENTS) or (chosen and size > BATCH_BYTES):
                break
            chosen.append(kept.text)
        previous = self.head_at(first - 1)
        assert previous is not None
        frame = (
            f'{{"first_seq":{first},"prev_head":"{base64url.encode(previous)}","first_kept":{self._first_kept},'
            f'"alive":{"true" if alive else "false"},"sent_at":"{written(sent_at)}","events":['
        )
        return Batch(first, len(chosen), frame.encode("ascii") + b",".join(chosen) + b"]}")

    def acknowledge(self, next_seq: int) -> None:
        """The server holds everything below ``next_seq``; an overtaken, smaller answer changes nothing."""
        self.acknowledged = max(self.acknowledged, min(next_seq, self.last_seq + 1))
        self._prune()

    def rewind(self, next_seq: int) -> None:
        """Send again from there (a new epoch, a missing part), or from what is still kept."""
        self.acknowledged = min(max(next_seq, 1), self.last_seq + 1)

    def give_up_on(self, seq: int) -> bytes:
        """Replace an event that cannot be read by ``unsendable``; its digest, and so every later head, stands."""
        kept = self._events[seq - self._first_kept]
        old = json.loads(kept.text)
        event = {"seq": seq, "at": old["at"], "kind": "unsendable", "digest": base64url.encode(kept.digest)}
        text = json.dumps(event, sort_keys=True, separators=(",", ":")).encode("ascii")
        self._events[seq - self._first_kept] = Kept(seq, text, kept.digest, kept.head)
        return text

    def unacknowledged(self) -> list[Kept]:
        """What would be carried over into a new journal."""
        return self._events[max(self.acknowledged - self._first_kept, 0) :]

    def _prune(self) -> None:
        surplus = min(len(self._events) - self._kept, self.acknowledged - self._first_kept)
        if surplus > 0:
            self._before_first = self._events[surplus - 1].head
            del self._events[:surplus]
            self._first_kept += surplus
