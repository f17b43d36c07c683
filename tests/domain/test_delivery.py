"""Any splitting, repeating, delaying and interleaving of batches reads like one perfect delivery."""

import hashlib
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dokodemo.domain.canonical_json import canonical
from dokodemo.domain.errors import ConflictError
from dokodemo.domain.events import Refusal, read_event, written
from dokodemo.domain.journals import Batch, Forked, Journal, Received, following, heads_needed, judge
from dokodemo.domain.readings import Reading, Session, Settled, dumped
from dokodemo.domain.sessions import fold_event

Event = dict[str, Any]
ROOT = b"\7" * 32
EIGHT = datetime(2026, 11, 24, 8, tzinfo=UTC)
LATER = EIGHT + timedelta(days=30)

PLAIN = ("locked", "unlocked", "back", "meeting_began", "meeting_ended", "policy_notice", "comet")


@st.composite
def journals(draw: st.DrawFn) -> list[Event]:
    """A device's day: events in order of its own clock, some of wrong form."""
    moment = EIGHT
    events = []
    for seq in range(1, draw(st.integers(1, 14)) + 1):
        moment += timedelta(minutes=draw(st.integers(0, 300)))
        event = {"seq": seq, "at": written(moment)}
        kind = draw(st.sampled_from([*PLAIN, "started", "away", "slept", "ended", "place_declared", "clock", "wrong"]))
        back = written(moment - timedelta(minutes=draw(st.integers(0, 400))))
        members: dict[str, Event] = {
            "started": {"how": "login"}, "away": {"since": back}, "slept": {"from": back},
            "ended": {"how": "recovered"}, "place_declared": {"place": draw(st.sampled_from(["home", "desk"]))},
            "clock": {"offset_ms": draw(st.integers(-600_000, 600_000))},
        }  # fmt: skip
        extra = members.get(kind, {})
        events.append(event | ({"kind": "away"} if kind == "wrong" else {"kind": kind}) | extra)
    return events


def received(event: Event) -> Received:
    text = canonical(event)
    return Received(event["seq"], text, hashlib.sha256(text).digest(), read_event(event))


class Server:
    """Ingest without a database: the domain alone."""

    def __init__(self) -> None:
        self.journal = Journal(1, ROOT)
        self.log: dict[int, tuple[bytes, bytes]] = {}
        self.reading = Reading()
        self.sessions: dict[int, Session] = {}
        self.settled: list[Settled] = []

    def take(self, batch: Batch, at: datetime) -> None:
        known = {seq: head for seq, (head, _) in self.log.items()} | {0: ROOT}
        needed = heads_needed(self.journal, batch)
        verdict = judge(self.journal, batch, {seq: known[seq] for seq in needed if seq in known})
        assert not isinstance(verdict, Forked)
        self.journal = verdict.journal
        for one in verdict.new:
            assert one.received.seq not in self.log
            self.log[one.received.seq] = (one.head, one.received.text)
            if not isinstance(one.received.event, Refusal):
                step = fold_event(self.reading, one.received.event, at)
                self.reading = step.reading
                self.sessions.update({session.n: session for session in step.sessions})
                self.settled += step.settled

    def everything(self) -> tuple[Any, ...]:
        return self.journal, self.log, dumped(self.reading), self.sessions, self.settled


def batch_of(events: list[Event], first: int, last: int) -> Batch:
    head = ROOT
    for event in events[: first - 1]:
        head = following(head, received(event).digest)
    return Batch(first, head, 1, True, tuple(received(event) for event in events[first - 1 : last]))


@given(journals(), st.data())
@settings(max_examples=300)
def test_any_delivery_reads_like_a_perfect_one(events: list[Event], data: st.DataObject) -> None:
    perfect = Server()
    perfect.take(batch_of(events, 1, len(events)), LATER)
    real = Server()
    slices = data.draw(st.lists(st.tuples(st.integers(1, len(events)), st.integers(0, 5)), max_size=12))
    for first, length in slices:
        batch = batch_of(events, first, min(first + length, len(events)))
        if first <= real.journal.next_seq:
            real.take(batch, LATER)
            continue
        with pytest.raises(ConflictError) as refused:
            real.take(batch, LATER)
        assert refused.value.fields["next_seq"] == real.journal.next_seq
    if real.journal.next_seq <= len(events):
        real.take(batch_of(events, real.journal.next_seq, len(events)), LATER)
    assert real.everything() == perfect.everything()


@given(journals())
@settings(max_examples=300)
def test_a_session_holds_no_time_that_the_journal_does_not(events: list[Event]) -> None:
    server = Server()
    server.take(batch_of(events, 1, len(events)), LATER)
    ends = [session.ended_at for session in server.sessions.values() if session.ended_at]
    starts = [session.started_at for session in server.sessions.values()]
    if server.reading.last_at is None:
        assert not starts
        return
    assert all(end <= server.reading.last_at for end in ends)
    assert starts == sorted(starts)
    ordered = [server.sessions[n] for n in sorted(server.sessions)]
    for one, following_one in itertools.pairwise(ordered):
        assert one.ended_at is not None
        assert one.started_at <= one.ended_at <= following_one.started_at
    for n in {one.session for one in server.settled}:
        row = [one for one in server.settled if one.session == n]
        assert [one.n for one in row] == list(range(len(row)))
        for left, right in itertools.pairwise(row):
            assert left.segment.ended_at == right.segment.started_at


@given(journals(), st.data())
@settings(max_examples=200)
def test_a_changed_event_is_always_seen_as_a_fork(events: list[Event], data: st.DataObject) -> None:
    server = Server()
    server.take(batch_of(events, 1, len(events)), LATER)
    at = data.draw(st.integers(0, len(events) - 1))
    forged = [event | {"note": "forged"} if n == at else event for n, event in enumerate(events)]
    batch = batch_of(forged, 1, len(events))
    known = {seq: head for seq, (head, _) in server.log.items()} | {0: ROOT}
    verdict = judge(
        server.journal, batch, {seq: known[seq] for seq in heads_needed(server.journal, batch) if seq in known}
    )
    assert isinstance(verdict, Forked)
    assert verdict.at_seq == at + 1
