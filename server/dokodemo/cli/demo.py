"""``dokodemo demo``: the product with a simulated city, on one command."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from dokodemo.cli.demo_chromium import open_browser
from dokodemo.demo.cast import links
from dokodemo.demo.clock import city_time, demo_zone
from dokodemo.demo.memory import founding_in
from dokodemo.demo.premises import Premises, sweep

STOPS_WITHIN = 9.0  # seconds, of the ten that are promised
READY_WITHIN = 120.0


class Stop(Exception):  # noqa: N818 - a signal, not an error
    """Somebody asked to stop."""


@click.command()
@click.option("--port", envvar="PORT", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--keep", envvar="KEEP", is_flag=True, help="Keep the data of the last demo.")
@click.option("--chromium", envvar="CHROMIUM", is_flag=True, help="Open a Chromium with the extension installed.")
@click.option("--data-dir", default=Path("var/demo"), show_default=True, type=click.Path(path_type=Path))
def demo(*, port: int, keep: bool, chromium: bool, data_dir: Path) -> None:
    """Serve a simulated city of 2,600 people on this machine, until Ctrl-C."""
    for name in (signal.SIGINT, signal.SIGTERM):  # a script's background job inherits SIGINT as ignored
        signal.signal(name, _stop)
    console = Console(stderr=True)
    _check_port(port)
    processes: list[subprocess.Popen[bytes]] = []
    try:
        premises = _premises(console, data_dir, port, keep=keep)
        processes.append(_start("demo-serve", premises, keep=keep))
        _await_ready(premises.url, processes[0])
        processes.append(_start("demo-city", premises))
        _say(premises)
        if chromium:
            processes += open_browser(premises, console)
        _watch(processes[:2])
    except Stop:
        console.print("stopping … 停止しています")
    finally:
        _end(processes)


def _premises(console: Console, data_dir: Path, port: int, *, keep: bool) -> Premises:
    zone = demo_zone(datetime.now(UTC))
    data_dir.mkdir(parents=True, exist_ok=True)
    if not keep:
        sweep(data_dir)
    elif founding := founding_in(data_dir):
        zone = founding.zone  # its days lie in that zone, whatever the hour is there now
        console.print(f"going on with the demo in {data_dir}: the same devices, their day as far as it was lived")
    else:
        console.print(f"keeping the data in {data_dir}")
    return Premises(str(data_dir.resolve()), f"http://127.0.0.1:{port}", zone)


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise click.ClickException(f"port {port} is taken: choose another one with PORT=…") from error


def _start(command: str, premises: Premises, *, keep: bool = False) -> "subprocess.Popen[bytes]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DOKODEMO_")}
    arguments = [sys.executable, "-m", "dokodemo", command, premises.written()] + (["--keep"] if keep else [])
    return subprocess.Popen(arguments, env=environment, start_new_session=True)


def _await_ready(url: str, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise click.ClickException("the server did not start; its last words are above")
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=2) as answer:  # noqa: S310 - our own address
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise click.ClickException(f"the server was not ready within {READY_WITHIN:.0f} s")


def _say(premises: Premises) -> None:
    now = city_time(datetime.now(UTC), premises.zone)
    click.echo(f"\nどこでも — あかぎ市のデモ  {premises.url}   デモの市の時刻 {now:%-H:%M} ({premises.zone})\n")
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("role", "name", "unit", "link (one use)"):
        table.add_column(heading, no_wrap=True, overflow="ignore")
    rows = links(premises)
    if sys.stdout.isatty():
        for row in rows:
            table.add_row(*row)
        Console(width=400).print(table)
    else:
        for row in rows:
            click.echo("\t".join(row))
    click.echo("\nCtrl-C stops it. データは var/demo/ にあり、次の起動で消えます（KEEP=1 なら続きから始まります）\n")


def _watch(processes: "list[subprocess.Popen[bytes]]") -> None:
    server, city = processes
    while server.poll() is None:
        if city.poll() not in (None, 0):
            raise click.ClickException("the simulated city stopped; its last words are above")
        time.sleep(0.2)
    raise click.ClickException("the server stopped; its last words are above")


def _stop(*_: object) -> None:
    raise Stop


def _end(processes: "list[subprocess.Popen[bytes]]") -> None:
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)  # a second Ctrl-C must not leave a process behind
    deadline = time.monotonic() + STOPS_WITHIN
    for process in reversed(processes):
        if process.poll() is None:
            process.terminate()
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
