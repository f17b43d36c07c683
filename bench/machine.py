"""What the machine is and what it does meanwhile: cores, pins, CPU and memory of process trees."""

import os
import platform
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psutil


def cores() -> tuple[int, int]:
    """The loader's core and the server's; the same one twice where there is only one."""
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[-1]


def pin(core: int) -> None:
    """Keep this process, and what it starts from now on, on one core."""
    os.sched_setaffinity(0, {core})


def described() -> dict[str, Any]:
    """What a reader of the figures has to know; the load average is that of everything on the machine."""
    return {
        "cores": os.cpu_count(), "processor": _processor(), "system": platform.platform(),
        "python": platform.python_version(), "load_average_before": [round(one, 2) for one in os.getloadavg()],
    }  # fmt: skip


def commit() -> str:
    """The commit that is measured; ``+`` when the work tree differs from it."""
    asked = ["git", "describe", "--always", "--dirty=+", "--abbrev=12", "--exclude=*"]
    said = subprocess.run(asked, capture_output=True, text=True, check=False, cwd=Path(__file__).parent)
    return said.stdout.strip()


class Others:
    """The share of the machine's CPU that went to everybody but us, while it watched: how quiet it was."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._busy = _busy()
        self._own = _own()

    def share(self) -> float:
        """Of all cores together, 0 to 1; time stolen by the host counts."""
        spent = (_busy() - self._busy) - (_own() - self._own)
        return max(0.0, round(spent / ((time.monotonic() - self._began) * (os.cpu_count() or 1)), 3))


class Trees:
    """Some processes with all their children."""

    def __init__(self, pids: Iterable[int]) -> None:
        self.pids = tuple(pids)

    def cpu_seconds(self) -> float:
        """User and system time so far; of children that ended, what their parents waited for."""
        return sum(_cpu(process) for process in self._all())

    def rss_mb(self) -> float:
        """Resident memory, summed: pages that two processes share count twice."""
        return sum(float(process.memory_info().rss) for process in self._all()) / 1e6

    def _all(self) -> list[psutil.Process]:
        roots = [psutil.Process(pid) for pid in self.pids]
        return [*roots, *(child for root in roots for child in root.children(recursive=True))]


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


def _busy() -> float:
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - times.iowait - getattr(times, "guest", 0) - getattr(times, "guest_nice", 0))


def _own() -> float:
    return Trees([os.getpid()]).cpu_seconds()


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
