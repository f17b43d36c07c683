"""Take what a device recorded: one request, one transaction (PROTOCOL section 2).

The journal's row is locked; ``domain.journals`` says what is new; events are appended; ``domain.sessions`` moves the
reading on; what the server saw of the contact is added; COMMIT; answer; what changed is announced. Two requests of one
journal wait for each other on that row, and the primary key of ``events`` is the last word should anything else fail.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from dokodemo.actions import Services
from dokodemo.actions.audit import DEVICE, record
from dokodemo.actions.devices import Signer, check_counts, key_now, retire_replaced, vanished
from dokodemo.actions.live_facts import put_device
from dokodemo.actions.reading_rows import Folding, store
from dokodemo.domain.audit import Tag
from dokodemo.domain.errors import MissingError
from dokodemo.domain.events import DeviceEvent, Place, Refusal, same_event
from dokodemo.domain.journals import Batch, Forked, Journal, Numbered, Taken, heads_needed, judge
from dokodemo.domain.readings import Reading, loaded
from dokodemo.domain.sessions import Heard, fold_event, fold_gap, fold_observation
from dokodemo.live import LiveLostError
from dokodemo.store import Transaction, journals, observations, orders, restores
from dokodemo.store.bindings import BoundKey
from dokodemo.store.journals import JournalRow
from dokodemo.store.prepared import one_trip

MICROSECONDS = 1000  # in a millisecond


@dataclass(frozen=True, slots=True)
class Signed:
    """The request as it came, for evidence."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the answer says: where the journal stands now, what lies in quarantine, whether an order waits.

    With the identities and the epoch that the rows of this request said.
    """

    next_seq: int
    head: bytes
    person_id: UUID
    device_id: UUID | None
    epoch: int
    waiting: bool
    refused: tuple[tuple[int, Refusal], ...] = ()


def to_milliseconds(moment: datetime) -> datetime:
    """The log's resolution: what is stored and what is folded are equal."""
    return moment.replace(microsecond=moment.microsecond // MICROSECONDS * MICROSECONDS)


def receive(services: Services, signer: Signer, batch: Batch, signed: Signed, contact: Place) -> Outcome:
    """Take a batch or a beat. ``contact`` is the place that the network table gives for this request.

    Raises ``ConflictError`` (journal_gap), ``MalformedError`` (bad_sequence), ``ForbiddenError`` (revoked, retired) and
    ``UnauthenticatedError`` (unknown_key); nothing moved then. When it returns, everything in its answer is durable.
    """
    at = to_milliseconds(services.now())
    key = key_now(services, signer) if not batch.events else None
    seen = contact if batch.alive and _is_contact(services, signer, at, counts=key is not None) else None
    if key is not None and not (seen and _tells_something(key, seen)):
        return Outcome(key.next_seq, key.head, key.person_id, key.device_id, key.epoch, bool(key.open_orders))
    try:
        outcome, moved = services.write(
            lambda transaction: _apply(services, transaction, signer, batch, signed, seen, at)
        )
    except MissingError:
        raise vanished(services, signer) from None
    heard_at = at if seen and key is None else None
    if moved is not None:
        reading, observed = moved
        place = Place(observed) if observed else None
        put_device(services, outcome.person_id, signer.binding_id, reading, place, heard_at=heard_at)
    elif heard_at is not None:
        _hear(services, signer, heard_at)
    return outcome


def _is_contact(services: Services, signer: Signer, at: datetime, *, counts: bool) -> bool:
    """A request that was sent before is nobody's sign of life. ``counts``: the key was judged, the contact is kept."""
    base = hashlib.sha256(signer.signature.keyid.encode() + signer.signature.base).digest()
    try:
        return services.live.contact(signer.binding_id, base, at) if counts else services.live.first_time(base, at)
    except LiveLostError:
        return True


def _hear(services: Services, signer: Signer, at: datetime) -> None:
    """Said after everything else that could refuse the request."""
    try:
        services.live.heard(signer.binding_id, at)
    except LiveLostError:
        return


def _tells_something(key: BoundKey, seen: Place) -> bool:
    """Whether a beat changes what is known: another place, or a device that had fallen silent."""
    return _other_place(key.observed_place, seen) or ("open" in key.reading and key.open_since is None)


def _other_place(before: str | None, seen: Place) -> bool:
    return seen != (before or Place.UNKNOWN)


def _apply(
    services: Services,
    transaction: Transaction,
    signer: Signer,
    batch: Batch,
    signed: Signed,
    seen: Place | None,
    at: datetime,
) -> tuple[Outcome, tuple[Reading, str | None] | None]:
    journal = journals.lock(transaction, signer.binding_id)
    check_counts(services, journal.status, journal.person_valid_to)
    if journal.replaces_active:
        retire_replaced(services, transaction, journal.replaces)
    state = Journal(journal.next_seq, journal.head)
    verdict = judge(state, batch, journals.heads(transaction, journal, heads_needed(state, batch)))
    if isinstance(verdict, Forked):
        return _fork(services, transaction, journal, signed, at), None
    if verdict.late:
        _keep_evidence(transaction, journal.id, "late", signed, at)
    folding = Folding(loaded(journal.reading))
    columns: dict[str, Any] = {}
    rows: list[dict[str, Any]] = []
    if verdict.new:
        rows = _rows(transaction, journal, verdict, folding, at)
        columns = {"next_seq": verdict.journal.next_seq, "head": verdict.journal.head}
    after = replace(journal, next_seq=verdict.journal.next_seq, head=verdict.journal.head)
    if seen:
        after = observe_contact(transaction, after, folding, seen, at)
        columns |= {"observed_place": after.observed_place, "observations": after.observations}
    with one_trip(transaction):
        if rows:
            _append(transaction, rows, signed, at)
        store(transaction, journal, folding, **columns)
    refused = tuple((one.seq, one.event) for one in batch.events if isinstance(one.event, Refusal))
    return _outcome(after, refused, waiting=bool(after.open_orders)), (folding.reading, after.observed_place)


def _outcome(journal: JournalRow, refused: tuple[tuple[int, Refusal], ...] = (), *, waiting: bool) -> Outcome:
    return Outcome(
        journal.next_seq, journal.head, journal.person_id, journal.device_id, journal.epoch, waiting, refused
    )


def _rows(
    transaction: Transaction, journal: JournalRow, taken: Taken, folding: Folding, at: datetime
) -> list[dict[str, Any]]:
    """The new events as rows of the log; a gap before them is recorded here."""
    mine = {"person_id": journal.person_id, "journal_id": journal.id}
    if taken.gap:
        numbers = {"from_seq": taken.gap.from_seq, "to_seq": taken.gap.to_seq}
        restored = restores.lost_before(transaction, journal, taken.gap.from_seq)
        claimed = {"claimed_head": taken.gap.claimed_head, "restored": restored, "recorded_at": at}
        journals.append_gap(transaction, **mine, **numbers, **claimed)
        folding.take(fold_gap(folding.reading))
    return [mine | _row(transaction, journal, one, folding, at) for one in taken.new]


def _append(transaction: Transaction, rows: list[dict[str, Any]], signed: Signed, at: datetime) -> None:
    """Write rows of the log, and the batch that brought them."""
    journals.append_events(transaction, rows)
    mine = {name: rows[-1][name] for name in ("person_id", "journal_id")}
    kept = {"month": f"{at:%Y-%m}", "last_seq": rows[-1]["seq"], "body": signed.body, "signature": dict(signed.headers)}
    journals.keep_signed(transaction, **mine, **kept)


def _row(
    transaction: Transaction, journal: JournalRow, one: Numbered, folding: Folding, at: datetime
) -> dict[str, Any]:
    event = one.received.event
    row = {"seq": one.received.seq, "text": one.received.text, "head": one.head, "received_at": at}
    if isinstance(event, Refusal):
        refusal = {"code": event.code, "detail": event.detail}
        return row | {"kind": "", "effective_at": None, "moved_ms": 0, "refusal": refusal}
    effective_at = None
    if not held_elsewhere(transaction, journal, event, one.received.text):
        effective_at = folding.take(fold_event(folding.reading, event, at))
    moved = round((effective_at - event.at).total_seconds() * 1000) if effective_at else 0
    return row | {"kind": event.kind, "effective_at": effective_at, "moved_ms": moved, "refusal": None}


def held_elsewhere(transaction: Transaction, journal: JournalRow, event: DeviceEvent, text: bytes) -> bool:
    """Whether a carried-over event reached the log under its old number: then it is not folded a second time.

    After a disk was set back the old journal may hold another event under that number; that one is no excuse.
    """
    old, _, seq = event.members.get("carried_over", "").partition("/")
    if not seq.isdecimal() or len(seq) > 10:
        return False
    try:
        old_journal = UUID(old)
    except ValueError:
        return False
    held = journals.find_text(transaction, journal.person_id, old_journal, int(seq))
    return held is not None and same_event(held, text)


def observe_contact(
    transaction: Transaction, journal: JournalRow, folding: Folding, seen: Place, at: datetime
) -> JournalRow:
    """Add what a contact says: the place when it is another one, the end of a silence."""
    if _other_place(journal.observed_place, seen):
        observations.append(transaction, journal, "network_place", at, place=seen)
        journal = replace(journal, observations=journal.observations + 1, observed_place=seen)
    if folding.reading.open and folding.reading.open.silent_at:
        observations.append(transaction, journal, "heard", at)
        journal = replace(journal, observations=journal.observations + 1)
        folding.take(fold_observation(folding.reading, Heard()))
    return journal


def _fork(
    services: Services, transaction: Transaction, journal: JournalRow, signed: Signed, at: datetime
) -> Outcome:
    """Two histories under one key: keep the evidence, ask the device for a new key, take nothing."""
    _keep_evidence(transaction, journal.id, "fork", signed, at)
    if journal.forked_at is None:
        journals.move(transaction, journal.id, forked_at=at)
        mark = {"journal": str(journal.id), "next_seq": journal.next_seq}
        record(transaction, services, Tag.JOURNAL_FORKED, actor=DEVICE, subject_id=journal.person_id, after=mark)
    if not orders.is_open(transaction, journal.id, "rebind"):
        orders.give(transaction, journal.id, "rebind", {}, at)
    return _outcome(journal, waiting=True)


def _keep_evidence(transaction: Transaction, journal_id: UUID, kind: str, signed: Signed, at: datetime) -> None:
    journals.keep_evidence(transaction, journal_id, kind, at, body=signed.body, signature=dict(signed.headers))
