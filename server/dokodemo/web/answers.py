"""What every answer to a device says beside its own: where the journal stands, what waits, when to come again.

Written without marshmallow, which on this road would cost as much as the signature; every test of this door holds the
answer against the schema of the OpenAPI document.
"""

import json

from flask import Response

from dokodemo.actions import Services
from dokodemo.actions.batches import Outcome
from dokodemo.actions.devices import Signer
from dokodemo.actions.standing import standing
from dokodemo.domain import base64url
from dokodemo.domain.events import written


def of_events(services: Services, signer: Signer, outcome: Outcome) -> Response:
    """The answer to POST /api/v1/events."""
    return Response(text_of_events(services, signer, outcome), 202, content_type="application/json")


def text_of_events(services: Services, signer: Signer, outcome: Outcome) -> str:
    """The JSON text of that answer."""
    now = standing(
        services, outcome.epoch, signer.binding_id, outcome.person_id, outcome.device_id, waiting=outcome.waiting
    )
    document = {
        "next_seq": outcome.next_seq,
        "head": base64url.encode(outcome.head),
        "refused": [{"seq": seq, "code": why.code, "detail": why.detail} for seq, why in outcome.refused],
        "epoch": now.epoch,
        "settings_etag": now.settings_etag,
        "orders": now.orders,
        "next_beat_s": now.next_beat_s,
        "server_time": written(services.now()),
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
