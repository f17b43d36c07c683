"""Take what devices recorded: many requests, one transaction (PROTOCOL section 2).

Requests that come while a transaction runs share the next one. The journals' rows are locked; each batch does to its
journal what ``actions.batches`` says; what all of them add is written; COMMIT; what changed is announced; answers. Two
requests of one journal wait for each other on its row, and the primary key of ``events`` is the last word should
anything else fail.

What a group cannot do for one of its members (another process holds the row, the group's transaction failed) that
member does on its own thread, alone, by the same functions.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from dokodemo.actions import Services
from dokodemo.actions.batches import Moved, Outcome, Signed, apply, other_place
from dokodemo.actions.devices import Signer, key_now, vanished
from dokodemo.actions.gatherings import Gathering
from dokodemo.actions.live_facts import report_of, tell
from dokodemo.actions.log_writes import LogWrites
from dokodemo.domain.errors import DokodemoError, MissingError, UnavailableError
from dokodemo.domain.events import Place
from dokodemo.domain.journals import Batch
from dokodemo.live import LiveLostError
from dokodemo.store import Transaction, journals
from dokodemo.store.bindings import BoundKey
from dokodemo.store.journals import JournalRow

MICROSECONDS = 1000  # in a millisecond


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request that moves something.

    ``seen`` is the place of its contact, None when it is no sign of life. ``digest``, while there is one, has yet to
    show that this request was not sent before: a repeated one is nobody's sign of life.
    """

    signer: Signer
    batch: Batch
    signed: Signed
    at: datetime
    seen: Place | None
    digest: bytes | None = None


Lock = Callable[[Transaction, Sequence[UUID]], dict[UUID, JournalRow]]
_Taken = Moved | DokodemoError | _Asked
_Answer = Outcome | DokodemoError | _Asked
"""A refusal is this request's own. An ``_Asked`` comes back from a group to be done alone."""

_gatherings: "WeakKeyDictionary[Any, Gathering[_Asked, _Answer]]" = WeakKeyDictionary()


def to_milliseconds(moment: datetime) -> datetime:
    """The log's resolution: what is stored and what is folded are equal."""
    return moment.replace(microsecond=moment.microsecond // MICROSECONDS * MICROSECONDS)


def receive(services: Services, signer: Signer, batch: Batch, signed: Signed, contact: Place) -> Outcome:
    """Take a batch or a beat. ``contact`` is the place that the network table gives for this request.

    Raises ``ConflictError`` (journal_gap), ``MalformedError`` (bad_sequence), ``ForbiddenError`` (revoked, retired) and
    ``UnauthenticatedError`` (unknown_key); nothing moved then. When it returns, everything in its answer is durable.
    """
    at = to_milliseconds(services.now())
    digest = hashlib.sha256(signer.signature.keyid.encode() + signer.signature.base).digest()
    seen = contact if batch.alive else None
    if batch.events:
        return _taken(services, _Asked(signer, batch, signed, at, seen, digest if seen else None))
    key = key_now(services, signer)
    if seen and not _is_contact(services, signer, digest, at):
        seen = None
    if seen and _tells_something(key, seen):
        return _taken(services, _Asked(signer, batch, signed, at, seen))
    return Outcome(key.next_seq, key.head, key.person_id, key.device_id, key.epoch, bool(key.open_orders))


def _is_contact(services: Services, signer: Signer, digest: bytes, at: datetime) -> bool:
    """Whether a beat was not sent before; its contact is kept then."""
    try:
        return services.live.contact(signer.binding_id, digest, at)
    except LiveLostError:
        return True


def _tells_something(key: BoundKey, seen: Place) -> bool:
    """Whether a beat changes what is known: another place, or a device that had fallen silent."""
    return other_place(key.observed_place, seen) or ("open" in key.reading and key.open_since is None)


def _taken(services: Services, asked: _Asked) -> Outcome:
    answer = _gathering(services).take(asked)
    if isinstance(answer, _Asked):
        answer = _alone(services, answer)
    if isinstance(answer, Outcome):
        return answer
    assert isinstance(answer, DokodemoError)
    raise answer


def _gathering(services: Services) -> Gathering[_Asked, _Answer]:
    known = _gatherings.get(services.database)
    if known is None:
        made: Gathering[_Asked, _Answer] = Gathering(lambda group: _together(services, group))
        known = _gatherings.setdefault(services.database, made)
    return known


def _together(services: Services, group: Sequence[_Asked]) -> Sequence[_Answer]:
    judged = _judged_contacts(services, group)
    try:
        return _take(services, judged, journals.lock_free)
    except UnavailableError:
        raise  # nobody would fare better alone
    except Exception:  # noqa: BLE001 - whose it is shows when each is alone
        return judged


def _alone(services: Services, asked: _Asked) -> _Answer:
    def lock(transaction: Transaction, journal_ids: Sequence[UUID]) -> dict[UUID, JournalRow]:
        return {journal: journals.lock(transaction, journal) for journal in journal_ids}

    try:
        [answer] = _take(services, [asked], lock)
    except MissingError:
        raise vanished(services, asked.signer) from None
    return answer


def _judged_contacts(services: Services, group: Sequence[_Asked]) -> list[_Asked]:
    """Who of these is a sign of life; without the shared state everybody is."""
    digests = [asked.digest for asked in group if asked.digest is not None]
    try:
        first = iter(services.live.first_times(digests, max(asked.at for asked in group)) if digests else [])
    except LiveLostError:
        first = iter([True] * len(digests))
    return [
        asked if asked.digest is None else replace(asked, seen=asked.seen if next(first) else None, digest=None)
        for asked in group
    ]


def _take(services: Services, group: Sequence[_Asked], lock: Lock) -> list[_Answer]:
    """One transaction for all of these, then what it changed is told."""
    taken = services.write(lambda transaction: _apply_all(services, transaction, group, lock))
    reports = [
        report_of(
            one.outcome.person_id, asked.signer.binding_id, one.reading, one.observed, asked.at if asked.seen else None
        )
        for asked, one in zip(group, taken, strict=True)
        if isinstance(one, Moved)
    ]
    tell(services, reports)
    return [one.outcome if isinstance(one, Moved) else one for one in taken]


def _apply_all(services: Services, transaction: Transaction, group: Sequence[_Asked], lock: Lock) -> list[_Taken]:
    free = lock(transaction, [asked.signer.binding_id for asked in group])
    writes = LogWrites()
    taken: list[_Taken] = []
    for asked in group:
        journal = free.pop(asked.signer.binding_id, None)  # the second request of a journal finds it gone
        if journal is None:
            taken.append(asked)
            continue
        try:
            moved = apply(services, transaction, writes, journal, asked.batch, asked.signed, asked.seen, asked.at)
        except DokodemoError as refusal:
            taken.append(refusal)
        else:
            taken.append(moved)
    writes.flush(transaction)
    return taken
