"""Prove from the database alone that the log is what devices signed, and that nothing was taken out of it.

Journal by journal, each in one snapshot, so that it can be done while the city works; then the audit trail, block by
block. What is found is given at once: nothing but counts is kept for the end.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID

from dokodemo.actions import Services
from dokodemo.actions.rebuild import is_equal
from dokodemo.crypto.kept_batches import reason_against
from dokodemo.crypto.keys import thumbprint
from dokodemo.domain import base64url
from dokodemo.domain.audit import Entry, Head, Tag, verify
from dokodemo.domain.journals import Gap
from dokodemo.domain.proofs import Fault, Finding, Kept, Walk, judge_batches, judge_body, span_of
from dokodemo.store import Transaction, audit, installation, proofs
from dokodemo.store.proofs import Named

VERIFIED = "log_verified"
MOST = 20  # findings told of one journal
BLOCK = 5000  # entries of the trail
UNREADABLE = (ValueError, TypeError, LookupError)  # what rows raise in which somebody left what nobody wrote there


@dataclass(frozen=True, slots=True)
class Count:
    """What was gone through. ``erased`` are events whose text is gone, ``skipped`` journals whose stored reading could
    not be compared because of that; ``findings`` are all, told or not."""

    journals: int = 0
    events: int = 0
    erased: int = 0
    gaps: int = 0
    batches: int = 0
    entries: int = 0
    skipped: int = 0
    findings: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(*(getattr(self, name) + getattr(other, name) for name in Count.__slots__))


@dataclass(frozen=True, slots=True)
class Step:
    """A journal, or a block of the trail: its counts and at most ``MOST`` findings."""

    count: Count
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Verified:
    """When the log was last gone through, and how much was wrong."""

    at: datetime
    events: int
    findings: int


def extent(services: Services) -> tuple[int, int]:
    """How many journals and audit entries there are to go through."""
    with services.snapshot() as transaction:
        return proofs.count_journals(transaction), audit.head(transaction).n


def prove(services: Services, *, earlier_urls: Sequence[str] = (), rebuilt: bool = False) -> Iterator[Step]:
    """Go through everything. ``earlier_urls`` are public URLs that devices signed before the present one.

    With ``rebuilt`` the stored reading of each sound journal is compared with a fresh one. When the last step was taken,
    that it was done is kept for ``last``.
    """
    total = Count()
    for step in _steps(services, (services.city.public_url, *earlier_urls), rebuilt=rebuilt):
        total += step.count
        yield step
    kept = {"at": services.now().isoformat(), "events": total.events, "findings": total.findings}
    services.write(lambda transaction: installation.replace(transaction, VERIFIED, kept))


def last(services: Services) -> Verified | None:
    """The last time that ``prove`` came to its end; None before the first."""
    with services.read() as transaction:
        kept = installation.find(transaction, VERIFIED)
    return None if kept is None else Verified(datetime.fromisoformat(kept["at"]), kept["events"], kept["findings"])


def _steps(services: Services, public_urls: Sequence[str], *, rebuilt: bool) -> Iterator[Step]:
    after: UUID | None = None
    while True:
        with services.read() as transaction:
            ids = proofs.ids_after(transaction, after)
        if not ids:
            break
        for journal_id in ids:
            yield _step(services, journal_id, public_urls, rebuilt=rebuilt)
        after = ids[-1]
    yield from _strays(services)
    yield from _trail(services)


def _step(services: Services, journal_id: UUID, public_urls: Sequence[str], *, rebuilt: bool) -> Step:
    try:
        return _proved(services, journal_id, public_urls, rebuilt=rebuilt)
    except UNREADABLE as error:
        said: dict[str, str | int] = {"reason": type(error).__name__}
        return Step(Count(journals=1, findings=1), (Finding(Fault.UNREADABLE, journal_id, None, said),))


def _proved(services: Services, journal_id: UUID, public_urls: Sequence[str], *, rebuilt: bool) -> Step:
    with services.snapshot() as transaction:
        named = proofs.find(transaction, journal_id)
        if named is None:  # its key is gone; the trail tells
            return Step(Count(journals=1))
        gaps = proofs.gaps_of(transaction, named)
        kept = proofs.batches_of(transaction, named)
        walk = Walk(named.id, named.thumbprint, gaps)
        found = _judge(transaction, named, walk, gaps, kept, public_urls)
        told = list(islice(found, MOST))
        findings = len(told) + sum(1 for _ in found)
    skipped = 0
    if rebuilt and not findings:
        skipped = int(walk.erased > 0)
        if not skipped and not is_equal(services, journal_id):
            told, findings = [Finding(Fault.READING_DIFFERS, journal_id)], 1
    count = Count(1, walk.count, walk.erased, len(gaps), len(kept), skipped=skipped, findings=findings)
    return Step(count, tuple(told))


def _judge(
    transaction: Transaction, named: Named, walk: Walk, gaps: Sequence[Gap], kept: Sequence[Kept],
    public_urls: Sequence[str],
) -> Iterator[Finding]:  # fmt: skip
    if thumbprint(named.public_key) != named.thumbprint:
        yield Finding(Fault.KEY_DIFFERS, named.id)
    for event in proofs.events_of(transaction, named):
        yield from walk.step(event)
    yield from walk.end(named.journal)
    yield from judge_batches(named.id, walk, kept)
    keyid = base64url.encode(named.thumbprint)
    for batch in kept:
        reason = reason_against(
            batch.body, batch.signature, point=named.public_key, keyid=keyid, public_urls=public_urls
        )
        if reason is not None:
            said = {"month": batch.month, "reason": reason}
            yield Finding(Fault.BATCH_FORGED, named.id, batch.last_seq, said)
            continue
        first, until = span_of(batch.body) or (0, 0)
        held = {event.seq: event for event in proofs.events_between(transaction, named, first, until)}
        heads = {0: named.thumbprint, **{gap.to_seq: gap.claimed_head for gap in gaps}}
        heads |= {seq: event.head for seq, event in held.items()}
        yield from judge_body(named.id, batch, held, heads, gaps)


def _strays(services: Services) -> Iterator[Step]:
    after: proofs.Pair | None = None
    while True:
        with services.snapshot() as transaction:
            found, after = proofs.strays_after(transaction, after)
        if found:
            told = tuple(Finding(Fault.STRAY_EVENTS, journal, seq) for journal, seq in found)
            yield Step(Count(findings=len(told)), told)
        if after is None:
            return


def _trail(services: Services) -> Iterator[Step]:
    """The chain of the trail to its head, and for each key that it saw made the journal that has to be there."""
    walked = Head()
    made = 0
    after: int | None = 0
    size = BLOCK
    while after is not None:
        try:
            with services.snapshot() as transaction:
                block, following = audit.block(transaction, after, size=size)
                told = _missing(transaction, block)
                head, keys = audit.head(transaction), proofs.count_bindings(transaction)
        except UNREADABLE:
            if size > 1:
                size = 1  # one by one, to name it
                continue
            yield Step(Count(findings=1), (Finding(Fault.AUDIT_BROKEN, None, walked.n + 1),))
            return
        seen = verify(block, after=walked)
        walked, after, broken = seen.head, following, seen.broken
        made += sum(entry.tag == Tag.BINDING_CREATED for entry in block)
        if broken is None and after is None and head != walked:
            broken = walked.n + 1
        if broken is not None:
            told.append(Finding(Fault.AUDIT_BROKEN, None, broken))
        elif after is None and keys > made:
            told.append(Finding(Fault.KEY_UNRECORDED, None, None, {"count": keys - made}))
        yield Step(Count(entries=len(block), findings=len(told)), tuple(told))
        if broken is not None:
            return


def _missing(transaction: Transaction, block: Sequence[Entry]) -> list[Finding]:
    """The journals of keys that were made in these entries and that are gone. What was erased of an entry says nothing."""
    made = {}
    for entry in block:
        if entry.tag == Tag.BINDING_CREATED and entry.payload is not None:
            after = entry.payload.get("after")
            try:
                made[UUID(after["binding"])] = entry.n  # type: ignore[index]
            except (TypeError, LookupError, ValueError, AttributeError):
                continue  # an altered entry: the chain says so
    gone = proofs.without_journal(transaction, list(made))
    return [Finding(Fault.JOURNAL_MISSING, key, None, {"entry": made[key]}) for key in sorted(gone, key=made.__getitem__)]
