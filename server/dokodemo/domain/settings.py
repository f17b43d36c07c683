"""Settings in layers: which value holds for somebody, and who decided it.

Layers go from the general to the particular: organisation → unit (the main post's branch: 部, 課, 係) → group →
person → device. The most particular entry wins, unless a more general one is locked. A person's own choice is an entry of layer
person with origin ``self``: it stands below IT's entry for that person and below any lock. Lists that are merged take
the elements of all layers, the general ones first, and remember where each came from.
"""

import hashlib
import json
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from dokodemo.domain import base64url
from dokodemo.domain.errors import InvalidError
from dokodemo.domain.setting_forms import Form, Several

Revision = tuple[int, int]
"""``(epoch, n)``: never goes back on a device; a restored backup begins a new epoch."""


class Layer(StrEnum):
    """Who decides, from the general to the particular. ``default`` is the catalogue's own value."""

    DEFAULT = "default"
    ORGANISATION = "organisation"
    UNIT = "unit"
    GROUP = "group"
    PERSON = "person"
    DEVICE = "device"


class Origin(StrEnum):
    """``office``: IT or a head; ``self``: the person's own choice."""

    OFFICE = "office"
    SELF = "self"


class Merge(StrEnum):
    """What becomes of values of several layers."""

    REPLACE = "replace"
    MERGED = "merged"


_RANKS = {layer: rank for rank, layer in enumerate(Layer)}
OFFICE_LAYERS = frozenset(Layer) - {Layer.DEFAULT}


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the catalogue.

    ``default`` None: without an entry nothing is set, and the browser keeps its own. ``layers``: where IT may set it;
    ``by_person``: whether a person may choose for themselves. ``to_device``: whether devices are told; else it is the
    server's own rule. ``names`` and ``helps`` are Japanese and English.
    """

    key: str
    form: Form
    default: Any
    layers: frozenset[Layer]
    names: tuple[str, str]
    helps: tuple[str, str]
    merge: Merge = Merge.REPLACE
    lockable: bool = True
    by_person: bool = False
    to_device: bool = True

    def may_be_set(self, layer: Layer, origin: Origin) -> bool:
        """Whether an entry of this kind counts."""
        return self.by_person and layer is Layer.PERSON if origin is Origin.SELF else layer in self.layers


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision. ``subject``: "" for the organisation, a unit's code, an id; ``depth``: 0 部, 1 課, 2 係.

    It holds from ``valid_from`` until before ``valid_until``; of several for the same subject the one that began last
    holds.
    """

    layer: Layer
    subject: str
    key: str
    value: Any
    valid_from: datetime
    revision: int
    locked: bool = False
    origin: Origin = Origin.OFFICE
    valid_until: datetime | None = None
    depth: int = 0
    id: UUID | None = None

    def holds_at(self, now: datetime) -> bool:
        """Whether it is in force."""
        return self.valid_from <= now and (self.valid_until is None or now < self.valid_until)

    @property
    def rank(self) -> tuple[int, int, bool]:
        """Its place between the general and the particular."""
        return _RANKS[self.layer], self.depth, self.origin is Origin.OFFICE


@dataclass(frozen=True, slots=True)
class Resolved:
    """A value in force, the layer that decided it (of a merged list: the last that added to it), whether a lock keeps
    more particular layers from changing it, and for merged lists the layer of each element."""

    value: Any
    layer: Layer
    locked: bool = False
    origins: tuple[Layer, ...] | None = None

    def document(self) -> dict[str, Any]:
        """As it goes on the wire."""
        document: dict[str, Any] = {"value": self.value, "layer": str(self.layer), "locked": self.locked}
        if self.origins is not None:
            document["origins"] = [str(layer) for layer in self.origins]
        return document


def in_force(entries: Iterable[Entry], now: datetime) -> list[Entry]:
    """Those that hold at this moment."""
    return [entry for entry in entries if entry.holds_at(now)]


def chain(setting: Setting, entries: Iterable[Entry]) -> list[Entry]:
    """The entries of one key that count, from the general to the particular, up to the first lock.

    Entries that the catalogue does not allow (any more) are passed over, and so is a value that its form refuses.
    """
    latest: dict[tuple[tuple[int, int, bool], str], Entry] = {}
    for entry in entries:
        if entry.key != setting.key or not setting.may_be_set(entry.layer, entry.origin) or not _sound(setting, entry):
            continue
        slot = entry.rank, entry.subject
        kept = latest.get(slot)
        if kept is None or (kept.valid_from, kept.revision) < (entry.valid_from, entry.revision):
            latest[slot] = entry
    ordered = [latest[slot] for slot in sorted(latest)]
    for number, entry in enumerate(ordered):
        if entry.locked and setting.lockable:
            return ordered[: number + 1]
    return ordered


def _sound(setting: Setting, entry: Entry) -> bool:
    try:
        setting.form.check(entry.value)
    except InvalidError:
        return False
    return True


def resolve(entries: Iterable[Entry], catalogue: Mapping[str, Setting]) -> dict[str, Resolved]:
    """The value of each key of the catalogue that has one, for whoever these entries are about.

    ``entries`` are in force and of that person's own branch, person and device alone.
    """
    by_key: dict[str, list[Entry]] = {}
    for entry in entries:
        by_key.setdefault(entry.key, []).append(entry)
    found = {key: resolve_one(setting, by_key.get(key, ())) for key, setting in catalogue.items()}
    return {key: resolved for key, resolved in found.items() if resolved is not None}


def resolve_one(setting: Setting, entries: Iterable[Entry]) -> Resolved | None:
    """The value of one key; None when nobody set it and it has no default."""
    deciding = chain(setting, entries)
    if not deciding:
        if setting.default is None:
            return None
        origins = (Layer.DEFAULT,) * len(setting.default) if setting.merge is Merge.MERGED else None
        return Resolved(setting.default, Layer.DEFAULT, origins=origins)
    locked = setting.lockable and deciding[-1].locked
    if setting.merge is Merge.REPLACE:
        return Resolved(deciding[-1].value, deciding[-1].layer, locked)
    assert isinstance(setting.form, Several)
    elements: dict[Hashable, tuple[Any, Layer]] = {}
    for entry in deciding:
        for element in entry.value:
            elements.setdefault(setting.form.identity(element), (element, entry.layer))
    kept = list(elements.values())[: setting.form.most]
    last = kept[-1][1] if kept else deciding[-1].layer
    return Resolved([element for element, _ in kept], last, locked, tuple(layer for _, layer in kept))


def text_of(values: Mapping[str, Resolved]) -> str:
    """These values as JSON, as they go on the wire: equal texts exactly for equal values."""
    documents = {key: resolved.document() for key, resolved in values.items()}
    return json.dumps(documents, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def etag_of(values: Mapping[str, Resolved]) -> str:
    """A name for these values: equal exactly when they are, so that a revision which changes nothing for somebody
    makes nobody ask again."""
    return etag_of_text(text_of(values))


def etag_of_text(text: str) -> str:
    """The same name from their text."""
    return base64url.encode(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16])
