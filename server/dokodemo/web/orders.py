"""Results of what a device was asked to do."""

from typing import Any
from uuid import UUID

from flask import g

from dokodemo.actions import orders
from dokodemo.schemas.orders import OrderResultSchema
from dokodemo.web import services
from dokodemo.web.auth import guard
from dokodemo.web.bodies import Blueprint
from dokodemo.web.problems import problems

blueprint = Blueprint("orders", __name__, url_prefix="/api/v1", description="What devices are asked to do")


@blueprint.post("/orders/<uuid:order_id>/result")
@blueprint.arguments(OrderResultSchema)
@blueprint.response(204)
@problems(400, 401, 403, 404, 413, 415, 422, 503)
@guard("device")
def answer_order(told: dict[str, Any], order_id: UUID) -> None:
    """Close an order. The first result stands; told again it is 204 again; another binding's order is 404."""
    orders.answer(services(), g.device, order_id, told["state"], told["detail"])
