"""Facts of the installation by name."""

from typing import Any

from sqlalchemy import func, literal, select

from dokodemo.store import Transaction
from dokodemo.store.columns import Document
from dokodemo.store.rows.installation import installation
from dokodemo.store.upserts import upsert

EPOCH = "epoch"

_epoch = select(installation.c.value).where(installation.c.name == EPOCH).scalar_subquery()
epoch_of = func.coalesce(_epoch, literal(1, Document()))
"""Which life of the log this is, as a column of another SELECT."""


def find(transaction: Transaction, name: str) -> Any:
    """The value under a name, None when there is none."""
    return transaction.execute(select(installation.c.value).where(installation.c.name == name)).scalar()


def replace(transaction: Transaction, name: str, value: Any) -> None:
    """Keep a value under a name."""
    upsert(transaction, installation, {"name": name, "value": value})


def epoch(transaction: Transaction) -> int:
    """Which life of the log this is: 1, and one more with each restored backup."""
    return int(find(transaction, EPOCH) or 1)
