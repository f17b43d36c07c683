"""What every answer to a device says beside its own: where the journal stands, what waits, when to come again."""

from typing import Any

from dokodemo.actions import Services
from dokodemo.actions.devices import Caller
from dokodemo.actions.ingest import Outcome
from dokodemo.actions.standing import standing
from dokodemo.domain import base64url
from dokodemo.domain.events import written


def of_events(services: Services, caller: Caller, outcome: Outcome) -> dict[str, Any]:
    """The answer to POST /api/v1/events."""
    waiting = bool(caller.key.open_orders) or outcome.forked
    now = standing(services, caller.binding_id, caller.person_id, caller.key.device_id, waiting=waiting)
    return {
        "next_seq": outcome.next_seq,
        "head": base64url.encode(outcome.head),
        "refused": [{"seq": seq, "code": why.code, "detail": why.detail} for seq, why in outcome.refused],
        "epoch": now.epoch,
        "settings_etag": now.settings_etag,
        "orders": now.orders,
        "next_beat_s": now.next_beat_s,
        "server_time": written(services.now()),
    }
