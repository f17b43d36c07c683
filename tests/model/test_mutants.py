"""Each rule, broken on purpose, breaks an invariant; the shortest trace to it is printed."""

import pytest

from tests.model.mutants import DEEP, DEVICE, EQUIVALENT, INGEST, JUDGEMENT, WORLDS
from tests.model.search import search
from tests.model.traces import found as trace_of
from tests.model.variants import Mutant, built
from tests.model.worlds import World

NAMED = [
    pytest.param(mutant, id=f"{mutant.of}: {mutant.name}", marks=[pytest.mark.deep] if mutant.world == DEEP else [])
    for mutant in (*JUDGEMENT, *INGEST, *DEVICE)
]


@pytest.mark.parametrize("mutant", NAMED)
def test_a_broken_rule_breaks_an_invariant(mutant: Mutant) -> None:
    found = trace_of(mutant)
    print(found)
    assert found.fault is not None, f"nobody notices that {mutant.name}"
    assert found.trace


@pytest.mark.parametrize(("mutant", "reason"), EQUIVALENT, ids=[mutant.name for mutant, _ in EQUIVALENT])
def test_what_is_said_to_break_nothing_breaks_nothing(mutant: Mutant, reason: str) -> None:
    found = search(WORLDS[mutant.world], *built(mutant))
    assert found.fault is None, f"{reason}? {found}"


@pytest.mark.deep
@pytest.mark.parametrize("world", [WORLDS["left"], WORLDS["left twice"]], ids=lambda world: world.name)
def test_worlds_in_which_keys_are_left_hold(world: World) -> None:
    found = search(world, *built())
    print(found)
    assert found.fault is None
