"""GET /api/v1/board: facts of a unit as JSON; GET /api/v1/people: whom the search of the pages knows."""

from typing import Any

from flask import g
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint

from dokodemo.actions import board, people_index
from dokodemo.domain.fact_documents import instant_text
from dokodemo.schemas.board import BoardQuerySchema, BoardSchema, PeopleIndexSchema
from dokodemo.web import services
from dokodemo.web.auth import guard
from dokodemo.web.problems import problems

blueprint = Blueprint("board", __name__, url_prefix="/api/v1", description="The live board")


@blueprint.get("/board")
@blueprint.arguments(BoardQuerySchema, location="query")
@blueprint.response(200, BoardSchema)
@problems(401, 403, 404, 422, 503)
@guard("person")
def facts(asked: dict[str, Any]) -> ResponseReturnValue:
    """Facts of a unit and everything below it, narrowed for the caller.

    With ``since`` only what moved; an unknown or old cursor answers ``full: true``, never an error.
    """
    seen = board.board_of(services(), g.viewer, asked["unit"])
    return document_of(board.snapshot(services(), seen, asked["since"])), 200


@blueprint.get("/people")
@blueprint.response(200, PeopleIndexSchema)
@problems(401, 503)
@guard("person")
def people() -> ResponseReturnValue:
    """Everybody whose board the caller may open: name, reading, post, unit, extension."""
    return {"people": people_index.listed(services(), g.viewer)}, 200


def document_of(snapshot: board.Snapshot) -> dict[str, Any]:
    """A snapshot as JSON."""
    return {
        "cursor": snapshot.cursor, "full": snapshot.full, "facts": snapshot.facts,
        "server_time": instant_text(snapshot.server_time),
    }  # fmt: skip
