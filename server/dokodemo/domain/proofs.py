"""What a stored log proves: each head again from the one before, and each kept batch against the events that it brought.

A journal's chain begins with the thumbprint of the device's key (``domain.journals``), so whoever alters, adds or takes
out something in the middle has to write every later head anew; the batches that the device signed name those heads
(``prev_head``) and hold the bytes, and nobody but the device can sign others. An erased text leaves its head behind: the
chain goes on from there, and that is no damage.

What rows alone cannot show: the newest events taken out together with the journal's end and the batches that brought
them (the device notices at its next contact, and fills them in again), and a removed stretch that is declared a gap,
unless a kept batch ends in it. Gaps are therefore counted and told. ``received_at`` is the server's word, not the device's.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from dokodemo.domain import base64url
from dokodemo.domain.canonical_json import canonical
from dokodemo.domain.journals import Gap, Journal, following


class Fault(StrEnum):
    """What can be wrong with a stored log. A value is never renamed: it stands in ``verify-log --json``."""

    KEY_DIFFERS = "key_differs"
    CHAIN_BROKEN = "chain_broken"
    KIND_ALTERED = "kind_altered"
    EVENTS_MISSING = "events_missing"
    EVENT_MISPLACED = "event_misplaced"
    GAP_MISPLACED = "gap_misplaced"
    END_DIFFERS = "end_differs"
    HEAD_DIFFERS = "head_differs"
    BATCH_MISSING = "batch_missing"
    BATCH_FORGED = "batch_forged"
    BATCH_MISPLACED = "batch_misplaced"
    BATCH_DIFFERS = "batch_differs"
    UNREADABLE = "unreadable"
    STRAY_EVENTS = "stray_events"
    JOURNAL_MISSING = "journal_missing"
    KEY_UNRECORDED = "key_unrecorded"
    AUDIT_BROKEN = "audit_broken"
    READING_DIFFERS = "reading_differs"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, in which journal and at which number (None: of the whole); ``said`` fills its sentence."""

    fault: Fault
    journal: UUID | None
    seq: int | None = None
    said: Mapping[str, str | int] | None = None


@dataclass(frozen=True, slots=True)
class Logged:
    """An event as the log has it. ``text`` is None after erasure; ``month`` (YYYY-MM, UTC) is that of its arrival."""

    seq: int
    text: bytes | None
    head: bytes
    kind: str
    month: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A batch that was kept as it was signed: the last one of ``month``, which ends at ``last_seq``."""

    month: str
    last_seq: int
    body: bytes
    signature: Mapping[str, str]


class Walk:
    """Goes along one journal in the order of its numbers. Give every event to ``step``, then ask ``end``.

    ``months`` is the last number of each month, ``readable`` the last one whose text is still there; ``count`` and
    ``erased`` count. After a fault the next event may follow what is stored or what was computed, whichever was not
    changed: one change is one finding.
    """

    def __init__(self, journal_id: UUID, thumbprint: bytes, gaps: Sequence[Gap]) -> None:
        self.months: dict[str, int] = {}
        self.readable: dict[str, int] = {}
        self.count = 0
        self.erased = 0
        self._journal = journal_id
        self._gaps = {gap.from_seq: gap for gap in gaps}
        self._expected = 1
        self._heads: frozenset[bytes] = frozenset({thumbprint})  # of the event before; empty: unknown, after a hole

    def step(self, event: Logged) -> Iterator[Finding]:
        """Judge the next event."""
        self._through_gaps(below=event.seq)
        if event.seq > self._expected:
            last = event.seq - 1
            yield self._found(Fault.EVENTS_MISSING, self._expected, first=self._expected, last=last)
            self._heads = frozenset()
        before, self._heads = self._heads, frozenset({event.head})
        if event.seq < self._expected:
            yield self._found(Fault.EVENT_MISPLACED, event.seq)
        elif event.text is not None:
            yield from self._of_text(event, event.text, before)
        self.months[event.month] = event.seq
        self.count += 1
        if event.text is None:
            self.erased += 1
        else:
            self.readable[event.month] = event.seq
        self._expected = max(self._expected, event.seq + 1)

    def end(self, journal: Journal) -> Iterator[Finding]:
        """Judge where the journal's row says that it stands, once every event was given."""
        self._through_gaps(below=journal.next_seq)
        for gap in self._gaps.values():
            yield self._found(Fault.GAP_MISPLACED, gap.from_seq, first=gap.from_seq, last=gap.to_seq)
        if journal.next_seq != self._expected:
            yield self._found(Fault.END_DIFFERS, self._expected, next_seq=journal.next_seq, expected=self._expected)
        elif self._heads and journal.head not in self._heads:
            yield self._found(Fault.HEAD_DIFFERS, self._expected - 1)

    def _through_gaps(self, *, below: int) -> None:
        while (gap := self._gaps.get(self._expected)) is not None and gap.to_seq < below:
            del self._gaps[self._expected]
            self._expected, self._heads = gap.to_seq + 1, frozenset({gap.claimed_head})

    def _of_text(self, event: Logged, text: bytes, before: frozenset[bytes]) -> Iterator[Finding]:
        digest = digest_of(text)
        computed = frozenset() if digest is None else frozenset(following(head, digest) for head in before)
        if digest is None or (before and event.head not in computed):
            self._heads |= computed
            yield self._found(Fault.CHAIN_BROKEN, event.seq)
        elif event.kind and f'"kind":"{event.kind}"'.encode() not in text:
            yield self._found(Fault.KIND_ALTERED, event.seq, kind=event.kind)

    def _found(self, fault: Fault, seq: int, **said: str | int) -> Finding:
        return Finding(fault, self._journal, seq, said)


def digest_of(text: bytes) -> bytes | None:
    """What of an event enters the chain; None when its text is none that was ever taken in."""
    if b'"unsendable"' in text:
        try:
            event = json.loads(text)
            if event.get("kind") == "unsendable":  # the digest of the event that could not be sent stands in it
                return base64url.decode(event["digest"])
        except (ValueError, AttributeError, LookupError):
            return None
    return hashlib.sha256(text).digest()


def judge_batches(journal_id: UUID, walk: Walk, kept: Sequence[Kept]) -> Iterator[Finding]:
    """Whether the batch of each month is there and ends where the month does. ``walk`` has gone along the whole log.

    A batch holds the texts of its events, so a month whose texts are all erased has none any more.
    """
    for month in sorted(walk.readable.keys() - {batch.month for batch in kept}):
        yield Finding(Fault.BATCH_MISSING, journal_id, walk.readable[month], {"month": month})
    for batch in kept:
        last = walk.months.get(batch.month)
        if last != batch.last_seq:
            said: dict[str, str | int] = {"month": batch.month, "last_seq": batch.last_seq, "last": last or "–"}
            yield Finding(Fault.BATCH_MISPLACED, journal_id, batch.last_seq, said)


def span_of(body: bytes) -> tuple[int, int] | None:
    """The number before the first that a signed body speaks about, and the last one; None when it is no batch."""
    try:
        numbers = [event["seq"] for event in json.loads(body)["events"]]
        first = int(numbers[0])
    except (ValueError, TypeError, LookupError):
        return None
    return (first - 1, first + len(numbers) - 1) if numbers == list(range(first, first + len(numbers))) else None


def judge_body(
    journal_id: UUID, kept: Kept, logged: Mapping[int, Logged], heads: Mapping[int, bytes], gaps: Sequence[Gap]
) -> Iterator[Finding]:
    """Whether the log holds what was signed: the same bytes under the same numbers, after the same head.

    ``logged`` are the log's events of ``span_of``; ``heads`` what is known of the heads before them (0: the thumbprint).
    """
    said: dict[str, str | int] = {"month": kept.month}
    try:
        frame = json.loads(kept.body)
        signed: list[Any] = frame["events"]
        texts = {int(event["seq"]): canonical(event) for event in signed}
        before = base64url.decode(frame["prev_head"])
    except (ValueError, TypeError, LookupError):
        yield Finding(Fault.BATCH_FORGED, journal_id, kept.last_seq, said | {"reason": "it is no batch of events"})
        return
    last = max(texts, default=0)
    if last != kept.last_seq:
        yield Finding(Fault.BATCH_MISPLACED, journal_id, kept.last_seq, said | {"last_seq": kept.last_seq, "last": last or "–"})
    first = min(texts, default=1)
    if heads.get(first - 1, before) != before:
        yield Finding(Fault.BATCH_DIFFERS, journal_id, first - 1, said)
    for seq, text in texts.items():
        event = logged.get(seq)
        if event is None:
            if seq == kept.last_seq or not any(gap.from_seq <= seq <= gap.to_seq for gap in gaps):
                yield Finding(Fault.BATCH_DIFFERS, journal_id, seq, said)
        elif event.text is not None and event.text != text:
            yield Finding(Fault.BATCH_DIFFERS, journal_id, seq, said)
