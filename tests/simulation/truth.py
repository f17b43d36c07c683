"""What really happened in a schedule, which no part of the system knows, and what the log has to say about it.

An event is named by its number in the schedule, whatever journal it is carried to. A disaster that takes the last copy
of one *lists* it; whatever else was recorded has to be in the log once everything has drained.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from dokodemo.domain import base64url
from tests.faults.checker import check
from tests.faults.logged import Violation
from tests.simulation.log import Log, number_of
from tests.simulation.outbox import Disk, Stored


class Truth:
    """Written to by devices, network and nemesis; read at the end."""

    def __init__(self) -> None:
        self.recorded = 0
        self.listed: set[int] = set()
        self.lines: list[dict[str, Any]] = []
        self.faults: list[str] = []
        self.served: dict[UUID, list[datetime]] = {}  # requests of a running browser, whatever became of the answer
        self.heard: dict[UUID, datetime] = {}  # the last that this life of the server knows, or that was flushed

    # ------------------------------------------------------------------------------------------------------ histories

    def line(self, what: str, disk: Disk, **members: Any) -> None:
        self.lines.append({"what": what, "journal": disk.name, **members})

    def line_of(self, what: str, root: bytes, **members: Any) -> None:
        self.lines.append({"what": what, "journal": base64url.encode(root), **members})

    def roots(self) -> set[bytes]:
        """Of all keys that something was recorded under."""
        return {base64url.decode(line["journal"]) for line in self.lines}

    def wrote(self, disk: Disk, stored: Stored) -> None:
        """An event is on the device's disk."""
        self.line("recorded", disk, seq=stored.seq, text=stored.text, digest=digest(stored.text))

    def gone(self, events: Iterable[int], *, logged: set[int], kept: set[int]) -> None:
        """A disaster took these from one place: listed is what is nowhere else."""
        self.listed |= set(events) - logged - kept

    # ------------------------------------------------------------------------------------------------------- contacts

    def contact(self, binding_id: UUID, at: datetime, *, first: bool) -> None:
        """A request of a running browser session was taken."""
        self.served.setdefault(binding_id, []).append(at)
        if first:
            self.heard[binding_id] = at

    def died(self, flushed: dict[UUID, datetime]) -> None:
        """The process is gone, and with it each contact that was not flushed."""
        self.heard = {key: at for key, at in flushed.items() if key in self.heard}

    # -------------------------------------------------------------------------------------------------------- at rest

    def judged(self, log: Log, disks: list[Disk]) -> list[str]:
        """All that is wrong when everything has drained."""
        found = list(self.faults)
        found += self._nothing_lost(log, disks)
        found += _told_once(log)
        found += _times(log)
        found += [f"at rest, and {disk.unsent} events wait" for disk in disks if not disk.blocked and disk.unsent]
        violations: list[Violation] = check(self._history(log, disks), log.dump)
        return found + [f"{one.invariant}: {one.seq}: {one.detail}" for one in violations]

    def _nothing_lost(self, log: Log, disks: list[Disk]) -> Iterator[str]:
        stopped = {one.id for disk in disks if disk.blocked for one in disk.events}
        for number in sorted(set(range(self.recorded)) - log.ids() - self.listed - stopped):
            yield f"I1: what happened as number {number} was recorded and is nowhere"

    def _history(self, log: Log, disks: list[Disk]) -> Iterator[dict[str, Any]]:
        """Lines for the checker. Of two events under one number (a disk was set back) the one that the log holds is
        meant; what a number meant that is nowhere any more is judged by ``_nothing_lost``."""
        held = {
            (name, one.seq): digest(one.text)
            for name, journal in log.dump.items() for one in journal.events if one.text is not None
        }  # fmt: skip
        kept = {(disk.name, one.seq): digest(one.text) for disk in disks if not disk.blocked for one in disk.events}
        meant: dict[tuple[str, int], str] = kept | held
        given: set[tuple[str, int]] = set()
        for line in self.lines:
            if line["journal"] not in log.dump:
                continue
            if line["what"] == "acknowledged":
                said = [one for one in line["refused"] if meant.get((line["journal"], one["seq"])) == one["digest"]]
                yield line | {"refused": said}
                continue
            if line["what"] != "recorded":
                yield line
                continue
            key = line["journal"], line["seq"]
            if meant.get(key) == line["digest"]:
                if key not in given:
                    yield line
                given.add(key)
        for disk in disks:
            if disk.name in log.dump and not disk.blocked:
                yield {
                    "what": "waiting", "journal": disk.name, "first_seq": disk.waiting_from, "count": disk.unsent,
                }  # fmt: skip


def digest(text: bytes) -> str:
    return base64url.encode(hashlib.sha256(text).digest())


def _told_once(log: Log) -> Iterator[str]:
    """Each event is folded once, carried over or not."""
    told: Counter[int] = Counter()
    due = set()
    for name, journal in log.dump.items():
        for one in journal.events:
            assert one.text is not None
            number = number_of(one.text)
            if one.effective_at is not None:
                told[number] += 1
            if one.refusal is None and not log.observed[name].held:
                due.add(number)
    for number, count in told.items():
        if count > 1:
            yield f"I2: number {number} is told {count} times"
    for number in sorted(due - told.keys()):
        yield f"I1: number {number} is in the log and told nowhere"


def _times(log: Log) -> Iterator[str]:
    """Sessions hold no time that the journal and what the server saw do not."""
    for name, observed in log.observed.items():
        moments = {one.effective_at for one in log.dump[name].events if one.effective_at is not None}
        last = max(moments, default=None)
        heard = {at for _, at in observed.silences}
        before = None
        for started_at, ended_at, known in observed.sessions:
            if started_at not in moments:
                yield f"a session begins at {started_at:%T}, when nothing was recorded"
            if before is not None and started_at < before:
                yield "two sessions of one device overlap"
            if ended_at is not None and last is not None and ended_at > max(last, *(heard or {last})):
                yield f"a session ends at {ended_at:%T}, after everything that is known"
            if known == "silent" and ended_at not in heard | moments:
                yield f"a session fell silent at {ended_at:%T}, when nothing was heard"
            before = ended_at
