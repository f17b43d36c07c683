"""One journal's fold with everything it gives off, and how that is stored."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dokodemo.domain.readings import Reading, Session, Settled, Step, dumped
from dokodemo.store import Transaction, journals, sessions
from dokodemo.store.journals import JournalRow


@dataclass(slots=True)
class Folding:
    """A reading that moves on step by step; sessions are kept as they read last."""

    reading: Reading
    sessions: dict[int, Session] = field(default_factory=dict)
    settled: list[Settled] = field(default_factory=list)

    def take(self, step: Step) -> datetime | None:
        """Move on; gives the step's effective time."""
        self.reading = step.reading
        self.sessions.update((session.n, session) for session in step.sessions)
        self.settled.extend(step.settled)
        return step.effective_at


def store(transaction: Transaction, journal: JournalRow, folding: Folding, **columns: Any) -> None:
    """Write a reading and its rows, with whatever else changed in the journal's row."""
    sessions.replace(transaction, [(journal, session) for session in folding.sessions.values()])
    sessions.append_segments(transaction, [(journal, one) for one in folding.settled])
    reading = folding.reading
    journals.move(transaction, journal.id, reading=dumped(reading), open_since=open_since(reading), **columns)


def open_since(reading: Reading) -> datetime | None:
    """Since when a session goes on that neither ended nor fell silent."""
    return reading.open.started_at if reading.open and reading.open.silent_at is None else None
