"""Bind a key to a person on a device (PROTOCOL sections 1 and 7)."""

import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from dokodemo.actions import Services, restores
from dokodemo.actions.audit import DEVICE, OPERATOR, record, record_all
from dokodemo.actions.roster_match import Matched, keep_first, match
from dokodemo.crypto import keys, signatures
from dokodemo.crypto.signatures import SignedRequest
from dokodemo.domain import base64url
from dokodemo.domain.audit import Actor, Tag
from dokodemo.domain.errors import (
    ConflictError,
    ErrorCode,
    ExhaustedError,
    ForbiddenError,
    UnauthenticatedError,
    UnavailableError,
)
from dokodemo.store import Transaction, bindings, challenges, devices, identities
from dokodemo.store.bindings import BoundKey
from dokodemo.store.challenges import Challenge
from dokodemo.store.devices import Named
from dokodemo.store.prepared import one_trip

CHALLENGE_LASTS = timedelta(minutes=5)
OPEN_CHALLENGES = 10  # of one key
TURN_SECONDS = 4.0  # as long as for a connection of the pool
REFUSALS = {ErrorCode.IDENTITY_CONFLICT, ErrorCode.KEY_TAKEN, ErrorCode.CANNOT_REPLACE, ErrorCode.RETIRED}


@dataclass(frozen=True, slots=True)
class Request:
    """What a device asks for. ``device`` holds what it knows of itself, each member may be None."""

    public_key: Mapping[str, Any]
    id_token: str
    nonce: str
    replaces: UUID | None
    device: Mapping[str, str | None]
    extension_version: str | None


@dataclass(frozen=True, slots=True)
class Bound:
    """A key with its person; ``created`` is False when it had been bound before."""

    key: BoundKey
    person: Matched
    created: bool


def challenge(services: Services, public_key: Mapping[str, Any]) -> str:
    """A nonce for the sign-in of this key: one use, five minutes. Raises ``InvalidError`` (public_key_invalid) and
    ``ExhaustedError`` when ten are open."""
    thumbprint = keys.thumbprint(keys.point_of_jwk(public_key))
    nonce = base64url.encode(secrets.token_bytes(24))
    now = services.now()

    def work(transaction: Transaction) -> None:
        expires_at = now + CHALLENGE_LASTS
        if not challenges.append(transaction, nonce, thumbprint, expires_at, now, most=OPEN_CHALLENGES):
            raise ExhaustedError(ErrorCode.TOO_MANY_REQUESTS, "ten challenges are open", retry_after=60)

    services.write(work, single=True)
    return nonce


def bind(services: Services, asked: Request, request: SignedRequest) -> Bound:
    """Bind the key that signed ``request``.

    Raises ``UnauthenticatedError`` (signature_*, id_token_invalid, clock_skew), ``ForbiddenError`` (not_in_roster,
    revoked, retired), ``ConflictError`` (nonce_invalid, key_taken, identity_conflict, cannot_replace) and
    ``UnavailableError`` (issuer_unavailable). The nonce is spent by the COMMIT of a binding alone.
    """
    point = keys.point_of_jwk(asked.public_key)
    thumbprint = _check_signature(services, request, point)
    try:
        identity = services.google.verify(asked.id_token, nonce=asked.nonce, now=services.now())
    except (UnauthenticatedError, UnavailableError):
        with services.glance() as transaction:
            _check_not_ended(bindings.find_by_thumbprint(transaction, thumbprint))
        raise

    def work(transaction: Transaction) -> Bound:
        with one_trip(transaction):
            challenge_asked = challenges.asked(transaction, asked.nonce)  # before the key: so its spender is found
            key_asked = bindings.asked(transaction, thumbprint)
            meant = identities.asked(transaction, identity.issuer, identity.subject, identity.email)
            device_asked = devices.asked(transaction, asked.device)
        known = key_asked()
        _check_not_ended(known)
        person = match(meant(), identity, services.now(), services.city.zone)
        challenge = _check_nonce(services, challenge_asked(), thumbprint, known)
        if known is not None:
            _check_same_person(known, person)
            keep_first(transaction, identity, person, services.now())
            restores.release(services, transaction, known.binding_id)
            bound = Bound(known, person, created=False)
        else:
            key = _new(services, transaction, asked, point, challenge, identity, person, device_asked())
            if asked.replaces is not None:
                restores.release(services, transaction, asked.replaces)
            bound = Bound(key, person, created=True)
        _record(services, transaction, bound)
        return bound

    try:
        with _in_turn():
            bound = services.write(work)
    except (ForbiddenError, ConflictError) as error:
        if error.code in REFUSALS:
            _record_refusal(services, error.code)
        raise
    if not bound.created:
        restores.tell_released(services, bound.key.binding_id)
    return bound


_turn = threading.Lock()


@contextmanager
def _in_turn() -> Iterator[None]:
    """Bindings of one process are written one after the other.

    Each holds the head of the audit trail until its COMMIT anyway. Threads that waited for it inside the database would
    keep connections, and take the interpreter from the one that has it. Raises ``UnavailableError`` after four seconds.
    """
    if not _turn.acquire(timeout=TURN_SECONDS):
        raise UnavailableError(ErrorCode.UNAVAILABLE, "too many sign in at this moment", retry_after=2)
    try:
        yield
    finally:
        _turn.release()


def _record(services: Services, transaction: Transaction, bound: Bound) -> None:
    said: list[tuple[Tag, dict[str, Any]]] = [(Tag.IDENTITY_BOUND, {})] if bound.person.first else []
    if bound.created:
        after = {"binding": str(bound.key.binding_id), "trust": bound.key.trust}
        said.append((Tag.BINDING_CREATED, {"after": after}))
    if said:
        record_all(transaction, services, said, actor=DEVICE, subject_id=bound.person.person_id)


def _record_refusal(services: Services, code: ErrorCode) -> None:
    """Nothing about who was refused is kept: a person outside the roster is nobody here."""
    services.write(
        lambda transaction: record(transaction, services, Tag.BINDING_REFUSED, actor=DEVICE, reason=str(code))
    )


def _check_signature(services: Services, request: SignedRequest, point: bytes) -> bytes:
    signature = signatures.read_signature(request)
    thumbprint = keys.thumbprint(point)
    if signature.keyid != base64url.encode(thumbprint):
        raise UnauthenticatedError(ErrorCode.SIGNATURE_INVALID, "keyid is not the thumbprint of public_key")
    signatures.verify(signature, point)
    signatures.check_digest(request)
    signatures.check_created(signature, services.now())
    return thumbprint


def _check_not_ended(known: BoundKey | None) -> None:
    """A key that was revoked or retired is told so on every call, whatever else is wrong with it."""
    if known is not None and known.status != "active":
        raise ForbiddenError(ErrorCode.REVOKED, "this key no longer counts")


def _check_nonce(
    services: Services, challenge: Challenge | None, thumbprint: bytes, known: BoundKey | None
) -> Challenge:
    """Within its five minutes a nonce makes one binding; the same body again finds that binding (a lost 201)."""
    if challenge is None or challenge.thumbprint != thumbprint or challenge.expires_at < services.now():
        raise ConflictError(ErrorCode.NONCE_INVALID, "the nonce is unknown, over, or another key's")
    if challenge.spent_by is not None and (known is None or challenge.spent_by != known.binding_id):
        raise ConflictError(ErrorCode.NONCE_INVALID, "the nonce made another binding")
    return challenge


def _check_same_person(known: BoundKey, person: Matched) -> None:
    if known.person_id != person.person_id:
        raise ConflictError(ErrorCode.KEY_TAKEN, "this key belongs to another person")


def _new(
    services: Services, transaction: Transaction, asked: Request, point: bytes, challenge: Challenge, identity: Any,
    person: Matched, device: Named,
) -> BoundKey:  # fmt: skip
    """Everything that a new key leaves, sent to the database together."""
    now = services.now()
    if asked.replaces is not None:
        _check_replaced(transaction, asked.replaces, person.person_id, device.device_id)
    columns = {
        "id": _id_of(challenge.thumbprint), "thumbprint": challenge.thumbprint, "public_key": point, "person_id": person.person_id,
        "device_id": device.device_id, "trust": "managed" if device.managed else "unmanaged", "status": "active",
        "extension_version": asked.extension_version, "replaces": asked.replaces, "created_at": now,
    }  # fmt: skip
    key = bindings.as_appended(columns, person_valid_to=person.valid_to, epoch=challenge.epoch)
    with one_trip(transaction):
        keep_first(transaction, identity, person, now)
        devices.keep(transaction, device, now)
        bindings.append(transaction, **columns)
        challenges.spend(transaction, asked.nonce, key.binding_id)
    return key


def _id_of(thumbprint: bytes) -> UUID:
    """The id of a key's binding, made of the key: a key that a restored backup does not know binds again under the id
    that devices name in what they carry over."""
    return UUID(bytes=thumbprint[:16], version=4)


def _check_replaced(transaction: Transaction, replaces: UUID, person_id: UUID, device_id: UUID | None) -> None:
    old = bindings.find(transaction, replaces)
    if old is None or old.status != "active" or (old.person_id, old.device_id) != (person_id, device_id):
        raise ConflictError(ErrorCode.CANNOT_REPLACE, "it names no live binding of this person on this device")


def revoke(services: Services, binding_id: UUID, *, by: Actor = OPERATOR, reason: str = "") -> bool:
    """Stop a key at once; False when it did not count any more."""
    at = services.now()

    def work(transaction: Transaction) -> bool:
        known = bindings.find(transaction, binding_id)
        if known is None or not bindings.end(transaction, binding_id, "revoked", at):
            return False
        gone = {"binding": str(binding_id)}
        record(
            transaction, services, Tag.BINDING_REVOKED, actor=by, subject_id=known.person_id, before=gone, reason=reason
        )
        return True

    return services.write(work)
