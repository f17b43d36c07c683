"""Which person an issuer's subject is."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, insert, select

from dokodemo.store import Transaction
from dokodemo.store.rows.people import identities, people


@dataclass(frozen=True, slots=True)
class RosterPerson:
    """A person as far as signing in is concerned. ``valid_to`` is the day after the last day."""

    person_id: UUID
    name: str
    email: str
    language: str | None
    valid_from: date
    valid_to: date | None


_person = select(
    people.c.id, people.c.name, people.c.email, people.c.language, people.c.valid_from, people.c.valid_to
)  # fmt: skip


def find(transaction: Transaction, issuer: str, subject: str) -> RosterPerson | None:
    """The person that this subject was bound to."""
    query = _person.join(identities, identities.c.person_id == people.c.id)
    row = transaction.execute(query.where(identities.c.issuer == issuer, identities.c.subject == subject)).first()
    return RosterPerson(*row) if row else None


def find_by_email(transaction: Transaction, email: str) -> RosterPerson | None:
    """The person of an address (lower-cased NFKC)."""
    return _find(transaction, people.c.email == email)


def get(transaction: Transaction, person_id: UUID) -> RosterPerson | None:
    """The person of an id."""
    return _find(transaction, people.c.id == person_id)


def _find(transaction: Transaction, condition: ColumnElement[bool]) -> RosterPerson | None:
    row = transaction.execute(_person.where(condition)).first()
    return RosterPerson(*row) if row else None


def has_one(transaction: Transaction, issuer: str, person_id: UUID) -> bool:
    """Whether the person has an identity at this issuer."""
    query = select(identities.c.subject).where(identities.c.issuer == issuer, identities.c.person_id == person_id)
    return transaction.execute(query).first() is not None


def append(transaction: Transaction, issuer: str, subject: str, person_id: UUID, email: str, at: datetime) -> None:
    """Bind a subject to a person."""
    transaction.execute(
        insert(identities).values(issuer=issuer, subject=subject, person_id=person_id, email=email, bound_at=at)
    )


def remove(transaction: Transaction, issuer: str, person_id: UUID) -> str | None:
    """Undo the person's identity at an issuer; the subject that it was, None when there was none."""
    which = (identities.c.issuer == issuer) & (identities.c.person_id == person_id)
    return transaction.execute(delete(identities).where(which).returning(identities.c.subject)).scalar()
