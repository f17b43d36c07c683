"""A clock for a whole browser that a test moves while it runs, by libfaketime: pages, workers, alarms, cookies.

Only the wall clock is moved; timers go on as they do when somebody sets a computer's clock, or when it wakes.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.services.programs import MissingProgramError

LIBRARIES = "/usr/lib"


class MovedClock:
    """One clock; ``environment`` is what a program needs to live by it."""

    def __init__(self, folder: Path) -> None:
        libraries = sorted(Path(LIBRARIES).glob("*/faketime/libfaketimeMT.so.1"))
        if not libraries:
            raise MissingProgramError("libfaketime is not on this machine; see apt-packages.txt")
        self._file = folder / "faketime"
        self.ahead = timedelta(0)
        self._write()
        self.environment = {
            "LD_PRELOAD": str(libraries[0]), "FAKETIME_TIMESTAMP_FILE": str(self._file), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_RESET": "1", "NO_FAKE_STAT": "1",
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",  # its other way of waiting makes Chromium's threads sleep for minutes
        }  # fmt: skip

    def move(self, instant: datetime) -> None:
        """It shows this instant now, and goes on from there."""
        self.ahead = instant - datetime.now(UTC)
        self._write()

    def now(self) -> datetime:
        """What it shows."""
        return datetime.now(UTC) + self.ahead

    def _write(self) -> None:
        written = self._file.with_suffix(".tmp")
        written.write_text(f"{self.ahead.total_seconds():+.6f}\n")
        written.rename(self._file)
