"""Declare where somebody is: for oneself, or for a colleague (代理入力), who is told by the entry itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from dokodemo.actions import Services
from dokodemo.actions.announcements import announce
from dokodemo.actions.audit import record
from dokodemo.actions.proxy_notices import tell
from dokodemo.domain.audit import Actor, Tag
from dokodemo.domain.audit import Via as Door
from dokodemo.domain.errors import ConflictError, ErrorCode
from dokodemo.domain.fact_documents import WHEREABOUTS, document_of_whereabouts
from dokodemo.domain.roles import Role
from dokodemo.domain.statuses import Status
from dokodemo.domain.whereabouts import Via, Whereabouts, checked, conflicts, current, ends_at, ordered_at
from dokodemo.live import Change, LiveLostError
from dokodemo.store import Transaction, whereabouts
from dokodemo.store import people as people_rows


@dataclass(frozen=True, slots=True)
class Declaration:
    """What was asked, its form checked. ``offset`` corrects the sender's clock; ``over`` is a fresh entry of somebody
    else that the author has seen and replaces; ``role`` is the one by which the author may."""

    id: UUID
    person_id: UUID
    author_id: UUID
    via: Via
    status: Status
    made_at: datetime
    destination: str | None = None
    back_at: datetime | None = None
    note: str | None = None
    from_at: datetime | None = None
    until_at: datetime | None = None
    offset: timedelta = timedelta(0)
    over: UUID | None = None
    asks_first: bool = False
    role: Role = Role.MEMBER


def declare(services: Services, asked: Declaration) -> Whereabouts:
    """Keep the entry and give the one that holds now, or the entry itself when none does; a losing one is kept too.

    A repeat changes nothing.

    Raises ``InvalidError`` naming the field, and ``ConflictError`` with ``current`` and ``author`` when ``asks_first``
    and somebody else wrote less than two minutes ago. The caller has checked that the author may.
    """
    received_at = services.now()
    entry = checked(_entry(asked, received_at))
    zone = services.city.zone

    def work(transaction: Transaction) -> tuple[Sequence[UUID], Whereabouts | None]:
        known = whereabouts.not_over(transaction, [asked.person_id], received_at)
        holding = current(known, received_at, zone=zone)
        repeat = whereabouts.find(transaction, asked.person_id, asked.id) is not None
        if asked.asks_first and not repeat and holding is not None and holding.id != asked.over:
            _ask_first(transaction, holding, asked, received_at)
        new = whereabouts.append(transaction, entry, received_at, ends_at(entry, zone=zone))
        told: Sequence[UUID] = ()
        if new and entry.by_proxy:
            told = tell(transaction, entry, received_at, zone=zone)
            _audit(services, transaction, entry, asked.role)
        return told, current([*known, entry], received_at, zone=zone) if new else holding

    told, holding = services.write(work)
    announce(services, *(Change("orders", str(binding)) for binding in told))
    put_current(services, asked.person_id, holding)
    return holding or entry


def put_current(services: Services, person_id: UUID, entry: Whereabouts | None) -> None:
    """Tell the shared state which entry holds; without it the database still knows."""
    try:
        services.live.put(person_id, WHEREABOUTS, document_of_whereabouts(entry) if entry else None)
    except LiveLostError:
        return


def turn(services: Services, after: datetime, until: datetime) -> int:
    """Announce what began or ended by itself in (``after``, ``until``]; for how many people."""
    with services.read() as transaction:
        turning = whereabouts.turning(transaction, after, until)
        entries = whereabouts.not_over(transaction, turning, until)
    for person_id in turning:
        theirs = [entry for entry in entries if entry.person_id == person_id]
        put_current(services, person_id, current(theirs, until, zone=services.city.zone))
    return len(turning)


def _entry(asked: Declaration, received_at: datetime) -> Whereabouts:
    made_at = ordered_at(asked.made_at, received_at, offset=asked.offset)
    return Whereabouts(
        asked.id, asked.person_id, asked.status, asked.destination, asked.back_at, asked.note, asked.from_at,
        asked.until_at, made_at, asked.author_id, asked.via,
    )  # fmt: skip


def _ask_first(transaction: Transaction, holding: Whereabouts, asked: Declaration, now: datetime) -> None:
    if not conflicts(holding, asked.author_id, now):
        return
    author = people_rows.find(transaction, holding.author_id)
    raise ConflictError(
        ErrorCode.CONFLICT, "somebody else wrote less than two minutes ago", current=document_of_whereabouts(holding),
        author=author.name if author else "",
    )  # fmt: skip


def _audit(services: Services, transaction: Transaction, entry: Whereabouts, role: Role) -> None:
    """A proxy's entry leaves a trace; its words do not, they are in the entry."""
    via = Door.PAGE if entry.via is Via.WEB else Door.API
    actor = Actor(str(entry.author_id), str(role), via)
    record(
        transaction, services, Tag.WHEREABOUTS_SET_FOR_ANOTHER, actor=actor, subject_id=entry.person_id,
        entry=str(entry.id), status=str(entry.status),
    )  # fmt: skip
