"""The log as a fresh connection reads it, in the form that the checker takes."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from dokodemo.domain import base64url
from dokodemo.store.engine import Database
from dokodemo.store.rows.devices import bindings
from dokodemo.store.rows.journals import events, gaps, journals
from tests.faults.checker import Dump, Logged, LoggedJournal


def read_histories(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """All lines; a last one that a killed harness left half written is passed over."""
    for path in paths:
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines):
            try:
                yield json.loads(line)
            except ValueError:
                if number != len(lines) - 1:
                    raise


def dump(database_url: str, *, differing: Iterable[UUID] = ()) -> Dump:
    """Every journal of a database; ``differing`` are those whose reading ``rebuild`` found to differ (I6)."""
    database = Database(database_url)
    wrong = set(differing)
    with database.read() as transaction:
        logged: dict[UUID, list[Logged]] = {}
        query = select(
            events.c.journal_id, events.c.seq, events.c.text, events.c.head, events.c.effective_at, events.c.refusal
        )
        for row in transaction.execute(query.order_by(events.c.journal_id, events.c.seq)):
            refusal = row.refusal["code"] if row.refusal else None
            one = Logged(row.seq, row.text, bytes(row.head), row.effective_at, refusal)
            logged.setdefault(row.journal_id, []).append(one)
        holes: dict[UUID, list[tuple[int, int, bytes]]] = {}
        for row in transaction.execute(select(gaps)):
            holes.setdefault(row.journal_id, []).append((row.from_seq, row.to_seq, bytes(row.claimed_head)))
        keys = select(journals.c.id, journals.c.next_seq, journals.c.head, bindings.c.thumbprint)
        return {
            base64url.encode(bytes(row.thumbprint)): LoggedJournal(
                str(row.id), row.next_seq, bytes(row.head), logged.get(row.id, []), holes.get(row.id, []),
                row.id not in wrong,
            )
            for row in transaction.execute(keys.join(bindings, bindings.c.id == journals.c.id))
        }  # fmt: skip
