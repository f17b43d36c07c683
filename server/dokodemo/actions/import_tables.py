"""Files of networks and devices: small tables that are taken in whole."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dokodemo.actions import Services, announcements
from dokodemo.actions.audit import record
from dokodemo.actions.effective_settings import forget
from dokodemo.actions.networks import forget_table
from dokodemo.domain import device_files, network_files
from dokodemo.domain.audit import Actor, Tag
from dokodemo.domain.sheets import Problem
from dokodemo.domain.tables import Table
from dokodemo.live import Change
from dokodemo.store import Transaction, ledger, networks


@dataclass(frozen=True, slots=True)
class Report:
    """What a file changes: rows by their key. ``missing`` are known and not in the file."""

    encoding: str
    rows: int
    added: tuple[str, ...]
    changed: tuple[str, ...]
    missing: tuple[str, ...]
    unchanged: int
    problems: tuple[Problem, ...]
    applied: bool = False


def import_networks(services: Services, actor: Actor, data: bytes, *, preview: bool = False) -> Report:
    """The table of networks anew: what the file does not name goes. ``preview`` writes nothing.

    The next contact of each device is placed by it, and devices are told that their settings moved: the table is in them.
    """
    table = network_files.read(data)

    def write(transaction: Transaction) -> Report:
        known = {row["cidr"]: row for row in networks.rows_of(transaction)}
        new = {record.values["cidr"]: _plain(record.values) for record in table.records}
        report = _compared(table, known, new, write=not preview)
        if report.applied and (report.added or report.changed or report.missing):
            networks.replace(transaction, list(new.values()))
            announcements.leave(transaction, actor, "settings", {}, services.now())
            _say(transaction, services, Tag.NETWORKS_IMPORTED, actor, report, data)
        return report

    report = services.write(write)
    if report.applied and (report.added or report.changed or report.missing):
        forget_table(services)
        forget(services)
        announcements.announce(services, Change("settings"))
    return report


def import_devices(services: Services, actor: Actor, data: bytes, *, preview: bool = False) -> Report:
    """Rows of the ledger, added or replaced by directory id; what the file does not name stays. ``preview`` writes nothing."""
    table = device_files.read(data)

    def write(transaction: Transaction) -> Report:
        known = ledger.all_of(transaction)
        new = {record.values["directory_id"]: _plain(record.values) for record in table.records}
        report = _compared(table, known, new, write=not preview, unique=("serial", "asset_id"))
        if report.applied and (report.added or report.changed):
            ledger.put(transaction, [new[key] for key in (*report.added, *report.changed)])
            _say(transaction, services, Tag.DEVICES_IMPORTED, actor, report, data)
        return report

    return services.write(write)


def _compared(
    table: Table,
    known: dict[str, dict[str, Any]],
    new: dict[str, dict[str, Any]],
    *,
    write: bool,
    unique: Sequence[str] = (),
) -> Report:
    problems = table.problems or tuple(problem for field in unique for problem in _taken(table, known, new, field))
    if problems:
        return Report(table.encoding, table.rows, (), (), (), 0, problems)
    changed = tuple(key for key, row in new.items() if key in known and known[key] != row)
    added = tuple(key for key in new if key not in known)
    missing = tuple(key for key in known if key not in new)
    return Report(
        table.encoding, table.rows, added, changed, missing, len(new) - len(added) - len(changed), (), applied=write
    )


def _taken(table: Table, known: dict[str, dict[str, Any]], new: dict[str, dict[str, Any]], field: str) -> list[Problem]:
    """Values that a stored row outside the file, or one whose value only now changes, holds already."""
    holders = {row[field]: key for key, row in known.items() if row[field]}
    found: list[Problem] = []
    for line, (key, row) in zip((one.line for one in table.records), new.items(), strict=True):
        holder = holders.get(row[field], key)
        if holder != key:
            ja, en = f"「{row[field]}」は {holder} の値です", f"{row[field]!r} belongs to {holder}"
            found.append(table.problem(line, field, ja, en))
    return found


def _plain(values: Any) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, str) else value for name, value in values.items()}


def _say(transaction: Transaction, services: Services, tag: Tag, actor: Actor, report: Report, data: bytes) -> None:
    counts = {
        "rows": report.rows, "added": len(report.added), "changed": len(report.changed), "missing": len(report.missing),
        "unchanged": report.unchanged,
    }  # fmt: skip
    record(transaction, services, tag, actor=actor, sha256=hashlib.sha256(data).hexdigest(), counts=counts)
