"""The trail: writing an entry beside a change, reading by scope, exporting, verifying."""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from dokodemo.actions import Services
from dokodemo.domain import access
from dokodemo.domain.access import Permit, Scope, Verb, Viewer
from dokodemo.domain.audit import SALT_BYTES, Actor, Draft, Entry, Tag, Verification, Via, verify
from dokodemo.domain.people import unit_codes_on
from dokodemo.store import Transaction, audit, postings, units
from dokodemo.store.audit import Filters
from dokodemo.store.prepared import one_trip

OPERATOR = Actor("operator", "operator", Via.CLI)
WORKER = Actor("worker", "", Via.WORKER)
DEVICE = Actor("device", "", Via.API)

__all__ = [
    "DEVICE",
    "OPERATOR",
    "WORKER",
    "Filters",
    "actor_of",
    "draft",
    "entries",
    "export",
    "record",
    "record_all",
    "verify_chain",
]


def actor_of(permit: Permit, *, via: Via = Via.PAGE) -> Actor:
    """Whoever holds a permit, in the role by which it was given."""
    return Actor("operator" if permit.viewer_id is None else str(permit.viewer_id), str(permit.role), via)


def draft(
    tag: Tag,
    actor: Actor,
    payload: Mapping[str, Any],
    *,
    at: datetime,
    subject_id: UUID | None = None,
    unit_code: str | None = None,
) -> Draft:
    """An entry with a fresh salt, for those who append many at once (``store.audit.append``)."""
    return Draft(at, tag, actor, payload, secrets.token_bytes(SALT_BYTES), subject_id, unit_code)


def record(
    transaction: Transaction, services: Services, tag: Tag, *, actor: Actor, subject_id: UUID | None = None,
    unit_code: str | None = None, **payload: Any,
) -> None:  # fmt: skip
    """One entry for one change, in the transaction of that change; the payload is given by name (``before``, ``reason`` …).

    It locks the head of the chain until the commit: call it after the other writes. Without ``unit_code`` an entry about
    a person gets the main unit of today. Payload values are JSON values; nothing else is added to them.
    """
    record_all(transaction, services, [(tag, payload)], actor=actor, subject_id=subject_id, unit_code=unit_code)


def record_all(
    transaction: Transaction, services: Services, said: Sequence[tuple[Tag, Mapping[str, Any]]], *, actor: Actor,
    subject_id: UUID | None = None, unit_code: str | None = None,
) -> None:  # fmt: skip
    """Several entries about one person at one moment, as ``record`` makes one."""
    now = services.now()
    with one_trip(transaction):
        held = postings.asked(transaction, subject_id) if unit_code is None and subject_id is not None else None
        head = audit.head_asked(transaction)
    if held is not None:
        unit_code = next(iter(unit_codes_on(held(), now.astimezone(services.city.zone).date())), None)
    drafts = [draft(tag, actor, what, at=now, subject_id=subject_id, unit_code=unit_code) for tag, what in said]
    audit.append(transaction, drafts, head())


def entries(
    services: Services, viewer: Viewer, filters: Filters, *, cursor: int | None = None, limit: int = 100
) -> tuple[list[Entry], int | None]:
    """The latest entries that the viewer may see, and the cursor of the next page (None: there is none).

    Everybody sees what is about themselves; heads what is about their units; auditors all. Nothing is refused: a scope
    that reaches nothing gives nothing.
    """
    with services.read() as transaction:
        found = audit.entries(
            transaction, reached(transaction, viewer, Verb.SEE_AUDIT), filters, before=cursor, limit=limit + 1
        )
    page = found[:limit]
    return page, page[-1].n if len(found) > limit else None


def reached(transaction: Transaction, viewer: Viewer, verb: Verb) -> Scope:
    """The scope of a verb with all units below those named, for tables that keep one unit's code."""
    scope = access.scope(viewer, verb)
    return Scope(
        scope.all,
        units.codes_below(transaction, scope.units, viewer.on) if scope.units else frozenset(),
        scope.person_id,
    )


def export(services: Services, permit: Permit, filters: Filters, *, via: Via = Via.PAGE) -> Iterator[str]:
    """The trail as JSON Lines, oldest first, with what a reader needs to verify the chain. The export is itself an entry.

    The entry is written before the first line is given, so that an export that was broken off is known too.
    """
    if permit.verb is not Verb.EXPORT_AUDIT:
        raise TypeError("the trail is exported by the verb export_audit")
    return export_as(services, actor_of(permit, via=via), filters)


def export_as(services: Services, actor: Actor, filters: Filters) -> Iterator[str]:
    """As ``export``, for the installation's own command line."""
    asked = {
        "actor": filters.actor, "subject_id": str(filters.subject_id) if filters.subject_id else None,
        "tags": sorted(filters.tags) if filters.tags else None,
        "begins_at": filters.begins_at.isoformat() if filters.begins_at else None,
        "ends_at": filters.ends_at.isoformat() if filters.ends_at else None,
    }  # fmt: skip
    asked = {name: value for name, value in asked.items() if value is not None}
    services.write(lambda transaction: record(transaction, services, Tag.AUDIT_EXPORTED, actor=actor, filters=asked))
    return _lines(services, filters)


def _lines(services: Services, filters: Filters) -> Iterator[str]:
    """Block by block, each in a transaction of its own: whoever reads slowly holds none open. Entries never change."""
    after: int | None = 0
    while after is not None:
        with services.read() as transaction:
            block, after = audit.block(transaction, after, filters=filters)
        for entry in block:
            yield json.dumps(document_of(entry), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def document_of(entry: Entry) -> dict[str, Any]:
    """An entry as JSON; bytes are hexadecimal."""
    return {
        "n": entry.n, "at": entry.at.isoformat(timespec="microseconds").replace("+00:00", "Z"), "tag": str(entry.tag),
        "actor": entry.actor, "actor_role": entry.actor_role,
        "subject_id": str(entry.subject_id) if entry.subject_id else None, "unit_code": entry.unit_code, "via": str(entry.via),
        "payload": entry.payload, "salt": entry.salt.hex() if entry.salt else None, "digest": entry.digest.hex(),
        "previous": entry.previous.hex(), "hash": entry.hash.hex(),
    }  # fmt: skip


def verify_chain(services: Services) -> Verification:
    """Walk the whole chain; ``broken`` is the first number that is altered or missing, also at the end of the chain."""
    with services.snapshot() as transaction:
        found = verify(audit.walk(transaction))
        head = audit.head(transaction)
    if found.broken is None and found.head != head:
        return Verification(found.count, found.erased, found.head.n + 1, found.head)
    return found
