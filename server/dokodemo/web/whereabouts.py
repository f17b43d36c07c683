"""PUT /api/v1/whereabouts: signed by a device, or by a signed-in person."""

from typing import Any

from flask import g
from flask.typing import ResponseReturnValue

from dokodemo.actions import declaring
from dokodemo.schemas.whereabouts import CurrentSchema, WhereaboutsSchema
from dokodemo.web import services
from dokodemo.web.auth import guard
from dokodemo.web.bodies import Blueprint
from dokodemo.web.problems import problems

blueprint = Blueprint("whereabouts", __name__, url_prefix="/api/v1", description="What people declare")


@blueprint.put("/whereabouts")
@blueprint.arguments(WhereaboutsSchema)
@blueprint.response(200, CurrentSchema)
@problems(400, 401, 403, 404, 409, 413, 415, 422, 503)
@guard("device_or_person")
def declare(asked: dict[str, Any]) -> ResponseReturnValue:
    """Declare the caller's whereabouts, or (``for_person``) a colleague's of the same section.

    Answers with the entry that holds now. A repeat of the same ``id`` changes nothing.
    """
    if "device" in g:
        return declaring.from_device(services(), g.device.binding_id, g.device.person_id, asked), 200
    return declaring.from_page(services(), g.viewer, asked), 200
