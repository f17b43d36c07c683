"""The road of an event against a bare function on the same server, and a beat against an unsigned 304.

All servers stay up and take turns, so that a slow minute hits all of them alike; a figure is the median of its rounds.
"""

import statistics
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection

from bench.figures import Figure, figure
from bench.keys import BoundKey, bound, plain
from bench.load import BenchError, Round, drive
from bench.serving import ETAG, UNCHANGED, Plan, Serving
from dokodemo.store.engine import Database
from dokodemo.store.schema import migrate

KEYS = 640  # the same key comes again after 640 requests: far behind the 32 that wait


@dataclass(frozen=True, slots=True)
class Counts:
    """How much is measured."""

    rounds: int = 7
    requests: int = 1000
    keys: int = KEYS


class Product:
    """The product on one backend with its keys."""

    def __init__(self, plan: Plan, counts: Counts) -> None:
        database = Database(plan.config.database_url)
        migrate(database)
        self.keys = bound(database, plan.premises.url, counts.keys)
        database.close()
        self.server = Serving(plan)
        self.backend = plan.backend
        self.counts = counts
        self._turn = 0

    def events(self, batch: int, count: int) -> list[bytes]:
        """So many signed requests with ``batch`` events each; the keys take turns."""
        return [self._next().batch(batch) for _ in range(count)]

    def settings(self, count: int, etag: str) -> list[bytes]:
        """So many signed questions for settings that have not changed."""
        return [self._next().request("GET", "/api/v1/settings", if_none_match=etag) for _ in range(count)]

    def unchanged(self, count: int) -> list[bytes]:
        """So many unsigned 304."""
        return [plain(self.server.url, "GET", UNCHANGED, if_none_match=f'"{ETAG}"')] * count

    def settings_etag(self) -> str:
        """What the keys' settings are called: nobody has any of their own."""
        host = HTTPConnection("127.0.0.1", self.server.plan.port)
        host.connect()
        host.sock.sendall(self._next().request("GET", "/api/v1/settings", connection="close"))
        head = b"".join(iter(lambda: host.sock.recv(65536), b"")).partition(b"\r\n\r\n")[0].decode("latin-1")
        host.close()
        for line in head.split("\r\n"):
            if line.lower().startswith("etag:"):
                return line.partition(":")[2].strip()
        raise BenchError(f"settings without an etag: {head[:200]}")

    def _next(self) -> BoundKey:
        self._turn += 1
        return self.keys[self._turn % len(self.keys)]


@dataclass(frozen=True, slots=True)
class Measured:
    """A round with the CPU that the server spent for each answer, in microseconds."""

    round: Round
    cpu_us: float


def measure(bare: Serving, products: Sequence[Product], counts: Counts, say: Callable[[str], None]) -> list[Figure]:
    """All figures of this file."""
    seen: dict[tuple[str, str], list[Measured]] = defaultdict(list)
    warmed = counts.keys  # every journal is open before the clock runs
    for product in products:
        drive(product.server.plan.port, product.events(1, warmed))
    etags = {product.backend: product.settings_etag() for product in products}
    for number in range(counts.rounds):
        say(f"round {number + 1} of {counts.rounds}")
        order = list(products) if number % 2 == 0 else list(reversed(products))
        requests = order[0].events(0, counts.requests)
        seen["bare", ""].append(_round(bare, requests))
        for product in order:
            name, server = product.backend, product.server
            seen["single", name].append(_round(server, product.events(1, counts.requests)))
            seen["beat", name].append(_round(server, product.events(0, counts.requests)))
            seen["unchanged", name].append(_round(server, product.unchanged(counts.requests), 304))
            seen["settings", name].append(_round(server, product.settings(counts.requests // 2, etags[name]), 304))
            seen["batch20", name].append(_round(server, product.events(20, counts.requests // 4)))
        seen["bare", ""].append(_round(bare, requests))
    return [one for product in products for one in _figures(product.backend, seen, counts.rounds)]


def _round(server: Serving, requests: Sequence[bytes], expected: int = 202) -> Measured:
    before = server.trees.cpu_seconds()
    found = drive(server.plan.port, requests, expected=expected)
    return Measured(found, (server.trees.cpu_seconds() - before) / len(requests) * 1e6)


def _figures(backend: str, seen: dict[tuple[str, str], list[Measured]], rounds: int) -> list[Figure]:
    around = seen["bare", ""]
    bare = [statistics.mean((around[2 * n].round.rate, around[2 * n + 1].round.rate)) for n in range(rounds)]
    single, beat, unchanged, settings, batch = (
        seen[name, backend] for name in ("single", "beat", "unchanged", "settings", "batch20")
    )
    of_beat = "-" if backend == "sqlite" else backend
    cpu = [("ingest", single), ("heartbeat", beat), ("unchanged_304", unchanged), ("settings_304", settings)]
    return [
        figure("ingest_durable_over_bare", backend, "ratio", _ratios([one.round.rate for one in single], bare)),
        figure("ingest_p99_over_p50", backend, "ratio", [one.round.at(0.99) / one.round.at(0.5) for one in single]),
        figure("ingest_batch20_over_single", backend, "ratio", [
            20 * many.round.rate / one.round.rate for many, one in zip(batch, single, strict=True)
        ]),
        figure("heartbeat_over_304", of_beat, "ratio", [
            base.round.rate / one.round.rate for base, one in zip(unchanged, beat, strict=True)
        ]),
        figure("settings_304_over_bare", of_beat, "ratio", [
            base.round.rate / one.round.rate for base, one in zip(unchanged, settings, strict=True)
        ]),
        figure("ingest_events_per_second", backend, "1/s", [one.round.rate for one in single]),
        figure("bare_requests_per_second", backend, "1/s", bare),
        *(figure(f"{name}_cpu_us", backend, "µs", [one.cpu_us for one in them]) for name, them in cpu),
        figure("bare_cpu_us", backend, "µs", [one.cpu_us for one in around]),
    ]  # fmt: skip


def _ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    return [one / other for one, other in zip(ours, theirs, strict=True)]
