"""I1 to I5 of QUALITY, and three rows of PROTOCOL, as functions of one state (or of one step).

- I1 nothing lost: each event is on a disk, in the log, or listed with the disaster that took its last copy; and from
  every state the devices drain, after which each is in the log (`drained`).
- I2 nothing doubled: each (journal, seq) once; each event told (folded) at most once.
- I3 nothing altered: texts carry their own numbers, heads are the chain over them, beginning at the key's thumbprint.
- I4 acknowledged means durable: what a device takes as acknowledged in this epoch is in the log, by its head.
- I5 ordered: numbers run without a hole that is not a recorded gap.
- P1 a beat is neither refused nor a gap; P2 a fork is seen, and only where a disk was copied; P3 events inside a gap
  leave evidence; P4 an order to leave a key is carried out.

An event that two profiles of one copied disk carry over is excused from "told at most once": see docs/verification.md.
"""

import json
from functools import cache
from typing import Any

from dokodemo.domain.journals import following
from tests.model.states import Disk, Kept, Server, State, digest_of, head_after, root, text_of
from tests.model.steps import Step, held
from tests.model.worlds import World

BEYOND = "I4: a device takes as acknowledged what it never recorded"


def broken(state: State, world: World) -> str | None:
    """The first invariant that does not hold in this state."""
    for kept in state.server.journals:
        if fault := _journal(kept):
            return fault
        if kept.forked and not world.images and not world.orders:
            return f"P2: a fork of key {kept.key}, and no disk was ever copied"
    if world.devices == 1 and (twice := _told_twice(state.server)) is not None:
        return f"I2: event {twice} is told twice"
    for one in state.devices:
        if one.disk.next_seq > one.disk.last_seq + 1:
            return BEYOND
        if one.disk.epoch == state.server.epoch and (fault := _acknowledged(one.disk, state.server)):
            return fault
    missing = set(range(state.recorded)) - held(state) - state.listed
    return f"I1: event {min(missing)} is nowhere any more" if missing else None


def broken_step(before: State, step: Step, after: State) -> str | None:
    """What a step may not do."""
    if step.kind != "restore":
        for earlier in before.server.journals:
            now = after.server.find(earlier.key)
            if now is None or now.log[: len(earlier.log)] != earlier.log:
                return f"I4: rows of key {earlier.key} have gone from the log"
    if step.kind in ("serve", "commit") and not step.request.binds:
        if not step.request.events and step.answer.kind in ("journal_gap", "bad_sequence"):
            return f"P1: a beat is answered {step.answer.kind}"
        kept = after.server.find(step.request.key)
        if kept and step.answer.kind == "receipt" and not kept.forked:
            if not kept.late and _falls_inside(kept, step):
                return "P3: events inside a gap leave no evidence"
            if _another(kept, step):
                return f"P2: another history of key {kept.key} is taken for a repeat"
    return None


def _falls_inside(kept: Kept, step: Step) -> bool:
    numbers = range(step.request.first_seq, step.request.first_seq + len(step.request.events))
    return any(seq in numbers for from_seq, to_seq, _ in kept.gaps for seq in range(from_seq, to_seq))


def _another(kept: Kept, step: Step) -> bool:
    sent = {seq: text_of(seq, event) for seq, event in enumerate(step.request.events, step.request.first_seq)}
    return any(sent.get(row.seq, row.text) != row.text for row in kept.log)


@cache
def _journal(kept: Kept) -> str | None:
    ends = {to_seq: (from_seq, head) for from_seq, to_seq, head in kept.gaps}
    starts = {from_seq: to_seq for from_seq, to_seq, _ in kept.gaps}
    seqs = [row.seq for row in kept.log]
    if len(set(seqs)) != len(seqs):
        return f"I2: a number stands twice in the log of key {kept.key}: {seqs}"
    due, head = 1, root(kept.key)
    for row in kept.log:
        if due in starts:
            due = starts[due] + 1
            head = ends[due - 1][1]
        if row.seq != due:
            return f"I5: {row.seq} follows {due - 1} in the log of key {kept.key}, and no gap says so"
        head = following(head, digest_of(row.text))
        if row.head != head or json.loads(row.text)["seq"] != row.seq:
            return f"I3: the chain of key {kept.key} does not hold at {row.seq}"
        due += 1
    if kept.next_seq != due:
        return f"I5: the cursor of key {kept.key} is {kept.next_seq}, its log ends before {due}"
    if any(from_seq >= due for from_seq in starts):
        return f"I5: a gap of key {kept.key} lies above its log"
    return None if kept.head == head else f"I3: the head of key {kept.key} is not that of its log"


@cache
def _told_twice(server: Server) -> int | None:
    told = [number for kept in server.journals for number in kept.told]
    return next((number for number in told if told.count(number) > 1), None)


@cache
def _acknowledged(disk: Disk, server: Server) -> str | None:
    kept = server.find(disk.key)
    heads = {row.seq: row.head for row in kept.log} if kept else {}
    inside = {seq for from_seq, to_seq, _ in kept.gaps for seq in range(from_seq, to_seq + 1)} if kept else set()
    head = disk.base_head
    for seq in range(1, min(disk.next_seq, disk.last_seq + 1)):
        if seq > disk.base_seq:
            head = head_after(head, seq, disk.events[seq - disk.base_seq - 1])
        if seq in inside:
            continue
        if seq not in heads and seq > disk.base_seq:
            return f"I4: {seq} of key {disk.key} is acknowledged and not in the log"
        if seq >= disk.base_seq and heads.get(seq, head) != head:
            return f"I4: {seq} of key {disk.key} is acknowledged, and the log holds another event there"
    return None


class Drain:
    """What becomes of a state when nothing goes wrong any more: every device sends until the server holds all of it."""

    def __init__(self, world: World, device: Any, server: Any) -> None:
        self.world, self.device, self.server = world, device, server
        self.known: dict[tuple[tuple[Disk, ...], Server], tuple[str | None, frozenset[int]]] = {}

    def fails(self, state: State) -> str | None:
        """None when all that the devices hold, and is not listed, arrives."""
        server = state.server
        for reading in state.reading:
            server, _ = self.server.committed(server, reading)
        disks = tuple(one.disk for one in state.devices)
        return self._settled(disks, server, state)

    def _settled(self, disks: tuple[Disk, ...], server: Server, state: State) -> str | None:
        passed = []
        for _ in range(60):
            at = (disks, server)
            if at in self.known:
                end = self.known[at]
                break
            passed.append(at)
            for index, disk in enumerate(disks):
                after, server = self._round(disk, server)
                disks = (*disks[:index], after, *disks[index + 1 :])
            if any(disk.next_seq > disk.last_seq + 1 for disk in disks):
                end = BEYOND, frozenset()
                break
            if (disks, server) == at:
                end = self._verdict(disks, server)
                break
        else:
            end = "I1: the devices send for ever and do not drain", frozenset()
        for at in passed:
            self.known[at] = end
        fault, safe = end
        missing = set(range(state.recorded)) - safe - state.listed
        if fault or not missing:
            return fault
        return f"I1: everything has drained, and event {min(missing)} was never told"

    def _round(self, disk: Disk, server: Server) -> tuple[Disk, Server]:
        """One request and its answer; the beat that asks whether anything has changed, when nothing waits.

        A device that has not heard yet of a restored backup hears of it before it carries out an order.
        """
        if disk.blocked:
            return disk, server
        if disk.order and disk.bound and disk.epoch == server.epoch:
            return self._rebound(disk, server), server
        if not disk.bound or disk.wanted:
            request = self.device.binding(disk)
        else:
            request = self.device.frame(disk, 1)
        server, answer = self.server.committed(server, self.server.begun(server, request))
        after, leaving = self.device.landed(disk, request, answer)
        return (self._rebound(after, server) if leaving else after), server

    def _rebound(self, disk: Disk, server: Server) -> Disk:
        fresh = 100 + max([disk.key % 100, *(kept.key % 100 for kept in server.journals)]) + 1
        rebound: Disk = self.device.rebound(disk, fresh)
        return rebound

    def _verdict(self, disks: tuple[Disk, ...], server: Server) -> tuple[str | None, frozenset[int]]:
        """What is wrong at rest, and which events were told (or lie on a device whose key counts no more)."""
        told = [number for kept in server.journals for number in kept.told]
        told += [event.id for disk in disks if disk.blocked for event in disk.events]
        if self.world.devices > 1 and any(kept.gaps for kept in server.journals):
            told += range(self.world.events)  # one copy let go of what the other still held: the recorded gap says so
        return self._fault_at_rest(disks, server), frozenset(told)

    def _fault_at_rest(self, disks: tuple[Disk, ...], server: Server) -> str | None:
        for disk in disks:
            if not disk.blocked and (self.device.unsent(disk) or disk.order):
                return f"I1: the device of key {disk.key} is at rest and {self.device.unsent(disk)} events wait"
            kept = server.find(disk.key)
            if kept and kept.active and kept.forked and not disk.blocked:
                return f"P4: the device of key {disk.key} was ordered to leave it and does not"
        fault = next((fault for kept in server.journals if (fault := _journal(kept))), None)
        if fault is None and self.world.devices == 1 and (twice := _told_twice(server)) is not None:
            return f"I2: event {twice} is told twice, once everything has drained"
        return fault
