"""A file of units: what it would change, and the change itself."""

import hashlib
from dataclasses import dataclass
from typing import Any

from dokodemo import live
from dokodemo.actions import Services, announcements
from dokodemo.actions.audit import draft, record
from dokodemo.actions.people import today
from dokodemo.domain import unit_files
from dokodemo.domain.audit import Actor, Tag
from dokodemo.domain.unit_files import UnitPlan
from dokodemo.domain.units import Unit
from dokodemo.store import Transaction, audit, board_rows, units


@dataclass(frozen=True, slots=True)
class Report:
    """The plan, and whether it was carried out."""

    plan: UnitPlan
    applied: bool = False


def preview(services: Services, data: bytes) -> Report:
    """What the file would change. Nothing is written."""
    with services.read() as transaction:
        return Report(_plan(transaction, services, data))


def apply(services: Services, actor: Actor, data: bytes) -> Report:
    """Change the tree in one transaction, all or nothing; with problems nothing is changed."""

    def write(transaction: Transaction) -> Report:
        plan = _plan(transaction, services, data)
        if plan.problems or plan.empty:
            return Report(plan, applied=not plan.problems)
        units.append(transaction, plan.added)
        for unit in (*plan.closed, *plan.corrected):
            units.replace(transaction, unit)
        now = services.now()
        entries = [
            draft(tag, actor, {"after": _document(unit)}, at=now, unit_code=unit.code)
            for tag, rows in (
                (Tag.UNIT_ADDED, plan.added), (Tag.UNIT_CLOSED, plan.closed), (Tag.UNIT_CHANGED, plan.corrected),
            )
            for unit in rows
        ]  # fmt: skip
        audit.append(transaction, entries)
        counts = {
            "rows": plan.rows,
            "added": len(plan.added),
            "closed": len(plan.closed),
            "corrected": len(plan.corrected),
        }
        record(
            transaction,
            services,
            Tag.UNITS_IMPORTED,
            actor=actor,
            sha256=hashlib.sha256(data).hexdigest(),
            counts=counts,
        )
        announcements.leave(transaction, actor, "roster", {}, now)
        return Report(plan, applied=True)

    report = services.write(write)
    if report.applied and not report.plan.empty:
        announcements.announce(services, live.Change("roster"))
    return report


def _plan(transaction: Transaction, services: Services, data: bytes) -> UnitPlan:
    day = today(services)
    people = {count.unit.code: count.own for count in board_rows.tree(transaction, day)}
    return unit_files.plan(data, units.all_of(transaction), today=day, people=people)


def _document(unit: Unit) -> dict[str, Any]:
    return {
        "code": unit.code, "name": unit.name, "level": str(unit.level), "parent_code": unit.parent_code, "flags": unit.flags,
        "valid_from": unit.valid_from.isoformat(), "valid_to": unit.valid_to.isoformat() if unit.valid_to else None,
    }  # fmt: skip
