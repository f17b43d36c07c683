"""Chromebooks: one row a device, whoever signs in on it."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import insert, or_, select, update

from dokodemo.store import Transaction
from dokodemo.store.rows.devices import devices, ledger

FACTS = ("directory_id", "serial", "asset_id", "annotated_location", "hostname", "model", "os_version", "platform")


def find_or_append(
    transaction: Transaction, facts: Mapping[str, str | None], now: datetime
) -> tuple[UUID | None, bool]:
    """The device with this directory id, else this serial; made when it is new. (None, False) when it names neither.

    The second value says whether the directory id stands in the city's ledger.
    """
    given = {name: facts.get(name) or None for name in FACTS}
    by = [devices.c[name] == given[name] for name in ("directory_id", "serial") if given[name]]
    if not by:
        return None, False
    managed = _in_ledger(transaction, given["directory_id"])
    rows = transaction.execute(select(devices.c.id, devices.c.directory_id).where(or_(*by))).all()
    known = next((row for row in rows if row.directory_id == given["directory_id"]), rows[0] if rows else None)
    if known is None:
        device_id = uuid4()
        transaction.execute(insert(devices).values(id=device_id, first_seen_at=now, updated_at=now, **given))
        return device_id, managed
    if known.directory_id in (None, given["directory_id"]):  # else a copied serial: the other device keeps its facts
        told = {name: value for name, value in given.items() if value is not None and name != "serial"}
        transaction.execute(update(devices).where(devices.c.id == known.id).values(updated_at=now, **told))
        return known.id, managed
    given["serial"] = None
    device_id = uuid4()
    transaction.execute(insert(devices).values(id=device_id, first_seen_at=now, updated_at=now, **given))
    return device_id, managed


def _in_ledger(transaction: Transaction, directory_id: str | None) -> bool:
    if directory_id is None:
        return False
    row = transaction.execute(select(ledger.c.directory_id).where(ledger.c.directory_id == directory_id)).first()
    return row is not None
