"""The city's networks and the places that they stand for."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import delete, insert, select

from dokodemo.store import Transaction, installation
from dokodemo.store.rows.installation import networks

MARK = "networks_mark"


def all_of(transaction: Transaction) -> list[tuple[str, str]]:
    """(CIDR, place) of every network."""
    return [(cidr, place) for cidr, place in transaction.execute(select(networks.c.cidr, networks.c.place))]


def rows_of(transaction: Transaction) -> list[dict[str, str]]:
    """Every network with its place and site."""
    return [dict(row._mapping) for row in transaction.execute(select(networks))]


def mark(transaction: Transaction) -> str:
    """What is another text whenever the table is another one; "" before the first."""
    return str(installation.find(transaction, MARK) or "")


def replace(transaction: Transaction, rows: Sequence[dict[str, str]]) -> None:
    """The whole table anew."""
    named = sorted((row["cidr"], row["place"]) for row in rows)
    installation.replace(transaction, MARK, hashlib.sha256(repr(named).encode()).hexdigest())
    transaction.execute(delete(networks))
    if rows:
        transaction.execute(insert(networks), rows)
