"""The namespace ``/device``, a doorbell that says "look again", and the tickets that open it.

A ticket is one random text, used once within half a minute. Above the cap none is given: then the answers to beats are
the doorbell.
"""

import secrets
from datetime import timedelta
from typing import Any

from flask import current_app, g
from flask.typing import ResponseReturnValue
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import Namespace, join_room

from dokodemo.domain.changes import LiveLostError
from dokodemo.domain.errors import ErrorCode, UnavailableError
from dokodemo.schemas.board import TicketSchema
from dokodemo.web import services
from dokodemo.web.auth import guard
from dokodemo.web.bodies import Blueprint
from dokodemo.web.problems import problems

blueprint = Blueprint("socket_tickets", __name__, url_prefix="/api/v1", description="The doorbell")
TICKET_LASTS = timedelta(seconds=30)


@blueprint.post("/socket-tickets")
@blueprint.response(201, TicketSchema)
@problems(401, 403, 503)
@guard("device")
def give() -> ResponseReturnValue:
    """A one-use ticket for the doorbell. 503 with Retry-After while all sockets are taken."""
    if current_app.extensions["dokodemo_sockets"].full:
        raise UnavailableError(ErrorCode.UNAVAILABLE, "all sockets are taken: go on with beats", retry_after=300)
    ticket = secrets.token_urlsafe(24)
    members = {"binding_id": str(g.device.binding_id), "person_id": str(g.device.person_id)}
    put_ticket(ticket, members)
    return {"ticket": ticket, "url": address(), "expires_in": int(TICKET_LASTS.total_seconds())}, 201


def put_ticket(ticket: str, members: dict[str, str]) -> None:
    """Keep a ticket; without the shared state there are none."""
    try:
        services().live.put_ticket(ticket, members, services().now() + TICKET_LASTS)
    except LiveLostError as error:
        raise UnavailableError(ErrorCode.UNAVAILABLE, "no doorbell at this moment", retry_after=60) from error


def address() -> str:
    """Where the doorbell hangs: the WebSocket of the live service, or of this one."""
    config = current_app.extensions["dokodemo_config"]
    base = (config.live_url or config.public_url).replace("http", "ws", 1)
    return f"{base}/socket.io/?EIO=4&transport=websocket"


def binding_room(binding_id: str) -> str:
    """Where one device's orders are announced."""
    return f"binding|{binding_id}"


def person_room(person_id: str) -> str:
    """Where all devices of a person are called."""
    return f"person|{person_id}"


class DeviceSockets(Namespace):
    """Devices. They only listen."""

    def on_connect(self, auth: object = None) -> None:
        """A ticket opens it, once."""
        members = self._members(auth)
        if members is None:
            raise Refused("ticket")
        join_room(binding_room(members["binding_id"]))
        join_room(person_room(members["person_id"]))

    def _members(self, auth: object) -> Any:
        ticket = auth.get("ticket") if isinstance(auth, dict) else None
        if not isinstance(ticket, str) or len(ticket) > 100:
            return None
        try:
            return services().live.take_ticket(ticket, services().now())
        except LiveLostError:
            return None
