"""What one state of the exhaustive model holds. Tuples, since each is hashed and compared some hundred thousand times.

No member is ever None, so that any two values of one kind can be sorted: "nothing" is an empty tuple or -1.
"""

import hashlib
import json
from functools import cache
from typing import NamedTuple

from dokodemo.domain.canonical_json import canonical
from dokodemo.domain.journals import following

NO_KEY = -1


class Event(NamedTuple):
    """What happened, by its number among all that was ever recorded; ``key`` and ``seq``: where it stood at first."""

    id: int
    key: int = NO_KEY
    seq: int = 0


class Disk(NamedTuple):
    """The device's database: the journal of ``shapes.js``, the events that are kept, and what is to be done."""

    key: int
    events: tuple[Event, ...]  # numbers base_seq + 1 … last_seq
    base_seq: int
    base_head: bytes
    next_seq: int
    epoch: int  # 0: no answer yet
    bound: bool
    wanted: bool  # a fresh token is to be presented
    replaces: int
    order: bool  # a rebind order lies here
    blocked: bool

    @property
    def last_seq(self) -> int:
        return self.base_seq + len(self.events)


class Request(NamedTuple):
    """A batch, a beat (no events) or, with ``binds``, a binding. Two that say the same are the same."""

    key: int
    binds: bool
    replaces: int
    first_seq: int
    prev_head: bytes
    first_kept: int
    events: tuple[Event, ...]


class Answer(NamedTuple):
    """``kind``: receipt, bound, or a code of a problem."""

    kind: str
    next_seq: int = 0
    head: bytes = b""
    epoch: int = 0
    rebind: bool = False


class Device(NamedTuple):
    """A disk with a worker over it; the flight and the decision to leave the key die with the worker."""

    disk: Disk
    flight: tuple[Request, ...]  # at most one
    leaving: bool


class Row(NamedTuple):
    """A row of the log."""

    seq: int
    text: bytes
    head: bytes


class Kept(NamedTuple):
    """The server's binding and journal of one key."""

    key: int
    active: bool
    replaces: int
    next_seq: int
    head: bytes
    log: tuple[Row, ...]
    gaps: tuple[tuple[int, int, bytes], ...]
    told: tuple[int, ...]  # events that were folded, by their ids
    forked: bool  # evidence of a fork is kept, a rebind order is open
    late: bool  # evidence of events inside a gap is kept


class Server(NamedTuple):
    """A database."""

    epoch: int
    journals: tuple[Kept, ...]

    def find(self, key: int) -> Kept | None:
        """The journal of a key."""
        for kept in self.journals:
            if kept.key == key:
                return kept
        return None


class Reading(NamedTuple):
    """A worker between its first SELECT and its COMMIT: what it saw."""

    request: Request
    seen: tuple[Kept, ...]  # the journal's row as it was read; empty when there was none


class State(NamedTuple):
    """The whole world; from ``recorded`` on what no part of it knows."""

    devices: tuple[Device, ...]
    network: tuple[Request, ...]  # under way: each may arrive, again and again
    reading: tuple[Reading, ...]  # at most two workers
    answers: tuple[tuple[Request, Answer], ...]  # under way to a device that waits for them
    server: Server
    image: tuple[Disk, ...]  # a copy of a disk, to be set back or to be started elsewhere
    backup: tuple[Server, ...]
    recorded: int
    listed: frozenset[int]  # events whose last copy a disaster took: listed, not forgiven
    keys: int
    images_left: int
    restores_left: int


@cache
def root(key: int) -> bytes:
    """The thumbprint of a key."""
    return hashlib.sha256(b"key %d" % key).digest()


@cache
def text_of(seq: int, event: Event) -> bytes:
    """The event as RFC 8785 text, as it is stored and sent."""
    members: dict[str, str | int] = {
        "at": f"2026-11-24T00:00:{event.id:02d}.000Z", "kind": "model", "n": event.id, "seq": seq,
    }  # fmt: skip
    if event.key != NO_KEY:
        members["carried_over"] = f"{event.key}/{event.seq}"
    return canonical(members)


@cache
def digest_of(text: bytes) -> bytes:
    """What enters the chain."""
    return hashlib.sha256(text).digest()


@cache
def head_after(head: bytes, seq: int, event: Event) -> bytes:
    """The device's own chain; it never calls a changed ``following``."""
    return following(head, digest_of(text_of(seq, event)))


@cache
def ids_in(kept: Kept) -> frozenset[int]:
    """Which events a log holds."""
    return frozenset(json.loads(row.text)["n"] for row in kept.log)


def new_disk(key: int) -> Disk:
    """A key and its empty journal."""
    return Disk(key, (), 0, root(key), 1, 0, False, False, NO_KEY, False, False)
