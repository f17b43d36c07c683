"""The city's networks and the places that they stand for."""

from collections.abc import Sequence

from sqlalchemy import delete, insert, select

from dokodemo.store import Transaction
from dokodemo.store.rows.installation import networks


def all_of(transaction: Transaction) -> list[tuple[str, str]]:
    """(CIDR, place) of every network."""
    return [(cidr, place) for cidr, place in transaction.execute(select(networks.c.cidr, networks.c.place))]


def rows_of(transaction: Transaction) -> list[dict[str, str]]:
    """Every network with its place and site."""
    return [dict(row._mapping) for row in transaction.execute(select(networks))]


def replace(transaction: Transaction, rows: Sequence[dict[str, str]]) -> None:
    """The whole table anew."""
    transaction.execute(delete(networks))
    if rows:
        transaction.execute(insert(networks), rows)
