"""Every interleaving, within the bounds of each world: I1 to I5 hold in every state."""

import pytest

from tests.model.search import search
from tests.model.variants import built
from tests.model.worlds import DEEP, SHORT, World


def holds(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    found = search(world, *built())
    with capsys.disabled():
        print(f"\n{found}")
    assert found.fault is None, str(found)
    assert found.states > 100, "a world in which next to nothing happens proves nothing"


@pytest.mark.parametrize("world", SHORT, ids=lambda world: world.name)
def test_nothing_is_lost_doubled_or_altered_in_any_state(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    holds(world, capsys)


@pytest.mark.deep
@pytest.mark.parametrize("world", DEEP, ids=lambda world: world.name)
def test_nothing_is_lost_doubled_or_altered_in_any_state_of_the_larger_worlds(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    holds(world, capsys)


SMALL = (
    World("disks", events=1, devices=2, keys=2, images=1, orders=1),
    World("keys", events=1, keys=2, rotates=True, evicts=True),
    World("servers", events=2, restores=1, prunes=True),
    World("workers", events=1, two_steps=True),
)


def test_every_kind_of_step_is_taken_somewhere() -> None:
    taken = {kind for world in SMALL for kind in search(world, *built()).kinds}
    expected = {
        "record", "send", "give up", "give up, under way", "serve", "begin", "commit", "kill worker", "answer",
        "answer, under way", "bind", "image", "set back", "copy", "backup", "restore", "prune", "rotate", "evict",
        "order", "rebind", "die",
    }  # fmt: skip
    assert expected <= taken, expected - taken
