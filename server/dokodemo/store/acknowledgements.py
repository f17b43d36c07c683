"""What people have read and confirmed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from dokodemo.store import Transaction
from dokodemo.store.rows.devices import acknowledgements
from dokodemo.store.upserts import insert_missing


def append(
    transaction: Transaction, person_id: UUID, document: str, version: int, at: datetime, binding_id: UUID | None
) -> None:
    """Keep a confirmation; the first one of a version stands."""
    insert_missing(transaction, acknowledgements, {
        "person_id": person_id, "document": document, "version": version, "at": at, "binding_id": binding_id,
    })  # fmt: skip


def of(transaction: Transaction, person_id: UUID) -> list[tuple[str, int, datetime]]:
    """(document, version, when) of everything that a person has confirmed, the latest last."""
    rows = transaction.execute(
        select(acknowledgements.c.document, acknowledgements.c.version, acknowledgements.c.at)
        .where(acknowledgements.c.person_id == person_id)
        .order_by(acknowledgements.c.at, acknowledgements.c.document, acknowledgements.c.version)
    )
    return [(row.document, row.version, row.at) for row in rows]
