"""Take what devices recorded: many requests, one transaction (PROTOCOL section 2).

The journals' rows are locked; each batch does to its journal what ``actions.batches`` says; what all of them add is
written; COMMIT; what changed is announced; answers. Two requests of one journal wait for each other on its row, and
the primary key of ``events`` is the last word should anything else fail.

``receive_together`` takes what goes well of many requests and leaves the rest untouched; ``receive`` takes one, or says
why not.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dokodemo.actions import Services
from dokodemo.actions.batches import Moved, Outcome, Signed, apply, other_place
from dokodemo.actions.devices import Signer, check_counts, key_now, vanished
from dokodemo.actions.live_facts import report_of, tell
from dokodemo.actions.log_writes import LogWrites
from dokodemo.domain.errors import DokodemoError, MissingError
from dokodemo.domain.events import Place
from dokodemo.domain.journals import Batch
from dokodemo.live import Contact, LiveLostError
from dokodemo.store import Transaction, bindings, journals
from dokodemo.store.bindings import BoundKey
from dokodemo.store.journals import JournalRow

MICROSECONDS = 1000  # in a millisecond


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request whose signature is right: a batch of events, or a beat.

    ``place`` is what the network table gives for its contact. ``is_first``: whether it was sent for the first time,
    None while that has not been asked; it can be asked once.
    """

    signer: Signer
    batch: Batch
    signed: Signed
    place: Place
    is_first: bool | None = None

    @property
    def journal_id(self) -> UUID:
        """The journal that it is for, which is also its binding."""
        return self.signer.binding_id


@dataclass(frozen=True, slots=True)
class Left:
    """A delivery that a group did not take, and of which nothing moved. ``is_first`` as in ``Delivery``."""

    is_first: bool | None = None


Seen = Place | None
"""The place of a contact; None: this request is no sign of life (it says so, or it was sent before)."""

Lock = Callable[[Transaction, Sequence[UUID]], dict[UUID, JournalRow]]
Taken = Moved | DokodemoError | None
"""What became of a delivery in a group: taken, refused, or left for later because its journal was not free."""


def to_milliseconds(moment: datetime) -> datetime:
    """The log's resolution: what is stored and what is folded are equal."""
    return moment.replace(microsecond=moment.microsecond // MICROSECONDS * MICROSECONDS)


def receive(services: Services, delivery: Delivery) -> Outcome:
    """Take one batch or beat.

    Raises ``ConflictError`` (journal_gap), ``MalformedError`` (bad_sequence), ``ForbiddenError`` (revoked, retired) and
    ``UnauthenticatedError`` (unknown_key); nothing moved then. When it returns, everything in its answer is durable.
    """
    at = to_milliseconds(services.now())
    key = None if delivery.batch.events else key_now(services, delivery.signer)
    [seen] = _seen(services, [delivery], at)
    if key is not None and not _tells_something(key, seen):
        return _standing(key)
    try:
        [taken] = _take(services, [(delivery, seen)], at, _lock_each)
    except MissingError:
        raise vanished(services, delivery.signer) from None
    if isinstance(taken, DokodemoError):
        raise taken
    assert taken is not None
    return taken.outcome


def receive_together(services: Services, deliveries: Sequence[Delivery]) -> list[Outcome | Left]:
    """Take what goes well and leave everything else: ``receive`` knows why, or can wait."""
    at = to_milliseconds(services.now())
    keys = _counting_keys(services, [one.journal_id for one in deliveries if not one.batch.events])
    served = [one for one in deliveries if one.batch.events or one.journal_id in keys]
    outcomes: dict[int, Outcome | Left] = {}
    moving = []
    for delivery, seen in zip(served, _seen(services, served, at), strict=True):
        if delivery.batch.events or _tells_something(keys[delivery.journal_id], seen):
            moving.append((delivery, seen))
        else:
            outcomes[id(delivery)] = _standing(keys[delivery.journal_id])
    for (delivery, seen), taken in zip(moving, _take_or_leave(services, moving, at), strict=True):
        outcomes[id(delivery)] = taken.outcome if isinstance(taken, Moved) else Left(is_first=seen is not None)
    return [outcomes.get(id(delivery), Left()) for delivery in deliveries]


def _take_or_leave(services: Services, moving: Sequence[tuple[Delivery, Seen]], at: datetime) -> Sequence[Taken]:
    try:
        return _take(services, moving, at, journals.lock_free) if moving else []
    except Exception:  # noqa: BLE001 - whose fault it is shows when each is alone
        return [None] * len(moving)


def _counting_keys(services: Services, binding_ids: Sequence[UUID]) -> Mapping[UUID, BoundKey]:
    """The keys of beats as they are now; those that anything is to be said about are left out."""
    if not binding_ids:
        return {}
    with services.glance() as transaction:
        keys = bindings.find_all(transaction, binding_ids)
    return {binding_id: key for binding_id, key in keys.items() if _counts(services, key)}


def _counts(services: Services, key: BoundKey) -> bool:
    try:
        check_counts(services, key.status, key.person_valid_to)
    except DokodemoError:
        return False
    return not key.replaces_active


def _seen(services: Services, deliveries: Sequence[Delivery], at: datetime) -> list[Seen]:
    """Where each was seen. A request that was sent before is nobody's sign of life; without the shared state all are.

    A beat's contact is kept here; that of events is told with what they changed.
    """
    asked = [one for one in deliveries if one.batch.alive and one.is_first is None]
    contacts = [Contact(_digest(one.signer), None if one.batch.events else one.journal_id) for one in asked]
    try:
        first = services.live.contact(contacts, at) if contacts else []
    except LiveLostError:
        first = [True] * len(contacts)
    is_first = {id(one): judged for one, judged in zip(asked, first, strict=True)}
    return [
        one.place if one.batch.alive and is_first.get(id(one), one.is_first) else None for one in deliveries
    ]


def _digest(signer: Signer) -> bytes:
    return hashlib.sha256(signer.signature.keyid.encode() + signer.signature.base).digest()


def _tells_something(key: BoundKey, seen: Seen) -> bool:
    """Whether a beat changes what is known: another place, or a device that had fallen silent."""
    return seen is not None and (
        other_place(key.observed_place, seen) or ("open" in key.reading and key.open_since is None)
    )


def _standing(key: BoundKey) -> Outcome:
    return Outcome(key.next_seq, key.head, key.person_id, key.device_id, key.epoch, bool(key.open_orders))


def _lock_each(transaction: Transaction, journal_ids: Sequence[UUID]) -> dict[UUID, JournalRow]:
    return {journal_id: journals.lock(transaction, journal_id) for journal_id in journal_ids}


def _take(
    services: Services, moving: Sequence[tuple[Delivery, Seen]], at: datetime, lock: Lock
) -> Sequence[Taken]:
    """One transaction for all of these, then what it changed is told."""
    taken = services.write(lambda transaction: _apply_all(services, transaction, moving, at, lock))
    reports = [
        report_of(one.outcome.person_id, delivery.journal_id, one.reading, one.observed, at if seen else None)
        for (delivery, seen), one in zip(moving, taken, strict=True)
        if isinstance(one, Moved)
    ]
    tell(services, reports)
    return taken


def _apply_all(
    services: Services, transaction: Transaction, moving: Sequence[tuple[Delivery, Seen]], at: datetime, lock: Lock
) -> list[Taken]:
    free = lock(transaction, [delivery.journal_id for delivery, _ in moving])
    writes = LogWrites()
    taken: list[Taken] = []
    for delivery, seen in moving:
        journal = free.pop(delivery.journal_id, None)  # the second request of a journal finds it gone
        if journal is None or (journal.replaces_active and len(moving) > 1):
            taken.append(None)  # the first request of a new key is served after those of the key that it replaces
            continue
        try:
            taken.append(apply(services, transaction, writes, journal, delivery.batch, delivery.signed, seen, at))
        except DokodemoError as refusal:
            taken.append(refusal)
    writes.flush(transaction)
    return taken
