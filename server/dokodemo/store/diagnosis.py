"""Counts that tell an operator whether the record is sound."""

from datetime import date

from sqlalchemy import ColumnElement, Table, and_, func, or_, select

from dokodemo.store import Transaction
from dokodemo.store.rows.journals import journals
from dokodemo.store.rows.people import people, postings, units

LEADING = ("head",)
STANDING_IN = ("acting_up", "acting_down", "stand_in")


def _on(table: Table, day: date) -> ColumnElement[bool]:
    return and_(table.c.valid_from <= day, or_(table.c.valid_to.is_(None), table.c.valid_to > day))


def people_on(transaction: Transaction, day: date) -> int:
    """People of the roster on a day."""
    return transaction.execute(select(func.count()).select_from(people).where(_on(people, day))).scalar_one()


def sections_without_head(transaction: Transaction, day: date) -> int:
    """Sections (課) that nobody leads or stands in for on a day."""
    led = select(postings.c.unit_code).where(
        _on(postings, day), or_(postings.c.post.in_(LEADING), postings.c.kind.in_(STANDING_IN))
    )
    sections = select(func.count()).select_from(units)
    return transaction.execute(
        sections.where(_on(units, day), units.c.level == "section", units.c.code.not_in(led))
    ).scalar_one()


def forks(transaction: Transaction) -> int:
    """Journals with two histories."""
    return transaction.execute(select(func.count()).where(journals.c.forked_at.is_not(None))).scalar_one()
