"""Giving roles and taking them back."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from dokodemo import live
from dokodemo.actions import Services, announcements
from dokodemo.actions.audit import record
from dokodemo.actions.people import person_of_number, subject_of_unit, today
from dokodemo.domain import access
from dokodemo.domain.access import CITY, Viewer
from dokodemo.domain.audit import Actor, Tag
from dokodemo.domain.errors import ConflictError, ErrorCode, ForbiddenError, InvalidError, MissingError
from dokodemo.domain.people import Person
from dokodemo.domain.roles import GIVERS, NEEDS_END, NEEDS_SECOND_PERSON, NEEDS_UNIT, Grant, Part, Role
from dokodemo.store import Transaction, roles
from dokodemo.store.roles import RoleGrant


@dataclass(frozen=True, slots=True)
class Granted:
    """Whose role it is now, and the grant."""

    person: Person
    grant: Grant


@dataclass(frozen=True, slots=True)
class Wish:
    """What to give: ``last_day`` is inclusive (None: until it is taken back), ``valid_from`` None is today. ``part``: how
    much of the head's rights a stand-in gets."""

    role: Role
    unit_code: str | None = None
    valid_from: date | None = None
    last_day: date | None = None
    second_person: str | None = None
    reason: str = ""
    part: Part = Part.ALL


def grant(services: Services, actor: Actor, viewer: Viewer, staff_number: str, wish: Wish) -> Granted:
    """Give a role.

    ``InvalidError``: a role that postings or pairing give, a unit, an end or a second person that is missing, a part of
    a role that is given whole, dates the wrong way round. ``ForbiddenError``: the viewer may not give this role there.
    ``ConflictError``: it is held already.
    """
    role, unit_code = wish.role, wish.unit_code
    valid_from = wish.valid_from or today(services)
    if role not in GIVERS:
        raise InvalidError(ErrorCode.INVALID, f"the role {role} is not given by grant", field="role")
    if role in NEEDS_UNIT and unit_code is None:
        raise InvalidError(ErrorCode.INVALID, f"the role {role} needs a unit", field="unit")
    if role in NEEDS_END and wish.last_day is None:
        raise InvalidError(ErrorCode.INVALID, f"the role {role} needs a last day: it ends by itself", field="until")
    if wish.part is not Part.ALL and role is not Role.STAND_IN:
        raise InvalidError(ErrorCode.INVALID, f"the role {role} is given whole", field="part")
    if wish.last_day is not None and wish.last_day < valid_from:
        raise InvalidError(ErrorCode.INVALID, "the last day lies before the first", field="until")
    valid_to = None if wish.last_day is None else wish.last_day + timedelta(days=1)
    given = Grant(role, unit_code, valid_from, valid_to, wish.part)

    def write(transaction: Transaction) -> Granted:
        _judge(transaction, viewer, role, unit_code)
        person = person_of_number(transaction, staff_number)
        second = _second(transaction, person, role, wish.second_person, valid_from)
        if any(_same(held.grant, given) for held in roles.held(transaction, person.id, role, unit_code)):
            raise ConflictError(ErrorCode.CONFLICT, f"{staff_number} holds {role} already")
        roles.append(transaction, uuid4(), person.id, given, services.now(), actor.name)
        payload = _payload(given) | {"reason": wish.reason, "second_person": second}
        record(transaction, services, Tag.ROLE_GRANTED, actor=actor, subject_id=person.id, after=payload)
        announcements.leave(transaction, actor, "rights", {"subject": str(person.id)}, services.now())
        return Granted(person, given)

    granted = services.write(write)
    announcements.announce(services, live.Change("rights", str(granted.person.id)))
    return granted


def revoke(
    services: Services,
    actor: Actor,
    viewer: Viewer,
    staff_number: str,
    role: Role,
    *,
    unit_code: str | None = None,
    reason: str = "",
) -> int:
    """Take a role back at once; how many grants that were. ``MissingError`` when the person does not hold it."""

    def write(transaction: Transaction) -> tuple[Person, list[RoleGrant]]:
        _judge(transaction, viewer, role, unit_code)
        person = person_of_number(transaction, staff_number)
        held = roles.held(transaction, person.id, role, unit_code)
        if not held:
            raise MissingError(
                ErrorCode.NOT_FOUND, f"{staff_number} does not hold {role}{f' over {unit_code}' if unit_code else ''}"
            )
        roles.revoke(transaction, [one.id for one in held], services.now())
        for one in held:
            record(
                transaction,
                services,
                Tag.ROLE_REVOKED,
                actor=actor,
                subject_id=person.id,
                before=_payload(one.grant),
                reason=reason,
            )
        announcements.leave(transaction, actor, "rights", {"subject": str(person.id)}, services.now())
        return person, held

    person, held = services.write(write)
    announcements.announce(services, live.Change("rights", str(person.id)))
    return len(held)


def listed(services: Services, *, role: Role | None = None, on: date | None = None) -> list[RoleGrant]:
    """Grants with their holders; with ``on`` those that hold on that day."""
    with services.read() as transaction:
        return roles.all_of(transaction, role=role, on=on)


def _judge(transaction: Transaction, viewer: Viewer, role: Role, unit_code: str | None) -> None:
    subject = CITY if unit_code is None else subject_of_unit(transaction, unit_code, viewer.on)
    if not access.may_grant(viewer, role, subject):
        raise ForbiddenError(ErrorCode.FORBIDDEN, f"the role {role} is given by others")


def _second(transaction: Transaction, person: Person, role: Role, number: str | None, on: date) -> str | None:
    """The staff number of the second person who agreed, where the role asks for one."""
    if number is None:
        if role in NEEDS_SECOND_PERSON:
            raise InvalidError(ErrorCode.INVALID, f"the role {role} needs a second person", field="second_person")
        return None
    second = person_of_number(transaction, number)
    if second.id == person.id or not second.valid_on(on):
        raise InvalidError(
            ErrorCode.INVALID, "the second person must be somebody else on the staff", field="second_person"
        )
    return second.staff_number


def _same(one: Grant, other: Grant) -> bool:
    """Whether two grants of one role over one unit give the same on some day."""
    return one.part is other.part and (one.valid_to is None or other.valid_from < one.valid_to) and (
        other.valid_to is None or one.valid_from < other.valid_to
    )


def _payload(given: Grant) -> dict[str, Any]:
    return {
        "role": str(given.role), "unit_code": given.unit_code, "valid_from": given.valid_from.isoformat(),
        "valid_to": given.valid_to.isoformat() if given.valid_to else None,
    } | ({} if given.part is Part.ALL else {"part": str(given.part)})  # fmt: skip
