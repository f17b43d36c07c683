"""Who is calling from a device: the signature, its key, and whether that key still counts (PROTOCOL section 7).

``authenticate`` judges everything at once. The door of events judges in two steps: ``recognise`` judges the signature
with a key that may be remembered, since the key of a name never changes; whether it still counts is read where the
request is served, in the same transaction (``check_counts``), so a revocation works at once.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from dokodemo.actions import Services
from dokodemo.crypto import signatures
from dokodemo.crypto.signatures import Signature, SignedRequest
from dokodemo.domain import base64url
from dokodemo.domain.errors import ErrorCode, ForbiddenError, UnauthenticatedError
from dokodemo.store import Transaction, bindings
from dokodemo.store.bindings import BoundKey

ACCEPTED_AFTER_LAST_DAY = timedelta(days=14)
REMEMBERED_KEYS = 50_000


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose signature is right, which alone says nothing about whether the key still counts."""

    binding_id: UUID
    signature: Signature


Remembered = dict[str, tuple[UUID, bytes]]
"""Binding and public key by the key's name: what can never be another."""

_remembered: "WeakKeyDictionary[Any, Remembered]" = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Caller:
    """A device request that passed every check; ``key`` is the row as it was read for this request."""

    key: BoundKey
    signature: Signature

    @property
    def binding_id(self) -> UUID:
        """The binding, which is also its journal."""
        return self.key.binding_id

    @property
    def person_id(self) -> UUID:
        """Whose device this is."""
        return self.key.person_id


def authenticate(services: Services, request: SignedRequest) -> Caller:
    """Judge a signed request in the order form, key, signature, digest, time.

    Raises ``UnauthenticatedError`` (signature_missing, signature_invalid, unknown_key, clock_skew) and
    ``ForbiddenError`` (revoked, retired). The first request of a key that replaces another retires that one.
    """
    signature = signatures.read_signature(request)
    with services.glance() as transaction:
        key = _find(transaction, signature.keyid)
    if key is None:
        raise _unknown_key()
    if key.status != "active":
        raise _revoked()
    signatures.verify(signature, key.public_key)
    signatures.check_digest(request)
    signatures.check_created(signature, services.now())
    check_counts(services, key.status, key.person_valid_to)
    if key.replaces_active:
        services.write(lambda transaction: retire_replaced(services, transaction, key.replaces))
    return Caller(key, signature)


def recognise(services: Services, request: SignedRequest) -> Signer:
    """Judge a signed request but for its key's standing; in the same order, with the same errors, as ``authenticate``.

    Raises ``UnauthenticatedError``; of ``ForbiddenError`` only what has to be said before another refusal.
    """
    signature = signatures.read_signature(request)
    binding_id, public_key = _key_of(services, signature.keyid)
    try:
        signatures.verify(signature, public_key)
        signatures.check_digest(request)
        signatures.check_created(signature, services.now())
    except UnauthenticatedError:
        with services.glance() as transaction:
            key = _find(transaction, signature.keyid)
        if key is not None and key.status != "active":
            raise _revoked() from None  # the key is judged before the signature
        raise
    return Signer(binding_id, signature)


def key_now(services: Services, signer: Signer) -> BoundKey:
    """The signer's row as it is now. Raises ``UnauthenticatedError`` (unknown_key) and as ``check_counts``."""
    with services.glance() as transaction:
        key = bindings.find(transaction, signer.binding_id)
    if key is None:
        raise vanished(services, signer)
    check_counts(services, key.status, key.person_valid_to)
    if key.replaces_active:
        services.write(lambda transaction: retire_replaced(services, transaction, key.replaces))
    return key


def vanished(services: Services, signer: Signer) -> UnauthenticatedError:
    """The refusal of a key that was known a moment ago: an older backup was restored under this process."""
    _remembered_of(services).pop(signer.signature.keyid, None)
    return _unknown_key()


def check_counts(services: Services, status: str, person_valid_to: date | None) -> None:
    """Raises ``ForbiddenError`` (revoked, retired) for a key that no longer counts."""
    if status != "active":
        raise _revoked()
    if person_valid_to is None:
        return
    today = services.now().astimezone(services.city.zone).date()
    if today >= person_valid_to + ACCEPTED_AFTER_LAST_DAY:
        raise ForbiddenError(ErrorCode.RETIRED, "the last day was more than two weeks ago")


def retire_replaced(services: Services, transaction: Transaction, replaced: UUID | None) -> None:
    """The first request of a key that replaces another retires that one."""
    if replaced is not None:
        bindings.end(transaction, replaced, "retired", services.now())


def _key_of(services: Services, keyid: str) -> tuple[UUID, bytes]:
    remembered = _remembered_of(services)
    known = remembered.get(keyid)
    if known is None:
        with services.glance() as transaction:
            key = _find(transaction, keyid)
        if key is None:
            raise _unknown_key()
        if key.status != "active":
            raise _revoked()
        known = key.binding_id, key.public_key
        if len(remembered) >= REMEMBERED_KEYS:
            remembered.clear()
        remembered[keyid] = known
    return known


def _remembered_of(services: Services) -> Remembered:
    return _remembered.setdefault(services.database, {})


def _unknown_key() -> UnauthenticatedError:
    return UnauthenticatedError(ErrorCode.UNKNOWN_KEY, "no binding has this key")


def _revoked() -> ForbiddenError:
    return ForbiddenError(ErrorCode.REVOKED, "this key no longer counts")


def _find(transaction: Transaction, keyid: str) -> BoundKey | None:
    try:
        thumbprint = base64url.decode(keyid)
    except ValueError:
        return None
    return bindings.find_by_thumbprint(transaction, thumbprint)
