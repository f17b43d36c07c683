"""Judges the batches that are kept as they were signed: one signature over a batch covers its journal's whole past."""

import json
from collections.abc import Iterable

from dokodemo.crypto.keys import thumbprint
from dokodemo.crypto.signatures import check_digest, read_signature, verify
from dokodemo.domain import base64url
from dokodemo.domain.canonical_json import canonical
from dokodemo.domain.errors import UnauthenticatedError
from tests.faults.logged import LoggedJournal, SignedBatch, Violation


def signatures(name: str, journal: LoggedJournal) -> Iterable[Violation]:
    """What was kept as it was sent: signed by the journal's own key, and the log's bytes are the signed bytes."""
    if journal.public_key is None:
        return
    if base64url.encode(thumbprint(journal.public_key)) != name:
        yield Violation("I3", name, None, "the binding's key is not the one that names the journal")
    last: dict[str, int] = {}
    for event in journal.events:
        if event.received_at is not None:
            last[f"{event.received_at:%Y-%m}"] = event.seq
    for month in sorted(last.keys() - {batch.month for batch in journal.signed}):
        yield Violation("I3", name, last[month], f"no signed batch of {month}")
    for batch in journal.signed:
        for detail in _wrong_with(name, journal, batch, last.get(batch.month)):
            yield Violation("I3", name, batch.last_seq, f"the signed batch of {batch.month}: {detail}")


def _wrong_with(name: str, journal: LoggedJournal, batch: SignedBatch, last_seq: int | None) -> Iterable[str]:
    assert journal.public_key is not None
    try:
        signature = read_signature(batch.request)
        verify(signature, journal.public_key)
        check_digest(batch.request)
    except UnauthenticatedError as error:
        yield error.detail
        return
    if signature.keyid != name:
        yield "another key's name"
    held = {event.seq: event for event in journal.events}
    signed = json.loads(batch.request.body)["events"]
    if not signed or signed[-1]["seq"] != batch.last_seq:
        yield "it does not end at its last_seq"
    if batch.last_seq != last_seq:
        yield f"the last event of that month is {last_seq}"
    for event in signed:
        logged = held.get(event["seq"])
        if logged is None and not journal.has_gap_at(event["seq"]):
            yield f"event {event['seq']} is not in the log"
        elif logged is not None and logged.text is not None and logged.text != canonical(event):
            yield f"event {event['seq']} stands in the log with other bytes"
