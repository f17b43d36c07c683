"""The settings of whoever signs: asked for, and told what became of them."""

from typing import Any

from flask import Response, g, request
from flask.typing import ResponseReturnValue

from dokodemo.actions import effective_settings, settings
from dokodemo.schemas.settings import ResultsSchema, SettingsSchema
from dokodemo.web import services
from dokodemo.web.auth import guard
from dokodemo.web.bodies import Blueprint
from dokodemo.web.problems import problems

blueprint = Blueprint("settings", __name__, url_prefix="/api/v1", description="Settings of people on devices")


@blueprint.get("/settings")
@blueprint.response(200, SettingsSchema)
@blueprint.alt_response(304, description="Nothing has changed since the etag of If-None-Match")
@problems(401, 403, 503)
@guard("device")
def read_settings() -> ResponseReturnValue:
    """Everything that holds for the caller on this device. The ETag is ``settings_etag`` of other answers, in quotes."""
    device_id = g.device.key.device_id
    found = effective_settings.unless_known(
        services(), g.device.person_id, device_id, request.if_none_match.contains_weak
    )
    if found.effective is None:
        return Response(status=304, headers={"ETag": f'"{found.etag}"', "Cache-Control": "private, no-cache"})
    values = {key: resolved.document() for key, resolved in found.effective.for_device().items()}
    document = {"revision": found.effective.revision, "etag": found.etag, "values": values}
    return document, 200, {"ETag": f'"{found.etag}"', "Cache-Control": "private, no-cache"}


@blueprint.post("/settings/results")
@blueprint.arguments(ResultsSchema)
@blueprint.response(204)
@problems(400, 401, 403, 413, 415, 422, 503)
@guard("device")
def keep_results(told: dict[str, Any]) -> None:
    """Keep what became of the settings on the caller's device; unknown keys are kept too."""
    settings.keep_results(services(), g.device, told["revision"], told["results"])
