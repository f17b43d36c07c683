"""Roles given to people, with dates; taken back is marked, never deleted."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, insert, select, update

from dokodemo.domain.roles import Grant, Part, Role
from dokodemo.store import Transaction
from dokodemo.store.rows.people import people, role_grants
from dokodemo.store.units import holds_on


@dataclass(frozen=True, slots=True)
class RoleGrant:
    """A grant as kept, with whose it is."""

    id: UUID
    person_id: UUID
    staff_number: str
    name: str
    grant: Grant
    granted_at: datetime
    granted_by: str
    revoked_at: datetime | None


def of(transaction: Transaction, person_id: UUID) -> list[Grant]:
    """The grants of a person that were not taken back, of all days."""
    query = select(role_grants).where(role_grants.c.person_id == person_id, role_grants.c.revoked_at.is_(None))
    return [_grant(row) for row in transaction.execute(query)]


def all_of(transaction: Transaction, *, role: Role | None = None, on: date | None = None) -> list[RoleGrant]:
    """Grants with their holders, by role and staff number; with ``on`` only what holds that day and was not taken back."""
    query = _with_people()
    if role is not None:
        query = query.where(role_grants.c.role == role)
    if on is not None:
        query = query.where(role_grants.c.revoked_at.is_(None), holds_on(role_grants, on))
    query = query.order_by(role_grants.c.role, people.c.staff_number, role_grants.c.valid_from)
    return [_role_grant(row) for row in transaction.execute(query)]


def held(transaction: Transaction, person_id: UUID, role: Role, unit_code: str | None) -> list[RoleGrant]:
    """Grants of one role over one unit (None: over none) that were not taken back, of all days."""
    query = _with_people().where(
        role_grants.c.person_id == person_id, role_grants.c.role == role, role_grants.c.revoked_at.is_(None),
        role_grants.c.unit_code.is_(None) if unit_code is None else role_grants.c.unit_code == unit_code,
    )  # fmt: skip
    return [_role_grant(row) for row in transaction.execute(query)]


def append(transaction: Transaction, grant_id: UUID, person_id: UUID, grant: Grant, at: datetime, by: str) -> None:
    """Give a role."""
    transaction.execute(
        insert(role_grants).values(
            id=grant_id, person_id=person_id, role=str(grant.role), unit_code=grant.unit_code, valid_from=grant.valid_from,
            valid_to=grant.valid_to, granted_at=at, granted_by=by, part=None if grant.part is Part.ALL else str(grant.part),
        )
    )  # fmt: skip


def revoke(transaction: Transaction, grant_ids: list[UUID], at: datetime) -> None:
    """Take grants back from this moment on."""
    transaction.execute(update(role_grants).where(role_grants.c.id.in_(grant_ids)).values(revoked_at=at))


def _with_people() -> Select[Any]:
    return select(role_grants, people.c.staff_number, people.c.name).join(
        people, people.c.id == role_grants.c.person_id
    )


def _grant(row: Any) -> Grant:
    part = Part(row.part) if row.part else Part.ALL
    return Grant(Role(row.role), row.unit_code, row.valid_from, row.valid_to, part)


def _role_grant(row: Any) -> RoleGrant:
    return RoleGrant(
        row.id, row.person_id, row.staff_number, row.name, _grant(row), row.granted_at, row.granted_by, row.revoked_at
    )
