"""``python -m bench``: measure, print the table, write ``bench/results.json``."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.console import Console

from bench import city, growth, ingest, machine
from bench.figures import Figure, printed, written
from bench.ingest import Counts, Product
from bench.load import BenchError
from bench.serving import Plan, Serving, plan
from tests.services.postgresql import PostgreSQL
from tests.services.redis_server import RedisServer

Say = Callable[[str], None]
Production = tuple[PostgreSQL, RedisServer] | None

RESULTS = Path(__file__).parent / "results.json"
PARTS = ("ingest", "growth", "city")


@contextmanager
def production(backends: list[str]) -> Iterator[Production]:
    """A PostgreSQL that syncs like a city's, and a Redis, if they are wanted."""
    if "postgresql" not in backends:
        yield None
        return
    with ExitStack() as stack:
        postgresql, redis = PostgreSQL(durable=True), RedisServer()
        stack.callback(postgresql.stop)
        stack.callback(redis.stop)
        yield postgresql.start(), redis.start()


def plans(kind: str, folder: Path, asked: argparse.Namespace, services: Production) -> Iterator[Plan]:
    """A plan for each backend that was asked for, each with an empty database."""
    core = machine.cores()[1]
    if "sqlite" in asked.backends:
        yield plan(kind, folder / "sqlite", core, threads=asked.threads)
    if services is not None:
        postgresql, redis = services
        redis.flush()
        more = {"database_url": postgresql.fresh(), "redis_url": redis.url}
        yield plan(kind, folder / "postgresql", core, threads=asked.threads, **more)


def measure_ingest(folder: Path, asked: argparse.Namespace, services: Production, say: Say) -> list[Figure]:
    """``bench.ingest`` with all servers up."""
    counts = Counts(asked.rounds, asked.requests)
    with ExitStack() as stack:
        bare = Serving(plan("bare", folder / "bare", machine.cores()[1], threads=asked.threads))
        stack.callback(bare.stop)
        products = []
        for each in plans("product", folder, asked, services):
            products.append(Product(each, counts))
            stack.callback(products[-1].server.stop)
        return ingest.measure(bare, products, counts, say)


def measure_growth(folder: Path, asked: argparse.Namespace, services: Production, say: Say) -> list[Figure]:
    """``bench.growth`` on one backend after the other."""
    every = plans("product", folder, asked, services)
    return [one for each in every for one in growth.measure(each, say, days=asked.days, rounds=asked.rounds)]


def measure_city(folder: Path, asked: argparse.Namespace, services: Production, say: Say) -> list[Figure]:
    """``bench.city`` on one backend after the other."""
    scale = city.Scale(asked.devices, asked.storm_seconds, asked.minutes)
    figures: list[Figure] = []
    for each in plans("city", folder, asked, services):
        try:
            figures += city.measure(each, scale, say)
        except BenchError as error:
            asked.failed.append(f"city on {each.backend}: {error}")
    return figures


def main() -> int:
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", default=",".join(PARTS), help="parts, by commas: " + ", ".join(PARTS))
    parser.add_argument("--backends", default="sqlite,postgresql")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=1000, help="of each kind in a round")
    parser.add_argument("--days", type=int, default=240, help="of history that count as a year")
    parser.add_argument("--devices", type=int, default=2_680)
    parser.add_argument("--storm-seconds", type=float, default=60.0)
    parser.add_argument("--minutes", type=float, default=2.0, help="of steady work (S0 itself is 10)")
    parser.add_argument("--threads", type=int, default=0, help="of each server [default: the product's]")
    parser.add_argument("--results", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    console = Console(width=140)
    about = machine.described()
    others = machine.Others()
    machine.pin(machine.cores()[0])
    arguments.backends = arguments.backends.split(",")
    arguments.failed = []  # what could not be measured, and why
    figures: list[Figure] = []
    measures = {"ingest": measure_ingest, "growth": measure_growth, "city": measure_city}
    with tempfile.TemporaryDirectory(prefix="dokodemo-bench-") as folder, production(arguments.backends) as services:
        for part in arguments.only.split(","):
            try:
                figures += measures[part](Path(folder) / part, arguments, services, console.print)
            except BenchError as error:
                arguments.failed.append(f"{part}: {error}")
    about["others_cpu_share"] = others.share()
    written(arguments.results, about, machine.commit(), figures)
    printed(console, figures)
    console.print(f"others took {about['others_cpu_share']:.0%} of the machine; written to {arguments.results}")
    for sentence in arguments.failed:
        console.print(f"NOT MEASURED: {sentence}", markup=False)
    missed = [one for one in figures if one.bar and not one.bar.held(one.value)]
    return 1 if missed or arguments.failed else 0


if __name__ == "__main__":
    sys.exit(main())
