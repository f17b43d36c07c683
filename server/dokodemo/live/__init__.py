"""What the processes of one installation share at this moment, and may lose at any.

Nothing here is the truth: facts can be built again from the database (``actions.board.refill``), contacts are flushed
to it every 30 s, tickets are asked for again. Two implementations pass one test suite: ``memory`` and ``redis``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from dokodemo.domain.changes import Change, LiveLostError

Document = Mapping[str, Any]

__all__ = ["Change", "Contact", "Document", "Live", "LiveLostError", "Report"]


@dataclass(frozen=True, slots=True)
class Contact:
    """A request that is a sign of life unless it was sent before. Without a journal it is only judged."""

    digest: bytes
    journal_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What a device's request made of it: its fact (None: no fact any more), and when that was a sign of life."""

    person_id: UUID
    journal_id: UUID
    fact: Document | None
    heard_at: datetime | None = None


class Live(Protocol):
    """Facts, contacts, tickets and replays shared by all processes. Every method may raise ``LiveLostError``."""

    def put(self, person_id: UUID, source: str, fact: Document | None) -> bool:
        """Keep one source's fact of a person (``whereabouts`` or a journal's id); None removes it.

        True when it differs from what was kept; then a ``person`` change is announced, else nothing is.
        """

    def facts_of(self, person_ids: Iterable[UUID]) -> dict[UUID, dict[str, Document]]:
        """All sources' facts of these people; people without any are absent."""

    def announce(self, *changes: Change) -> None:
        """Tell all listeners of all processes; called after the commit, never before."""

    def cursor(self) -> str:
        """Where the line of changes stands now: opaque, of one life of the shared state."""

    def wait(self, cursor: str, timeout: float) -> tuple[str, list[Change]] | None:
        """Changes after ``cursor``, waiting up to ``timeout`` seconds for the first one.

        ``None`` when the cursor is of another life or too old: the caller takes a snapshot.
        """

    def filled(self) -> bool:
        """Whether facts of this life were put together from the database already."""

    def fill(self, facts: Mapping[UUID, Mapping[str, Document]]) -> None:
        """Replace all facts (after a start or a loss) and begin a new life.

        What was put before the first filling of a life is newer and stays. Nothing happens when somebody else has
        filled the life that ``filled`` had found empty.
        """

    def heard(self, journal_id: UUID, at: datetime) -> None:
        """A contact of a device's running browser session."""

    def contacts(self) -> dict[UUID, datetime]:
        """The last contact of each journal since this life began."""

    def report(self, reports: Sequence[Report]) -> None:
        """``put`` of each device's fact, and ``heard`` of those that were."""

    def contact(self, contacts: Sequence[Contact], at: datetime) -> list[bool]:
        """Of each whether its digest was not seen in the 20 minutes before ``at``; then its journal is ``heard``.

        The digests are remembered.
        """

    def put_ticket(self, ticket: str, members: Document, expires_at: datetime) -> None:
        """Keep a one-use ticket for a socket."""

    def take_ticket(self, ticket: str, now: datetime) -> Document | None:
        """Use a ticket up; None when it is unknown, used or over."""

    def close(self) -> None:
        """Let go of connections and wake waiters."""
