"""Doors for a key that is not known yet: a nonce, then the binding."""

from typing import Any

from flask import current_app, g, request
from flask.typing import ResponseReturnValue

from dokodemo.actions import bindings
from dokodemo.actions.standing import standing
from dokodemo.domain import base64url
from dokodemo.domain.errors import ErrorCode, ExhaustedError
from dokodemo.domain.events import written
from dokodemo.live.rates import Rates
from dokodemo.schemas.bindings import BindingSchema, BoundSchema, ChallengeSchema, NonceSchema
from dokodemo.web import services
from dokodemo.web.auth import guard
from dokodemo.web.bodies import Blueprint
from dokodemo.web.problems import problems

blueprint = Blueprint("bindings", __name__, url_prefix="/api/v1", description="Keys of people on devices")

CHALLENGES_A_MINUTE = 60  # per address prefix


@blueprint.post("/bindings/challenge")
@blueprint.arguments(ChallengeSchema)
@blueprint.response(200, NonceSchema)
@problems(400, 413, 415, 422, 429, 503)
@guard("public")
def challenge(asked: dict[str, Any]) -> ResponseReturnValue:
    """A nonce for the sign-in of this key: one use, five minutes."""
    rates: Rates = current_app.extensions["dokodemo_rates"]
    wait = rates.take(request.remote_addr, "challenge", CHALLENGES_A_MINUTE, 60)
    if wait is not None:
        raise ExhaustedError(ErrorCode.TOO_MANY_REQUESTS, "too many challenges from there", retry_after=wait)
    nonce = bindings.challenge(services(), asked["public_key"])
    return {"nonce": nonce, "expires_in": int(bindings.CHALLENGE_LASTS.total_seconds())}, 200


@blueprint.post("/bindings")
@blueprint.arguments(BindingSchema)
@blueprint.response(201, BoundSchema)
@blueprint.alt_response(200, schema=BoundSchema, description="The key was bound before")
@problems(400, 401, 403, 409, 413, 415, 422, 503)
@guard("binding")
def bind(asked: dict[str, Any]) -> ResponseReturnValue:
    """Bind the key that signed this request to the person of the ID token."""
    bound = bindings.bind(services(), bindings.Request(**asked), g.signed_request)
    key = bound.key
    now = standing(
        services(), key.epoch, key.binding_id, key.person_id, key.device_id, waiting=bool(key.open_orders)
    )
    answer = {
        "binding_id": bound.key.binding_id,
        "device_id": bound.key.device_id,
        "person": {"id": bound.person.person_id, "name": bound.person.name, "email": bound.person.email},
        "trust": bound.key.trust,
        "next_seq": bound.key.next_seq,
        "head": base64url.encode(bound.key.head),
        "epoch": now.epoch,
        "settings_etag": now.settings_etag,
        "orders": now.orders,
        "next_beat_s": now.next_beat_s,
        "server_time": written(services().now()),
    }
    return answer, 201 if bound.created else 200
