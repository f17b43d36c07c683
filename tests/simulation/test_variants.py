"""Each build that is broken on purpose is found, within a few hundred schedules."""

import pytest

from tests.simulation.runs import Tally, played, premises
from tests.simulation.variants import VARIANTS

WITHIN = 300


@pytest.mark.parametrize("name", VARIANTS)
def test_a_broken_build_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    VARIANTS[name](monkeypatch)
    tally = Tally()
    with premises() as site:
        for seed in range(WITHIN):
            if faults := played(site, seed, tally):
                print(f"{name}: seed {seed}: {faults[0]}")
                return
    pytest.fail(f"nobody notices in {WITHIN} schedules: {name}")
