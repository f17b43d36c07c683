"""Doors for load balancers and collectors."""

from flask import Blueprint, Response, abort, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from dokodemo.actions.health import health
from dokodemo.web import services
from dokodemo.web.auth import guard

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@guard("public")
def alive() -> ResponseReturnValue:
    """This process answers."""
    return "ok\n", 200, {"Content-Type": "text/plain"}


@blueprint.get("/readyz")
@guard("public")
def ready() -> ResponseReturnValue:
    """Whether requests can be served: 200, or 503 with what is missing."""
    state = health(services())
    words = {"database": state.database, "live": state.live}
    return jsonify(words), 200 if state.database else 503


@blueprint.get("/metrics")
@guard("public")
def metrics() -> ResponseReturnValue:
    """Prometheus metrics: with the token of DOKODEMO_METRICS_TOKEN_FILE, or from this machine without a proxy."""
    allowed = current_app.extensions["dokodemo_metrics_allowed"]
    if not allowed(request):
        abort(404)
    text, kind = current_app.extensions["dokodemo_metrics"]()
    return Response(text, content_type=kind)
