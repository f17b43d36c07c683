"""Units with their validity rows, and the lines and subtrees of a day."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Table, insert, or_, select, update
from sqlalchemy.sql.selectable import CTE

from dokodemo.domain.units import Level, Line, Tree, Unit, line_of
from dokodemo.store import Transaction
from dokodemo.store.rows.people import units


def holds_on(table: Table | Any, on: date) -> ColumnElement[bool]:
    """The condition that a validity row holds on a day."""
    return (table.c.valid_from <= on) & or_(table.c.valid_to.is_(None), table.c.valid_to > on)


def all_of(transaction: Transaction) -> list[Unit]:
    """Every validity row of every unit, past and future too, by code and day."""
    query = select(units).order_by(units.c.code, units.c.valid_from)
    return [_unit(row) for row in transaction.execute(query)]


def tree_on(transaction: Transaction, on: date) -> Tree:
    """The tree of a day."""
    return Tree([_unit(row) for row in transaction.execute(select(units).where(holds_on(units, on)))], on)


def parents_on(transaction: Transaction, on: date) -> dict[str, str | None]:
    """Each unit of a day with the code of the one above it."""
    rows = transaction.execute(select(units.c.code, units.c.parent_code).where(holds_on(units, on)))
    return {row.code: row.parent_code for row in rows}


def find(transaction: Transaction, code: str, on: date) -> Unit | None:
    """A unit as it is on a day."""
    row = transaction.execute(select(units).where(units.c.code == code, holds_on(units, on))).first()
    return None if row is None else _unit(row)


def lines(transaction: Transaction, codes: Iterable[str], on: date) -> dict[str, Line]:
    """Each of these units with everything above it on that day; a code that does not exist then has no line."""
    wanted = sorted(set(codes))
    if not wanted:
        return {}
    above = select(units).where(units.c.code.in_(wanted), holds_on(units, on)).cte("above", recursive=True)
    above = above.union(select(units).where(units.c.code == above.c.parent_code, holds_on(units, on)))
    found = {row.code: _unit(row) for row in transaction.execute(select(above))}
    return {code: line for code in wanted if (line := line_of(code, found))}


def descendants(codes: Iterable[str], on: date) -> CTE:
    """A table with the one column ``code``: these units and everything below them on that day.

    The filter that a list takes from ``access.scope``: ``.where(postings.c.unit_code.in_(select(descendants(…))))``.
    """
    below = (
        select(units.c.code).where(units.c.code.in_(sorted(codes)), holds_on(units, on)).cte("below", recursive=True)
    )
    return below.union(select(units.c.code).where(units.c.parent_code == below.c.code, holds_on(units, on)))


def codes_below(transaction: Transaction, codes: Iterable[str], on: date) -> frozenset[str]:
    """The codes that ``descendants`` filters by."""
    return frozenset(transaction.execute(select(descendants(codes, on).c.code)).scalars())


def append(transaction: Transaction, rows: Sequence[Unit]) -> None:
    """Add validity rows."""
    if rows:
        transaction.execute(insert(units), [{"id": uuid4(), **_values(unit)} for unit in rows])


def replace(transaction: Transaction, unit: Unit) -> None:
    """Change a validity row, named by code and first day: its end, or all of it while it lies in the future."""
    which = (units.c.code == unit.code) & (units.c.valid_from == unit.valid_from)
    transaction.execute(update(units).where(which).values(_values(unit)))


def _values(unit: Unit) -> dict[str, Any]:
    return {
        "code": unit.code, "name": unit.name, "level": str(unit.level), "parent_code": unit.parent_code,
        "flags": unit.flags, "valid_from": unit.valid_from, "valid_to": unit.valid_to,
    }  # fmt: skip


def _unit(row: Any) -> Unit:
    return Unit(row.code, row.name, Level(row.level), row.parent_code, row.valid_from, row.valid_to, row.flags)
