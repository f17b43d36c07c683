"""A board as its template wants it: blocks of units, rows in 職制順, the tree beside them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from dokodemo.actions.board import Board, may_see_day, may_set
from dokodemo.actions.present_counts import PRESENT, Count
from dokodemo.domain.access import Viewer
from dokodemo.domain.facts import Facts, View
from dokodemo.domain.presence import Policy
from dokodemo.domain.statuses import ROWS, STATUSES, Status
from dokodemo.domain.units import Tree, section_code
from dokodemo.store.board_rows import BoardRow
from dokodemo.web.board_cells import Cells, cells_of


@dataclass(frozen=True, slots=True)
class Row:
    """One line. ``day`` is the address of the person's day where the viewer may open it; ``entered_by`` names the
    colleague who made the entry that is shown."""

    id: UUID
    name: str
    kana: str
    title: str
    extension: str
    concurrent: bool
    main_unit: str
    view: str
    own: bool
    editable: bool
    explained: bool
    day: str
    cells: Cells
    entered_by: str


@dataclass(frozen=True, slots=True)
class Block:
    """The people of one unit; each is counted where the main post is. ``begins``: the first of its section, which is
    where paper begins a page."""

    code: str
    name: str
    rows: list[Row]
    present: int
    total: int
    begins: bool = False


def blocks_of(
    seen: Board, viewer: Viewer, facts: Mapping[UUID, Facts], policies: Mapping[UUID, Policy], now: datetime,
    authors: Mapping[UUID, str],
) -> list[Block]:
    """The unit's own people first, then each unit below in code order; units without people are left out."""
    by_unit: dict[str, list[BoardRow]] = {}
    for row in seen.rows:
        by_unit.setdefault(row.unit_code, []).append(row)
    blocks: list[Block] = []
    section = None
    for code in sorted(by_unit):
        rows = [_row(seen, viewer, row, facts[row.person_id], policies[row.person_id], now, authors) for row in by_unit[code]]
        counted = [row for row in rows if not row.concurrent]
        name = " ".join(reversed([unit.name for unit in seen.tree.line(code) if unit.code not in _above(seen)]))
        present = sum(_is_present(row.cells.status) for row in counted)
        before, section = section, section_code(seen.tree.line(code))
        blocks.append(Block(code, name, rows, present, len(counted), bool(blocks) and before != section))
    return blocks


def totals_of(blocks: list[Block]) -> list[dict[str, Any]]:
    """How many are in which status, in the order of the table of statuses."""
    found: dict[str, int] = {}
    for block in blocks:
        for row in block.rows:
            if row.cells.status and not row.concurrent:
                found[row.cells.status] = found.get(row.cells.status, 0) + 1
    return [{"code": row.code, "count": found.get(str(row.code), 0)} for row in ROWS]


def nodes(tree: Tree, visible: set[str], current: str, counts: Mapping[str, Count]) -> list[dict[str, Any]]:
    """The tree of units as far as the viewer may open them; the way to the current one is unfolded."""
    open_ = {unit.code for unit in tree.line(current)}

    def of(code: str | None) -> list[dict[str, Any]]:
        found = []
        for unit in tree.children(code):
            below = of(unit.code)
            if unit.code not in visible:
                found += below
                continue
            count = counts.get(unit.code, Count())
            found.append({
                "code": unit.code, "name": unit.name, "children": below, "open": unit.code in open_,
                "present": count.present, "total": count.total,
            })  # fmt: skip
        return found

    return of(None)


def _row(
    seen: Board, viewer: Viewer, row: BoardRow, facts: Facts, policy: Policy, now: datetime, authors: Mapping[UUID, str]
) -> Row:
    own = row.person_id == viewer.person_id
    view = seen.people[row.person_id]
    day = f"/people/{row.person_id}/day/{viewer.on.isoformat()}" if not own and may_see_day(viewer, seen, row) else ""
    return Row(
        row.person_id, row.name, row.kana, row.title, row.extension, not row.main, row.main_unit_name or "", str(view),
        own, may_set(viewer, seen, row), view is not View.COLLEAGUE, day,
        cells_of(facts, now, policy),
        authors.get(facts.whereabouts.author_id, "") if facts.whereabouts else "",
    )  # fmt: skip


def _above(seen: Board) -> set[str]:
    return {unit.code for unit in seen.tree.line(seen.unit.code)}


def _is_present(status: str) -> bool:
    return bool(status) and STATUSES[Status(status)].tone in PRESENT
