"""What a device learns with every answer: the epoch, its settings' etag, open orders, when to beat again."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dokodemo.actions import Services
from dokodemo.store import installation, orders


@dataclass(frozen=True, slots=True)
class Standing:
    """The parts of an answer that do not depend on the request."""

    epoch: int
    settings_etag: str
    orders: list[dict[str, Any]]
    next_beat_s: int


def standing(services: Services, binding_id: UUID, person_id: UUID, device_id: UUID | None) -> Standing:
    """Read what waits for this binding."""
    with services.read() as transaction:
        epoch = installation.epoch(transaction)
        waiting = orders.open_of(transaction, binding_id)
    return Standing(epoch, "", waiting, 60)
