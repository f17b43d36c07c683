"""POST /api/v1/events: what a device recorded."""

from flask_smorest import Blueprint

blueprint = Blueprint("events", __name__, url_prefix="/api/v1", description="What devices recorded")
