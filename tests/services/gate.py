"""A wire that holds one flight of events at a moment of the test's choice."""

import socket
import threading
from enum import StrEnum

from tests.services.link import Link

FLIGHT = b"POST /api/v1/events "


class Stage(StrEnum):
    """Where a flight is held: sent and not yet with the server; answered after the COMMIT and not yet with the device."""

    REQUEST = "request sent"
    ANSWER = "answer sent"


def hears(connection: socket.socket) -> bool:
    """Whether somebody at the other end still waits for an answer."""
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


class Gate(Link):
    """``arm`` it, wait until it ``holds``, do what the test is about, ``release`` it. ``flights`` counts all of them."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.flights = 0
        self._turn = threading.Lock()
        self._stage: Stage | None = None
        self._answering: socket.socket | None = None
        self._held = threading.Event()
        self._go = threading.Event()
        self._dropped = False
        super().__init__(target)

    def arm(self, stage: Stage) -> None:
        """Hold the next flight at this stage."""
        with self._turn:
            self._go.set()  # a flight that came after somebody had stopped waiting for it
            self._held, self._go, self._dropped = threading.Event(), threading.Event(), False
            self._stage, self._answering = stage, None

    def holds(self, seconds: float) -> bool:
        """Wait until a flight is held; False when none came."""
        return self._held.wait(seconds)

    def release(self, *, drop: bool = False) -> None:
        """Let the held flight go on, or lose it for good; nothing is armed any more."""
        with self._turn:
            self._stage, self._answering, self._dropped = None, None, drop
        self._go.set()

    def asks(self, connection: socket.socket, data: bytes) -> None:
        if not data.startswith(FLIGHT) or not hears(connection):
            return
        with self._turn:
            self.flights += 1
            stage = self._stage
            if stage is not None:
                self._stage = None
            if stage is Stage.ANSWER:
                self._answering = connection
        if stage is Stage.REQUEST:
            self._hold()

    def answers(self, connection: socket.socket, data: bytes) -> None:
        with self._turn:
            mine = connection is self._answering
            if mine:
                self._answering = None
                if not hears(connection):  # its worker died of something else: hold the next one
                    self._stage = Stage.ANSWER
        if mine and hears(connection):
            self._hold()

    def _hold(self) -> None:
        go = self._go
        self._held.set()
        go.wait()
        if self._dropped:
            raise ConnectionError("lost on the way")
