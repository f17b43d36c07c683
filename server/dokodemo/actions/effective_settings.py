"""Which settings hold for somebody on a device, and their name (etag) at the price of a look into a dictionary.

What was worked out for a caller is kept in each process as long as the layers above (``setting_layers``), and no longer
than until an entry begins or ends to hold.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from dokodemo.actions import Services
from dokodemo.actions.setting_layers import Common, Known, common_of, forget, memory_of, remembered, today
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
from dokodemo.store import Transaction, installation, settings

__all__ = [
    "Effective", "Explained", "Found", "Known", "city_values", "effective", "effective_of", "explained", "forget",
    "known_of", "known_without_asking", "next_beat_seconds", "settings_etag_of", "told", "unless_known",
]  # fmt: skip

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
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
class Found:
    """An etag, and what it names unless the asker has that already."""

    etag: str
    effective: Effective | None


@dataclass(frozen=True, slots=True)
class Explained:
    """One key for one person: what holds, and every decision on the way there, the general ones first."""

    setting: Setting
    resolved: Resolved | None
    decisions: list[Entry]


def effective(services: Services, person_id: UUID, device_id: UUID | None) -> Effective:
    """The settings that hold for a person on a device at this moment."""
    with services.read() as transaction:
        return effective_of(services, transaction, person_id, device_id)


def effective_of(services: Services, transaction: Transaction, person_id: UUID, device_id: UUID | None) -> Effective:
    """The same inside a transaction."""
    common = common_of(services, transaction)
    entries, _ = _gathered(services, transaction, common, person_id, device_id)
    values = _resolved(services, common, entries)
    return Effective((installation.epoch(transaction), common.revision), etag_of(told(values)), values)


def unless_known(services: Services, person_id: UUID, device_id: UUID | None, has: Callable[[str], bool]) -> Found:
    """The settings that hold, read only when ``has(etag)`` says that the asker does not have them."""
    remembered = known_without_asking(services, person_id, device_id)
    if remembered is not None and has(remembered.etag):
        return Found(remembered.etag, None)
    with services.read() as transaction:
        known = known_of(services, transaction, person_id, device_id)
        if has(known.etag):
            return Found(known.etag, None)
        found = effective_of(services, transaction, person_id, device_id)
    if found.etag != known.etag:
        memory = memory_of(services)
        with memory.lock:
            memory.known.pop((person_id, device_id), None)
    return Found(found.etag, found)


def explained(services: Services, person_id: UUID, device_id: UUID | None) -> list[Explained]:
    """Every key of the catalogue with who decided it."""
    with services.read() as transaction:
        common = common_of(services, transaction)
        entries, _ = _gathered(services, transaction, common, person_id, device_id)
    values = _resolved(services, common, entries)
    held = in_force(entries, services.now())
    return [Explained(setting, values.get(key), chain(setting, held)) for key, setting in CATALOGUE.items()]


def city_values(services: Services, transaction: Transaction) -> dict[str, Resolved]:
    """The values of the city as a whole, for the server's own rules (``board.open``, ``session.lease_minutes`` …)."""
    common = common_of(services, transaction)
    return _resolved(services, common, list(common.entries.get((Layer.ORGANISATION, ""), ())))


def settings_etag_of(services: Services, transaction: Transaction, person_id: UUID, device_id: UUID | None) -> str:
    """The etag of ``GET /api/v1/settings`` for this caller."""
    return known_of(services, transaction, person_id, device_id).etag


def known_of(services: Services, transaction: Transaction, person_id: UUID, device_id: UUID | None) -> Known:
    """Etag and last publication for a caller, from memory where nothing can have changed."""
    common = common_of(services, transaction)
    memory = memory_of(services)
    caller = person_id, device_id
    known = memory.known.get(caller)
    if known is not None and services.now() < known.until:
        return known
    entries, touched = _gathered(services, transaction, common, person_id, device_id)
    now = services.now()
    edges = [edge for entry in entries for edge in (entry.valid_from, entry.valid_until) if edge and edge > now]
    etag = etag_of(told(_resolved(services, common, entries)))
    known = Known(etag, common.recent.get(touched), min([*edges, common.until]))
    with memory.lock:
        if memory.common is common:
            if len(memory.known) >= KEPT_PEOPLE:
                memory.known.clear()
            memory.known[caller] = known
    return known


def known_without_asking(services: Services, person_id: UUID, device_id: UUID | None) -> Known | None:
    """The same from memory alone; None when the database has to be asked."""
    if remembered(services) is None:
        return None
    known = memory_of(services).known.get((person_id, device_id))
    return known if known is not None and services.now() < known.until else None


def next_beat_seconds(now: datetime, published_at: datetime | None) -> int:
    """When a device should come again: sooner for some minutes after something was published for it."""
    soon = published_at is not None and timedelta(0) <= now - published_at < SOON_FOR
    return SOON_SECONDS if soon else BEAT_SECONDS


def told(values: Mapping[str, Resolved]) -> dict[str, Resolved]:
    """Those that go to devices."""
    return {key: resolved for key, resolved in values.items() if CATALOGUE[key].to_device}


def _gathered(
    services: Services, transaction: Transaction, common: Common, person_id: UUID, device_id: UUID | None
) -> tuple[list[Entry], int]:
    """The entries of everybody who decides for this caller today, and the last revision that touched one of them.

    The language that the person chose in the web counts as their own choice.
    """
    unit_code, language = settings.standing_of(transaction, person_id, today(services))
    branch = common.branch(unit_code)
    entries = [
        replace(entry, depth=depth) for depth, subject in enumerate(branch) for entry in common.entries.get(subject, ())
    ]
    own, touched = settings.own_of(transaction, person_id, device_id)
    if language is not None:
        own.append(Entry(
            Layer.PERSON, str(person_id), "ui.language", language, LONG_AGO, 0, origin=Origin.SELF
        ))  # fmt: skip
    return entries + own, max([touched, *(common.touched.get(subject, 0) for subject in branch)])


def _resolved(services: Services, common: Common, entries: list[Entry]) -> dict[str, Resolved]:
    """The layers, and what is not anybody's to set: the installation's zone and its network table."""
    zone = Resolved(services.city.zone_name, Layer.ORGANISATION, locked=True)
    held = resolve(in_force(entries, services.now()), CATALOGUE)
    return held | {"city.timezone": zone, "networks.table": common.table}
