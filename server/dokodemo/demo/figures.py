"""What a run measured: rates, latencies from the scheduled time, lateness, refusals, own CPU.

Open loop: a request counts from the moment at which it was due, not from when it could be sent, so a server (or a
simulator) that falls behind shows it. How late the simulator itself was is counted apart.
"""

import time
from collections import Counter
from dataclasses import dataclass, field

_LATE = 0.050  # seconds


@dataclass(slots=True)
class Route:
    """One kind of request: every latency in seconds, answers by status, faults of the network as status 0."""

    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)


class Figures:
    """Counts of one phase."""

    def __init__(self) -> None:
        self.routes: dict[str, Route] = {}
        self.codes: Counter[str] = Counter()
        self.late = 0
        self.latest = 0.0
        self.retries = 0
        self.events = 0
        self.mismatches = 0
        self.started = time.perf_counter()
        self._cpu = time.process_time()

    def answered(self, route: str, status: int, *, due: float, begun: float) -> None:
        """A request has ended now; ``due`` and ``begun`` are of ``time.perf_counter``. Status 0: no answer."""
        now = time.perf_counter()
        entry = self.routes.setdefault(route, Route())
        entry.statuses[status] += 1
        entry.latencies.append(now - due)
        if begun - due > _LATE:
            self.late += 1
        self.latest = max(self.latest, begun - due)

    def refused(self, route: str, code: str) -> None:
        """An answer that was not taken, by its stable code."""
        self.codes[f"{route} {code}"] += 1

    @property
    def seconds(self) -> float:
        """How long the phase has lasted."""
        return time.perf_counter() - self.started

    @property
    def cpu_share(self) -> float:
        """This process's share of one core."""
        return (time.process_time() - self._cpu) / max(self.seconds, 1e-9)

    @property
    def requests(self) -> int:
        """How many requests have ended."""
        return sum(route.statuses.total() for route in self.routes.values())

    def errors(self) -> dict[str, int]:
        """Answers other than 2xx and 304, and requests without an answer (``0``), by status."""
        found: Counter[str] = Counter()
        for route in self.routes.values():
            for status, count in route.statuses.items():
                if not (200 <= status < 300 or status == 304):
                    found[str(status)] += count
        return dict(found)

    def record(self) -> dict[str, object]:
        """The phase as a JSON object; times in seconds."""
        return {
            "seconds": round(self.seconds, 3),
            "requests": self.requests,
            "requests_per_second": round(self.requests / max(self.seconds, 1e-9), 2),
            "events_acknowledged": self.events,
            "retries": self.retries,
            "errors": self.errors(),
            "refusals": dict(self.codes),
            "head_mismatches": self.mismatches,
            "late_starts": self.late,
            "latest_start_seconds": round(self.latest, 4),
            "own_cpu_share": round(self.cpu_share, 4),
            "routes": {name: _route(entry) for name, entry in sorted(self.routes.items())},
            "all": _route(self.total()),
        }

    def total(self) -> Route:
        """All routes together."""
        every = Route()
        for route in self.routes.values():
            every.latencies += route.latencies
            every.statuses += route.statuses
        return every


def percentile(values: list[float], share: float) -> float:
    """The nearest-rank percentile; 0 for no values."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def _route(route: Route) -> dict[str, object]:
    return {
        "count": route.statuses.total(),
        "statuses": {str(status): count for status, count in sorted(route.statuses.items())},
        "p50": round(percentile(route.latencies, 0.50), 5),
        "p90": round(percentile(route.latencies, 0.90), 5),
        "p99": round(percentile(route.latencies, 0.99), 5),
        "max": round(max(route.latencies, default=0.0), 5),
    }
