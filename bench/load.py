"""A closed loop over raw sockets: so many requests wait for an answer at any moment, no more and no fewer.

One thread and one selector: it costs about a twentieth of what it measures, and runs on another core than the server.
"""

import selectors
import socket
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

RECEIVED = 65_536
PATIENCE = 30.0  # seconds without any answer


class BenchError(Exception):
    """The run is worth nothing; a sentence says why."""


@dataclass(slots=True)
class Round:
    """What one round saw. Latencies are seconds, in the order of the answers."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Answers in a second."""
        return len(self.latencies) / self.seconds

    def at(self, share: float) -> float:
        """The latency that this share of the answers did not exceed, in seconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(slots=True)
class _Line:
    socket: socket.socket
    began: float = 0.0
    answer: bytes = b""
    missing: int = -1  # bytes of the body that have not come; -1 while the head has not


def drive(port: int, requests: Sequence[bytes], *, waiting: int = 32, expected: int = 202) -> Round:
    """Send all of these, ``waiting`` at a time, over kept connections. Any other answer than ``expected`` fails."""
    selector = selectors.DefaultSelector()
    found = Round()
    left = iter(requests)
    lines = [_Line(socket.create_connection(("127.0.0.1", port))) for _ in range(min(waiting, len(requests)))]
    try:
        for line in lines:
            line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(line.socket, selectors.EVENT_READ, line)
        began = time.perf_counter()
        for line in lines:
            _send(line, next(left))
        while len(found.latencies) < len(requests):
            ready = selector.select(PATIENCE)
            if not ready:
                raise BenchError(f"no answer for {PATIENCE:g} s")
            for key, _ in ready:
                _receive(key.data, found)
                if key.data.missing == 0 and (following := next(left, None)) is not None:
                    _send(key.data, following)
        found.seconds = time.perf_counter() - began
    finally:
        for line in lines:
            line.socket.close()
        selector.close()
    if wrong := {status: count for status, count in found.statuses.items() if status != expected}:
        raise BenchError(f"answers other than {expected}: {wrong}")
    return found


def _send(line: _Line, request: bytes) -> None:
    line.answer, line.missing, line.began = b"", -1, time.perf_counter()
    line.socket.sendall(request)


def _receive(line: _Line, found: Round) -> None:
    piece = line.socket.recv(RECEIVED)
    if not piece:
        raise BenchError("the server closed a connection: " + line.answer[:200].decode("latin-1"))
    line.answer += piece
    if line.missing < 0:
        head, blank, rest = line.answer.partition(b"\r\n\r\n")
        if not blank:
            return
        line.missing = _length(head) - len(rest)
    else:
        line.missing -= len(piece)
    if line.missing == 0:
        found.latencies.append(time.perf_counter() - line.began)
        found.statuses[int(line.answer[9:12])] += 1


def _length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(b"content-length:")
    if at < 0:
        if head[9:12] in (b"304", b"204"):
            return 0
        raise BenchError("an answer without a length")
    return int(lowered[at + 15 : (lowered + b"\r\n").index(b"\r\n", at)])
