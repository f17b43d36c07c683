"""What a device learns with every answer: the epoch, its settings' etag, open orders, when to beat again."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dokodemo.actions import Services
from dokodemo.actions.effective_settings import known_of, next_beat_seconds
from dokodemo.store import installation, orders


@dataclass(frozen=True, slots=True)
class Standing:
    """The parts of an answer that do not depend on the request."""

    epoch: int
    settings_etag: str
    orders: list[dict[str, Any]]
    next_beat_s: int


def standing(
    services: Services, binding_id: UUID, person_id: UUID, device_id: UUID | None, *, waiting: bool = True
) -> Standing:
    """Read what waits for this binding; ``waiting`` False when the caller knows that no order is open."""
    with services.read() as transaction:
        epoch = installation.epoch(transaction)
        open_orders = orders.open_of(transaction, binding_id) if waiting else []
        known = known_of(services, transaction, person_id, device_id)
    return Standing(epoch, known.etag, open_orders, next_beat_seconds(services.now(), known.published_at))
