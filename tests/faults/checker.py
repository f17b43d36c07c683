"""Decides I1–I7 of QUALITY: from the histories of devices and a dump of the log to violations. A pure function.

Histories are lines of ``dokodemo.demo.history`` (any harness may write them); a dump is what a fresh connection reads.
While devices still hold events (``drained=False``: right after a ``kill -9``) I1 and I7 cannot be judged and are not.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dokodemo.domain import base64url


@dataclass(frozen=True, slots=True)
class Logged:
    """A row of the log. ``text`` is None after erasure; ``refusal`` is its code in quarantine, else None."""

    seq: int
    text: bytes | None
    head: bytes
    effective_at: datetime | None = None
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class LoggedJournal:
    """A journal as the database has it; ``gaps`` are (from, to, claimed head); ``rebuilt_equal`` is I6's verdict."""

    binding_id: str
    next_seq: int
    head: bytes
    events: Sequence[Logged]
    gaps: Sequence[tuple[int, int, bytes]] = ()
    rebuilt_equal: bool = True


Dump = Mapping[str, LoggedJournal]
"""Journals by the name of their key (``keyid``)."""


@dataclass(frozen=True, slots=True)
class Violation:
    """Which invariant is broken, where, and how."""

    invariant: str
    journal: str
    seq: int | None
    detail: str


@dataclass(slots=True)
class _Device:
    recorded: dict[int, dict[str, Any]] = field(default_factory=dict)
    sent_to: int = 0
    acknowledged: int = 1
    refused: set[int] = field(default_factory=set)
    waiting: tuple[int, int] | None = None  # first seq, count
    replaced: bool = False
    faults: list[Violation] = field(default_factory=list)


def check(
    history: Iterable[Mapping[str, Any]], dump: Dump, *, drained: bool = True, destroyed: Iterable[str] = ()
) -> list[Violation]:
    """Everything that is wrong; ``destroyed`` names journals whose disk is gone, which I1 forgives by name alone."""
    devices = _read(history)
    found = [fault for device in devices.values() for fault in device.faults]
    carried = _carried_over(dump)
    lost_disks = set(destroyed)
    for name, device in devices.items():
        journal = dump.get(name)
        found += _durable(name, device, journal)
        if drained:
            found += _buckets(name, device, journal)
            if name not in lost_disks:
                found += _nothing_lost(name, device, journal, carried)
    for name, journal in dump.items():
        found += _log(name, journal)
        found += _chain(name, journal)
        found += _nothing_invented(name, devices.get(name), journal)
        if not journal.rebuilt_equal:
            found.append(Violation("I6", name, None, "what is stored is not what both logs read as"))
    return found


def _read(history: Iterable[Mapping[str, Any]]) -> dict[str, _Device]:
    devices: dict[str, _Device] = {}
    for line in history:
        name = line["journal"]
        device = devices.setdefault(name, _Device())
        match line["what"]:
            case "recorded":
                if line["seq"] in device.recorded:
                    device.faults.append(Violation("I7", name, line["seq"], "recorded twice on the device"))
                device.recorded[line["seq"]] = dict(line)
            case "sent":
                device.sent_to = max(device.sent_to, line["first_seq"] + line["count"] - 1)
            case "acknowledged":
                if line["next_seq"] - 1 > device.sent_to:
                    seq = line["next_seq"] - 1
                    device.faults.append(Violation("I4", name, seq, "acknowledged before it was sent"))
                device.acknowledged = max(device.acknowledged, line["next_seq"])
                device.refused.update(refusal["seq"] for refusal in line.get("refused", ()))
            case "waiting":
                device.waiting = (line["first_seq"], line["count"])
            case "replaced":
                device.replaced = True
    return devices


def _carried_over(dump: Dump) -> set[str]:
    carried = set()
    for journal in dump.values():
        for event in journal.events:
            if event.text is not None and b'"carried_over"' in event.text:
                carried.add(str(json.loads(event.text)["carried_over"]))
    return carried


def _nothing_lost(name: str, device: _Device, journal: LoggedJournal | None, carried: set[str]) -> Iterable[Violation]:
    held = {event.seq for event in journal.events} if journal else set()
    for seq in sorted(device.recorded):
        moved_on = device.replaced and journal is not None and f"{journal.binding_id}/{seq}" in carried
        if seq not in held and not moved_on:
            yield Violation("I1", name, seq, "recorded on the device, not in the log")


def _durable(name: str, device: _Device, journal: LoggedJournal | None) -> Iterable[Violation]:
    held = {event.seq for event in journal.events} if journal else set()
    for seq in range(1, device.acknowledged):
        if seq not in held and not (journal and _in_gap(journal, seq)):
            yield Violation("I4", name, seq, "acknowledged, and not in the log")


def _buckets(name: str, device: _Device, journal: LoggedJournal | None) -> Iterable[Violation]:
    """Recorded = acknowledged + in the outbox; what is refused lies in quarantine with a reason."""
    if device.waiting is not None and not device.replaced:
        first, count = device.waiting
        in_outbox = set(range(first, first + count))
        for seq in sorted(device.recorded):
            if (seq < device.acknowledged) == (seq in in_outbox):
                yield Violation("I7", name, seq, "neither acknowledged nor in the outbox, or both")
    reasons = {event.seq: event.refusal for event in journal.events} if journal else {}
    for seq in sorted(device.refused):
        if not reasons.get(seq):
            yield Violation("I7", name, seq, "told to be refused, and not in quarantine with a reason")


def _log(name: str, journal: LoggedJournal) -> Iterable[Violation]:
    for seq, count in Counter(event.seq for event in journal.events).items():
        if count > 1:
            yield Violation("I2", name, seq, f"{count} times in the log")
    expected, latest = 1, None
    for event in journal.events:
        while expected < event.seq and _in_gap(journal, expected):
            expected += 1
        if event.seq != expected:
            yield Violation("I5", name, event.seq, f"stands where {expected} belongs")
        expected = event.seq + 1
        if event.effective_at is not None:
            if latest is not None and event.effective_at < latest:
                yield Violation("I5", name, event.seq, "time runs backwards")
            latest = event.effective_at
    while _in_gap(journal, expected):
        expected += 1
    if journal.next_seq != expected:
        yield Violation("I5", name, None, f"next_seq is {journal.next_seq}, the log ends before {expected}")


def _chain(name: str, journal: LoggedJournal) -> Iterable[Violation]:
    """Every head again from the key's thumbprint, the texts and the claimed heads of gaps."""
    head = base64url.decode(name)
    claimed = {to_seq: at_end for _, to_seq, at_end in journal.gaps}
    for event in journal.events:
        head = claimed.get(event.seq - 1, head)
        if event.text is not None:
            head = hashlib.sha256(head + _digest(event.text)).digest()
            if head != event.head:
                yield Violation("I3", name, event.seq, "the head is not that of the bytes")
        head = event.head
    if journal.events and journal.head != claimed.get(journal.next_seq - 1, head):
        yield Violation("I3", name, None, "the journal's head is not that of its last event")


def _nothing_invented(name: str, device: _Device | None, journal: LoggedJournal) -> Iterable[Violation]:
    for event in journal.events:
        mine = device.recorded.get(event.seq) if device else None
        if mine is None:
            yield Violation("I3", name, event.seq, "in the log, and never recorded on a device")
        elif event.text is not None and base64url.encode(_digest(event.text)) != mine["digest"]:
            yield Violation("I3", name, event.seq, "not the bytes that the device recorded")


def _digest(text: bytes) -> bytes:
    if b'"unsendable"' in text:
        event = json.loads(text)
        if event.get("kind") == "unsendable":
            return base64url.decode(event["digest"])
    return hashlib.sha256(text).digest()


def _in_gap(journal: LoggedJournal, seq: int) -> bool:
    return any(from_seq <= seq <= to_seq for from_seq, to_seq, _ in journal.gaps)
