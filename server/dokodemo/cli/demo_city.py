"""The demo's simulator process: 2,680 devices that sign for real."""

import asyncio
import contextlib
import signal
import sys
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from dokodemo.cli.demo_serve import config_of
from dokodemo.cli.installation import opened
from dokodemo.demo.city import Step, run_city
from dokodemo.demo.clock import past_working_days
from dokodemo.demo.memory import FILE, Memory
from dokodemo.demo.premises import EXTENSION_CLIENT, Premises
from dokodemo.demo.tokens import minted
from dokodemo.store import people

NAMES = {"today": "今日のこれまで  today so far", "past": "過去5日       five past days"}


@click.command(hidden=True)
@click.argument("premises")
def demo_city(*, premises: str) -> None:
    """Let the city live (started by `dokodemo demo`)."""
    here = Premises.read(premises)
    with contextlib.suppress(asyncio.CancelledError, KeyboardInterrupt):
        asyncio.run(_live(here))


async def _live(here: Premises) -> None:
    task = asyncio.current_task()
    assert task is not None
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, task.cancel)
    # Signed here with the issuer's own key: 2,680 sign-ins in a minute would keep the one serving process from its work.
    tokens = minted(here.issuer_url, here.issuer_key, EXTENSION_CLIENT)
    past = [midnight.date() for midnight in past_working_days(datetime.now(UTC), here.zone)]
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console,
        disable=not sys.stderr.isatty(),
    ) as progress:  # fmt: skip
        bars: dict[str, TaskID] = {}

        def show(step: Step) -> None:
            if step.phase not in NAMES:
                return
            if step.phase not in bars:
                bars[step.phase] = progress.add_task(NAMES[step.phase], total=step.planned)
            progress.update(bars[step.phase], completed=step.done, total=step.planned)

        await run_city(
            here.url, tokens, zone=here.zone, past_days=past, person_ids=_person_ids(here), show=show,
            memory=Memory(here.folder / FILE),
        )  # fmt: skip


def _person_ids(here: Premises) -> dict[str, str]:
    """Ids of people by staff number: a colleague speaks for somebody whose own device nobody has heard today."""
    with opened(config_of(here)) as operator, operator.services.read() as transaction:
        return {person.staff_number: str(person.id) for person in people.all_of(transaction)}
