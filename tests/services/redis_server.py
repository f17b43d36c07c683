"""A redis-server of our own, which keeps nothing on disk."""

import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import redis

from tests.services.programs import free_port, listens, program, start, stop, until


class RedisServer:
    """One redis-server on a loopback port that it keeps across ``kill`` and ``start``."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.folder = Path(tempfile.mkdtemp(prefix="dokodemo-redis-"))
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> "RedisServer":
        """Up and accepting connections."""
        command = [program("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        with (self.folder / "log").open("ab") as log:
            self.process = start([*command, "--save", "", "--appendonly", "no"], output=log)
        process = self.process
        until(lambda: process.poll() is not None or listens(self.port), "redis-server listens")
        if process.poll() is not None:
            raise AssertionError("redis-server ended: " + (self.folder / "log").read_text())
        return self

    def flush(self) -> None:
        """Forget every key of every database."""
        with redis.Redis(port=self.port) as client:
            client.flushall()

    def kill(self) -> None:
        """Gone at once, with everything it held (a fault)."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """Gone, and its folder with it."""
        if self.process is not None:
            stop(self.process, signal.SIGTERM)
        shutil.rmtree(self.folder, ignore_errors=True)
