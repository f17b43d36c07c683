"""What a person has confirmed to have read."""

from typing import Any

from flask import g

from dokodemo.actions.acknowledgements import acknowledge
from dokodemo.schemas.acknowledgements import AcknowledgementSchema
from dokodemo.web import services
from dokodemo.web.auth import guard
from dokodemo.web.bodies import Blueprint
from dokodemo.web.problems import problems

blueprint = Blueprint("acknowledgements", __name__, url_prefix="/api/v1", description="What people have confirmed")


@blueprint.put("/acknowledgements")
@blueprint.arguments(AcknowledgementSchema)
@blueprint.response(204)
@problems(400, 401, 403, 413, 415, 422, 503)
@guard("device")
def put_acknowledgement(told: dict[str, Any]) -> None:
    """Keep 「確認しました」 of a document's version; told again it changes nothing."""
    acknowledge(services(), g.device, told["document"], told["version"], told["at"])
