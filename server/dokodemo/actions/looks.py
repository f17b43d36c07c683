"""Looks: opening another person's day, month, record or export leaves a trace that the person sees."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from dokodemo.actions import Services
from dokodemo.actions.audit import WORKER, record
from dokodemo.domain.access import Permit
from dokodemo.domain.audit import Tag, digest_of_looks
from dokodemo.store import Transaction, audit, looks
from dokodemo.store.looks import Look


class What(StrEnum):
    """What was opened."""

    DAY = "day"
    MONTH = "month"
    RECORD = "record"
    EXPORT = "export"


def look(transaction: Transaction, permit: Permit, what: What, now: datetime, day: date) -> None:
    """Note that the permit's holder opens what is the subject's; ``day`` is the city's day of ``now``.

    One's own record is no look. A permit without a person on either side raises ``TypeError``.
    """
    subject_id, viewer_id = permit.subject.person_id, permit.viewer_id
    if subject_id is None or viewer_id is None:
        raise TypeError("a look has somebody who looks and somebody who is looked at")
    if subject_id != viewer_id:
        looks.put(transaction, subject_id, viewer_id, what, day=day, role=permit.role, at=now)


def looks_at(transaction: Transaction, person_id: UUID, *, since: date, until: date) -> list[Look]:
    """Who looked at a person on these days (inclusive), the latest first: 今日 shows them to the person alone."""
    return looks.at_person(transaction, person_id, since=since, until=until)


def digest_looks(services: Services) -> int:
    """Write the digest of each past day's looks into the chain, once; how many days were written. For the worker."""
    today = services.now().astimezone(services.city.zone).date()

    def write(transaction: Transaction) -> int:
        audit.lock_head(transaction)  # of two workers the second finds the days written
        last = audit.last(transaction, Tag.LOOKS_DIGESTED)
        after = date.fromisoformat(last.payload["day"]) if last is not None and last.payload else None
        days = looks.days_with_looks(transaction, after=after, before=today)
        for day in days:
            kept = looks.of_day(transaction, day)
            digest = digest_of_looks([_document(one) for one in kept]).hex()
            record(
                transaction,
                services,
                Tag.LOOKS_DIGESTED,
                actor=WORKER,
                day=day.isoformat(),
                count=len(kept),
                digest=digest,
            )
        return len(days)

    return services.write(write)


def _document(one: Look) -> dict[str, Any]:
    return {
        "subject_id": str(one.subject_id), "viewer_id": str(one.viewer_id), "viewer_role": one.viewer_role, "what": one.what,
        "day": one.day.isoformat(), "first_at": one.first_at.isoformat(), "last_at": one.last_at.isoformat(),
        "count": one.count,
    }  # fmt: skip
