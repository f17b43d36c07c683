"""The simulation's device decides as the exhaustive model's does, which is held against the extension's `answers.js`."""

from random import Random
from uuid import UUID

from dokodemo.crypto.keys import new_key
from tests.model import device
from tests.model.states import NO_KEY, Answer, Event, Request, new_disk, root, text_of
from tests.model.states import Disk as Model
from tests.simulation import outbox
from tests.simulation.clock import START
from tests.simulation.outbox import Disk, Stored

KEY = new_key()
BINDING = UUID(int=7)
KINDS = ("receipt", "receipt", "bound", "journal_gap", "unknown_key", "cannot_replace", "revoked", "unavailable")


def disks(random: Random) -> tuple[Model, Disk]:
    """The same journal in both forms."""
    events = tuple(Event(n) for n in range(random.randint(0, 5)))
    model = new_disk(0)._replace(
        events=events, epoch=random.choice((0, 1, 2)), bound=random.random() < 0.8, wanted=random.random() < 0.2,
        next_seq=random.randint(1, len(events) + 1),
    )  # fmt: skip
    if random.random() < 0.4:
        model = device.pruned(model, random.randint(0, min(model.next_seq - 1, model.last_seq)))
    stored = [
        Stored(event.id, seq, text_of(seq, event), device.head_at(model, seq))
        for seq, event in enumerate(model.events, model.base_seq + 1)
    ]
    mine = Disk(
        KEY, root(0), model.base_head, stored, model.base_seq, model.next_seq, model.epoch,
        BINDING if model.bound else None, model.wanted,
    )  # fmt: skip
    return model, mine


def answers(random: Random, model: Model) -> tuple[Answer, outbox.Answer]:
    kind = random.choice(KINDS)
    next_seq = random.randint(1, model.last_seq + 2)
    known = model.base_seq <= next_seq - 1 <= model.last_seq
    head = device.head_at(model, next_seq - 1) if known and random.random() < 0.7 else bytes(32)
    epoch, rebind = random.choice((1, 2, 3)), random.random() < 0.2
    return Answer(kind, next_seq, head, epoch, rebind), outbox.Answer(
        kind, next_seq, head, epoch, rebind, binding_id=BINDING if kind == "bound" else None
    )


def test_every_answer_is_taken_as_the_model_takes_it() -> None:
    random = Random(1)
    leaving = 0
    for _ in range(5_000):
        model, mine = disks(random)
        theirs, ours = answers(random, model)
        request = Request(model.key, False, NO_KEY, device.waiting_from(model), b"", 1, ())
        after, leaves = device.landed(model, request, theirs)
        left = mine.land(ours)
        assert (leaves or after.order, after.next_seq, after.epoch, after.bound, after.wanted, after.blocked) == (
            left, mine.next_seq, mine.epoch, mine.binding_id is not None, mine.wanted, mine.blocked,
        )  # fmt: skip
        assert (device.waiting_from(after), device.unsent(after)) == (mine.waiting_from, mine.unsent)
        leaving += left
    assert leaving > 500


def test_a_frame_holds_what_the_models_does_and_what_is_carried_over_is_the_same() -> None:
    random = Random(2)
    for _ in range(2_000):
        model, mine = disks(random)
        theirs = device.frame(model, 200)
        frame = mine.frame(200, START, alive=False)
        assert (theirs.first_seq, len(theirs.events)) == (frame.first_seq, frame.count)
        assert device.head_at(model, theirs.first_seq - 1) == mine.head_at(frame.first_seq - 1)
        fresh = mine.rebound(KEY)
        moved = device.rebound(model, 1)
        assert [event.id for event in moved.events] == [stored.id for stored in fresh.events]
        assert (moved.replaces != NO_KEY) == (fresh.replaces is not None)
