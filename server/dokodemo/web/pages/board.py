"""行先掲示板: a unit with everything below it, rendered with the state of this moment; ``js/board.js`` keeps it live."""

from typing import Any

from flask import Blueprint, current_app, g, redirect
from flask.typing import ResponseReturnValue

from dokodemo.actions import board, hours
from dokodemo.actions.board import Board
from dokodemo.domain.errors import ErrorCode, MissingError
from dokodemo.domain.fact_documents import instant_text
from dokodemo.domain.statuses import ROWS
from dokodemo.web import services
from dokodemo.web.auth import guard
from dokodemo.web.pages import board_blocks
from dokodemo.web.pages.frame import clock, date_words, page
from dokodemo.web.unit_counts import counts

blueprint = Blueprint("board_page", __name__)


@blueprint.get("/board")
@guard("person")
def own() -> ResponseReturnValue:
    """The board of one's own section."""
    codes = sorted(g.viewer.sections)
    if not codes:
        raise MissingError(ErrorCode.NOT_FOUND, "you hold no post in any unit today")
    return redirect(f"/board/{codes[0]}", 303)


@blueprint.get("/board/<unit>")
@guard("person")
def of_unit(unit: str) -> ResponseReturnValue:
    """The board of a unit."""
    seen = board.board_of(services(), g.viewer, unit)
    first = board.snapshot(services(), seen)
    with services().read() as transaction:
        everybodys = hours.hours_of(services(), transaction)
        visible = board.visible_units(services(), transaction, g.viewer, seen.tree)
    policy = everybodys.city
    policies = {row.person_id: everybodys.of(row.person_id, row.main_unit_code, row.pattern) for row in seen.rows}
    known = board.seen_facts(services(), seen)
    authors = board.authors_of(services(), known.values())
    blocks = board_blocks.blocks_of(seen, g.viewer, known, policies, services().now(), authors)
    shown = board_blocks.totals_of(blocks)
    return page(
        "board.html", unit=seen.unit, path=path_of(seen, visible), blocks=blocks, totals=shown,
        total=sum(block.total for block in blocks), tree=board_blocks.nodes(seen.tree, visible, unit, counts().by_code),
        previous=neighbour(seen, visible, -1), next=neighbour(seen, visible, 1), legend=[row.code for row in ROWS],
        heads=any(row.view == "head" for block in blocks for row in block.rows),
        acts=any(row.editable or row.day or row.explained for block in blocks for row in block.rows),
        server_time=instant_text(first.server_time), as_of=clock(first.server_time, seconds=True),
        policy=hours.policy_document(services(), policy), printed_at=f"{date_words(g.viewer.on)} {clock(first.server_time)}",
        page_data={
            "unit": unit, "cursor": first.cursor, "facts": first.facts, "server_time": instant_text(first.server_time),
            "policy": hours.policy_document(services(), policy), "me": str(g.person.id),
            "hours": {str(person): hours.hours_document(own) for person, own in policies.items() if own != policy},
            "authors": {str(person): name for person, name in authors.items()},
            "live_url": current_app.extensions["dokodemo_config"].live_url or "",
        },
    )  # fmt: skip


def path_of(seen: Board, visible: set[str]) -> list[dict[str, Any]]:
    """The units above, the highest first, with those whose board the viewer may open."""
    line = reversed(seen.tree.line(seen.unit.code))
    return [{"code": unit.code, "name": unit.name, "visible": unit.code in visible} for unit in line]


def neighbour(seen: Board, visible: set[str], step: int) -> Any:
    """The unit of the same level before or after this one among those that may be opened; empty at the ends."""
    alike = [unit for code, unit in sorted(seen.tree.units.items()) if unit.level is seen.unit.level and code in visible]
    place = alike.index(seen.unit) + step if seen.unit in alike else -1
    return alike[place] if 0 <= place < len(alike) else {}
