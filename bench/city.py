"""The simulated city on one server: the morning's storm (S1), then steady work (S0), and nothing lost.

The devices are those of ``dokodemo simulate``, 2,680 with a key each, in this process on the loader's core. Afterwards
the log is read by a fresh connection and judged by the checker of the faults against what the devices say.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import Figure, figure
from bench.load import BenchError
from bench.machine import Trees
from bench.serving import Plan, Serving
from dokodemo.actions.rebuild import rebuild
from dokodemo.backends import build
from dokodemo.demo.drive import Job, Progress, Steady, Storm, at_moments
from dokodemo.demo.figures import Figures, percentile
from dokodemo.demo.fleet import Fleet
from dokodemo.demo.founding import found
from dokodemo.demo.history import History
from dokodemo.demo.premises import EXTENSION_CLIENT
from dokodemo.demo.roster import fiscal_year_of
from dokodemo.demo.tokens import minted
from dokodemo.store.schema import migrate
from tests.faults.checker import check
from tests.faults.derived import judge, tables_of
from tests.faults.dumps import dump, read_histories

SAMPLE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Scale:
    """How large a city for how long. QUALITY asks for 2,680 devices, 60 s of storm and 10 min of S0."""

    devices: int = 2_680
    storm_seconds: float = 60.0
    minutes: float = 2.0


def measure(plan: Plan, scale: Scale, say: Callable[[str], None]) -> list[Figure]:
    """Storm and steady work on one backend."""
    services = build(plan.config)
    migrate(services.database)
    found(services, plan.premises, keep=False)
    services.live.close()
    services.database.close()
    history = Path(plan.folder) / "devices.jsonl"
    server = Serving(plan)
    try:
        figures = asyncio.run(_live(plan, server, scale, history, say))
    finally:
        server.stop()
    _judge(plan, history)
    say(f"{plan.backend}: the checker found nothing lost, doubled or invented")
    return figures


async def _live(
    plan: Plan, server: Serving, scale: Scale, history: Path, say: Callable[[str], None]
) -> list[Figure]:
    here = plan.premises
    tokens = minted(here.issuer_url, here.issuer_key, EXTENSION_CLIENT)
    year = fiscal_year_of(datetime.now(UTC).date())
    fleet = Fleet(server.url, tokens, year=year, count=scale.devices, history=History(history))
    try:
        storm = Storm(fleet.devices, seconds=scale.storm_seconds)
        began, spent = time.monotonic(), server.trees.cpu_seconds()
        stormed = await _phase(fleet, storm.jobs())
        storm_share = (server.trees.cpu_seconds() - spent) / (time.monotonic() - began)
        latencies = stormed.figures.total().latencies
        ready = storm.record()
        say(f"{plan.backend}: storm of {scale.devices}: request p99 {percentile(latencies, 0.99):.3f} s, "
            f"sign-in to first batch p99 {ready['ready_p99']:.3f} s, {_wrong(stormed)} refusals")  # fmt: skip
        if ready["devices_ready"] != scale.devices:
            raise BenchError(f"only {ready['devices_ready']:g} of {scale.devices} devices became ready")
        watching = Watch(server.trees)
        watched = asyncio.create_task(watching.run())
        began, spent = time.monotonic(), server.trees.cpu_seconds()
        steady = await _phase(fleet, Steady(fleet.devices, minutes=scale.minutes).jobs())
        share = (server.trees.cpu_seconds() - spent) / (time.monotonic() - began)
        watched.cancel()
    finally:
        await fleet.close()
    beats = steady.figures.total().latencies
    say(f"{plan.backend}: steady {steady.figures.requests / steady.figures.seconds:.0f} requests/s, "
        f"{share:.1%} of a core, own CPU {steady.figures.cpu_share:.0%}, {_wrong(steady)} refusals")  # fmt: skip
    if lost := sum(device.outbox.waiting for device in fleet.devices):
        raise BenchError(f"{lost} events wait on their devices")
    name = plan.backend
    return [
        figure("storm_p99_seconds", name, "s", [ready["ready_p99"]]),
        figure("storm_request_p99_seconds", name, "s", [percentile(latencies, 0.99)]),
        figure("storm_cpu_share", name, "of a core", [storm_share]),
        figure("steady_cpu_share", name, "of a core", [share]),
        figure("steady_p99_seconds", name, "s", [percentile(beats, 0.99)]),
        figure("steady_rss_mb", name, "MB", watching.rss or [server.trees.rss_mb()]),
    ]


class Watch:
    """Resident memory, every few seconds."""

    def __init__(self, trees: Trees) -> None:
        self.trees = trees
        self.rss: list[float] = []

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(SAMPLE_SECONDS)
            self.rss.append(self.trees.rss_mb())


async def _phase(fleet: Fleet, jobs: Sequence[tuple[float, Job]]) -> Progress:
    progress = Progress(len(jobs), fleet.count_in(Figures()))
    work: Awaitable[None] = at_moments(jobs, progress)
    await work
    if progress.failed:
        raise BenchError(f"{len(progress.failed)} failures, the first: {progress.failed[0]}")
    return progress


def _wrong(progress: Progress) -> int:
    return sum(progress.figures.codes.values())


def _judge(plan: Plan, history: Path) -> None:
    services = build(plan.config)
    differing = [journal for journal, equal in rebuild(services, repair=False) if not equal]
    services.live.close()
    services.database.close()
    logged = dump(plan.config.database_url, plan.config.public_url, differing=differing)
    violations = check(read_histories([history]), logged) + judge(tables_of(plan.config.database_url))
    if violations:
        raise BenchError(f"{len(violations)} violations, the first: {violations[0]}")
