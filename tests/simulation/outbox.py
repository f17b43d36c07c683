"""The device's database, with real texts and a real key: the rules of `outbox.js`, `answers.js` and `rebind.js`.

``test_outbox`` holds what this decides against `tests/model/device.py`, which is held against `answers.js` itself.
"""

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from dokodemo.crypto.keys import DeviceKey, thumbprint
from dokodemo.domain import base64url
from dokodemo.domain.events import written
from dokodemo.domain.journals import following

MOST_EVENTS, MOST_BYTES = 200, 65_536


class Stored(NamedTuple):
    """An appended event; ``id`` numbers what happened in the whole schedule, whatever journal it is carried to."""

    id: int
    seq: int
    text: bytes
    head: bytes


@dataclass(frozen=True, slots=True)
class Frame:
    """What one request carries: a batch, or a beat."""

    first_seq: int
    count: int
    body: bytes


class Answer(NamedTuple):
    """``kind``: receipt, bound, or the code of a problem."""

    kind: str
    next_seq: int = 0
    head: bytes = b""
    epoch: int = 0
    rebind: bool = False
    refused: tuple[int, ...] = ()
    binding_id: UUID | None = None


@dataclass(slots=True)
class Disk:
    """One key with its journal: numbers ``base_seq`` + 1 … ``last_seq`` are kept. ``epoch`` 0: no answer yet."""

    key: DeviceKey
    root: bytes
    base_head: bytes
    events: list[Stored] = field(default_factory=list)
    base_seq: int = 0
    next_seq: int = 1
    epoch: int = 0
    binding_id: UUID | None = None
    wanted: bool = False
    replaces: UUID | None = None
    blocked: bool = False

    @property
    def name(self) -> str:
        """The key's name."""
        return base64url.encode(self.root)

    @property
    def last_seq(self) -> int:
        return self.base_seq + len(self.events)

    @property
    def waiting_from(self) -> int:
        """The first number that is to be sent."""
        return max(self.next_seq, self.base_seq + 1)

    @property
    def unsent(self) -> int:
        return max(0, self.last_seq + 1 - self.waiting_from)

    def image(self) -> "Disk":
        """A copy of everything, to be set back later."""
        return replace(self, events=list(self.events))

    def head_at(self, seq: int) -> bytes:
        """The chain's head behind event ``seq``."""
        return self.base_head if seq == self.base_seq else self.events[seq - self.base_seq - 1].head

    def digest_at(self, seq: int) -> str:
        """The digest of an event that is kept, empty for one that is not."""
        if not self.base_seq < seq <= self.last_seq:
            return ""
        return base64url.encode(hashlib.sha256(self.events[seq - self.base_seq - 1].text).digest())

    def append(self, number: int, kind: str, at: datetime, members: dict[str, Any]) -> Stored:
        """Number and chain one event."""
        event = {**members, "seq": self.last_seq + 1, "at": written(at), "kind": kind, "n": number}
        return self.put(number, json.dumps(event, sort_keys=True, separators=(",", ":")).encode("ascii"))

    def put(self, number: int, text: bytes) -> Stored:
        """Chain an event that is written already."""
        seq = self.last_seq + 1
        head = following(self.head_at(seq - 1), hashlib.sha256(text).digest())
        self.events.append(Stored(number, seq, text, head))
        return self.events[-1]

    def frame(self, most: int, sent_at: datetime, *, alive: bool) -> Frame:
        """The oldest events that wait, a beat when none do."""
        first = self.waiting_from
        chosen: list[bytes] = []
        size = 0
        for event in self.events[first - self.base_seq - 1 :][: min(most, MOST_EVENTS)]:
            size += len(event.text)
            if chosen and size > MOST_BYTES:
                break
            chosen.append(event.text)
        head = (
            f'{{"alive":{"true" if alive else "false"},"first_kept":{self.base_seq + 1},"first_seq":{first},'
            f'"prev_head":"{base64url.encode(self.head_at(first - 1))}","sent_at":"{written(sent_at)}","events":['
        )
        return Frame(first, len(chosen), head.encode("ascii") + b",".join(chosen) + b"]}")

    def land(self, answer: Answer) -> bool:
        """What an answer to a request of this key changes; whether the key is to be left now."""
        match answer.kind:
            case "receipt":
                return self._acknowledged(answer) or answer.rebind
            case "bound":
                self.binding_id, self.wanted, self.replaces = answer.binding_id, False, None
                return self._acknowledged(answer, asks=False)
            case "journal_gap":
                if answer.next_seq > self.last_seq + 1:
                    return True
                self.next_seq = answer.next_seq
            case "unknown_key":
                self.binding_id = None
            case "cannot_replace":
                self.replaces = None
            case "revoked":
                self.blocked = True
        return False

    def _acknowledged(self, answer: Answer, *, asks: bool = True) -> bool:
        if self.epoch and answer.epoch < self.epoch:
            return False
        risen = bool(self.epoch and answer.epoch > self.epoch)
        same = answer.epoch == self.epoch
        self.epoch, self.wanted = answer.epoch, self.wanted or (risen and asks)
        if answer.next_seq > self.last_seq + 1 or self._differs(answer):
            self.next_seq = 1 if risen else self.next_seq
            return True
        self.next_seq = max(self.next_seq, answer.next_seq) if same else answer.next_seq
        return False

    def _differs(self, answer: Answer) -> bool:
        through = answer.next_seq - 1
        return self.base_seq <= through <= self.last_seq and self.head_at(through) != answer.head

    def rebound(self, key: DeviceKey) -> "Disk":
        """A new key and journal into which goes what was never acknowledged, with where it stood first."""
        fresh = new_disk(key)
        fresh.replaces = self.binding_id
        for stored in self.events[self.waiting_from - self.base_seq - 1 :]:
            event = json.loads(stored.text)
            event.setdefault("carried_over", f"{self.binding_id or ''}/{stored.seq}")
            event["seq"] = fresh.last_seq + 1
            fresh.put(stored.id, json.dumps(event, sort_keys=True, separators=(",", ":")).encode("ascii"))
        return fresh

    def prune(self, through: int) -> list[Stored]:
        """Let go of acknowledged events up to a number; gives them."""
        gone = self.events[: through - self.base_seq]
        self.base_head = self.head_at(through)
        self.events = self.events[through - self.base_seq :]
        self.base_seq = through
        return gone


def new_disk(key: DeviceKey) -> Disk:
    """A key and its empty journal."""
    root = thumbprint(key.point)
    return Disk(key, root, root)
