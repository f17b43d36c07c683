"""Which settings hold for somebody on a device, and their name (etag) at the price of a look into a dictionary.

What was worked out for a caller is kept in each process as long as the layers above (``setting_layers``), and no longer
than until an entry begins or ends to hold.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from dokodemo.actions import Services
from dokodemo.actions.setting_layers import Common, Known, Named, common_of, forget, memory_of, remembered, today
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
    etag_of_text,
    in_force,
    resolve,
    text_of,
)
from dokodemo.store import Transaction, installation, settings
from dokodemo.store.bindings import BoundKey
from dokodemo.store.settings import Standing

__all__ = [
    "Effective", "Explained", "Found", "Known", "city_values", "effective", "effective_of", "explained", "forget",
    "known_of", "known_without_asking", "next_beat_seconds", "settings_etag_of", "told", "unless_known",
]  # fmt: skip

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
KEPT_PEOPLE = 50_000
KEPT_TEXTS = 1_000
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
    """An etag, and the values that it names as JSON text unless the asker has them already."""

    etag: str
    revision: Revision
    text: str | None = None


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
    standing = settings.standing_of(transaction, person_id, device_id, today(services))
    values = _resolved(services, common, _gathered(common, person_id, standing))
    return Effective((installation.epoch(transaction), common.revision), etag_of(told(values)), values)


def unless_known(services: Services, key: BoundKey, has: Callable[[str], bool]) -> Found:
    """The settings that hold for whoever has this key; no values when ``has(etag)`` says that the asker has them."""
    caller = key.person_id, key.device_id
    known = known_without_asking(services, *caller)
    if known is None:
        with services.glance() as transaction:
            known = known_of(services, transaction, *caller)
    if has(known.etag):
        return Found(known.etag, (key.epoch, known.revision))
    text = memory_of(services).texts.get(known.etag)
    if text is not None:
        return Found(known.etag, (key.epoch, known.revision), text)
    found = effective(services, *caller)
    if found.etag != known.etag:
        memory_of(services).known.pop(caller, None)
    text = text_of(found.for_device())
    _keep_text(services, found.etag, text)
    return Found(found.etag, found.revision, text)


def explained(services: Services, person_id: UUID, device_id: UUID | None) -> list[Explained]:
    """Every key of the catalogue with who decided it."""
    with services.read() as transaction:
        common = common_of(services, transaction)
        standing = settings.standing_of(transaction, person_id, device_id, today(services))
    entries = _gathered(common, person_id, standing)
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
    standing = settings.standing_of(transaction, person_id, device_id, today(services))
    named = _named(services, common, person_id, standing)
    touched = max([standing.touched, *(common.touched.get(each, 0) for each in common.branch(standing.unit_code))])
    known = Known(named.etag, common.recent.get(touched), named.until, common.revision)
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


def _named(services: Services, common: Common, person_id: UUID, standing: Standing) -> Named:
    """The name of what holds for a caller; worked out once for everybody of a unit who has nothing of their own."""
    memory = memory_of(services)
    now = services.now()
    alike = not standing.own and standing.language is None
    named = memory.units.get(standing.unit_code) if alike else None
    if named is not None and now < named.until:
        return named
    entries = _gathered(common, person_id, standing)
    edges = [edge for entry in entries for edge in (entry.valid_from, entry.valid_until) if edge and edge > now]
    text = text_of(told(_resolved(services, common, entries)))
    named = Named(etag_of_text(text), min([*edges, common.until]))
    _keep_text(services, named.etag, text)
    if alike:
        with memory.lock:
            if memory.common is common:
                memory.units[standing.unit_code] = named
    return named


def _keep_text(services: Services, etag: str, text: str) -> None:
    """So that whoever learns this etag is told its values from memory."""
    memory = memory_of(services)
    with memory.lock:
        if len(memory.texts) >= KEPT_TEXTS:
            memory.texts.clear()
        memory.texts[etag] = text


def _gathered(common: Common, person_id: UUID, standing: Standing) -> list[Entry]:
    """The entries of everybody who decides for this caller.

    The language that the person chose in the web counts as their own choice.
    """
    entries = [
        replace(entry, depth=depth)
        for depth, subject in enumerate(common.branch(standing.unit_code))
        for entry in common.entries.get(subject, ())
    ]
    entries += standing.own
    if standing.language is not None:
        entries.append(Entry(
            Layer.PERSON, str(person_id), "ui.language", standing.language, LONG_AGO, 0, origin=Origin.SELF
        ))  # fmt: skip
    return entries


def _resolved(services: Services, common: Common, entries: list[Entry]) -> dict[str, Resolved]:
    """The layers, and what is not anybody's to set: the installation's zone and its network table."""
    zone = Resolved(services.city.zone_name, Layer.ORGANISATION, locked=True)
    held = resolve(in_force(entries, services.now()), CATALOGUE)
    return held | {"city.timezone": zone, "networks.table": common.table}
