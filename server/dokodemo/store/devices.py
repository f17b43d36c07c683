"""Chromebooks: one row a device, whoever signs in on it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import bindparam, exists, insert, literal, or_, select, update

from dokodemo.store import Transaction
from dokodemo.store.prepared import Prepared
from dokodemo.store.rows.devices import devices, ledger

FACTS = ("directory_id", "serial", "asset_id", "annotated_location", "hostname", "model", "os_version", "platform")


@dataclass(frozen=True, slots=True)
class Named:
    """The device that a sign-in names, and what ``keep`` writes of it: all columns of a new one, else what was told.

    ``device_id`` is None when it names neither directory id nor serial. ``managed`` says whether the directory id stands
    in the city's ledger.
    """

    device_id: UUID | None
    managed: bool
    new: bool
    columns: Mapping[str, str | None]


_one = select(literal(1).label("one")).subquery()
_known = Prepared(
    select(
        exists().where(ledger.c.directory_id == bindparam("directory_id")), devices.c.id, devices.c.directory_id
    ).select_from(
        _one.outerjoin(
            devices, or_(devices.c.directory_id == bindparam("directory_id"), devices.c.serial == bindparam("serial"))
        )
    )
)  # fmt: skip
_append = Prepared(insert(devices), [column.name for column in devices.columns])


def asked(transaction: Transaction, facts: Mapping[str, str | None]) -> Callable[[], Named]:
    """The device with this directory id, else this serial; a new one when there is none. To be read after the trip."""
    given = {name: facts.get(name) or None for name in FACTS}
    if not given["directory_id"] and not given["serial"]:
        return lambda: Named(None, managed=False, new=False, columns={})
    sent = _known.ask(transaction, {"directory_id": given["directory_id"], "serial": given["serial"]})
    return lambda: _named(sent.rows(), given)


def _named(rows: Sequence[Sequence[Any]], given: Mapping[str, str | None]) -> Named:
    directory_id = given["directory_id"]
    managed = bool(rows[0][0])
    known = [(device_id, named_as) for _, device_id, named_as in rows if device_id is not None]
    device_id, named_as = next((row for row in known if row[1] == directory_id), known[0] if known else (None, None))
    if device_id is None:
        return Named(uuid4(), managed, new=True, columns=given)
    if named_as not in (None, directory_id):  # a copied serial: the other device keeps its facts
        return Named(uuid4(), managed, new=True, columns={**given, "serial": None})
    told = {name: value for name, value in given.items() if value is not None and name != "serial"}
    return Named(device_id, managed, new=False, columns=told)


def keep(transaction: Transaction, device: Named, now: datetime) -> None:
    """Write what a sign-in told of its device."""
    if device.device_id is None:
        return
    mine = {"id": device.device_id, "updated_at": now}
    if device.new:
        _append.run(transaction, {**mine, "first_seen_at": now, **device.columns})
    else:
        _telling(tuple(device.columns)).run(transaction, {**mine, **device.columns})


@lru_cache(maxsize=64)
def _telling(names: tuple[str, ...]) -> Prepared:
    told: dict[str, Any] = {name: bindparam(name) for name in ("updated_at", *names)}
    return Prepared(update(devices).where(devices.c.id == bindparam("id")).values(told))
