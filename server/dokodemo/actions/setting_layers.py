"""What the settings of many people have in common, kept in each process: entries of the city and its units, the tree.

It is read anew when a revision is published, a roster is imported or the city's day changes; at the longest after ten
minutes, for what has no revision (the network table). Whether a revision came is asked of the database at most once a
second; a publication of this process is seen at once.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from dokodemo.actions import Services
from dokodemo.domain.settings import Entry, Layer, Resolved
from dokodemo.store import Transaction, networks, settings, units

ASK_AGAIN_AFTER = timedelta(seconds=1)
KEPT_FOR = timedelta(minutes=10)

Subject = tuple[Layer, str]
Caller = tuple[UUID, UUID | None]
"""A person on a device."""


@dataclass(frozen=True, slots=True)
class Common:
    """The layers above people. ``touched``: the last revision that changed a subject; ``recent``: when those of the last
    minutes were published; ``table``: the network table as devices are told it."""

    revision: int
    until: datetime
    entries: Mapping[Subject, Sequence[Entry]]
    touched: Mapping[Subject, int]
    recent: Mapping[int, datetime]
    parents: Mapping[str, str | None]
    table: Resolved

    def branch(self, unit_code: str | None) -> list[Subject]:
        """The city, then the units above and of this one, the 部 first."""
        line: list[Subject] = []
        while unit_code is not None and (Layer.UNIT, unit_code) not in line:
            line.append((Layer.UNIT, unit_code))
            unit_code = self.parents.get(unit_code)
        return [(Layer.ORGANISATION, ""), *reversed(line)]


@dataclass(frozen=True, slots=True)
class Known:
    """What the beat path needs of somebody's settings. ``published_at`` is None when that is long ago.

    ``revision`` is the last one of those that were looked at.
    """

    etag: str
    published_at: datetime | None
    until: datetime
    revision: int


@dataclass(frozen=True, slots=True)
class Named:
    """A name of values, and until when it is theirs."""

    etag: str
    until: datetime


@dataclass(slots=True)
class Memory:
    """One installation's memory in this process.

    ``units``: what holds for everybody of a unit who has nothing of their own; ``texts``: the values that an etag names.
    """

    marks: tuple[int, str, date] | None = None
    asked_at: datetime | None = None
    common: Common | None = None
    known: dict[Caller, Known] = field(default_factory=dict)
    units: dict[str | None, Named] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


_memories: "WeakKeyDictionary[Any, Memory]" = WeakKeyDictionary()


def memory_of(services: Services) -> Memory:
    """The memory of this installation."""
    return _memories.setdefault(services.database, Memory())


def remembered(services: Services) -> Common | None:
    """The layers above people, if the database need not be asked whether they are still those."""
    memory = memory_of(services)
    now = services.now()
    with memory.lock:
        common, asked_at = memory.common, memory.asked_at
        fresh = asked_at is not None and timedelta(0) <= now - asked_at < ASK_AGAIN_AFTER
        if fresh and common is not None and now < common.until and memory.marks and memory.marks[2] == today(services):
            return common
    return None


def common_of(services: Services, transaction: Transaction) -> Common:
    """The layers above people as they are now."""
    common = remembered(services)
    if common is not None:
        return common
    memory = memory_of(services)
    now = services.now()
    marks = (*settings.marks(transaction), today(services))
    with memory.lock:
        if memory.common is not None and memory.marks == marks and now < memory.common.until:
            memory.asked_at = now
            return memory.common
    common = _read(services, transaction, marks[0])
    with memory.lock:
        memory.known.clear()
        memory.units.clear()
        memory.marks, memory.asked_at, memory.common = marks, now, common
    return common


def _read(services: Services, transaction: Transaction, revision: int) -> Common:
    now = services.now()
    entries: dict[Subject, list[Entry]] = {}
    for entry in settings.of_layers(transaction, (Layer.ORGANISATION, Layer.UNIT)):
        entries.setdefault((entry.layer, entry.subject), []).append(entry)
    table = [{"network": cidr, "place": str(place)} for cidr, place in sorted(networks.all_of(transaction))]
    return Common(
        revision, now + KEPT_FOR, entries, settings.touched(transaction, (Layer.ORGANISATION, Layer.UNIT)),
        settings.published_since(transaction, now - KEPT_FOR), units.parents_on(transaction, today(services)),
        Resolved(table, Layer.ORGANISATION, locked=True, origins=(Layer.ORGANISATION,) * len(table)),
    )  # fmt: skip


def forget(services: Services) -> None:
    """Something was published, or the network table was imported: read it anew."""
    memory = memory_of(services)
    with memory.lock:
        memory.marks, memory.asked_at, memory.common = None, None, None
        memory.known.clear()
        memory.units.clear()


def today(services: Services) -> date:
    """The city's day."""
    return services.now().astimezone(services.city.zone).date()
