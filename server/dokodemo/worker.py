"""Runs what has fallen due: a thread of the embedded server, a process of its own in production."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from dokodemo.actions import Services, chain, cleaning, looks, observe
from dokodemo.actions.announcements import Seen, relay
from dokodemo.domain.errors import UnavailableError
from dokodemo.live import LiveLostError

log = structlog.get_logger()


@dataclass(slots=True)
class Duty:
    """One thing that is done again and again."""

    name: str
    every: float  # seconds
    work: Callable[[], object]
    first: float | None = None  # seconds after the start, where that is another time
    due_at: float = 0.0


@dataclass(slots=True)
class Relay:
    """Hands on what a command line beside this process left, each thing once."""

    services: Services
    seen: Seen

    def work(self) -> None:
        """One look."""
        self.seen = relay(self.services, self.seen)


@dataclass(slots=True)
class Worker:
    """All duties of an installation. ``watching_since`` is since when contacts are seen without a break."""

    services: Services
    watching_since: datetime
    relay: bool = False
    stopping: threading.Event = field(default_factory=threading.Event)
    finished: threading.Event = field(default_factory=threading.Event)

    def duties(self) -> list[Duty]:
        """What is done, and how often."""
        duties = [
            Duty("flush_contacts", 30, lambda: observe.flush_contacts(self.services)),
            Duty("write_silences", 15, self._write_silences),
            Duty("clean", 600, lambda: cleaning.drop_expired(self.services)),
            Duty("digest_looks", 600, lambda: looks.digest_looks(self.services)),
            Duty("verify_chain", 600, lambda: chain.verify_daily(self.services), first=10),
        ]
        if self.relay:
            relay = Relay(self.services, Seen(self.services.now(), frozenset()))
            duties.append(Duty("relay_announcements", 1, relay.work))
        return duties

    def run(self) -> None:
        """Work until ``stop``; a duty that fails is tried again at its next time and the others go on."""
        duties = self.duties()
        for duty in duties:
            duty.due_at = time.monotonic() + (duty.every if duty.first is None else duty.first)
        while not self.stopping.wait(0.5):
            for duty in duties:
                if time.monotonic() >= duty.due_at:
                    self._do(duty)
                    duty.due_at = time.monotonic() + duty.every
        self._do(duties[0])  # contacts are flushed at shutdown
        self.finished.set()

    def _write_silences(self) -> None:
        observe.write_silences(self.services, self.watching_since, lease=observe.lease_of(self.services))

    def _do(self, duty: Duty) -> None:
        try:
            duty.work()
        except (UnavailableError, LiveLostError) as error:
            log.warning("duty_postponed", duty=duty.name, reason=str(error))
            if isinstance(error, LiveLostError):
                self.watching_since = self.services.now()  # contacts were missed: nobody fell silent by that
        except Exception:
            log.exception("duty_failed", duty=duty.name)

    def stop(self) -> None:
        """Finish the duty at hand, flush contacts, and wait for it (a few seconds at most)."""
        self.stopping.set()
        self.finished.wait(3)


def start_thread(services: Services, *, relay: bool) -> Worker:
    """The embedded server's worker; ``relay``: look for what a command line beside it announced."""
    worker = Worker(services, services.now(), relay)
    threading.Thread(target=worker.run, name="worker", daemon=True).start()
    return worker
