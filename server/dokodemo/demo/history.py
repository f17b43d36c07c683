"""What devices recorded, sent and saw acknowledged: one JSON line each, for the checker of the log.

A line has ``what``, ``journal`` (its key's name), ``at`` (seconds since 1970 on the machine's clock) and:

- ``recorded``: ``seq``, ``digest``, ``head``, ``text``;
- ``sent``: ``first_seq``, ``count``;
- ``acknowledged``: ``next_seq``, ``refused``;
- ``bound``: ``binding_id``, ``staff_number``;
- ``replaced``: ``by``;
- ``applied``: ``revision``, the settings' ``[epoch, n]``;
- ``pruned``: ``through``, up to which the device no longer keeps what was acknowledged;
- ``epoch``: ``epoch``, ``next_seq``: a backup was restored, and acknowledgments from there on are void;
- ``waiting``, at the end of a run: ``first_seq``, ``count``.
"""

import json
import time
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from dokodemo.crypto.keys import DeviceKey
from dokodemo.demo.outbox import Kept
from dokodemo.domain import base64url


class History:
    """A writer of one file; without a path it keeps nothing."""

    def __init__(self, path: Path | None = None) -> None:
        self._out: IO[str] | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._out = path.open("a", encoding="utf-8")

    def began(self, key: DeviceKey) -> None:
        """A device begins a journal with this key."""

    def declared(self, at: datetime) -> None:
        """The entries of whereabouts up to this planned instant were given out."""

    def recorded(self, journal: str, event: Kept, lived_at: datetime | None = None) -> None:
        """The device's transaction has completed; ``lived_at``: up to when the planned day was lived with it."""
        if self._out is not None:
            self._write(
                "recorded", journal, seq=event.seq, digest=base64url.encode(event.digest),
                head=base64url.encode(event.head), text=event.text.decode("utf-8"),
            )  # fmt: skip

    def sent(self, journal: str, first_seq: int, count: int) -> None:
        """A flight leaves."""
        self._write("sent", journal, first_seq=first_seq, count=count)

    def acknowledged(self, journal: str, next_seq: int, refused: list[Any]) -> None:
        """The answer has arrived and moved the device on."""
        self._write("acknowledged", journal, next_seq=next_seq, refused=refused)

    def bound(self, journal: str, binding_id: str, staff_number: str) -> None:
        """The journal belongs to a person now."""
        self._write("bound", journal, binding_id=binding_id, staff_number=staff_number)

    def replaced(self, journal: str, by: str) -> None:
        """A new key goes on; what was never acknowledged is carried over."""
        self._write("replaced", journal, by=by)

    def applied(self, journal: str, revision: list[int]) -> None:
        """The settings of this revision are in force on the device."""
        self._write("applied", journal, revision=revision)

    def pruned(self, journal: str, through: int) -> None:
        """What was acknowledged up to this number is no longer kept."""
        self._write("pruned", journal, through=through)

    def epoch(self, journal: str, epoch: int, next_seq: int) -> None:
        """A backup was restored: the server holds what lies below ``next_seq``."""
        self._write("epoch", journal, epoch=epoch, next_seq=next_seq)

    def waiting(self, journal: str, first_seq: int, count: int) -> None:
        """What the outbox still holds."""
        self._write("waiting", journal, first_seq=first_seq, count=count)

    def close(self) -> None:
        """Write out what waits."""
        if self._out is not None:
            self._out.close()
            self._out = None

    def _write(self, what: str, journal: str, **members: Any) -> None:
        if self._out is not None:
            line = {"what": what, "journal": journal, "at": round(time.time(), 3), **members}
            self._out.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
