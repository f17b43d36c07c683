"""Verbs: read, decide, write, audit, announce after the commit; also every read of a named person's record.

An action takes ``Services`` first. Whatever it writes goes through one ``services.write``; whatever other processes
must learn is announced after that has returned.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, TypeVar

from dokodemo.live import Live
from dokodemo.store import Transaction

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class City:
    """What an installation is: its name, its zone (all dates are dates there) and where it is reached."""

    name: str
    zone: tzinfo
    zone_name: str
    public_url: str
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Services:
    """Everything an action needs from outside: the database, the shared state, issuers, the clock.

    ``database`` has ``write(work)`` and ``read()`` (``dokodemo.store.engine.Database``). ``google`` verifies ID tokens
    and exchanges codes (``dokodemo.google``). ``clock`` gives an aware UTC instant.
    """

    database: Any
    live: Live
    google: Any
    clock: Callable[[], datetime]
    city: City

    def write(self, work: Callable[[Transaction], Result], *, single: bool = False) -> Result:
        """One write transaction; ``work`` may run again, so it has no other side effect. ``single``: it is one statement."""
        result: Result = self.database.write(work, single=single)
        return result

    def read(self) -> AbstractContextManager[Transaction]:
        """One transaction that only reads."""
        transaction: AbstractContextManager[Transaction] = self.database.read()
        return transaction

    def snapshot(self) -> AbstractContextManager[Transaction]:
        """The same, of which all statements see one state of the database."""
        transaction: AbstractContextManager[Transaction] = self.database.snapshot()
        return transaction

    def glance(self) -> AbstractContextManager[Transaction]:
        """The same for exactly one SELECT."""
        transaction: AbstractContextManager[Transaction] = self.database.glance()
        return transaction

    def now(self) -> datetime:
        """This moment, in UTC."""
        return self.clock()
