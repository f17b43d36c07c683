"""The device ledger: what the city bought."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from dokodemo.store import Transaction
from dokodemo.store.rows.devices import ledger
from dokodemo.store.upserts import upsert


def all_of(transaction: Transaction) -> dict[str, dict[str, Any]]:
    """Every row by its directory id."""
    return {row.directory_id: dict(row._mapping) for row in transaction.execute(select(ledger))}


def put(transaction: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Add rows, or replace those with the same directory id."""
    upsert(transaction, ledger, rows)
