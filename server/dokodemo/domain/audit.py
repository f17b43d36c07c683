"""The audit trail: what happened, in tags, and the chain that shows whether an entry was altered or lost.

The chain runs over digests, contents lie beside them: ``hash = H(prev ‖ n ‖ at ‖ tag ‖ digest)`` with ``digest = H(salt ‖
contents)``. Erasing removes salt and contents; the digest stays and the chain still verifies. ``H`` is SHA-256; ``n`` is
eight bytes big-endian, ``at`` microseconds since 1970 in eight bytes, the tag is preceded by its length in two. Contents
are compact JSON with sorted names in UTF-8 (for strings, booleans and integers this is RFC 8785).
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

GENESIS = bytes(32)
SALT_BYTES = 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Tag(StrEnum):
    """``subject:action`` of everything that leaves an entry. A tag is never renamed."""

    ROSTER_IMPORTED = "roster:imported"
    PERSON_ADDED = "person:added"
    PERSON_CHANGED = "person:changed"
    PERSON_LEFT = "person:left"
    UNITS_IMPORTED = "units:imported"
    UNIT_ADDED = "unit:added"
    UNIT_CLOSED = "unit:closed"
    UNIT_CHANGED = "unit:changed"
    NETWORKS_IMPORTED = "networks:imported"
    DEVICES_IMPORTED = "devices:imported"
    CALENDAR_CHANGED = "calendar:changed"
    ROLE_GRANTED = "role:granted"
    ROLE_REVOKED = "role:revoked"
    IDENTITY_BOUND = "identity:bound"
    IDENTITY_RELINKED = "identity:relinked"
    IDENTITY_REFUSED = "identity:refused"
    SIGN_IN_SUCCEEDED = "sign_in:succeeded"
    SIGN_IN_FAILED = "sign_in:failed"
    SIGN_IN_ENDED = "sign_in:ended"
    WEB_SESSION_REVOKED = "web_session:revoked"
    BINDING_CREATED = "binding:created"
    BINDING_REPLACED = "binding:replaced"
    BINDING_REVOKED = "binding:revoked"
    BINDING_RETIRED = "binding:retired"
    BINDING_REFUSED = "binding:refused"
    JOURNAL_FORKED = "journal:forked"
    ORDER_GIVEN = "order:given"
    SETTINGS_PUBLISHED = "settings:published"
    SETTINGS_CHOSEN = "settings:chosen"
    WHEREABOUTS_SET_FOR_ANOTHER = "whereabouts:set_for_another"
    LOOKS_DIGESTED = "looks:digested"
    AUDIT_EXPORTED = "audit:exported"
    AUDIT_ERASED = "audit:erased"
    RECORD_EXPORTED = "record:exported"
    DATABASE_MIGRATED = "database:migrated"
    DATABASE_RESTORED = "database:restored"
    DATABASE_BACKED_UP = "database:backed_up"
    EXTENSION_PUBLISHED = "extension:published"
    INSTALLATION_STARTED = "installation:started"


class Via(StrEnum):
    """Through which door it came."""

    PAGE = "page"
    API = "api"
    CLI = "cli"
    WORKER = "worker"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a person's id as text, or ``operator``, ``device``, ``worker``; in which role, by which door."""

    name: str
    role: str
    via: Via


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry before it has its number. ``payload`` is a JSON object (``before``, ``after``, ``reason`` …)."""

    at: datetime
    tag: Tag
    actor: Actor
    payload: Mapping[str, Any]
    salt: bytes
    subject_id: UUID | None = None
    unit_code: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the chain. After erasure ``payload`` and ``salt`` are None; everything that the chain needs stays."""

    n: int
    at: datetime
    tag: str
    actor: str
    actor_role: str
    subject_id: UUID | None
    unit_code: str | None
    via: str
    payload: Mapping[str, Any] | None
    salt: bytes | None
    digest: bytes
    previous: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The last number of the chain and its hash; of an empty chain 0 and zeros."""

    n: int = 0
    hash: bytes = GENESIS


def chained(head: Head, drafts: Iterable[Draft]) -> Iterator[Entry]:
    """The drafts as the entries that follow ``head``."""
    n, previous = head.n, head.hash
    for draft in drafts:
        n += 1
        actor = draft.actor
        digest = digest_of(
            draft.salt, actor=actor.name, actor_role=actor.role, subject_id=draft.subject_id, unit_code=draft.unit_code,
            via=actor.via, payload=draft.payload,
        )  # fmt: skip
        hashed = hash_of(previous, n, draft.at, draft.tag, digest)
        yield Entry(
            n, draft.at, draft.tag, actor.name, actor.role, draft.subject_id, draft.unit_code, actor.via, draft.payload,
            draft.salt, digest, previous, hashed,
        )  # fmt: skip
        previous = hashed


def digest_of(
    salt: bytes, *, actor: str, actor_role: str, subject_id: UUID | None, unit_code: str | None, via: str,
    payload: Mapping[str, Any],
) -> bytes:  # fmt: skip
    """Digest of everything an entry says but its time and tag."""
    contents = {
        "actor": actor, "actor_role": actor_role, "subject_id": str(subject_id) if subject_id else None,
        "unit_code": unit_code, "via": str(via), "payload": dict(payload),
    }  # fmt: skip
    return hashlib.sha256(salt + _text(contents)).digest()


def hash_of(previous: bytes, n: int, at: datetime, tag: str, digest: bytes) -> bytes:
    """One link of the chain."""
    micros = (at - _EPOCH) // timedelta(microseconds=1)
    name = str(tag).encode()
    parts = (previous, n.to_bytes(8), micros.to_bytes(8, signed=True), len(name).to_bytes(2), name, digest)
    return hashlib.sha256(b"".join(parts)).digest()


@dataclass(frozen=True, slots=True)
class Verification:
    """What a walk along the chain found: how many entries, how many of them erased, the first broken number or None."""

    count: int
    erased: int
    broken: int | None
    head: Head


def verify(entries: Iterable[Entry], *, after: Head | None = None) -> Verification:
    """Walk along entries in order of their numbers; stops at the first one that is altered, doubled or preceded by a hole.

    That the last entry is the one that the head row names is for the caller to compare (``Verification.head``).
    """
    head = after or Head()
    count = erased = 0
    for entry in entries:
        count += 1
        if not _follows(entry, head) or not _true(entry):
            return Verification(count, erased, head.n + 1, head)
        erased += entry.salt is None
        head = Head(entry.n, entry.hash)
    return Verification(count, erased, None, head)


def _follows(entry: Entry, head: Head) -> bool:
    return (
        entry.n == head.n + 1
        and entry.previous == head.hash
        and entry.hash == hash_of(head.hash, entry.n, entry.at, entry.tag, entry.digest)
    )


def _true(entry: Entry) -> bool:
    if entry.salt is None or entry.payload is None:
        return entry.salt is None and entry.payload is None  # erased: both are gone
    return entry.digest == digest_of(
        entry.salt, actor=entry.actor, actor_role=entry.actor_role, subject_id=entry.subject_id,
        unit_code=entry.unit_code, via=entry.via, payload=entry.payload,
    )  # fmt: skip


def digest_of_looks(looks: Sequence[Mapping[str, Any]]) -> bytes:
    """One digest for the looks of a day, whatever their order."""
    return hashlib.sha256(b"\n".join(sorted(_text(look) for look in looks))).digest()


def _text(value: Mapping[str, Any]) -> bytes:
    return json.dumps(dict(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
