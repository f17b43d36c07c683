"""Many schedules: counts by kind, the seeds that failed, on as many processors as there are."""

import multiprocessing
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.simulation.derived import derived
from tests.simulation.server import Premises, Server
from tests.simulation.world import MakeServer, World

KEPT = Path(__file__).with_name("seeds.txt")
DERIVED = 25  # one schedule in so many is read again from both logs (I6), and its kept signatures and trail are judged


@dataclass(slots=True)
class Tally:
    """What came of some schedules."""

    schedules: int = 0
    events: int = 0
    fewest: int = 10**9  # faults in one schedule
    faults: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    log: Counter[str] = field(default_factory=Counter)
    failed: list[tuple[int, list[str]]] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        self.schedules += other.schedules
        self.events += other.events
        self.fewest = min(self.fewest, other.fewest)
        self.faults += other.faults
        self.answers += other.answers
        self.log += other.log
        self.failed += other.failed

    def __str__(self) -> str:
        def rows(counts: Counter[str]) -> str:
            return ", ".join(f"{name} {count:,}" for name, count in counts.most_common())

        least = f"at least {self.fewest} in each"
        said = [
            f"{self.schedules:,} schedules, {self.events:,} events, {sum(self.faults.values()):,} faults ({least})",
            f"faults: {rows(self.faults)}", f"answers: {rows(self.answers)}", f"log: {rows(self.log)}",
        ]  # fmt: skip
        return "\n".join([*said, *(f"FAILED seed {seed}: {faults}" for seed, faults in self.failed)])


@contextmanager
def premises() -> Iterator[Premises]:
    """A database in memory where the system has such a folder."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        built = Premises(Path(folder))
        try:
            yield built
        finally:
            built.close()


def played(site: Premises, seed: int, tally: Tally, make: MakeServer = Server) -> list[str]:
    """One schedule; what is wrong with it. Whatever is raised is wrong too."""
    world = World(site, seed, make)
    try:
        found = world.run()
        faults = world.judged(found)
        if seed % DERIVED == 0:
            faults += derived(site, world.server.services)
    except Exception as error:  # noqa: BLE001 - a seed is worth more than a traceback
        faults = [f"raised {type(error).__name__}: {error}"]
    else:
        tally.log.update(found.counted)
    tally.schedules += 1
    tally.events += world.truth.recorded
    tally.fewest = min(tally.fewest, sum(world.taken.values()))
    tally.faults.update(world.taken)
    tally.answers.update(world.verdicts)
    if faults:
        tally.failed.append((seed, faults[:5]))
    return faults


def run(seeds: Iterable[int], until: float = float("inf")) -> Tally:
    """These schedules in this process, up to an instant of ``time.time``."""
    tally = Tally()
    with premises() as site:
        for seed in seeds:
            played(site, seed, tally)
            if time.time() > until:
                break
    return tally


def run_all(count: int, seconds: float) -> Tally:
    """Seeds 0 … count − 1, or as many as fit into the time."""
    processors = min(2, os.cpu_count() or 1)
    until = time.time() + seconds
    shares = [range(first, count, processors) for first in range(processors)]
    tally = Tally()
    with ProcessPoolExecutor(processors, mp_context=multiprocessing.get_context("spawn")) as pool:
        for share in pool.map(run, shares, [until] * processors):
            tally.add(share)
    return tally


def kept_seeds() -> list[int]:
    """Seeds that failed once."""
    lines = KEPT.read_text(encoding="utf-8").splitlines()
    return [int(words[0]) for line in lines if (words := line.split("#")[0].split())]
