"""A roster file: what it would change, and the change itself, all or nothing."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import uuid4

from dokodemo import live
from dokodemo.actions import Services, announcements
from dokodemo.actions.audit import draft, record
from dokodemo.actions.people import person_of_number, today
from dokodemo.domain import roster, roster_plan
from dokodemo.domain.audit import Actor, Draft, Tag
from dokodemo.domain.errors import ConflictError, ErrorCode, InvalidError
from dokodemo.domain.people import Person, Posting, main_posting
from dokodemo.domain.roster import Roster, Unreadable
from dokodemo.domain.roster_changes import Change, ChangeKind, Known, Plan
from dokodemo.domain.roster_plan import CONFIRMATION
from dokodemo.domain.sheets import Problem
from dokodemo.store import Transaction, audit, people, postings, roster_imports, units

Progress = Callable[[str, int, int], None]
_TAGS = {ChangeKind.ADDED: Tag.PERSON_ADDED, ChangeKind.CHANGED: Tag.PERSON_CHANGED, ChangeKind.LEFT: Tag.PERSON_LEFT}


@dataclass(frozen=True, slots=True)
class Report:
    """What is shown before and after: the file as it was read, and the plan. ``unit_names`` are those of today."""

    digest: str
    encoding: str
    recognised: frozenset[str]
    unknown: tuple[str, ...]
    samples: tuple[str, ...]
    plan: Plan
    unit_names: Mapping[str, str]
    applied: bool = False


@dataclass(frozen=True, slots=True)
class Consent:
    """What an import may be asked for: last day of people missing from the file; the word and a second person."""

    missing_left_on: date | None = None
    confirm: str = ""
    second_person: str | None = None


def preview(services: Services, data: bytes, *, missing_left_on: date | None = None) -> Report:
    """What the file would change. Nothing is written."""
    read = roster.read(data)
    with services.read() as transaction:
        return _report(transaction, services, data, read, missing_left_on)


def apply(
    services: Services,
    actor: Actor,
    data: bytes,
    *,
    consent: Consent | None = None,
    progress: Progress = lambda _what, _n, _of: None,
) -> Report:
    """Change the roster in one transaction with an entry for each person and one for the file.

    With problems nothing is changed and ``applied`` is False. ``ConflictError`` (``guards`` among its fields) when more
    leave or move than is usual and the word 「適用」 or the second person is missing. A file that changes nothing writes
    nothing. ``progress`` is told what is being done, how far, of how many.
    """
    consent = consent or Consent()
    progress("read", 0, 1)
    read = roster.read(data)
    progress("read", 1, 1)

    def write(transaction: Transaction) -> Report:
        report = _report(transaction, services, data, read, consent.missing_left_on)
        progress("compare", report.plan.rows, report.plan.rows)
        if report.plan.problems:
            return report
        second = _consented(transaction, services, actor, report.plan, consent)
        if report.plan.changes:
            _write(transaction, services, actor, report, second, progress)
        return replace(report, applied=True)

    report = services.write(write)
    if report.applied and report.plan.changes:
        announcements.announce(services, live.Change("roster"))
    return report


def _report(
    transaction: Transaction, services: Services, data: bytes, read: Roster | Unreadable, missing_left_on: date | None
) -> Report:
    digest, day = hashlib.sha256(data).hexdigest(), today(services)
    if isinstance(read, Unreadable):
        plan = Plan(read.rows, (), 0, read.problems, (), (), ())
        return Report(digest, read.encoding, frozenset(), (), (), plan, {})
    tree = units.all_of(transaction)
    plan = roster_plan.plan(read, _known(transaction), tree, today=day, new_id=uuid4, missing_left_on=missing_left_on)
    latest = max((row.effective_on for row in read.rows), default=None)
    before = roster_imports.last_order(transaction)
    if latest is not None and before is not None and latest < before and plan.changes:
        older = Problem(
            0,
            0,
            "発令日",
            f"前回の取り込み（発令日 {before} まで）より古いファイルです",
            f"older than the last import (orders up to {before})",
        )
        plan = replace(plan, warnings=(older, *plan.warnings))
    samples = tuple(row.name for row in read.rows[:3])
    names = {unit.code: unit.name for unit in tree if unit.valid_on(day)}
    return Report(digest, read.encoding, read.recognised, read.unknown, samples, plan, names)


def _known(transaction: Transaction) -> dict[str, Known]:
    held = postings.all_of(transaction)
    return {person.staff_number: Known(person, held.get(person.id, ())) for person in people.all_of(transaction)}


def _consented(transaction: Transaction, services: Services, actor: Actor, plan: Plan, consent: Consent) -> str | None:
    if consent.second_person is not None:
        second = person_of_number(transaction, consent.second_person)
        if str(second.id) == actor.name or not second.valid_on(today(services)):
            raise InvalidError(
                ErrorCode.INVALID, "the second person must be somebody else on the staff", field="second_person"
            )
    if plan.guards and (consent.confirm != CONFIRMATION or consent.second_person is None):
        raise ConflictError(
            ErrorCode.CONFLICT, f"unusually many leave or move: type {CONFIRMATION} and name a second person",
            guards=[str(guard) for guard in plan.guards],
        )  # fmt: skip
    return consent.second_person


def _write(
    transaction: Transaction, services: Services, actor: Actor, report: Report, second: str | None, progress: Progress
) -> None:
    changes, now = report.plan.changes, services.now()
    new = [change.after.person for change in changes if change.before is None]
    old = [
        change.after.person
        for change in changes
        if change.before is not None and change.before.person != change.after.person
    ]
    moving = [change.after.person.id for change in changes if _address_changes(change)]
    people.append(transaction, new)
    people.replace(transaction, old, moving=moving)
    progress("people", len(new) + len(old), len(changes))
    added, replaced = _postings_of(changes)
    postings.append(transaction, added)
    postings.replace(transaction, replaced)
    progress("postings", len(added) + len(replaced), len(added) + len(replaced))
    latest = max(change.effective_on for change in changes)
    counts = {str(kind): report.plan.count(kind) for kind in ChangeKind} | {
        "rows": report.plan.rows, "unchanged": report.plan.unchanged, "latest_order": latest.isoformat(),
    }  # fmt: skip
    roster_imports.append(transaction, report.digest, now, actor.name, counts)
    audit.append(transaction, [_entry(change, actor, now=now) for change in changes])
    record(
        transaction,
        services,
        Tag.ROSTER_IMPORTED,
        actor=actor,
        sha256=report.digest,
        counts=counts,
        second_person=second,
    )
    announcements.leave(transaction, actor, "roster", {}, now)
    progress("trail", len(changes), len(changes))


def _postings_of(changes: Iterable[Change]) -> tuple[list[tuple[Any, Posting]], list[Posting]]:
    added: list[tuple[Any, Posting]] = []
    replaced: list[Posting] = []
    for change in changes:
        before = {posting.id: posting for posting in change.before.postings} if change.before else {}
        for posting in change.after.postings:
            if posting.id is None:
                added.append((change.after.person.id, posting))
            elif before[posting.id] != posting:
                replaced.append(posting)
    return added, replaced


def _address_changes(change: Change) -> bool:
    return change.before is not None and change.before.person.email != change.after.person.email


def _entry(change: Change, actor: Actor, *, now: Any) -> Draft:
    main = main_posting(change.after.postings, change.effective_on) or main_posting(
        change.before.postings if change.before else (), change.effective_on
    )
    before = document_of(change.before) if change.before else None
    after = document_of(change.after)
    if before is not None:  # the trail says what changed, not everything that stayed
        kept = {name for name in after if before[name] == after[name]}
        before, after = ({name: value for name, value in part.items() if name not in kept} for part in (before, after))
    return draft(
        _TAGS[change.kind], actor, {"before": before, "after": after, "effective_on": change.effective_on.isoformat()}, at=now,
        subject_id=change.after.person.id, unit_code=main.unit_code if main else None,
    )  # fmt: skip


def document_of(known: Known) -> dict[str, Any]:
    """A person with postings as JSON values, for the trail."""
    person: Person = known.person
    return {
        "staff_number": person.staff_number, "name": person.name, "kana": person.kana, "email": person.email,
        "extension": person.extension, "employment": str(person.employment), "pattern": person.pattern,
        "daily_minutes": person.daily_minutes, "valid_from": person.valid_from.isoformat(),
        "valid_to": person.valid_to.isoformat() if person.valid_to else None,
        "postings": [
            f"{posting.valid_from}/{posting.valid_to or ''} {posting.kind} {posting.unit_code} {posting.title}"
            for posting in sorted(known.postings, key=lambda posting: (posting.valid_from, posting.unit_code, posting.title))
        ],
    }  # fmt: skip
