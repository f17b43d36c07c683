"""Where every journal stands, read without locks: for live facts after a start, and for a device's clock."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from dokodemo.store import Transaction
from dokodemo.store.rows.journals import journals


@dataclass(frozen=True, slots=True)
class Standing:
    """A journal's reading as stored (``domain.readings.loaded``) and the place of its last contact."""

    person_id: UUID
    journal_id: UUID
    reading: dict[str, Any]
    observed_place: str | None


def all_of(transaction: Transaction) -> list[Standing]:
    """Every journal; as many as there are bindings."""
    columns = journals.c.person_id, journals.c.id, journals.c.reading, journals.c.observed_place
    return [Standing(*row) for row in transaction.execute(select(*columns))]


def of_person(transaction: Transaction, person_id: UUID) -> list[Standing]:
    """The journals of one person."""
    columns = journals.c.person_id, journals.c.id, journals.c.reading, journals.c.observed_place
    return [Standing(*row) for row in transaction.execute(select(*columns).where(journals.c.person_id == person_id))]


def find(transaction: Transaction, journal_id: UUID) -> Standing | None:
    """One journal, or None."""
    columns = journals.c.person_id, journals.c.id, journals.c.reading, journals.c.observed_place
    row = transaction.execute(select(*columns).where(journals.c.id == journal_id)).first()
    return Standing(*row) if row else None
