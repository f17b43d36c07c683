"""What of a batch is new, what is repeated, what is a gap, what is a fork (PROTOCOL sections 2 and 7).

A journal is a numbered chain: ``head_n = SHA-256(head_{n-1} ‖ SHA-256(text of event n))``, ``head_0`` = the key's
thumbprint. The device numbers and chains before it sends; the server only ever appends at ``next_seq``. So:

- what lies below ``next_seq`` is compared by its head: the same head is a repeat, another one a **fork**;
- what begins above ``next_seq`` is told where to begin, unless the device no longer holds what is missing
  (``first_kept``): then the hole is recorded as a **gap**, and the chain goes on from the head that the device claims;
- inside a gap nothing can be compared; comparison starts again at the gap's claimed head.

Nothing here reads or writes: ``heads_needed`` says which heads the caller has to bring, ``judge`` decides.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dokodemo.domain import base64url
from dokodemo.domain.errors import ConflictError, ErrorCode, MalformedError
from dokodemo.domain.events import DeviceEvent, Refusal

HEAD_BYTES = 32


@dataclass(frozen=True, slots=True)
class Journal:
    """Where the server's copy stands: the next number it takes and the head of everything before it."""

    next_seq: int
    head: bytes


@dataclass(frozen=True, slots=True)
class Received:
    """One event as it came: its RFC 8785 text, the digest that enters the chain, and what the language says of it."""

    seq: int
    text: bytes
    digest: bytes
    event: DeviceEvent | Refusal


@dataclass(frozen=True, slots=True)
class Batch:
    """The frame around events. Without events it is a beat, and ``first_seq`` is the device's own last seq + 1."""

    first_seq: int
    prev_head: bytes
    first_kept: int
    alive: bool
    events: Sequence[Received]


@dataclass(frozen=True, slots=True)
class Numbered:
    """A new event with its head: a row of the log."""

    received: Received
    head: bytes


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers that the device no longer holds; ``claimed_head`` is its head of ``to_seq``."""

    from_seq: int
    to_seq: int
    claimed_head: bytes


@dataclass(frozen=True, slots=True)
class Taken:
    """The batch fits: ``new`` events in order, ``gap`` before them, ``late`` ones that fell inside an older gap."""

    journal: Journal
    new: tuple[Numbered, ...] = ()
    gap: Gap | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Forked:
    """Two histories under one key: nothing of the batch is taken. ``at_seq`` is where they were seen to differ."""

    at_seq: int


def following(head: bytes, digest: bytes) -> bytes:
    """The head after one more event."""
    return hashlib.sha256(head + digest).digest()


def heads_needed(journal: Journal, batch: Batch) -> range:
    """Numbers below ``next_seq`` whose heads decide about this batch; most batches need none."""
    if not batch.events or batch.first_seq >= journal.next_seq:
        return range(0)
    return range(batch.first_seq - 1, min(batch.first_seq + len(batch.events), journal.next_seq))


def judge(journal: Journal, batch: Batch, heads: Mapping[int, bytes]) -> Taken | Forked:
    """Decide about one batch. ``heads`` holds what exists of ``heads_needed``; what is missing lies inside a gap.

    Raises ``MalformedError`` (bad_sequence) when the frame contradicts itself and ``ConflictError`` (journal_gap, with
    ``next_seq`` and ``head``) when events are missing that the device still holds. A beat is always taken.
    """
    if not batch.events:
        return Taken(journal)
    if batch.first_kept > batch.first_seq:
        raise MalformedError(ErrorCode.BAD_SEQUENCE, "first_kept is above first_seq")
    expected = max(journal.next_seq, batch.first_kept)
    if batch.first_seq > expected:
        raise ConflictError(
            ErrorCode.JOURNAL_GAP,
            "events before this batch are missing here",
            next_seq=expected,
            head=base64url.encode(journal.head) if expected == journal.next_seq else None,
        )
    gap = None
    if batch.first_seq > journal.next_seq:
        gap = Gap(journal.next_seq, batch.first_seq - 1, batch.prev_head)
    elif _differs(journal, batch.first_seq - 1, batch.prev_head, heads):
        return Forked(batch.first_seq - 1)
    return _walk(journal, batch, heads, gap)


def _walk(journal: Journal, batch: Batch, heads: Mapping[int, bytes], gap: Gap | None) -> Taken | Forked:
    head = batch.prev_head
    new = []
    late = False
    for received in batch.events:
        head = following(head, received.digest)
        if received.seq >= journal.next_seq:
            new.append(Numbered(received, head))
        elif _differs(journal, received.seq, head, heads):
            return Forked(received.seq)
        elif received.seq != journal.next_seq - 1 and received.seq not in heads:
            late = True
    after = Journal(batch.first_seq + len(batch.events), head) if new else journal
    return Taken(after, tuple(new), gap, late)


def _differs(journal: Journal, seq: int, head: bytes, heads: Mapping[int, bytes]) -> bool:
    known = journal.head if seq == journal.next_seq - 1 else heads.get(seq)
    return known is not None and known != head
