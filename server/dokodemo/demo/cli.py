"""``dokodemo simulate``: the city's devices against a running server, with figures that can be believed."""

import asyncio
import json
import os
import platform
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.live import Live
from rich.table import Table

from dokodemo.demo.drive import Job, Progress, Steady, Storm, at_moments
from dokodemo.demo.figures import Figures, percentile
from dokodemo.demo.fleet import Fleet
from dokodemo.demo.history import History
from dokodemo.demo.ledger import devices_csv, machines
from dokodemo.demo.networks import networks_csv
from dokodemo.demo.premises import EXTENSION_CLIENT, Premises
from dokodemo.demo.roster import fiscal_year_of, people, roster_csv
from dokodemo.demo.tokens import Tokens, by_fragment, minted
from dokodemo.demo.tree import units_csv

REFRESH_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class SignIn:
    """Where id_tokens come from."""

    issuer: str
    key_path: Path
    client_id: str
    redirect_uri: str
    direct: bool

    def tokens(self) -> Tokens:
        """Signed here, or asked for over HTTP."""
        if self.direct:
            return minted(self.issuer, self.key_path, self.client_id)
        return by_fragment(self.issuer, self.key_path, self.client_id, self.redirect_uri)


@click.command()
@click.option("--devices", default=2_680, show_default=True, type=click.IntRange(1, 2_680), help="How many devices.")
@click.option("--minutes", default=2.0, show_default=True, type=click.FloatRange(0), help="Length of the steady phase.")
@click.option("--url", default="http://127.0.0.1:8000", show_default=True, help="Public URL of the server.")
@click.option("--storm/--no-storm", default=True, show_default=True, help="All sign in within --storm-seconds first.")
@click.option("--storm-seconds", default=60.0, show_default=True, type=click.FloatRange(0.1))
@click.option("--json", "json_path", type=click.Path(path_type=Path, dir_okay=False), help="Write the record there.")
@click.option(
    "--histories", type=click.Path(path_type=Path, file_okay=False), help="Write the devices' histories there."
)
@click.option("--issuer", help="The demo's issuer [default: URL/issuer].")
@click.option("--issuer-key", default=Path("var/demo/issuer.pem"), show_default=True, type=click.Path(path_type=Path))
@click.option("--client-id", default=EXTENSION_CLIENT, show_default=True)
@click.option("--redirect-uri", help="Of the extension [default: by the CRX key beside the issuer's].")
@click.option(
    "--tokens", "source", default="direct", show_default=True, type=click.Choice(["direct", "fragment"]),
    help="Sign id_tokens here, or ask the issuer over HTTP.",
)  # fmt: skip
@click.option("--seed", default=1, show_default=True, help="Of the moments; the city is always the same.")
@click.option("--files", type=click.Path(path_type=Path, file_okay=False), help="Only write the city's files there.")
def simulate(*, files: Path | None, json_path: Path | None, **options: Any) -> None:
    """Let the simulated city's devices work with a server: sign-in storm, then steady work."""
    year = fiscal_year_of(datetime.now(UTC).date())
    if files is not None:
        write_files(files, year=year)
        click.echo(f"units, roster, networks and devices are in {files}")
        return
    key_path: Path = options["issuer_key"]
    if not key_path.exists():
        raise click.ClickException(
            f"the issuer's key {key_path} is not there: start `make demo` first, or name it with --issuer-key"
        )
    issuer = options["issuer"] or f"{options['url'].rstrip('/')}/issuer"
    direct = options["source"] == "direct"
    redirect_uri = options["redirect_uri"] or ""
    if not direct and not redirect_uri:
        redirect_uri = Premises(str(key_path.parent), options["url"], "").extension_redirect
    sign_in = SignIn(issuer, key_path, options["client_id"], redirect_uri, direct)
    histories: Path | None = options["histories"]
    history = History(histories / "devices.jsonl") if histories is not None else None
    fleet = Fleet(options["url"], sign_in.tokens(), year=year, count=options["devices"], history=history)
    record = asyncio.run(_run(fleet, options))
    if json_path is not None:
        json_path.parent.mkdir(parents=True, exist_ok=True)
        json_path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if record["lost"] or record["failures"]:
        raise SystemExit(1)


def write_files(folder: Path, *, year: int, seed: int = 1) -> None:
    """The city as files that the importers read: units, roster, networks, devices."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "units.csv").write_bytes(units_csv(date(year, 4, 1)))
    (folder / "roster.csv").write_bytes(roster_csv(people(year=year, seed=seed)))
    (folder / "networks.csv").write_bytes(networks_csv())
    (folder / "devices.csv").write_bytes(devices_csv(machines(seed=seed)))


async def _run(fleet: Fleet, options: dict[str, Any]) -> dict[str, Any]:
    console = Console()
    phases: dict[str, Any] = {}
    failures: list[str] = []
    if options["storm"]:
        storm = Storm(fleet.devices, seconds=options["storm_seconds"], seed=options["seed"])
        phases["storm"] = await _phase(console, "storm", fleet, storm.jobs(), failures) | storm.record()
    if options["minutes"]:
        steady = Steady(fleet.devices, minutes=options["minutes"], seed=options["seed"])
        phases["steady"] = await _phase(console, "steady", fleet, steady.jobs(), failures)
    await _drain(fleet)
    recorded = sum(device.outbox.last_seq for device in fleet.devices)
    lost = sum(device.outbox.waiting for device in fleet.devices)
    stopped = {device.journal: device.refusal for device in fleet.devices if device.refusal}
    await fleet.close()
    console.print(
        f"{recorded} events recorded, {recorded - lost} acknowledged, {lost} still waiting; "
        f"{len(stopped)} devices stopped, {len(failures)} failures"
    )
    for failure, count in Counter(failures).most_common(5):
        console.print(f"  {count} × {failure}", markup=False)
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"cores": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()},
        "url": fleet.url,
        "devices": len(fleet.devices),
        "keys": len({device.journal for device in fleet.devices}),
        "seed": options["seed"],
        "phases": phases,
        "recorded": recorded,
        "acknowledged": recorded - lost,
        "lost": lost,
        "stopped": stopped,
        "failures": failures,
        "connections_opened": fleet.wire.opened,
    }


async def _phase(
    console: Console, name: str, fleet: Fleet, jobs: Sequence[tuple[float, Job]], failures: list[str]
) -> dict[str, Any]:
    progress = Progress(len(jobs), fleet.count_in(Figures()))
    started = time.perf_counter()
    work = asyncio.create_task(at_moments(jobs, progress))
    with Live(table(name, progress), console=console, refresh_per_second=2, transient=not console.is_terminal) as live:
        while not work.done():
            await asyncio.wait({work}, timeout=REFRESH_SECONDS)
            live.update(table(name, progress))
    await work
    if not console.is_terminal:
        console.print(table(name, progress))
    failures += [f"{name}: {failure}" for failure in progress.failed]
    return {"wall_seconds": round(time.perf_counter() - started, 2), **progress.figures.record()}


async def _drain(fleet: Fleet) -> None:
    """What waits after the last phase goes out; nobody waits longer than for one backoff."""
    waiting = [device.flush() for device in fleet.devices if device.outbox.waiting and device.refusal is None]
    if waiting:
        tasks = [asyncio.create_task(flush) for flush in waiting]
        _, late = await asyncio.wait(tasks, timeout=60)
        for task in late:
            task.cancel()


def table(name: str, progress: Progress) -> Table:
    """The figures of a phase as they stand."""
    figures = progress.figures
    shown = Table(
        title=f"{name}: {progress.done} of {progress.planned} · {figures.requests / max(figures.seconds, 1e-9):.1f}"
        f" requests/s · own CPU {figures.cpu_share:.0%} of a core",
        caption=f"late starts {figures.late} (worst {figures.latest * 1000:.0f} ms) · retries {figures.retries} · "
        f"refusals {dict(figures.codes) or 'none'} · failed {len(progress.failed)}",
    )
    for heading in ("request", "count", "p50 ms", "p90 ms", "p99 ms", "max ms", "other than 2xx/304"):
        shown.add_column(heading, justify="left" if heading == "request" else "right")
    for route, entry in sorted(figures.routes.items()):
        wrong = {
            status: n for status, n in sorted(entry.statuses.items()) if not (200 <= status < 300 or status == 304)
        }
        shares = [f"{percentile(entry.latencies, share) * 1000:.1f}" for share in (0.5, 0.9, 0.99)]
        worst = f"{max(entry.latencies, default=0) * 1000:.1f}"
        shown.add_row(route, str(entry.statuses.total()), *shares, worst, str(wrong or ""))
    return shown
