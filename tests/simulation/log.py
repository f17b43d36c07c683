"""What lies in the database after a schedule, read by another connection than the one that wrote it."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from dokodemo.domain import base64url
from tests.faults.logged import Dump, Logged, LoggedJournal
from tests.simulation.server import Premises


@dataclass(slots=True)
class Observed:
    """What the reading of one journal rests on, beside its events."""

    sessions: list[tuple[datetime, datetime | None, str | None]] = field(default_factory=list)
    silences: list[tuple[datetime, datetime]] = field(default_factory=list)  # written at, last heard
    held: bool = False
    active: bool = True


@dataclass(slots=True)
class Log:
    """All journals of the database by the names of their keys."""

    dump: Dump
    observed: dict[str, Observed]
    counted: dict[str, int]  # rows by kind: gaps, evidence, silences …

    def ids(self) -> set[int]:
        """Numbers of all that happened and is in a log."""
        return {number_of(one.text) for journal in self.dump.values() for one in journal.events if one.text}


def number_of(text: bytes) -> int:
    """Which of all that happened an event's text tells."""
    return int(json.loads(text)["n"])


def instant(text: Any) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


def logged_ids(premises: Premises) -> set[int]:
    """The same as ``Log.ids`` at a glance."""
    return {number_of(text) for (text,) in premises.driver.execute("SELECT text FROM events").fetchall()}


def held_through(premises: Premises, root: bytes) -> tuple[int, int]:
    """How many events of a journal's log are held and lost in gaps."""
    ask = premises.driver.execute
    found = ask("SELECT id FROM bindings WHERE thumbprint = ?", (root,)).fetchone()
    if found is None:
        return 0, 0
    (events,) = ask("SELECT count(*) FROM events WHERE journal_id = ?", found).fetchone()
    (gone,) = ask("SELECT coalesce(sum(to_seq - from_seq + 1), 0) FROM gaps WHERE journal_id = ?", found).fetchone()
    return int(events), int(gone)


def read(premises: Premises) -> Log:
    """Everything that a schedule left."""
    ask = premises.driver.execute
    names: dict[bytes, str] = {}
    journals: dict[bytes, list[Any]] = {}
    observed: dict[str, Observed] = {}
    for key, root, status, next_seq, head, reading in ask(
        "SELECT b.id, b.thumbprint, b.status, j.next_seq, j.head, j.reading FROM bindings b JOIN journals j ON j.id = b.id"
    ).fetchall():
        names[key] = base64url.encode(root)
        journals[key] = [next_seq, head, [], [], set()]
        observed[names[key]] = Observed(held="held" in json.loads(reading), active=status == "active")
    for key, seq, text, head, effective_at, refusal, received_at in ask(
        "SELECT journal_id, seq, text, head, effective_at, refusal, received_at FROM events ORDER BY journal_id, seq"
    ).fetchall():
        code = json.loads(refusal)["code"] if refusal else None
        journals[key][2].append(Logged(seq, text, head, instant(effective_at), code, instant(received_at)))
    for key, from_seq, to_seq, head, restored in ask(
        "SELECT journal_id, from_seq, to_seq, claimed_head, restored FROM gaps"
    ).fetchall():
        journals[key][3].append((from_seq, to_seq, head))
        if restored:
            journals[key][4].add(from_seq)
    for key, started, ended, known in ask(
        "SELECT journal_id, started_at, ended_at, end_known FROM sessions ORDER BY journal_id, n"
    ).fetchall():
        began = instant(started)
        assert began is not None
        observed[names[key]].sessions.append((began, instant(ended), known))
    for key, at, last_heard in ask(
        "SELECT journal_id, at, last_heard FROM observations WHERE kind = 'silent' ORDER BY journal_id, n"
    ).fetchall():
        seen, heard = instant(at), instant(last_heard)
        assert seen is not None
        assert heard is not None
        observed[names[key]].silences.append((seen, heard))
    counted = {
        f"evidence: {kind}": count
        for kind, count in ask("SELECT kind, count(*) FROM evidence GROUP BY kind").fetchall()
    }
    counted["gap"] = sum(len(one[3]) for one in journals.values())
    counted["gap of a restore"] = sum(len(one[4]) for one in journals.values())
    counted["silence"] = sum(len(one.silences) for one in observed.values())
    counted["refused event"] = sum(event.refusal is not None for one in journals.values() for event in one[2])
    dump = {
        names[key]: LoggedJournal(key.hex(), one[0], one[1], one[2], one[3], restored=frozenset(one[4]))
        for key, one in journals.items()
    }
    return Log(dump, observed, counted)


def flushed(premises: Premises) -> dict[UUID, datetime]:
    """Contacts that outlive the process."""
    rows = premises.driver.execute("SELECT id, heard_at FROM journals WHERE heard_at IS NOT NULL").fetchall()
    return {UUID(bytes=key): at for key, text in rows if (at := instant(text)) is not None}


def next_seq(premises: Premises, root: bytes) -> int:
    """Where a key's journal stands, 1 where there is none."""
    found = premises.driver.execute(
        "SELECT next_seq FROM journals JOIN bindings ON bindings.id = journals.id WHERE thumbprint = ?", (root,)
    ).fetchone()
    return int(found[0]) if found else 1
