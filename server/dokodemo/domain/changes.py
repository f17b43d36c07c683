"""What processes tell each other: something moved, look again."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """Something moved. ``kind`` is ``person``, ``settings``, ``orders``, ``roster``, ``rights`` or ``boards`` (what
    boards are drawn from besides the roster: hours, openness, open days); ``subject`` is a person's id, a binding's id or
    "" (everybody)."""

    kind: str
    subject: str = ""


class LiveLostError(Exception):
    """The shared state is out of reach; callers go on without it and say so."""
