"""Which person an issuer's subject is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, or_, select

from dokodemo.store import Transaction
from dokodemo.store.prepared import Prepared
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


_of_subject = select(identities.c.person_id).where(
    identities.c.issuer == bindparam("issuer"), identities.c.subject == bindparam("subject")
)  # fmt: skip
_bound = select(identities.c.subject).where(
    identities.c.issuer == bindparam("issuer"), identities.c.person_id == people.c.id
)  # fmt: skip
_meant = Prepared(
    select(
        people.c.id, people.c.name, people.c.email, people.c.language, people.c.valid_from, people.c.valid_to,
        _bound.scalar_subquery(),
    ).where(or_(people.c.id == _of_subject.scalar_subquery(), people.c.email == bindparam("email")))
)  # fmt: skip
_append = Prepared(insert(identities), [column.name for column in identities.columns])


Meant = list[tuple[RosterPerson, str | None]]
"""Whom a sign-in may mean: the person of its subject and the person of its address; one row when they are one.

Each with the subject that is bound to them at this issuer.
"""


def asked(transaction: Transaction, issuer: str, subject: str, email: str) -> Callable[[], Meant]:
    """Whom a sign-in may mean, to be read after the trip. ``email`` is lower-cased NFKC."""
    sent = _meant.ask(transaction, {"issuer": issuer, "subject": subject, "email": email})
    return lambda: [(RosterPerson(*row[:-1]), row[-1]) for row in sent.rows()]


def meant(transaction: Transaction, issuer: str, subject: str, email: str) -> Meant:
    """The same at once."""
    return asked(transaction, issuer, subject, email)()


def append(transaction: Transaction, issuer: str, subject: str, person_id: UUID, email: str, at: datetime) -> None:
    """Bind a subject to a person."""
    columns = {"issuer": issuer, "subject": subject, "person_id": person_id, "email": email, "bound_at": at}
    _append.run(transaction, columns)


def remove(transaction: Transaction, issuer: str, person_id: UUID) -> str | None:
    """Undo the person's identity at an issuer; the subject that it was, None when there was none."""
    which = (identities.c.issuer == issuer) & (identities.c.person_id == person_id)
    return transaction.execute(delete(identities).where(which).returning(identities.c.subject)).scalar()
