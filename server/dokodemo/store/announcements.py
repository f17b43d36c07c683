"""What a command beside the embedded server leaves for it: the server polls, and what is old is dropped."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, select

from dokodemo.store import Transaction
from dokodemo.store.rows.installation import announcements

KEPT_FOR = timedelta(minutes=10)


def append(transaction: Transaction, kind: str, members: Mapping[str, Any], at: datetime) -> None:
    """Say that something changed; older announcements are dropped on the way."""
    transaction.execute(delete(announcements).where(announcements.c.at < at - KEPT_FOR))
    transaction.execute(insert(announcements).values(id=uuid4(), kind=kind, members=dict(members), at=at))


def since(transaction: Transaction, at: datetime) -> list[tuple[UUID, str, dict[str, Any]]]:
    """(id, kind, members) of those left at or after a moment, oldest first; who polls knows by the ids what is new."""
    rows = transaction.execute(
        select(announcements.c.id, announcements.c.kind, announcements.c.members)
        .where(announcements.c.at >= at)
        .order_by(announcements.c.at, announcements.c.id)
    )
    return [(row.id, row.kind, row.members) for row in rows]
