"""The road between devices and the server: it loses, repeats, holds back, and can be cut."""

from collections import Counter, deque
from collections.abc import Callable
from datetime import datetime

from tests.simulation.clock import Agenda
from tests.simulation.device import Device
from tests.simulation.outbox import Answer
from tests.simulation.server import Request

Sent = tuple[Device, Request]


class Network:
    """``armed``: what happens to the next requests, one kind each. ``taken``: how often each kind came to pass."""

    def __init__(self, clock: Agenda, random: Callable[[float, float], float], taken: Counter[str]) -> None:
        self.clock = clock
        self.random = random
        self.taken = taken
        self.armed: deque[str] = deque()
        self.cut: dict[Device, datetime] = {}
        self.life = 0  # of connections: a server that was lost for good answers nothing any more
        self.arrive: Callable[[Sent], None] = lambda _: None

    def request(self, device: Device, request: Request) -> None:
        """Carry a request."""
        if self.clock() < self.cut.get(device, self.clock()):
            return
        fault = self.armed.popleft() if self.armed else None
        delay = self.random(0.005, 0.2)
        if fault is not None:
            self.taken[fault] += 1
        match fault:
            case "request lost":
                return
            case "answer lost":
                request.told = True
            case "request twice":
                self.arrives(device, request, delay + self.random(0, 3))
            case "request again, late":
                self.arrives(device, request, self.random(5, 500))
            case "request late":
                delay = self.random(1, 400)
        self.arrives(device, request, delay)

    def arrives(self, device: Device, request: Request, delay: float) -> None:
        """It reaches the server in so many seconds, again if it did before."""
        self.clock.after(delay, lambda: self.arrive((device, request)))

    def answer(self, device: Device, request: Request, answer: Answer) -> None:
        """Carry an answer; of a request that came twice the first one is on time."""
        if request.told or self.clock() < self.cut.get(device, self.clock()):
            return
        said_at, life = self.clock(), self.life

        def arrive() -> None:
            if life == self.life:
                device.answered(request, answer, said_at)

        self.clock.after(self.random(0.005, 0.2), arrive)
