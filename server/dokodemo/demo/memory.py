"""What the simulated devices keep over a restart of the demo: keys, journals, and how far their day was lived.

A Chromebook that is switched off keeps its key and its outbox; so do these, in one small SQLite file beside the demo's
database. An event and how far the day was lived are one transaction, so that a second start goes on behind it and
writes nothing of a day twice.
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from dokodemo.crypto.keys import DeviceKey, key_of_scalar
from dokodemo.demo.history import History
from dokodemo.demo.outbox import Kept, Outbox

FILE = "devices.db"
_TABLES = """
CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS devices (
  slot TEXT PRIMARY KEY, scalar BLOB NOT NULL, binding_id TEXT, acknowledged INTEGER NOT NULL DEFAULT 1,
  lived_at TEXT, declared_at TEXT
);
CREATE TABLE IF NOT EXISTS events (
  slot TEXT NOT NULL, seq INTEGER NOT NULL, text BLOB NOT NULL, digest BLOB NOT NULL, head BLOB NOT NULL,
  PRIMARY KEY (slot, seq)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Remembered:
    """One device as it was: its journal, its binding, up to when it has lived and spoken."""

    outbox: Outbox
    binding_id: str | None
    lived_at: datetime | None
    declared_at: datetime | None


@dataclass(frozen=True, slots=True)
class Founding:
    """The demo that these devices belong to. ``started_on``: the days on which it was started; they are working days
    whatever the calendar says. ``past_days`` were replayed in journals of their own."""

    zone: str
    year: int
    started_on: tuple[date, ...]
    past_days: tuple[date, ...]


class Memory:
    """The file; ``None`` as a path keeps it in memory, for tests."""

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path or ":memory:", isolation_level=None)
        if path is not None:
            path.chmod(0o600)
        self._database.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; {_TABLES}")

    def founding(self) -> Founding | None:
        """Which demo this is; None before the first start."""
        row = self._database.execute("SELECT value FROM notes WHERE name = 'founding'").fetchone()
        if row is None:
            return None
        known = json.loads(row[0])
        days = [tuple(date.fromisoformat(day) for day in known[name]) for name in ("started_on", "past_days")]
        return Founding(known["zone"], known["year"], *days)

    def found(self, zone: str, year: int, on: date, past_days: Sequence[date]) -> Founding:
        """Remember a start: the first one founds the demo, a later one adds its day."""
        known = self.founding() or Founding(zone, year, (), tuple(past_days))
        days = tuple(dict.fromkeys((*known.started_on, on)))
        value = {
            "zone": known.zone, "year": known.year, "started_on": [day.isoformat() for day in days],
            "past_days": [day.isoformat() for day in known.past_days],
        }  # fmt: skip
        self._database.execute("INSERT OR REPLACE INTO notes VALUES ('founding', ?)", (json.dumps(value),))
        return Founding(known.zone, known.year, days, known.past_days)

    def recall(self, slot: str) -> Remembered | None:
        """The device of a slot; None when it never was."""
        row = self._database.execute(
            "SELECT scalar, binding_id, acknowledged, lived_at, declared_at FROM devices WHERE slot = ?", (slot,)
        ).fetchone()
        if row is None:
            return None
        events = self._database.execute(
            "SELECT seq, text, digest, head FROM events WHERE slot = ? ORDER BY seq", (slot,)
        )  # fmt: skip
        outbox = Outbox(key_of_scalar(row[0]))
        outbox.restore([Kept(*event) for event in events], acknowledged=row[2])
        return Remembered(outbox, row[1], _instant(row[3]), _instant(row[4]))

    def began(self, slot: str, key: DeviceKey) -> None:
        """A journal begins: what the slot had before is over."""
        with self._database:
            self._database.execute("BEGIN")
            self._database.execute("DELETE FROM events WHERE slot = ?", (slot,))
            self._database.execute(
                "INSERT INTO devices (slot, scalar) VALUES (?, ?) ON CONFLICT (slot) DO UPDATE SET "
                "scalar = excluded.scalar, binding_id = NULL, acknowledged = 1", (slot, key.scalar),
            )  # fmt: skip

    def append(self, slot: str, event: Kept, lived_at: datetime | None) -> None:
        """An event of the slot's journal, and up to when its day was lived with it."""
        with self._database:
            self._database.execute("BEGIN")
            row = slot, event.seq, event.text, event.digest, event.head
            self._database.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?)", row)
            if lived_at is not None:
                self.set(slot, "lived_at", lived_at.isoformat())

    def set(self, slot: str, name: str, value: str | int) -> None:
        """One column of a slot (``binding_id``, ``acknowledged``, ``lived_at``, ``declared_at``)."""
        self._database.execute(f"UPDATE devices SET {name} = ? WHERE slot = ?", (value, slot))  # noqa: S608 - our own names

    def close(self) -> None:
        """Close the file."""
        self._database.close()


class RememberedHistory(History):
    """One device's history that is also kept for the next start; ``inner`` is the one that a checker reads."""

    def __init__(self, memory: Memory, slot: str, inner: History) -> None:
        super().__init__()
        self._memory = memory
        self._slot = slot
        self._inner = inner

    def began(self, key: DeviceKey) -> None:
        self._memory.began(self._slot, key)

    def recorded(self, journal: str, event: Kept, lived_at: datetime | None = None) -> None:
        self._memory.append(self._slot, event, lived_at)
        self._inner.recorded(journal, event)

    def sent(self, journal: str, first_seq: int, count: int) -> None:
        self._inner.sent(journal, first_seq, count)

    def acknowledged(self, journal: str, next_seq: int, refused: list[Any]) -> None:
        self._memory.set(self._slot, "acknowledged", next_seq)
        self._inner.acknowledged(journal, next_seq, refused)

    def bound(self, journal: str, binding_id: str, staff_number: str) -> None:
        self._memory.set(self._slot, "binding_id", binding_id)
        self._inner.bound(journal, binding_id, staff_number)

    def replaced(self, journal: str, by: str) -> None:
        self._inner.replaced(journal, by)

    def pruned(self, journal: str, through: int) -> None:
        self._inner.pruned(journal, through)

    def declared(self, at: datetime) -> None:
        self._memory.set(self._slot, "declared_at", at.isoformat())


def founding_in(folder: Path) -> Founding | None:
    """The demo that lies in a folder; None when there is none to go on with."""
    path = folder / FILE
    if not path.exists():
        return None
    memory = Memory(path)
    try:
        return memory.founding()
    finally:
        memory.close()


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)
