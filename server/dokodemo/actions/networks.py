"""From a request's address to a place. The address is dropped here and goes nowhere else (PRODUCT, never 1).

Each process keeps the table and asks at most once a second whether another one was imported.
"""

from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from dokodemo.actions import Services
from dokodemo.domain.events import Place
from dokodemo.domain.places import NetworkTable
from dokodemo.store import networks

ASK_AGAIN_AFTER = timedelta(seconds=1)

_tables: "WeakKeyDictionary[Any, tuple[datetime, str, NetworkTable]]" = WeakKeyDictionary()
"""When it was last asked whether the table is still that one, its mark, and the table."""


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
    if kept is not None and abs(now - kept[0]) < ASK_AGAIN_AFTER:
        return kept[2]
    with services.read() as transaction:
        mark = networks.mark(transaction)
        same = kept is not None and kept[1] == mark
        table = kept[2] if kept is not None and same else NetworkTable.of(networks.all_of(transaction))
    _tables[services.database] = (now, mark, table)
    return table
