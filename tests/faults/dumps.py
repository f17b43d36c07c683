"""The log as a fresh connection reads it, in the form that the checker takes."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select

from dokodemo.crypto.signatures import SignedRequest, authority_of
from dokodemo.domain import base64url
from dokodemo.store.engine import Database
from dokodemo.store.rows.devices import bindings
from dokodemo.store.rows.journals import events, gaps, journals, signed_batches
from tests.faults.checker import Dump, Logged, LoggedJournal, SignedBatch


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


def dump(database_url: str, public_url: str, *, differing: Iterable[UUID] = ()) -> Dump:
    """Every journal of a database; ``differing`` are those whose reading ``rebuild`` found to differ (I6).

    ``public_url`` is the installation's: signatures speak about it.
    """
    database = Database(database_url)
    wrong = set(differing)
    with database.read() as transaction:
        logged: dict[UUID, list[Logged]] = {}
        query = select(
            events.c.journal_id, events.c.seq, events.c.text, events.c.head, events.c.effective_at, events.c.refusal,
            events.c.received_at,
        )  # fmt: skip
        for row in transaction.execute(query.order_by(events.c.journal_id, events.c.seq)):
            refusal = row.refusal["code"] if row.refusal else None
            one = Logged(row.seq, row.text, bytes(row.head), row.effective_at, refusal, row.received_at)
            logged.setdefault(row.journal_id, []).append(one)
        holes: dict[UUID, list[tuple[int, int, bytes]]] = {}
        restored: dict[UUID, set[int]] = {}
        for row in transaction.execute(select(gaps)):
            if row.restored:
                restored.setdefault(row.journal_id, set()).add(row.from_seq)
            holes.setdefault(row.journal_id, []).append((row.from_seq, row.to_seq, bytes(row.claimed_head)))
        signed: dict[UUID, list[SignedBatch]] = {}
        for row in transaction.execute(select(signed_batches).order_by(signed_batches.c.month)):
            batch = SignedBatch(row.month, row.last_seq, _request(public_url, row.signature, bytes(row.body)))
            signed.setdefault(row.journal_id, []).append(batch)
        keys = select(
            journals.c.id, journals.c.next_seq, journals.c.head, bindings.c.thumbprint, bindings.c.public_key
        )
        return {
            base64url.encode(bytes(row.thumbprint)): LoggedJournal(
                str(row.id), row.next_seq, bytes(row.head), logged.get(row.id, []), holes.get(row.id, []),
                row.id not in wrong, frozenset(restored.get(row.id, ())), bytes(row.public_key), signed.get(row.id, []),
            )
            for row in transaction.execute(keys.join(bindings, bindings.c.id == journals.c.id))
        }  # fmt: skip


def _request(public_url: str, headers: Mapping[str, str], body: bytes) -> SignedRequest:
    """The request that brought a batch, of which body and signature were kept."""
    path = urlsplit(public_url).path.rstrip("/") + "/api/v1/events"
    lower = {name.lower(): value for name, value in headers.items()}
    return SignedRequest("POST", authority_of(public_url), path, None, lower, body)
