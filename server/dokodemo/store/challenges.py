"""Nonces for sign-ins of keys: one use, a few minutes. What is over is removed by the worker (``store.expired``)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, func, insert, select, update

from dokodemo.store import Transaction
from dokodemo.store.installation import epoch_of
from dokodemo.store.prepared import Prepared
from dokodemo.store.rows.devices import challenges


@dataclass(frozen=True, slots=True)
class Challenge:
    """A nonce, the key it is for, the binding that it made, and the present epoch of the log."""

    thumbprint: bytes
    expires_at: datetime
    spent_by: UUID | None
    epoch: int


_new = [challenges.c.nonce, challenges.c.thumbprint, challenges.c.expires_at]
_open = select(func.count()).where(
    challenges.c.thumbprint == bindparam("thumbprint"), challenges.c.expires_at > bindparam("now"),
    challenges.c.spent_by.is_(None),
).scalar_subquery()  # fmt: skip
_append = Prepared(
    insert(challenges)
    .from_select(_new, select(*(bindparam(one.name, type_=one.type) for one in _new)).where(_open < bindparam("most")))
    .returning(challenges.c.nonce)
)
_find = Prepared(
    select(challenges.c.thumbprint, challenges.c.expires_at, challenges.c.spent_by, epoch_of).where(
        challenges.c.nonce == bindparam("nonce")
    )
)
_spend = Prepared(update(challenges).where(challenges.c.nonce == bindparam("which")).values(spent_by=bindparam("by")))


def append(
    transaction: Transaction, nonce: str, thumbprint: bytes, expires_at: datetime, now: datetime, *, most: int
) -> bool:
    """A new nonce; False when ``most`` of this key are unspent and not over yet."""
    parameters = {"nonce": nonce, "thumbprint": thumbprint, "expires_at": expires_at, "now": now, "most": most}
    return _append.first(transaction, parameters) is not None


def asked(transaction: Transaction, nonce: str) -> Callable[[], Challenge | None]:
    """A nonce by its text, to be read after the trip."""
    sent = _find.ask(transaction, {"nonce": nonce})
    return lambda: Challenge(*row) if (row := sent.first()) else None


def spend(transaction: Transaction, nonce: str, binding_id: UUID) -> None:
    """The nonce made this binding."""
    _spend.run(transaction, {"which": nonce, "by": binding_id})
