"""A real X screen without a monitor, and hands on its mouse and keyboard."""

import os
import subprocess
from types import TracebackType
from typing import Self

from tests.services.programs import program, start, stop


class Screen:
    """An Xvfb display; ``environment`` is what a program on it needs."""

    def __init__(self, width: int = 1280, height: int = 800) -> None:
        self.size = f"{width}x{height}x24"
        self.environment: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        reading, writing = os.pipe()
        command = [program("Xvfb"), "-displayfd", str(writing), "-screen", "0", self.size, "-nolisten", "tcp"]
        self._process = start(command, pass_fds=[writing])
        os.close(writing)
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()
        assert number, "Xvfb ended without giving a display number"
        self.environment = {"DISPLAY": f":{number}"}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process is not None:
            stop(self._process, 15)

    def touch(self, *command: str) -> None:
        """Do something on it, in xdotool's words: ``touch("mousemove", "200", "300")``."""
        subprocess.run([program("xdotool"), *command], check=True, env=os.environ | self.environment)
