"""Nonces for sign-ins of keys: one use, a few minutes."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update

from dokodemo.store import Transaction
from dokodemo.store.rows.devices import challenges


@dataclass(frozen=True, slots=True)
class Challenge:
    """A nonce, the key it is for, and the binding that it made."""

    thumbprint: bytes
    expires_at: datetime
    spent_by: UUID | None


def count_open(transaction: Transaction, thumbprint: bytes, now: datetime) -> int:
    """How many unspent nonces of a key are not over yet."""
    return transaction.execute(
        select(func.count()).where(
            challenges.c.thumbprint == thumbprint, challenges.c.expires_at > now, challenges.c.spent_by.is_(None)
        )
    ).scalar_one()


def append(transaction: Transaction, nonce: str, thumbprint: bytes, expires_at: datetime, now: datetime) -> None:
    """A new nonce; what is over of this key goes."""
    transaction.execute(
        delete(challenges).where(challenges.c.thumbprint == thumbprint, challenges.c.expires_at <= now)
    )
    transaction.execute(insert(challenges).values(nonce=nonce, thumbprint=thumbprint, expires_at=expires_at))


def find(transaction: Transaction, nonce: str) -> Challenge | None:
    """A nonce by its text."""
    row = transaction.execute(
        select(challenges.c.thumbprint, challenges.c.expires_at, challenges.c.spent_by).where(
            challenges.c.nonce == nonce
        )
    ).first()
    return Challenge(bytes(row.thumbprint), row.expires_at, row.spent_by) if row else None


def spend(transaction: Transaction, nonce: str, binding_id: UUID) -> None:
    """The nonce made this binding."""
    transaction.execute(update(challenges).where(challenges.c.nonce == nonce).values(spent_by=binding_id))
