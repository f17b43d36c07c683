"""What one batch does to its journal: new events of the log, the reading moved on, evidence, what the contact says."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from typing import Any
from uuid import UUID

from dokodemo.actions import Services
from dokodemo.actions.audit import DEVICE, record
from dokodemo.actions.devices import check_counts, retire_replaced
from dokodemo.actions.log_writes import LogWrites
from dokodemo.actions.reading_rows import Folding
from dokodemo.domain.audit import Tag
from dokodemo.domain.events import DeviceEvent, Place, Refusal, same_event
from dokodemo.domain.journals import Batch, Forked, Journal, Numbered, Taken, heads_needed, judge
from dokodemo.domain.readings import Reading, loaded
from dokodemo.domain.sessions import Heard, fold_event, fold_gap, fold_observation
from dokodemo.store import Transaction, bindings, journals, observations, orders, restores
from dokodemo.store.journals import JournalRow


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


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of one batch: its answer, how the journal reads now, the place of its last contact."""

    outcome: Outcome
    reading: Reading
    observed: str | None


def apply(
    services: Services,
    transaction: Transaction,
    writes: LogWrites,
    journal: JournalRow,
    batch: Batch,
    signed: Signed,
    seen: Place | None,
    at: datetime,
) -> Moved:
    """Take one batch into its locked journal; what it adds to the log goes into ``writes``.

    ``seen`` is the place of the contact, None when this request is no sign of life. Whatever refuses the batch
    (``DokodemoError``) does so before anything of it is written.
    """
    check_counts(services, journal.status, journal.person_valid_to)
    state = Journal(journal.next_seq, journal.head)
    verdict = judge(state, batch, journals.heads(transaction, journal, heads_needed(state, batch)))
    if journal.replaces_active:
        retire_replaced(services, transaction, journal.replaces)
    if isinstance(verdict, Forked):
        return Moved(
            _fork(services, transaction, journal, signed, at), loaded(journal.reading), journal.observed_place
        )
    if verdict.late:
        _keep_evidence(transaction, journal.id, "late", signed, at)
    folding = Folding(loaded(journal.reading))
    if verdict.new:
        rows = _rows(transaction, journal, verdict, folding, at)
        writes.append(rows, _batch(journal, verdict, signed, at))
    after = replace(journal, next_seq=verdict.journal.next_seq, head=verdict.journal.head)
    if seen:
        after = _observe_contact(transaction, after, folding, seen, at)
    writes.move(after, folding)
    refused = tuple((one.seq, one.event) for one in batch.events if isinstance(one.event, Refusal))
    return Moved(_outcome(after, refused, waiting=bool(after.open_orders)), folding.reading, after.observed_place)


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


def _batch(journal: JournalRow, taken: Taken, signed: Signed, at: datetime) -> dict[str, Any]:
    """The row that keeps what was signed last in this month."""
    mine = {"person_id": journal.person_id, "journal_id": journal.id, "month": f"{at:%Y-%m}"}
    return mine | {"last_seq": taken.new[-1].received.seq, "body": signed.body, "signature": dict(signed.headers)}


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
    """Whether a carried-over event reached the log before: then it is not folded a second time.

    It did under its old number, or under the number that a key in between gave it. After a disk was set back the old
    journal may hold another event under that number; that one is no excuse.
    """
    carried_over = event.members.get("carried_over", "")
    old, _, seq = carried_over.partition("/")
    if not seq.isdecimal() or len(seq) > 10:
        return False
    try:
        old_journal = UUID(old)
    except ValueError:
        return False
    held = journals.find_text(transaction, journal.person_id, old_journal, int(seq))
    if held is not None and same_event(held, text):
        return True
    between = takewhile(lambda key: key != old_journal, bindings.replaced_before(transaction, journal.id))
    return any(
        same_event(known, text)
        for key in between
        for known in journals.carried_texts(transaction, journal.person_id, key, event.kind, carried_over)
    )


def other_place(before: str | None, seen: Place) -> bool:
    """Whether a contact comes from another place than the one before."""
    return seen != (before or Place.UNKNOWN)


def _observe_contact(
    transaction: Transaction, journal: JournalRow, folding: Folding, seen: Place, at: datetime
) -> JournalRow:
    """Add what a contact says: the place when it is another one, the end of a silence."""
    if other_place(journal.observed_place, seen):
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
