"""The checker accepts good histories and rejects seeded bad ones, each for its own reason."""

import copy
from dataclasses import replace
from datetime import timedelta

import pytest

from dokodemo.crypto.keys import new_key
from dokodemo.demo.outbox import Outbox
from dokodemo.domain import base64url
from tests.faults.checker import Logged, LoggedJournal, Violation, check
from tests.faults.world import NOON, World


def invariants(found: list[Violation]) -> set[str]:
    return {violation.invariant for violation in found}


SEEDS = range(20)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_good_history_is_accepted(seed: int) -> None:
    world = World(seed, signed=True)
    assert check(world.history, world.dump) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_a_dropped_event_is_found(seed: int) -> None:
    world = World(seed)
    at = world.random.randrange(12)
    name = world.events(lambda events: events[:at] + events[at + 1 :])
    found = check(world.history, world.dump)
    assert {"I1", "I4", "I5"} <= invariants(found)
    assert Violation("I1", name, at + 1, "recorded on the device, not in the log") in found


@pytest.mark.parametrize("seed", SEEDS)
def test_a_dropped_tail_is_found_even_if_the_journal_says_so_itself(seed: int) -> None:
    world = World(seed)
    name = world.events(lambda events: events[:-1])
    journal = world.dump[name]
    world.dump[name] = replace(journal, next_seq=journal.next_seq - 1, head=journal.events[-1].head)
    found = check(world.history, world.dump, drained=False)
    assert invariants(found) == {"I4"}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_doubled_event_is_found(seed: int) -> None:
    world = World(seed)
    at = world.random.randrange(12)
    world.events(lambda events: events[: at + 1] + events[at:])
    assert "I2" in invariants(check(world.history, world.dump))


@pytest.mark.parametrize("seed", SEEDS)
def test_two_swapped_events_are_found(seed: int) -> None:
    world = World(seed)
    at = world.random.randrange(11)

    def swap(events: list[Logged]) -> list[Logged]:
        one, other = events[at], events[at + 1]
        events[at] = replace(other, seq=one.seq, head=one.head)
        events[at + 1] = replace(one, seq=other.seq, head=other.head)
        return events

    world.events(swap)
    assert {"I3", "I5"} <= invariants(check(world.history, world.dump))


@pytest.mark.parametrize("seed", SEEDS)
def test_an_altered_event_is_found(seed: int) -> None:
    world = World(seed)
    at = world.random.randrange(12)

    def alter(events: list[Logged]) -> list[Logged]:
        text = events[at].text or b""
        events[at] = replace(events[at], text=text.replace(b"2026", b"2025"))
        return events

    name = world.events(alter)
    found = check(world.history, world.dump)
    assert invariants(found) == {"I3"}
    assert {(v.journal, v.seq) for v in found} == {(name, at + 1)}


def test_an_altered_event_whose_chain_was_computed_again_is_found() -> None:
    world = World()
    name = world.names[0]
    forged = Outbox(new_key())
    forged.head = forged.root = base64url.decode(name)
    events = []
    for n, event in enumerate(world.dump[name].events):
        kept = forged.append("locked" if n else "started", event.effective_at or NOON, {})
        events.append(Logged(kept.seq, kept.text, kept.head, event.effective_at))
    world.dump[name] = replace(world.dump[name], events=events, head=forged.head)
    assert "I3" in invariants(check(world.history, world.dump))


def test_an_invented_event_is_found() -> None:
    world = World()
    name = world.names[1]
    world.history = [line for line in world.history if line["journal"] != name]
    assert invariants(check(world.history, world.dump)) == {"I3"}


@pytest.mark.parametrize("seed", SEEDS)
def test_an_answer_before_the_commit_is_found(seed: int) -> None:
    world = World(seed)
    name = world.random.choice(world.names)
    last = next(line for line in reversed(world.history) if line["journal"] == name and line["what"] == "acknowledged")
    cut = world.random.randrange(1, 4)
    journal = world.dump[name]
    kept = list(journal.events)[:-cut]
    # The server was killed: it had answered for everything, and holds less.
    world.dump[name] = replace(journal, events=kept, next_seq=kept[-1].seq + 1, head=kept[-1].head)
    found = check(world.history, world.dump, drained=False)
    assert {(v.invariant, v.seq) for v in found} == {("I4", last["next_seq"] - 1 - n) for n in range(cut)}


def test_an_acknowledgement_of_what_was_never_sent_is_found() -> None:
    world = World()
    world.history = [line for line in world.history if line["what"] != "sent"]
    assert invariants(check(world.history, world.dump)) == {"I4"}


def test_time_that_runs_backwards_is_found() -> None:
    world = World()

    def turn_back(events: list[Logged]) -> list[Logged]:
        events[5] = replace(events[5], effective_at=NOON - timedelta(hours=1))
        return events

    world.events(turn_back)
    assert invariants(check(world.history, world.dump)) == {"I5"}


def test_a_recorded_gap_is_a_hole_that_is_allowed_and_an_unrecorded_one_is_not() -> None:
    world = World()
    name = world.names[0]
    journal = world.dump[name]
    holed = replace(journal, events=[event for event in journal.events if event.seq not in (4, 5)])
    gap = (4, 5, journal.events[4].head)
    for line in world.history:  # the device lost those two before it could send them
        line["destroyed"] = True
    world.dump[name] = replace(holed, gaps=[gap])
    assert invariants(check(world.history, world.dump, destroyed=[name])) == set()
    world.dump[name] = holed
    assert {"I4", "I5"} <= invariants(check(world.history, world.dump, destroyed=[name]))


def test_a_reading_that_differs_from_the_log_is_found() -> None:
    world = World()
    name = world.names[2]
    world.dump[name] = replace(world.dump[name], rebuilt_equal=False)
    assert [v.invariant for v in check(world.history, world.dump)] == ["I6"]


def test_an_event_in_no_bucket_is_found() -> None:
    world = World()
    name = world.names[0]
    lines = [line for line in world.history if line["journal"] == name]
    last = [line for line in lines if line["what"] == "acknowledged"][-1]
    world.history.remove(last)  # not acknowledged, and not in the outbox either
    assert "I7" in invariants(check(world.history, world.dump))


def test_a_refused_event_needs_a_reason_in_quarantine() -> None:
    world = World()
    name = world.names[0]
    line = next(line for line in world.history if line["journal"] == name and line["what"] == "acknowledged")
    line["refused"] = [{"seq": 1, "code": "event_invalid", "detail": "at is missing"}]
    assert invariants(check(world.history, world.dump)) == {"I7"}

    def quarantine(events: list[Logged]) -> list[Logged]:
        return [
            replace(event, refusal="event_invalid", effective_at=None) if event.seq == 1 else event for event in events
        ]

    world.dump[name] = replace(world.dump[name], events=quarantine(list(world.dump[name].events)))
    assert check(world.history, world.dump) == []


def test_an_event_that_still_waits_on_the_device_is_not_lost_while_devices_are_not_drained() -> None:
    world = World()
    name = world.names[0]
    world.line("recorded", name, seq=world.dump[name].next_seq, text="{}", digest="x")
    assert check(world.history, world.dump, drained=False) == []
    assert "I1" in invariants(check(world.history, world.dump))


def test_what_was_carried_over_into_a_new_journal_is_not_lost() -> None:
    world = World(devices=1)
    (old,) = world.names
    box = Outbox(new_key())
    seq = world.dump[old].next_seq
    world.line("recorded", old, seq=seq, text="{}", digest="x")
    world.line("replaced", old, by=box.key.keyid)
    without = copy.deepcopy(world.history)
    kept = box.append("locked", NOON, {"carried_over": f"binding-0/{seq}"})
    world.line("recorded", box.key.keyid, seq=1, text=kept.text.decode(), digest=base64url.encode(kept.digest))
    world.line("sent", box.key.keyid, first_seq=1, count=1)
    world.line("acknowledged", box.key.keyid, next_seq=2, refused=[])
    world.dump[box.key.keyid] = LoggedJournal("b", 2, box.head, [Logged(1, kept.text, kept.head, NOON)])
    assert check(world.history, world.dump) == []
    del world.dump[box.key.keyid]
    assert invariants(check(without, world.dump)) == {"I1"}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_device_that_goes_back_to_older_settings_is_found(seed: int) -> None:
    world = World(seed)
    name = world.random.choice(world.names)
    for revision in ([1, 5], [1, 9], [2, 3], [2, 4]):  # a restored backup begins again, in a new epoch
        world.line("applied", name, revision=revision)
    assert check(world.history, world.dump) == []
    world.line("applied", name, revision=world.random.choice(([1, 9], [1, 10], [2, 3])))
    assert [(v.invariant, v.journal) for v in check(world.history, world.dump)] == [("I8", name)]


def test_a_new_key_of_a_device_is_no_way_back_to_older_settings() -> None:
    world = World(devices=1)
    world.line("replaced", world.names[0], by="the new key")
    good = [*world.history, {"what": "applied", "journal": "the new key", "revision": [1, 5]}]
    assert check(good, world.dump) == []
    world.line("applied", "the new key", revision=[1, 4])
    assert invariants(check(world.history, world.dump)) == {"I8"}


def restored(world: World, *, pruned: int) -> str:
    """A backup was restored that lacks events 5 to 12 of a device which keeps none up to ``pruned``; before the refill."""
    name = world.names[0]
    journal = world.dump[name]
    kept = list(journal.events)[:4]
    world.history = [line for line in world.history if (line["what"], line["journal"]) != ("waiting", name)]
    if pruned:
        world.line("pruned", name, through=pruned)
    world.line("epoch", name, epoch=2, next_seq=5)
    world.dump[name] = replace(journal, events=kept, next_seq=5, head=kept[-1].head)
    return name


def refilled(world: World, name: str, whole: LoggedJournal, first: int) -> None:
    """What the device keeps, from ``first`` on, is there again."""
    events = [event for event in whole.events if event.seq < 5 or event.seq >= first]
    gaps = [(5, first - 1, whole.events[first - 2].head)] if first > 5 else []
    world.dump[name] = replace(whole, events=events, gaps=gaps, restored=frozenset(gap[0] for gap in gaps))
    world.line("acknowledged", name, next_seq=whole.next_seq, refused=[])


def test_after_a_restore_devices_refill_what_they_keep_and_what_nobody_keeps_is_a_marked_gap() -> None:
    for pruned in (0, 4, 7):
        world = World()
        whole = world.dump[world.names[0]]
        name = restored(world, pruned=pruned)
        assert check(world.history, world.dump, drained=False) == []
        assert {"I1"} == invariants(check(world.history, world.dump))
        refilled(world, name, whole, max(5, pruned + 1))
        assert check(world.history, world.dump) == []


def test_a_restore_excuses_nothing_that_a_device_still_keeps() -> None:
    world = World()
    whole = world.dump[world.names[0]]
    name = restored(world, pruned=5)
    refilled(world, name, whole, 8)
    assert {("I1", 6), ("I1", 7)} == {(v.invariant, v.seq) for v in check(world.history, world.dump)}


def test_a_gap_that_no_restore_left_excuses_nothing() -> None:
    world = World()
    whole = world.dump[world.names[0]]
    name = restored(world, pruned=7)
    refilled(world, name, whole, 8)
    world.dump[name] = replace(world.dump[name], restored=frozenset())
    assert {5, 6, 7} == {v.seq for v in check(world.history, world.dump) if v.invariant == "I1"}


def test_a_server_that_forgets_what_it_acknowledged_without_a_new_epoch_is_found() -> None:
    world = World()
    name = restored(world, pruned=0)
    world.line("epoch", name, epoch=2, next_seq=3)  # once more, and nobody restored anything
    assert "I4" in invariants(check(world.history, world.dump, drained=False))


def test_a_device_that_forgets_what_was_not_acknowledged_is_found() -> None:
    world = World()
    world.line("pruned", world.names[0], through=world.dump[world.names[0]].next_seq)
    assert invariants(check(world.history, world.dump)) == {"I7"}
