"""Decides I1–I8 of QUALITY: from the histories of devices and a dump of the log to violations. A pure function.

Histories are lines of ``dokodemo.demo.history`` (any harness may write them); a dump is what a fresh connection reads.
While devices still hold events (``drained=False``: right after a ``kill -9``) I1 and I7 cannot be judged and are not.
I6 and I9 from rows alone are ``derived``'s, I10 is ``sights``'.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from dokodemo.domain import base64url
from tests.faults.evidence import signatures
from tests.faults.histories import Device, read
from tests.faults.logged import Dump, Logged, LoggedJournal, SignedBatch, Violation

__all__ = ["Dump", "Logged", "LoggedJournal", "SignedBatch", "Violation", "check"]


def check(
    history: Iterable[Mapping[str, Any]], dump: Dump, *, drained: bool = True, destroyed: Iterable[str] = ()
) -> list[Violation]:
    """Everything that is wrong; ``destroyed`` names journals whose disk is gone, which I1 forgives by name alone."""
    devices = read(history)
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
        found += signatures(name, journal)
        if not journal.rebuilt_equal:
            found.append(Violation("I6", name, None, "what is stored is not what both logs read as"))
    return found


def _carried_over(dump: Dump) -> set[str]:
    carried = set()
    for journal in dump.values():
        for event in journal.events:
            if event.text is not None and b'"carried_over"' in event.text:
                carried.add(str(json.loads(event.text)["carried_over"]))
    return carried


def _nothing_lost(name: str, device: Device, journal: LoggedJournal | None, carried: set[str]) -> Iterable[Violation]:
    held = {event.seq for event in journal.events} if journal else set()
    for seq in sorted(device.recorded):
        moved_on = device.replaced and journal is not None and f"{journal.binding_id}/{seq}" in carried
        if seq not in held and not moved_on and not (journal and _gone_with_the_backup(device, journal, seq)):
            yield Violation("I1", name, seq, "recorded on the device, not in the log")


def _durable(name: str, device: Device, journal: LoggedJournal | None) -> Iterable[Violation]:
    held = {event.seq for event in journal.events} if journal else set()
    for seq in range(1, device.acknowledged):
        if seq not in held and not (journal and journal.has_gap_at(seq)):
            yield Violation("I4", name, seq, "acknowledged, and not in the log")


def _buckets(name: str, device: Device, journal: LoggedJournal | None) -> Iterable[Violation]:
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
        while expected < event.seq and journal.has_gap_at(expected):
            expected += 1
        if event.seq != expected:
            yield Violation("I5", name, event.seq, f"stands where {expected} belongs")
        expected = event.seq + 1
        if event.effective_at is not None:
            if latest is not None and event.effective_at < latest:
                yield Violation("I5", name, event.seq, "time runs backwards")
            latest = event.effective_at
    while journal.has_gap_at(expected):
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


def _nothing_invented(name: str, device: Device | None, journal: LoggedJournal) -> Iterable[Violation]:
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


def _gone_with_the_backup(device: Device, journal: LoggedJournal, seq: int) -> bool:
    """Whether an event was acknowledged, no longer kept by the device, and lost on the server with what came after
    the backup: the log says so by a gap of that kind."""
    lost = any(from_seq in journal.restored and from_seq <= seq <= to_seq for from_seq, to_seq, _ in journal.gaps)
    return lost and seq <= device.pruned
