"""``python -m bench``: measure, print the table, write ``bench/results.json``."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.console import Console

from bench import machine
from bench.figures import Figure, printed, written
from bench.ingest import Counts, Product, measure
from bench.serving import Serving, plan
from tests.services.postgresql import PostgreSQL
from tests.services.redis_server import RedisServer

RESULTS = Path(__file__).parent / "results.json"
PARTS = ("ingest",)


@contextmanager
def production(backends: list[str]) -> Iterator[tuple[PostgreSQL, RedisServer] | None]:
    """A PostgreSQL that syncs like a city's, and a Redis, if they are wanted."""
    if "postgresql" not in backends:
        yield None
        return
    with ExitStack() as stack:
        postgresql, redis = PostgreSQL(durable=True), RedisServer()
        stack.callback(postgresql.stop)
        stack.callback(redis.stop)
        yield postgresql.start(), redis.start()


def ingest(folder: Path, backends: list[str], arguments: argparse.Namespace, say: Callable[[str], None]) -> list[Figure]:
    """One run of ``bench.ingest`` with all servers up."""
    counts = Counts(arguments.rounds, arguments.requests)
    core = machine.cores()[1]
    threads = {"threads": arguments.threads}
    with production(backends) as services, ExitStack() as stack:
        plans = [plan("product", folder / "sqlite", core, **threads)] if "sqlite" in backends else []
        if services is not None:
            postgresql, redis = services
            more = {"database_url": postgresql.fresh(), "redis_url": redis.url}
            plans.append(plan("product", folder / "postgresql", core, **more, **threads))
        bare = Serving(plan("bare", folder / "bare", core, **threads))
        stack.callback(bare.stop)
        products = []
        for each in plans:
            products.append(Product(each, counts))
            stack.callback(products[-1].server.stop)
        return measure(bare, products, counts, say)


def main() -> int:
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", default=",".join(PARTS), help="parts, by commas: " + ", ".join(PARTS))
    parser.add_argument("--backends", default="sqlite,postgresql")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=1000, help="of each kind in a round")
    parser.add_argument("--threads", type=int, default=0, help="of each server [default: the product's]")
    parser.add_argument("--results", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    console = Console(width=140)
    about = machine.described()
    others = machine.Others()
    machine.pin(machine.cores()[0])
    backends = arguments.backends.split(",")
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="dokodemo-bench-") as folder:
        if "ingest" in arguments.only.split(","):
            figures += ingest(Path(folder) / "ingest", backends, arguments, console.print)
    about["others_cpu_share"] = others.share()
    written(arguments.results, about, machine.commit(), figures)
    printed(console, figures)
    console.print(f"others took {about['others_cpu_share']:.0%} of the machine; written to {arguments.results}")
    missed = [one for one in figures if one.bar and not one.bar.held(one.value)]
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
