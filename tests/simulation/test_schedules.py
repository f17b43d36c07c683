"""Thousands of schedules with at least five faults each: nothing is lost, doubled, invented or altered in any."""

from dataclasses import dataclass

import pytest

from dokodemo.actions import batches
from dokodemo.domain import journals
from tests.simulation.branches import Ways
from tests.simulation.nemesis import FAULTS
from tests.simulation.runs import Tally, kept_seeds, played, premises, run, run_all
from tests.simulation.world import AT_LEAST, World

SHORT, SECONDS = 20_000, 130
DEEP, DEEP_SECONDS = 200_000, 3_300
ARRANGED = {"server killed before COMMIT", "server killed after COMMIT"}  # counted as "server killed" when it comes


def holds(tally: Tally, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{tally}")
    assert [] == tally.failed, "write the seed into seeds.txt: it is played first from then on"
    assert tally.fewest >= AT_LEAST


def test_seeds_that_failed_once_hold(capsys: pytest.CaptureFixture[str]) -> None:
    if seeds := kept_seeds():
        holds(run(seeds), capsys)


def test_nothing_is_lost_doubled_or_altered_in_any_schedule(capsys: pytest.CaptureFixture[str]) -> None:
    tally = run_all(SHORT, SECONDS)
    holds(tally, capsys)
    assert tally.schedules > 500, "too slow to prove anything"
    assert set(FAULTS) - ARRANGED <= tally.faults.keys()
    assert {
        "receipt",
        "bound",
        "journal_gap",
        "bad_sequence",
        "revoked",
        "unknown_key",
        "clock_skew",
    } <= tally.answers.keys()
    assert {"evidence: fork", "evidence: late", "gap", "silence", "refused event"} <= (+tally.log).keys()


@pytest.mark.deep
def test_nothing_is_lost_doubled_or_altered_in_many_more_schedules(capsys: pytest.CaptureFixture[str]) -> None:
    holds(run_all(DEEP, DEEP_SECONDS), capsys)


@dataclass(frozen=True, slots=True)
class Course:
    """What a schedule comes to, without the names of keys, which are new each time."""

    taken: dict[str, int]
    answers: dict[str, int]
    recorded: int
    lines: list[str]
    log: list[tuple[int, int]]


def course(seed: int) -> Course:
    with premises() as site:
        world = World(site, seed)
        found = world.run()
        log = sorted((journal.next_seq, len(journal.events)) for journal in found.dump.values())
        lines = [str(line["what"]) for line in world.truth.lines]
        return Course(dict(world.taken), dict(world.verdicts), world.truth.recorded, lines, log)


@pytest.mark.parametrize("seed", [3, 8, 21])
def test_a_seed_tells_the_same_story_again(seed: int) -> None:
    assert course(seed) == course(seed)


def test_every_branch_of_the_judgement_is_gone_through(monkeypatch: pytest.MonkeyPatch) -> None:
    ways = Ways()
    monkeypatch.setattr(batches, "judge", ways.watch(journals.judge))
    monkeypatch.setattr(batches, "heads_needed", ways.watch(journals.heads_needed))
    tally = Tally()
    with premises() as site:
        for seed in range(1000):
            assert [] == played(site, seed, tally)
            if seed % 10 == 9 and not ways.missing():
                break
    assert [] == ways.missing()
