"""From an issuer's identity to a person of the roster (PROTOCOL section 1, Roster)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID

from dokodemo.domain.errors import ConflictError, ErrorCode, ForbiddenError
from dokodemo.store import Transaction, identities
from dokodemo.store.identities import Meant, RosterPerson

ACCEPTED_AFTER_LAST_DAY = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Matched:
    """The person (``valid_to``: the day after the last), and whether this sign-in was the first one of that identity."""

    person_id: UUID
    name: str
    email: str
    language: str | None
    valid_to: date | None
    first: bool


def match(meant: Meant, identity: Any, now: datetime, zone: tzinfo) -> Matched:
    """The person of a verified identity (``google.id_tokens.Identity``), of those that ``store.identities`` found for it.

    The first sign-in matches the address with one row that has no identity at that issuer; the caller then keeps the
    identity (``keep_first``) and audits it. Raises ``ForbiddenError`` (not_in_roster: nothing is stored; retired) and
    ``ConflictError`` (identity_conflict: IT decides).
    """
    for person, subject in meant:
        if subject == identity.subject:
            return _matched(person, now, zone, first=False)
    if not meant:
        raise ForbiddenError(ErrorCode.NOT_IN_ROSTER, "no person of the roster has this address")
    person, another = meant[0]
    if another is not None:
        raise ConflictError(ErrorCode.IDENTITY_CONFLICT, "this address belongs to a person with another identity")
    return _matched(person, now, zone, first=True)


def keep_first(transaction: Transaction, identity: Any, person: Matched, now: datetime) -> None:
    """Write the identity, if this was its first sign-in."""
    if person.first:
        identities.append(transaction, identity.issuer, identity.subject, person.person_id, identity.email, now)


def _matched(person: RosterPerson, now: datetime, zone: tzinfo, *, first: bool) -> Matched:
    today = now.astimezone(zone).date()
    if person.valid_to is not None and today >= person.valid_to + ACCEPTED_AFTER_LAST_DAY:
        raise ForbiddenError(ErrorCode.RETIRED, "the last day was more than two weeks ago")
    return Matched(person.person_id, person.name, person.email, person.language, person.valid_to, first)
