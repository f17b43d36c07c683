"""People of the roster."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, case, func, insert, or_, select, update

from dokodemo.domain.errors import ErrorCode, MissingError
from dokodemo.domain.people import Employment, Person
from dokodemo.domain.roster_columns import katakana
from dokodemo.store import Transaction
from dokodemo.store.rows.people import identities, people
from dokodemo.store.units import holds_on

_COLUMNS = (
    people.c.id, people.c.staff_number, people.c.name, people.c.kana, people.c.email, people.c.extension,
    people.c.employment, people.c.pattern, people.c.daily_minutes, people.c.valid_from, people.c.valid_to, people.c.language,
)  # fmt: skip


def get(transaction: Transaction, person_id: UUID) -> Person:
    """The person of an id; ``MissingError``."""
    person = find(transaction, person_id)
    if person is None:
        raise MissingError(ErrorCode.NOT_FOUND, "no such person")
    return person


def find(transaction: Transaction, person_id: UUID) -> Person | None:
    """The person of an id."""
    return _first(transaction, people.c.id == person_id)


def find_by_staff_number(transaction: Transaction, staff_number: str) -> Person | None:
    """The person of a staff number."""
    return _first(transaction, people.c.staff_number == staff_number)


def find_by_email(transaction: Transaction, email: str) -> Person | None:
    """The person of an address (NFKC, lower case)."""
    return _first(transaction, people.c.email == email)


def find_by_identity(transaction: Transaction, issuer: str, subject: str) -> Person | None:
    """The person that an issuer's subject was bound to."""
    row = transaction.execute(
        select(*_COLUMNS)
        .join(identities, identities.c.person_id == people.c.id)
        .where(identities.c.issuer == issuer, identities.c.subject == subject)
    ).first()
    return None if row is None else person_of(row)


def of(transaction: Transaction, person_ids: Sequence[UUID]) -> dict[UUID, Person]:
    """These people by id; unknown ids are absent."""
    rows = transaction.execute(select(*_COLUMNS).where(people.c.id.in_(person_ids)))
    return {row.id: person_of(row) for row in rows}


def all_of(transaction: Transaction) -> list[Person]:
    """Everybody, past and future too."""
    return [person_of(row) for row in transaction.execute(select(*_COLUMNS).order_by(people.c.staff_number))]


def search(transaction: Transaction, text: str, on: date, *, limit: int = 20) -> list[Person]:
    """People on the staff whose name, reading, staff number or extension holds the text; readings that begin with it first.

    Hiragana, half-width kana and spaces make no difference.
    """
    plain, reading = "".join(text.split()), katakana(text).replace("　", "")
    if not plain:
        return []
    kana = func.replace(people.c.kana, "　", "")
    name = func.replace(func.replace(people.c.name, "　", ""), " ", "")
    begins = kana.startswith(reading, autoescape=True)
    found = or_(
        kana.contains(reading, autoescape=True), name.contains(plain, autoescape=True),
        people.c.staff_number.startswith(plain.upper(), autoescape=True),
        people.c.extension.contains(plain, autoescape=True),
    )  # fmt: skip
    query = (
        select(*_COLUMNS)
        .where(found, holds_on(people, on))
        .order_by(case((begins, 0), else_=1), people.c.kana, people.c.staff_number)
        .limit(limit)
    )
    return [person_of(row) for row in transaction.execute(query)]


def append(transaction: Transaction, rows: Sequence[Person]) -> None:
    """Add people."""
    if rows:
        transaction.execute(insert(people), [_values(person) for person in rows])


def replace(transaction: Transaction, rows: Sequence[Person], *, moving: Sequence[UUID] = ()) -> None:
    """Change people. ``moving``: those whose address changes; two may trade theirs, so they first give it up."""
    if moving:
        transaction.execute(
            update(people).where(people.c.id == bindparam("key")).values(email=bindparam("parked")),
            [{"key": person_id, "parked": f"moving:{person_id}"} for person_id in moving],
        )
    if rows:
        changing = [name for name in _values(rows[0]) if name != "id"]
        transaction.execute(
            update(people)
            .where(people.c.id == bindparam("key"))
            .values({name: bindparam(f"new_{name}") for name in changing}),
            [_keyed(person) for person in rows],
        )


def set_language(transaction: Transaction, person_id: UUID, language: str) -> None:
    """Keep the language that a person chose."""
    transaction.execute(update(people).where(people.c.id == person_id).values(language=language))


def _first(transaction: Transaction, condition: ColumnElement[bool]) -> Person | None:
    row = transaction.execute(select(*_COLUMNS).where(condition)).first()
    return None if row is None else person_of(row)


def person_of(row: Any) -> Person:
    """A row with the columns of ``people`` as a person."""
    return Person(
        row.id, row.staff_number, row.name, row.kana, row.email, row.extension, Employment(row.employment), row.pattern,
        row.daily_minutes, row.valid_from, row.valid_to, row.language,
    )  # fmt: skip


def _values(person: Person) -> dict[str, Any]:
    return {
        "id": person.id, "staff_number": person.staff_number, "name": person.name, "kana": person.kana, "email": person.email,
        "extension": person.extension, "employment": str(person.employment), "pattern": person.pattern,
        "daily_minutes": person.daily_minutes, "valid_from": person.valid_from, "valid_to": person.valid_to,
        "language": person.language,
    }  # fmt: skip


def _keyed(person: Person) -> Mapping[str, Any]:
    return {"key" if name == "id" else f"new_{name}": value for name, value in _values(person).items()}
