"""Who somebody is as a viewer, where somebody belongs, and IT's decision about a conflicting identity."""

from datetime import date
from uuid import UUID

from dokodemo.actions import Services
from dokodemo.actions.audit import record
from dokodemo.domain import access
from dokodemo.domain.access import Subject, Viewer
from dokodemo.domain.audit import Actor, Tag
from dokodemo.domain.errors import ErrorCode, MissingError
from dokodemo.domain.people import Person
from dokodemo.store import Transaction, identities, people, postings, roles, units, web_sessions


def today(services: Services) -> date:
    """The city's day."""
    return services.now().astimezone(services.city.zone).date()


def viewer_of(transaction: Transaction, person_id: UUID, on: date) -> Viewer:
    """The viewer that a person is on a day; somebody unknown or gone holds nothing."""
    person = people.find(transaction, person_id)
    if person is None:
        return Viewer(person_id, on, frozenset())
    held = postings.of(transaction, person_id)
    lines = units.lines(transaction, (posting.unit_code for posting in held if posting.valid_on(on)), on)
    return access.viewer(person, held, roles.of(transaction, person_id), on, lines=lines)


def subject_of(transaction: Transaction, person_id: UUID, on: date) -> Subject:
    """A person as the subject of a verb, with the units of ``on`` (of a record: the day on which its session started)."""
    codes = postings.unit_codes_on(transaction, person_id, on)
    return access.subject_of(person_id, units.lines(transaction, codes, on).values())


def subject_of_unit(transaction: Transaction, code: str, on: date) -> Subject:
    """A unit as the subject of a verb; ``MissingError`` when there is no such unit on that day."""
    line = units.lines(transaction, [code], on).get(code)
    if line is None:
        raise MissingError(ErrorCode.NOT_FOUND, "no such unit on this day")
    return access.subject_of_unit(line)


def person_of_number(transaction: Transaction, staff_number: str) -> Person:
    """The person of a staff number; ``MissingError``."""
    person = people.find_by_staff_number(transaction, staff_number)
    if person is None:
        raise MissingError(ErrorCode.NOT_FOUND, f"no person has the staff number {staff_number}")
    return person


def relink(
    services: Services, actor: Actor, staff_number: str, issuer: str, *, subject: str | None = None, reason: str = ""
) -> None:
    """Undo which identity of an issuer a person is, after a conflict (PROTOCOL 1, roster).

    Without ``subject`` the next sign-in with the person's address binds anew; with it that identity is bound at once. All
    web sessions of the person end, since one of them may be the other's. Devices keep their bindings: revoke them apart.
    """

    def write(transaction: Transaction) -> None:
        person = person_of_number(transaction, staff_number)
        before = identities.remove(transaction, issuer, person.id)
        if before is None and subject is None:
            raise MissingError(ErrorCode.NOT_FOUND, f"{staff_number} has no account of {issuer}")
        now = services.now()
        if subject is not None:
            identities.append(transaction, issuer, subject, person.id, person.email, now)
        web_sessions.revoke(transaction, now, person_id=person.id)
        record(
            transaction, services, Tag.IDENTITY_RELINKED, actor=actor, subject_id=person.id, issuer=issuer, before=before,
            after=subject, reason=reason,
        )  # fmt: skip

    services.write(write)


def is_founded(services: Services) -> bool:
    """Whether there is a roster."""
    with services.read() as transaction:
        return bool(people.all_of(transaction))
