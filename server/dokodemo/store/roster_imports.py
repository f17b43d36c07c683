"""Which roster files were taken in."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import insert, select

from dokodemo.store import Transaction
from dokodemo.store.rows.people import roster_imports


def append(transaction: Transaction, digest: str, at: datetime, by: str, counts: Mapping[str, Any]) -> None:
    """Note a file that changed something."""
    transaction.execute(
        insert(roster_imports).values(id=uuid4(), digest=digest, imported_at=at, imported_by=by, counts=dict(counts))
    )


def last_order(transaction: Transaction) -> date | None:
    """The latest 発令日 of the last file that was taken in."""
    query = select(roster_imports.c.counts).order_by(roster_imports.c.imported_at.desc()).limit(1)
    counts = transaction.execute(query).scalar()
    return date.fromisoformat(counts["latest_order"]) if counts else None
