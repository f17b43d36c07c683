"""What a device learns with every answer: the epoch, its settings' etag, open orders, when to beat again."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dokodemo.actions import Services
from dokodemo.actions.effective_settings import known_of, known_without_asking, next_beat_seconds
from dokodemo.store import orders


@dataclass(frozen=True, slots=True)
class Standing:
    """The parts of an answer that do not depend on the request."""

    epoch: int
    settings_etag: str
    orders: list[dict[str, Any]]
    next_beat_s: int


def standing(
    services: Services, epoch: int, binding_id: UUID, person_id: UUID, device_id: UUID | None, *, waiting: bool
) -> Standing:
    """What waits for a binding whose row has been read already; ``waiting``: whether an order is open.

    On the road of a beat nothing is read here, but once a second for all devices together.
    """
    known = known_without_asking(services, person_id, device_id)
    open_orders: list[dict[str, Any]] = []
    if waiting or known is None:
        with services.read() if waiting else services.glance() as transaction:
            open_orders = orders.open_of(transaction, binding_id) if waiting else []
            known = known_of(services, transaction, person_id, device_id)
    return Standing(epoch, known.etag, open_orders, next_beat_seconds(services.now(), known.published_at))
