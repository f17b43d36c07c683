"""The traces of the broken variants, on the real extension and the real server: nothing breaks there."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.model.mutants import DEEP, DEVICE, INGEST, JUDGEMENT
from tests.model.puppets import ROOT, Puppets
from tests.model.replay import Replay
from tests.model.traces import found
from tests.model.variants import Mutant

NAMED = [
    pytest.param(mutant, id=f"{mutant.of}: {mutant.name}", marks=[pytest.mark.deep] if mutant.world == DEEP else [])
    for mutant in (*JUDGEMENT, *INGEST, *DEVICE)
]


@pytest.fixture(scope="module")
def puppets() -> Iterator[Puppets]:
    made = Puppets()
    yield made
    made.close()


def play(mutant: Mutant, puppets: Puppets, folder: Path) -> Replay:
    trace = found(mutant).trace
    replay = Replay(folder, puppets)
    try:
        replay.play(trace)
        replay.drain()
        replay.check_all_told()
    finally:
        replay.close()
    print(f"{replay.played} of {len(trace)} steps")
    return replay


@pytest.mark.parametrize("mutant", NAMED)
def test_the_real_code_does_not_break_where_a_broken_rule_does(
    mutant: Mutant, puppets: Puppets, tmp_path: Path
) -> None:
    assert play(mutant, puppets, tmp_path).played > 0


# The same break in the extension's own text, and the broken rule of the model whose trace must show it there.
BROKEN_BUILDS = (
    ("answers.js", "head !== own", "false", "another history's cursor acknowledges"),
    ("answers.js", "epoch === journal.epoch ? Math.max", "true ? Math.max", "a risen epoch is forgotten"),
    ("rebind.js", "event.carried_over ?? `", "undefined ?? `x", "a carried-over event is always folded"),
    ("outbox.js", "first_kept: journal.base_seq + 1, records", "first_kept: 1, records", "pruning is not told"),
)  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "name"), BROKEN_BUILDS, ids=[name for *_, name in BROKEN_BUILDS])
def test_a_broken_build_of_the_extension_breaks_on_its_trace(
    file: str, old: str, new: str, name: str, tmp_path: Path
) -> None:
    root = tmp_path / "broken"
    shutil.copytree(ROOT / "extension", root / "extension")
    (root / "tests" / "js").mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "js" / "puppet.js", root / "tests" / "js")
    shutil.copy(ROOT / "package.json", root)
    (root / "node_modules").symlink_to(ROOT / "node_modules")
    text = (root / "extension" / file).read_text()
    assert text.count(old) == 1
    (root / "extension" / file).write_text(text.replace(old, new))
    mutant = next(one for one in (*INGEST, *DEVICE) if one.name == name)
    puppets = Puppets(root)
    try:
        with pytest.raises(AssertionError):
            play(mutant, puppets, tmp_path)
    finally:
        puppets.close()
