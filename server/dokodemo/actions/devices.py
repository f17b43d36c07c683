"""Who is calling from a device: the signature, its key, and whether that key still counts (PROTOCOL section 7)."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from dokodemo.actions import Services
from dokodemo.crypto import signatures
from dokodemo.crypto.signatures import Signature, SignedRequest
from dokodemo.domain import base64url
from dokodemo.domain.errors import ErrorCode, ForbiddenError, UnauthenticatedError
from dokodemo.store import Transaction, bindings
from dokodemo.store.bindings import BoundKey

ACCEPTED_AFTER_LAST_DAY = timedelta(days=14)


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
    with services.read() as transaction:
        key = _find(transaction, signature.keyid)
    if key is None:
        raise UnauthenticatedError(ErrorCode.UNKNOWN_KEY, "no binding has this key")
    if key.status != "active":
        raise ForbiddenError(ErrorCode.REVOKED, "this key no longer counts")
    signatures.verify(signature, key.public_key)
    signatures.check_digest(request)
    signatures.check_created(signature, services.now())
    _check_employment(services, key)
    if key.replaces is not None:
        _retire_replaced(services, key)
    return Caller(key, signature)


def _find(transaction: Transaction, keyid: str) -> BoundKey | None:
    try:
        thumbprint = base64url.decode(keyid)
    except ValueError:
        return None
    return bindings.find_by_thumbprint(transaction, thumbprint)


def _check_employment(services: Services, key: BoundKey) -> None:
    if key.person_valid_to is None:
        return
    today = services.now().astimezone(services.city.zone).date()
    if today >= key.person_valid_to + ACCEPTED_AFTER_LAST_DAY:
        raise ForbiddenError(ErrorCode.RETIRED, "the last day was more than two weeks ago")


def _retire_replaced(services: Services, key: BoundKey) -> None:
    with services.read() as transaction:
        old = bindings.find(transaction, key.replaces) if key.replaces else None
    if old is None or old.status != "active":
        return
    at = services.now()
    services.write(lambda transaction: bindings.end(transaction, old.binding_id, "retired", at))
