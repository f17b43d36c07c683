"""Loads in open loop: every request has its moment, fixed beforehand, whether or not the last answer has come."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from dokodemo.demo.device import Device
from dokodemo.demo.figures import Figures, percentile

Job = Callable[[float], Awaitable[None]]
"""What to do at its moment; the argument is the moment (``time.perf_counter``)."""

BEAT_SECONDS = 60.0
BEAT_JITTER = 0.05
SETTINGS_SECONDS = 600.0
EVENT_SECONDS = 960.0  # 30 events in a working day
_DRAIN_SECONDS = 120.0


@dataclass(slots=True)
class Progress:
    """What a phase has done so far, for whoever shows it."""

    planned: int
    figures: Figures
    done: int = 0
    failed: list[str] = field(default_factory=list)


async def at_moments(jobs: Sequence[tuple[float, Job]], progress: Progress) -> None:
    """Start each job at its moment (seconds from now), wait for all; what a job raises is kept in ``progress``."""
    began = time.perf_counter()
    running: set[asyncio.Task[None]] = set()
    for offset, job in sorted(jobs, key=lambda planned: planned[0]):
        due = began + offset
        ahead = due - time.perf_counter()
        if ahead > 0:
            await asyncio.sleep(ahead)
        task = asyncio.create_task(_one(job, due, progress))
        running.add(task)
        task.add_done_callback(running.discard)
    if running:
        _, late = await asyncio.wait(set(running), timeout=_DRAIN_SECONDS)
        for task in late:
            task.cancel()
            progress.failed.append(f"not done {_DRAIN_SECONDS:g} s after the end")


async def _one(job: Job, due: float, progress: Progress) -> None:
    try:
        await job(due)
    except Exception as error:  # noqa: BLE001 (a load run reports every kind of failure, and goes on)
        progress.failed.append(f"{type(error).__name__}: {error}")
    progress.done += 1


class Storm:
    """S1: everybody signs in, fetches settings and sends a first batch, evenly spread over ``seconds``."""

    def __init__(self, devices: Sequence[Device], *, seconds: float = 60.0, seed: int = 1) -> None:
        self.devices = devices
        self.seconds = seconds
        self.ready: list[float] = []
        self._random = Random(f"storm {seed}")

    def jobs(self) -> list[tuple[float, Job]]:
        """One for each device."""
        return [(self._random.uniform(0, self.seconds), self._sign_in(device)) for device in self.devices]

    def record(self) -> dict[str, float]:
        """Seconds from the moment of a sign-in to its first acknowledged batch."""
        return {
            "devices_ready": len(self.ready),
            "ready_p50": round(percentile(self.ready, 0.50), 4),
            "ready_p99": round(percentile(self.ready, 0.99), 4),
            "ready_max": round(max(self.ready, default=0.0), 4),
        }

    def _sign_in(self, device: Device) -> Job:
        async def job(due: float) -> None:
            now = datetime.now(UTC)
            device.record("started", now, {"how": "first_install"})
            device.record("network_place", now, {"place": "desk"})
            await device.sign_in(due)
            await device.fetch_settings()
            await device.flush()
            if device.refusal is not None:
                raise RuntimeError(f"refused: {device.refusal}")
            if device.outbox.waiting == 0:
                self.ready.append(time.perf_counter() - due)

        return job


class Steady:
    """S0: a beat each minute, a look at the settings each ten minutes, an event now and then."""

    def __init__(self, devices: Sequence[Device], *, minutes: float, seed: int = 1) -> None:
        self.devices = devices
        self.seconds = minutes * 60
        self._random = Random(f"steady {seed}")

    def jobs(self) -> list[tuple[float, Job]]:
        """Every request of the phase with its moment."""
        jobs: list[tuple[float, Job]] = []
        for device in self.devices:
            jobs += [(moment, _beat(device)) for moment in self._moments(BEAT_SECONDS, BEAT_JITTER)]
            jobs += [(moment, device.fetch_settings) for moment in self._moments(SETTINGS_SECONDS, BEAT_JITTER)]
            moment, locked = self._random.expovariate(1 / EVENT_SECONDS), False
            while moment < self.seconds:
                locked = not locked
                jobs.append((moment, _append(device, "locked" if locked else "unlocked")))
                moment += self._random.expovariate(1 / EVENT_SECONDS)
        return jobs

    def _moments(self, every: float, jitter: float) -> list[float]:
        moments: list[float] = []
        moment = self._random.uniform(0, every)
        while moment < self.seconds:
            moments.append(moment)
            moment += every * self._random.uniform(1 - jitter, 1 + jitter)
        return moments


def _beat(device: Device) -> Job:
    async def job(due: float) -> None:
        await device.flush(due, once=True)

    return job


def _append(device: Device, kind: str) -> Job:
    async def job(due: float) -> None:
        device.record(kind, datetime.now(UTC))
        await device.flush(due)

    return job
