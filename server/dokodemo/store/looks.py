"""Looks: who opened whose record, once a day and kind with a count."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects import postgresql, sqlite

from dokodemo.store import Transaction
from dokodemo.store.rows.installation import looks
from dokodemo.store.rows.people import people


@dataclass(frozen=True, slots=True)
class Look:
    """``viewer_role`` opened ``what`` (day, month, record, export) ``count`` times on the city's ``day``."""

    subject_id: UUID
    viewer_id: UUID
    viewer_name: str
    viewer_role: str
    what: str
    day: date
    first_at: datetime
    last_at: datetime
    count: int


def put(
    transaction: Transaction, subject_id: UUID, viewer_id: UUID, what: str, *, day: date, role: str, at: datetime
) -> None:
    """Note one look; the second on the same day only counts up and moves ``last_at``."""
    dialect = sqlite if transaction.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(looks).values(
        subject_id=subject_id,
        viewer_id=viewer_id,
        what=what,
        day=day,
        viewer_role=role,
        first_at=at,
        last_at=at,
        count=1,
    )
    again = {"last_at": at, "viewer_role": role, "count": looks.c.count + 1}
    transaction.execute(
        statement.on_conflict_do_update(index_elements=["subject_id", "viewer_id", "what", "day"], set_=again)
    )


def at_person(transaction: Transaction, subject_id: UUID, *, since: date, until: date) -> list[Look]:
    """Who looked at a person on the days from ``since`` to ``until`` (inclusive), the latest first."""
    query = (
        _all()
        .where(looks.c.subject_id == subject_id, looks.c.day.between(since, until))
        .order_by(looks.c.last_at.desc())
    )
    return [Look(*row) for row in transaction.execute(query)]


def of_day(transaction: Transaction, day: date) -> list[Look]:
    """All looks of a day."""
    return [Look(*row) for row in transaction.execute(_all().where(looks.c.day == day))]


def days_with_looks(transaction: Transaction, *, after: date | None, before: date) -> list[date]:
    """Days with looks after one day and before another, in order."""
    query = select(looks.c.day).where(looks.c.day < before).distinct().order_by(looks.c.day)
    if after is not None:
        query = query.where(looks.c.day > after)
    return list(transaction.execute(query).scalars())


def _all() -> Select[Any]:
    return select(
        looks.c.subject_id, looks.c.viewer_id, people.c.name, looks.c.viewer_role, looks.c.what, looks.c.day,
        looks.c.first_at, looks.c.last_at, looks.c.count,
    ).join(people, people.c.id == looks.c.viewer_id)  # fmt: skip
