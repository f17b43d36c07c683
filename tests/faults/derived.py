"""Decides I6 and I9 of QUALITY from the rows of a database alone: what is derived, and what was written down about it.

I6 reads both logs of each journal again with the rules of ``domain.sessions`` and compares rows and the stored fold
byte for byte. I9 walks the audit chain and counts: each committed change of a device's standing has its entry.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from dokodemo.domain.audit import Entry, Head, Tag, verify
from dokodemo.domain.events import DeviceEvent, Refusal, read_event
from dokodemo.domain.readings import Reading, Session, Settled, Step, dumped
from dokodemo.domain.sessions import Heard, Silent, fold_event, fold_gap, fold_observation
from dokodemo.store.engine import Database
from dokodemo.store.rows.devices import bindings
from dokodemo.store.rows.installation import audit, audit_head
from dokodemo.store.rows.journals import events, gaps, journals, observations, segments, sessions
from tests.faults.checker import Violation

Row = dict[str, Any]
Tables = Mapping[str, Sequence[Row]]

READ = (journals, bindings, events, gaps, observations, sessions, segments, audit, audit_head)


def tables_of(database_url: str) -> Tables:
    """The rows that the judgement needs, as one fresh connection reads them, each table in the order of its key."""
    database = Database(database_url, pool_size=1)
    try:
        with database.read() as transaction:
            return {
                table.name: [
                    dict(row)
                    for row in transaction.execute(select(table).order_by(*table.primary_key.columns)).mappings()
                ]
                for table in READ
            }
    finally:
        database.close()


def judge(tables: Tables) -> list[Violation]:
    """Every difference between what is derived and what it is derived from."""
    return [*_readings(tables), *_trail(tables)]


def _by_journal(tables: Tables, name: str) -> dict[UUID, list[Row]]:
    found: dict[UUID, list[Row]] = defaultdict(list)
    for row in tables[name]:
        found[row["journal_id"]].append(row)
    return found


def _readings(tables: Tables) -> Iterator[Violation]:
    logged, holes, seen = (_by_journal(tables, name) for name in ("events", "gaps", "observations"))
    stored_sessions, stored_segments = (_by_journal(tables, name) for name in ("sessions", "segments"))
    before = {row["id"]: row["replaces"] for row in tables["bindings"]}
    everywhere = {f"{row['journal_id']}/{row['seq']}": _happened(row["text"]) for row in tables["events"]}
    for journal in tables["journals"]:
        mine = journal["id"]
        held = _Held(everywhere, [row for key in _keys_before(mine, before) for row in logged[key]])
        read = _fold(logged[mine], holes[mine], seen[mine], held, held_from=journal["reading"].get("held"))
        if read.reading != journal["reading"]:
            yield Violation("I6", str(mine), None, "the stored fold is not that of both logs")
        if read.session_rows() != [_without_keys(row, "person_id", "journal_id") for row in stored_sessions[mine]]:
            yield Violation("I6", str(mine), None, "stored sessions are not those of both logs")
        if read.segment_rows() != [_without_keys(row, "person_id", "journal_id") for row in stored_segments[mine]]:
            yield Violation("I6", str(mine), None, "stored segments are not those of both logs")


def _keys_before(key: Any, before: Mapping[Any, Any]) -> Iterator[Any]:
    """The keys that led to this one."""
    while (key := before.get(key)) is not None:
        yield key


class _Held:
    """What stands in the log already: under its first number, or as carried over by a key before this one."""

    def __init__(self, everywhere: Mapping[str, Row], before: Iterable[Row]) -> None:
        self._everywhere = everywhere
        self._carried = [
            (said["carried_over"], _happened(row["text"]))
            for row in before
            if "carried_over" in (said := json.loads(row["text"]))
        ]

    def holds(self, event: DeviceEvent, text: bytes) -> bool:
        number = event.members.get("carried_over", "")
        same = _happened(text)
        return self._everywhere.get(number) == same or (number, same) in self._carried


def _without_keys(row: Row, *names: str) -> Row:
    return {name: value for name, value in row.items() if name not in names}


class _Read:
    """A fold over rows, with everything that it gives off."""

    def __init__(self) -> None:
        self.state = Reading()
        self.sessions: dict[int, Session] = {}
        self.settled: list[Settled] = []

    def take(self, step: Step) -> None:
        self.state = step.reading
        self.sessions.update((session.n, session) for session in step.sessions)
        self.settled.extend(step.settled)

    @property
    def reading(self) -> Any:
        return json.loads(json.dumps(dumped(self.state)))

    def session_rows(self) -> list[Row]:
        return [
            {
                "n": one.n, "started_at": one.started_at, "start_known": one.start_known, "ended_at": one.ended_at,
                "end_known": one.end_known, "provisional": one.provisional,
            }
            for _, one in sorted(self.sessions.items())
        ]  # fmt: skip

    def segment_rows(self) -> list[Row]:
        return [
            {
                "session": one.session, "n": one.n, "started_at": one.segment.started_at,
                "ended_at": one.segment.ended_at, "state": one.segment.state, "place": one.segment.place,
                "place_known": one.segment.place_known, "meeting": one.segment.meeting,
            }
            for one in sorted(self.settled, key=lambda one: (one.session, one.n))
        ]  # fmt: skip


def _fold(
    logged: list[Row], holes: list[Row], seen: list[Row], held: _Held, *, held_from: int | None
) -> _Read:
    """Both logs in the order in which they came: an observation stands after the event that it names.

    From ``held_from`` on events wait (a backup was restored); what the server saw does not.
    """
    read = _Read()
    gap_ends = {row["to_seq"] for row in holes}
    waiting = list(seen)
    for row in logged:
        if held_from is not None and row["seq"] >= held_from:
            break
        while waiting and waiting[0]["after_seq"] < row["seq"]:
            _observe(read, waiting.pop(0))
        if row["seq"] - 1 in gap_ends:
            read.take(fold_gap(read.state))
        event = read_event(json.loads(row["text"]))
        if isinstance(event, Refusal) or held.holds(event, row["text"]):
            continue
        read.take(fold_event(read.state, event, row["received_at"]))
    for row in waiting:
        _observe(read, row)
    read.state = replace(read.state, held_from=held_from)
    return read


def _happened(text: bytes) -> Row:
    """What an event says, without the numbering of its journal."""
    return _without_keys(json.loads(text), "seq", "carried_over")


def _observe(read: _Read, row: Row) -> None:
    if row["kind"] == "silent":
        read.take(fold_observation(read.state, Silent(row["last_heard"])))
    elif row["kind"] == "heard":
        read.take(fold_observation(read.state, Heard()))


def _trail(tables: Tables) -> Iterator[Violation]:
    walked = verify(Entry(**{name: row[name] for name in Entry.__slots__}) for row in tables["audit"])
    if walked.broken is not None:
        yield Violation("I9", "audit", walked.broken, "the chain does not verify")
    said = [Head(row["n"], row["hash"]) for row in tables["audit_head"]] or [Head()]
    if walked.broken is None and [walked.head] != said:
        yield Violation("I9", "audit", walked.head.n, "the head names another last entry")
    entries = Counter(row["tag"] for row in tables["audit"])
    changes = {
        Tag.BINDING_CREATED: len(tables["bindings"]),
        Tag.BINDING_REVOKED: sum(row["status"] == "revoked" for row in tables["bindings"]),
        Tag.JOURNAL_FORKED: sum(row["forked_at"] is not None for row in tables["journals"]),
    }
    for tag, count in changes.items():
        if entries[tag] != count:
            yield Violation("I9", str(tag), None, f"{entries[tag]} entries for {count} committed changes")
