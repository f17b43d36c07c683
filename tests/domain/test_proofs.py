"""The walk along a chain: whatever a sound log looks like it passes, and whatever one change does to it is found."""

import hashlib
from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from dokodemo.domain.journals import Gap, Journal, following
from dokodemo.domain.proofs import Fault, Finding, Logged, Walk

JOURNAL = UUID(int=7)
KEY = hashlib.sha256(b"a device's key").digest()
Log = tuple[list[Logged], list[Gap], Journal]
PARTS = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4)), min_size=1, max_size=5)
"""What came in: numbers lost on the device, then events."""


def log_of(parts: list[tuple[int, int]], erased: frozenset[int] = frozenset()) -> Log:
    events: list[Logged] = []
    gaps: list[Gap] = []
    seq, head = 1, KEY
    for lost, count in parts:
        if lost:
            head = hashlib.sha256(b"lost" + head).digest()
            gaps.append(Gap(seq, seq + lost - 1, head))
            seq += lost
        for _ in range(count):
            text = b'{"kind":"locked","seq":%d}' % seq
            head = following(head, hashlib.sha256(text).digest())
            events.append(Logged(seq, None if seq in erased else text, head, "locked", f"2026-{1 + seq // 4:02}"))
            seq += 1
    return events, gaps, Journal(seq, head)


def walked(log: Log) -> list[Finding]:
    events, gaps, journal = log
    walk = Walk(JOURNAL, KEY, gaps)
    found = [finding for event in events for finding in walk.step(event)]
    return [*found, *walk.end(journal)]


@given(PARTS, st.frozensets(st.integers(1, 30)))
def test_a_sound_log_passes_with_its_gaps_and_what_was_erased(
    parts: list[tuple[int, int]], erased: frozenset[int]
) -> None:
    assert [] == walked(log_of(parts, erased))


@given(PARTS, st.data())
def test_any_one_change_is_found_at_its_number(parts: list[tuple[int, int]], data: st.DataObject) -> None:
    events, gaps, journal = log_of(parts)
    at = data.draw(st.integers(0, len(events) - 1))
    event = events[at]
    changes: dict[str, tuple[Log, set[Fault]]] = {
        "text": (
            ([*events[:at], replace(event, text=(event.text or b"") + b" "), *events[at + 1 :]], gaps, journal),
            {Fault.CHAIN_BROKEN},
        ),
        "head": (
            ([*events[:at], replace(event, head=KEY), *events[at + 1 :]], gaps, journal), {Fault.CHAIN_BROKEN}
        ),
        "taken out": (
            ([*events[:at], *events[at + 1 :]], gaps, journal), {Fault.EVENTS_MISSING, Fault.END_DIFFERS}
        ),
        "kind": (([*events[:at], replace(event, kind="away"), *events[at + 1 :]], gaps, journal), {Fault.KIND_ALTERED}),
    }  # fmt: skip
    log, faults = changes[data.draw(st.sampled_from(sorted(changes)))]
    first, *more = walked(log)
    assert first.fault in faults
    assert event.seq - sum(gap.to_seq + 1 - gap.from_seq for gap in gaps) <= (first.seq or 0) <= event.seq
    assert len(more) <= 1  # a gap that has lost its place beside a removed event


@given(PARTS, st.data())
def test_two_events_that_changed_places_are_found(parts: list[tuple[int, int]], data: st.DataObject) -> None:
    events, gaps, journal = log_of([*parts, (0, 2)])
    at = data.draw(st.integers(0, len(events) - 2))
    left, right = events[at : at + 2]
    swapped = [replace(left, text=right.text), replace(right, text=left.text)]
    assert walked(([*events[:at], *swapped, *events[at + 2 :]], gaps, journal))


def test_a_gap_taken_out_or_made_wider_or_put_over_events_is_found() -> None:
    events, gaps, journal = log_of([(0, 2), (2, 2)])
    assert [Fault.EVENTS_MISSING] == [one.fault for one in walked((events, [], journal))]
    wider = [Gap(2, 4, gaps[0].claimed_head)]
    assert [Fault.EVENTS_MISSING, Fault.GAP_MISPLACED] == [one.fault for one in walked((events, wider, journal))]
    more = [*gaps, Gap(5, 6, KEY)]
    assert Fault.GAP_MISPLACED in {one.fault for one in walked((events, more, journal))}
    other = [Gap(3, 4, KEY)]
    assert [(Fault.CHAIN_BROKEN, 5)] == [(one.fault, one.seq) for one in walked((events, other, journal))]


def test_an_end_that_is_not_the_logs_is_found() -> None:
    events, gaps, journal = log_of([(0, 3)])
    assert [Fault.END_DIFFERS] == [one.fault for one in walked((events[:-1], gaps, journal))]
    assert [Fault.HEAD_DIFFERS] == [one.fault for one in walked((events, gaps, replace(journal, head=KEY)))]
    assert [Fault.END_DIFFERS] == [one.fault for one in walked((events, gaps, replace(journal, next_seq=2)))]
    assert [] == walked(([], [], Journal(1, KEY)))
