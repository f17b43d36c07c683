"""POST /api/v1/events: what a device recorded, or that it is alive."""

from flask import g, request
from flask.typing import ResponseReturnValue

from dokodemo.actions import ingest
from dokodemo.actions.batches import Signed
from dokodemo.actions.ingest import Delivery
from dokodemo.actions.networks import place_of_contact
from dokodemo.schemas import batches
from dokodemo.schemas.events import BatchSchema, TakenSchema
from dokodemo.web import answers, services
from dokodemo.web.auth import guard
from dokodemo.web.bodies import Blueprint
from dokodemo.web.problems import problems

blueprint = Blueprint("events", __name__, url_prefix="/api/v1", description="What devices recorded")

EVIDENCE = ("signature", "signature-input", "content-digest")


@blueprint.post("/events")
@blueprint.doc(requestBody={"required": True, "content": {"application/json": {"schema": BatchSchema}}})
@blueprint.response(202, TakenSchema)
@problems(400, 401, 403, 409, 413, 415, 503)
@guard("signer")
def append_events() -> ResponseReturnValue:
    """Append a batch of events to the caller's journal, or say that the device is alive.

    Answered after the commit. Events below ``next_seq`` are compared by their heads and ignored.
    """
    body = g.signed_request.body
    batch = batches.read(body)
    headers = {name: request.headers[name] for name in EVIDENCE if name in request.headers}
    place = place_of_contact(services(), request.remote_addr)
    is_first = request.environ.get("dokodemo.is_first")  # asked already where a group left this request (web.short_road)
    outcome = ingest.receive(services(), Delivery(g.signer, batch, Signed(body, headers), place, is_first))
    return answers.of_events(services(), g.signer, outcome)
