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
    found = effective_settings.unless_known(services(), g.device.key, request.if_none_match.contains_weak)
    headers = {"ETag": f'"{found.etag}"', "Cache-Control": "private, no-cache"}
    if found.text is None:
        return Response(status=304, headers=headers)
    epoch, n = found.revision
    text = f'{{"revision":[{epoch},{n}],"etag":"{found.etag}","values":{found.text}}}'  # its text is JSON already
    return Response(text, 200, headers, content_type="application/json")


@blueprint.post("/settings/results")
@blueprint.arguments(ResultsSchema)
@blueprint.response(204)
@problems(400, 401, 403, 413, 415, 422, 503)
@guard("device")
def keep_results(told: dict[str, Any]) -> None:
    """Keep what became of the settings on the caller's device; unknown keys are kept too."""
    settings.keep_results(services(), g.device, told["revision"], told["results"])
