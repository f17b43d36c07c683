"""What devices are asked to do (PROTOCOL section 4): given, carried by every answer, closed by a result."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID

from dokodemo.actions import Services, announcements
from dokodemo.actions.audit import record
from dokodemo.actions.devices import Caller
from dokodemo.domain.audit import Actor, Tag
from dokodemo.domain.errors import ErrorCode, InvalidError, MissingError
from dokodemo.live import Change
from dokodemo.store import Transaction, orders


class OrderKind(StrEnum):
    """What can be asked of a device."""

    RELOAD_SETTINGS = "reload_settings"
    REBIND = "rebind"
    UPDATE_EXTENSION = "update_extension"
    ANNOUNCE = "announce"
    PAUSE = "pause"
    RESUME = "resume"
    LOST = "lost"
    PRESENT_TOKEN = "present_token"


STATES = ("done", "failed", "unsupported")

MEMBERS: Mapping[OrderKind, frozenset[str]] = {
    OrderKind.ANNOUNCE: frozenset({"title", "text"}),
    OrderKind.PAUSE: frozenset({"what"}),
    OrderKind.RESUME: frozenset({"what"}),
    OrderKind.LOST: frozenset({"text"}),
}
"""Which members an order may have beside its id and kind; the other kinds have none."""

ONE_AT_A_TIME = frozenset(OrderKind) - {OrderKind.ANNOUNCE, OrderKind.PAUSE, OrderKind.RESUME}
"""Asking twice for these is asking once."""


def open_orders(transaction: Transaction, binding_id: UUID) -> list[dict[str, Any]]:
    """The orders that every answer to this device carries until it has told their results, oldest first."""
    return orders.open_of(transaction, binding_id)


def give(
    services: Services, bindings: Iterable[UUID], kind: OrderKind, members: Mapping[str, Any], *, by: Actor, reason: str
) -> int:
    """Ask these devices; gives how many were asked (one that waits for the same already is not asked twice).

    Audited and announced. Raises ``InvalidError`` for members that this kind does not have.
    """
    asked = list(bindings)
    if unknown := set(members) - MEMBERS.get(kind, frozenset()):
        raise InvalidError(ErrorCode.INVALID, f"an order {kind} has no {', '.join(sorted(unknown))}")
    now = services.now()

    def work(transaction: Transaction) -> list[UUID]:
        new = [
            binding for binding in asked
            if kind not in ONE_AT_A_TIME or not orders.is_open(transaction, binding, kind)
        ]  # fmt: skip
        for binding in new:
            orders.give(transaction, binding, kind, members, now)
        if new:
            announcements.leave(transaction, by, "orders", {"bindings": [str(binding) for binding in new]}, now)
            record(
                transaction, services, Tag.ORDER_GIVEN, actor=by, kind=str(kind), members=dict(members),
                bindings=[str(binding) for binding in new], reason=reason,
            )  # fmt: skip
        return new

    new = services.write(work)
    announcements.announce(services, *(Change("orders", str(binding)) for binding in new))
    return len(new)


def answer(services: Services, caller: Caller, order_id: UUID, state: str, detail: str | None) -> None:
    """Close an order with its result; the first answer stands, a repeat changes nothing.

    Raises ``MissingError`` for an order that is not of the caller's binding.
    """
    now = services.now()

    def work(transaction: Transaction) -> bool:
        return orders.answer(transaction, caller.binding_id, order_id, state, detail, now)

    if not services.write(work):
        raise MissingError(ErrorCode.NOT_FOUND, "no such order")
