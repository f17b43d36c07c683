"""What devices are asked to do: at least once each, open until answered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select, update

from dokodemo.store import Transaction
from dokodemo.store.rows.devices import bindings, orders


def open_of(transaction: Transaction, binding_id: UUID) -> list[dict[str, Any]]:
    """Open orders of a binding as they go over the wire, oldest first."""
    rows = transaction.execute(
        select(orders.c.id, orders.c.kind, orders.c.members)
        .where(orders.c.binding_id == binding_id, orders.c.state.is_(None))
        .order_by(orders.c.given_at, orders.c.id)
    )
    return [{"id": str(order), "kind": kind} | members for order, kind, members in rows]


def is_open(transaction: Transaction, binding_id: UUID, kind: str) -> bool:
    """Whether such an order waits already."""
    waiting = select(orders.c.id).where(
        orders.c.binding_id == binding_id, orders.c.kind == kind, orders.c.state.is_(None)
    )
    return transaction.execute(waiting).first() is not None


def devices_of(transaction: Transaction, person_id: UUID) -> list[UUID]:
    """The bindings of a person that are in force."""
    held = select(bindings.c.id).where(bindings.c.person_id == person_id, bindings.c.status == "active")
    return list(transaction.execute(held.order_by(bindings.c.created_at)).scalars())


def give(transaction: Transaction, binding_id: UUID, kind: str, members: Mapping[str, Any], at: datetime) -> UUID:
    """A new order; gives its id."""
    order = uuid4()
    transaction.execute(
        insert(orders).values(binding_id=binding_id, id=order, kind=kind, members=dict(members), given_at=at)
    )
    return order


def answer(
    transaction: Transaction, binding_id: UUID, order: UUID, state: str, detail: str | None, at: datetime
) -> bool:
    """Close an order; True when it exists on this binding, answered before or not."""
    mine = (orders.c.binding_id == binding_id, orders.c.id == order)
    closed = transaction.execute(
        update(orders).where(*mine, orders.c.state.is_(None)).values(state=state, detail=detail, answered_at=at)
    )
    return closed.rowcount == 1 or transaction.execute(select(orders.c.id).where(*mine)).first() is not None
