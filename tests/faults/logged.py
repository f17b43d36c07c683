"""The log as the checker takes it, and what it says of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dokodemo.crypto.signatures import SignedRequest


@dataclass(frozen=True, slots=True)
class Logged:
    """A row of the log. ``text`` is None after erasure; ``refusal`` is its code in quarantine, else None."""

    seq: int
    text: bytes | None
    head: bytes
    effective_at: datetime | None = None
    refusal: str | None = None
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SignedBatch:
    """A kept batch as it was sent: the last one of ``month`` (YYYY-MM), which ends at ``last_seq``."""

    month: str
    last_seq: int
    request: SignedRequest


@dataclass(frozen=True, slots=True)
class LoggedJournal:
    """A journal as the database has it; ``gaps`` are (from, to, claimed head), ``restored`` the first numbers of those
    that a restored backup left; ``rebuilt_equal`` is I6's verdict. ``public_key`` is None where it is not judged."""

    binding_id: str
    next_seq: int
    head: bytes
    events: Sequence[Logged]
    gaps: Sequence[tuple[int, int, bytes]] = ()
    rebuilt_equal: bool = True
    restored: frozenset[int] = frozenset()
    public_key: bytes | None = None
    signed: Sequence[SignedBatch] = ()

    def has_gap_at(self, seq: int) -> bool:
        """Whether the log says that this number is lost."""
        return any(from_seq <= seq <= to_seq for from_seq, to_seq, _ in self.gaps)


Dump = Mapping[str, LoggedJournal]
"""Journals by the name of their key (``keyid``)."""


@dataclass(frozen=True, slots=True)
class Violation:
    """Which invariant is broken, where, and how."""

    invariant: str
    journal: str
    seq: int | None
    detail: str
