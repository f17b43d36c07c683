"""GET /api/v1/board: facts of a unit as JSON; GET /api/v1/people: whom the search of the pages knows."""

import json
from typing import Any

from flask import Response, g
from flask.typing import ResponseReturnValue

from dokodemo.actions import board, people_index
from dokodemo.domain.fact_documents import instant_text
from dokodemo.schemas.board import BoardQuerySchema, BoardSchema, PeopleIndexSchema
from dokodemo.web import services
from dokodemo.web.auth import guard
from dokodemo.web.bodies import Blueprint
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
    return answer(board.snapshot(services(), seen, asked["since"]))


@blueprint.get("/people")
@blueprint.response(200, PeopleIndexSchema)
@problems(401, 503)
@guard("person")
def people() -> ResponseReturnValue:
    """Everybody whose board the caller may open: name, reading, post, unit, extension."""
    return {"people": people_index.listed(services(), g.viewer)}, 200


def answer(snapshot: board.Snapshot) -> Response:
    """A snapshot joined of texts that were made when the facts moved; marshmallow would cost as much as all the rest.

    Tests hold it against the schema of the OpenAPI document.
    """
    about = {"cursor": snapshot.cursor, "full": snapshot.full, "server_time": instant_text(snapshot.server_time)}
    head = json.dumps(about, separators=(",", ":")).encode()
    body = b"".join((head[:-1], b',"facts":[', b",".join([one.text for one in snapshot.told]), b"]}"))
    return Response(body, 200, content_type="application/json")


def document_of(snapshot: board.Snapshot) -> dict[str, Any]:
    """A snapshot as JSON."""
    return {
        "cursor": snapshot.cursor, "full": snapshot.full, "facts": snapshot.facts,
        "server_time": instant_text(snapshot.server_time),
    }  # fmt: skip
