"""Finding a program, a free port, and the moment at which something answers or is gone."""

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

import psutil

LOWEST_PORT = 15_000
EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


class MissingProgramError(RuntimeError):
    """A program that a test needs is not on this machine; ``make test`` installs it (apt-packages.txt)."""


def program(*names: str) -> str:
    """The path of the first of these that is on PATH."""
    for name in names:
        if path := shutil.which(name):
            return path
    raise MissingProgramError(f"none of {', '.join(names)} is on this machine; see apt-packages.txt")


def free_port() -> int:
    """A loopback TCP port on which nothing listened a moment ago, and which no outgoing connection is given.

    A server is started on it later, and again after a kill: a port that the kernel gives to connections may be taken by
    then, by the very client that calls the server while it is down.
    """
    below = int(EPHEMERAL.read_text().split()[0]) if EPHEMERAL.exists() else 32_768
    while True:
        port = random.SystemRandom().randrange(LOWEST_PORT, below)
        with socket.socket() as probe, contextlib.suppress(OSError):  # somebody listens there: try another
            probe.bind(("127.0.0.1", port))
            return port


def listens(port: int) -> bool:
    """Whether somebody accepts connections on this loopback port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def until(true: Callable[[], object], what: str, *, seconds: float = 60, pause: float = 0.02) -> None:
    """Wait until ``true()`` is; AssertionError with ``what`` in it when that takes longer than ``seconds``."""
    ends = time.monotonic() + seconds
    while not true():
        if time.monotonic() > ends:
            raise AssertionError(f"waited {seconds} s in vain: {what}")
        time.sleep(pause)


def start(
    command: Sequence[str], *, output: IO[bytes] | int = subprocess.DEVNULL, **how: Any
) -> subprocess.Popen[bytes]:
    """Start a server that also ends when this process does, however this process ends (on Linux).

    It is in a session of its own: Ctrl-C reaches us, and we stop it in our order.
    """
    if sys.platform == "linux" and (setpriv := shutil.which("setpriv")):
        command = [setpriv, "--pdeathsig", "TERM", *command]
    return subprocess.Popen(list(command), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                            start_new_session=True, **how)


def stop(process: subprocess.Popen[bytes], signal_number: int, *, seconds: float = 10) -> None:
    """Ask it to end, and kill it when it does not; returns when it is gone."""
    if process.poll() is None:
        process.send_signal(signal_number)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def kill(process: subprocess.Popen[bytes]) -> None:
    """``kill -9`` of what ``start`` started and of all its children; returns when none of them holds anything any more."""
    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    with contextlib.suppress(ProcessLookupError):  # it had ended
        os.killpg(process.pid, signal.SIGKILL)
    for child in family:  # postgres gives each of its processes a group of its own
        with contextlib.suppress(psutil.NoSuchProcess):
            child.kill()
    process.wait()
    until(lambda: not any(_holds(child) for child in family), "the killed processes are gone")


def _holds(process: psutil.Process) -> bool:
    """Whether it may still hold locks, ports or files: a zombie does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
