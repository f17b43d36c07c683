"""From a request's address to a place. The address is dropped here and goes nowhere else (PRODUCT, never 1)."""

from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from dokodemo.actions import Services
from dokodemo.domain.events import Place
from dokodemo.domain.places import NetworkTable
from dokodemo.store import networks

KEPT_FOR = timedelta(seconds=60)

_tables: "WeakKeyDictionary[Any, tuple[datetime, NetworkTable]]" = WeakKeyDictionary()


def place_of_contact(services: Services, address: str | None) -> Place:
    """The place that the city's network table gives; ``unknown`` outside of its networks."""
    if not address:
        return Place.UNKNOWN
    return _table(services).place_of(address) or Place.UNKNOWN


def forget_table(services: Services) -> None:
    """The table was imported anew."""
    _tables.pop(services.database, None)


def _table(services: Services) -> NetworkTable:
    now = services.now()
    kept = _tables.get(services.database)
    if kept is not None and abs(now - kept[0]) < KEPT_FOR:
        return kept[1]
    with services.read() as transaction:
        table = NetworkTable.of(networks.all_of(transaction))
    _tables[services.database] = (now, table)
    return table
