"""Which settings hold for somebody on a device, and their name (etag) at the price of a look into a dictionary.

What was worked out is kept in each process until a revision is published, a roster is imported, the city's day changes,
or an entry begins or ends to hold; at the longest for ten minutes, for what has no revision (a language chosen in the
web, the network table). Whether a revision came is asked of the database at most once a second; a publication of this
process is seen at once.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from dokodemo.actions import Services
from dokodemo.domain.setting_catalogue import CATALOGUE
from dokodemo.domain.settings import (
    Entry,
    Layer,
    Origin,
    Resolved,
    Revision,
    Setting,
    chain,
    etag_of,
    in_force,
    resolve,
)
from dokodemo.store import Transaction, installation, networks, people, settings

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
ASK_AGAIN_AFTER = timedelta(seconds=1)
KEPT_FOR = timedelta(minutes=10)
KEPT_PEOPLE = 50_000
BEAT_SECONDS = 60
SOON_SECONDS = 20
SOON_FOR = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Effective:
    """All values that hold for one person on one device; ``etag`` names those that go to the device."""

    revision: Revision
    etag: str
    values: Mapping[str, Resolved]

    def for_device(self) -> dict[str, Resolved]:
        """What the device is told."""
        return told(self.values)


@dataclass(frozen=True, slots=True)
class Known:
    """What the beat path needs of somebody's settings."""

    etag: str
    published_at: datetime | None
    until: datetime


@dataclass(slots=True)
class _Kept:
    """One installation's memory in this process."""

    marks: tuple[int, str, date] | None = None
    asked_at: datetime | None = None
    known: dict[tuple[UUID, UUID | None], Known] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


_installations: "WeakKeyDictionary[Any, _Kept]" = WeakKeyDictionary()


def told(values: Mapping[str, Resolved]) -> dict[str, Resolved]:
    """Those that go to devices."""
    return {key: resolved for key, resolved in values.items() if CATALOGUE[key].to_device}


def effective(services: Services, person_id: UUID, device_id: UUID | None) -> Effective:
    """The settings that hold for a person on a device at this moment."""
    with services.read() as transaction:
        return effective_of(services, transaction, person_id, device_id)


def effective_of(services: Services, transaction: Transaction, person_id: UUID, device_id: UUID | None) -> Effective:
    """The same inside a transaction."""
    entries = _entries(transaction, subjects_of(services, transaction, person_id, device_id), person_id)
    values = _resolved(services, transaction, entries)
    revision = installation.epoch(transaction), settings.last_revision(transaction)
    return Effective(revision, etag_of(told(values)), values)


def subjects_of(
    services: Services, transaction: Transaction, person_id: UUID, device_id: UUID | None
) -> list[settings.Subject]:
    """Whose entries count for this person on this device today: the city, the main post's branch, person, device."""
    branch = settings.branch_of(transaction, person_id, _today(services))
    subjects: list[settings.Subject] = [(Layer.ORGANISATION, "", 0)]
    subjects += [(Layer.UNIT, code, depth) for depth, code in enumerate(branch)]
    subjects.append((Layer.PERSON, str(person_id), 0))
    if device_id is not None:
        subjects.append((Layer.DEVICE, str(device_id), 0))
    return subjects


def _entries(transaction: Transaction, subjects: list[settings.Subject], person_id: UUID) -> list[Entry]:
    """What was published for these subjects, and the language that the person chose in the web, as their own choice."""
    entries = settings.of_subjects(transaction, subjects)
    person = people.find(transaction, person_id)
    if person is not None and person.language is not None:
        entries.append(Entry(
            Layer.PERSON, str(person_id), "ui.language", person.language, LONG_AGO, 0, origin=Origin.SELF
        ))  # fmt: skip
    return entries


def _resolved(services: Services, transaction: Transaction, entries: list[Entry]) -> dict[str, Resolved]:
    """The layers, and what is not anybody's to set: the installation's zone and its network table."""
    values = resolve(in_force(entries, services.now()), CATALOGUE)
    table = [{"network": cidr, "place": str(place)} for cidr, place in sorted(networks.all_of(transaction))]
    return values | {
        "city.timezone": Resolved(services.city.zone_name, Layer.ORGANISATION, locked=True),
        "networks.table": Resolved(table, Layer.ORGANISATION, locked=True, origins=(Layer.ORGANISATION,) * len(table)),
    }


@dataclass(frozen=True, slots=True)
class Found:
    """An etag, and what it names unless the asker has that already."""

    etag: str
    effective: Effective | None


def unless_known(
    services: Services, person_id: UUID, device_id: UUID | None, has: Callable[[str], bool]
) -> Found:
    """The settings that hold, read only when ``has(etag)`` says that the asker does not have them."""
    with services.read() as transaction:
        etag = settings_etag_of(services, transaction, person_id, device_id)
        if has(etag):
            return Found(etag, None)
        found = effective_of(services, transaction, person_id, device_id)
        if found.etag != etag:
            forget_person(services, person_id, device_id)
    return Found(found.etag, found)


def city_values(services: Services, transaction: Transaction) -> dict[str, Resolved]:
    """The values of the city as a whole, for the server's own rules (``board.open``, ``session.lease_minutes`` …)."""
    return _resolved(services, transaction, settings.of_subjects(transaction, [(Layer.ORGANISATION, "", 0)]))


def settings_etag_of(services: Services, transaction: Transaction, person_id: UUID, device_id: UUID | None) -> str:
    """The etag of ``GET /api/v1/settings`` for this caller."""
    return known_of(services, transaction, person_id, device_id).etag


def known_of(services: Services, transaction: Transaction, person_id: UUID, device_id: UUID | None) -> Known:
    """Etag and last publication for a caller, from memory where nothing can have changed."""
    kept = _kept(services)
    now = services.now()
    marks = _marks(services, transaction, kept, now)
    name = person_id, device_id
    with kept.lock:
        known = kept.known.get(name) if kept.marks == marks else None
    if known is not None and now < known.until:
        return known
    known = _work_out(services, transaction, person_id, device_id, now)
    with kept.lock:
        if kept.marks == marks:
            if len(kept.known) >= KEPT_PEOPLE:
                kept.known.clear()
            kept.known[name] = known
    return known


def _work_out(
    services: Services, transaction: Transaction, person_id: UUID, device_id: UUID | None, now: datetime
) -> Known:
    subjects = subjects_of(services, transaction, person_id, device_id)
    entries = _entries(transaction, subjects, person_id)
    edges = [edge for entry in entries for edge in (entry.valid_from, entry.valid_until) if edge and edge > now]
    etag = etag_of(told(_resolved(services, transaction, entries)))
    return Known(etag, settings.published_at(transaction, subjects), min([*edges, now + KEPT_FOR]))


def _marks(services: Services, transaction: Transaction, kept: _Kept, now: datetime) -> tuple[int, str, date]:
    today = _today(services)
    with kept.lock:
        fresh = kept.asked_at is not None and timedelta(0) <= now - kept.asked_at < ASK_AGAIN_AFTER
        if fresh and kept.marks is not None and kept.marks[2] == today:
            return kept.marks
    marks = (*settings.marks(transaction), today)
    with kept.lock:
        if kept.marks != marks:
            kept.known.clear()
        kept.marks, kept.asked_at = marks, now
    return marks


def forget_person(services: Services, person_id: UUID, device_id: UUID | None) -> None:
    """What is kept of one caller is no longer true."""
    kept = _kept(services)
    with kept.lock:
        kept.known.pop((person_id, device_id), None)


def forget(services: Services) -> None:
    """Something was published, or the network table was imported: ask the database again."""
    kept = _kept(services)
    with kept.lock:
        kept.marks, kept.asked_at = None, None
        kept.known.clear()


def _kept(services: Services) -> _Kept:
    return _installations.setdefault(services.database, _Kept())


def _today(services: Services) -> date:
    return services.now().astimezone(services.city.zone).date()


def next_beat_seconds(now: datetime, published_at: datetime | None) -> int:
    """When a device should come again: sooner for some minutes after something was published for it."""
    soon = published_at is not None and timedelta(0) <= now - published_at < SOON_FOR
    return SOON_SECONDS if soon else BEAT_SECONDS


@dataclass(frozen=True, slots=True)
class Explained:
    """One key for one person: what holds, and every decision on the way there, the general ones first."""

    setting: Setting
    resolved: Resolved | None
    decisions: list[Entry]


def explained(services: Services, person_id: UUID, device_id: UUID | None) -> list[Explained]:
    """Every key of the catalogue with who decided it."""
    with services.read() as transaction:
        subjects = subjects_of(services, transaction, person_id, device_id)
        entries = in_force(_entries(transaction, subjects, person_id), services.now())
        values = _resolved(services, transaction, entries)
    return [Explained(setting, values.get(key), chain(setting, entries)) for key, setting in CATALOGUE.items()]
