"""The city's own word on single days."""

from datetime import date

from sqlalchemy import delete, select

from dokodemo.domain.calendar import DayKind, Override
from dokodemo.store import Transaction
from dokodemo.store.rows.installation import calendar_days
from dokodemo.store.upserts import upsert


def overrides(transaction: Transaction, since: date, until: date) -> dict[date, Override]:
    """The overrides of the days from ``since`` to ``until`` (inclusive)."""
    rows = transaction.execute(select(calendar_days).where(calendar_days.c.on.between(since, until)))
    return {row.on: Override(DayKind(row.kind), row.name) for row in rows}


def put(transaction: Transaction, on: date, override: Override) -> None:
    """Say something about a day, in place of what was said before."""
    upsert(transaction, calendar_days, {"on": on, "kind": str(override.kind), "name": override.name})


def remove(transaction: Transaction, on: date) -> None:
    """Say nothing about a day any more."""
    transaction.execute(delete(calendar_days).where(calendar_days.c.on == on))
