"""Publish settings, let people choose their own, and keep what became of them on devices."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from dokodemo.actions import Services, announcements
from dokodemo.actions.audit import record
from dokodemo.actions.devices import Caller
from dokodemo.actions.effective_settings import forget
from dokodemo.actions.hours import KEYS as HOURS
from dokodemo.domain.audit import Actor, Tag
from dokodemo.domain.errors import ErrorCode, InvalidError
from dokodemo.domain.setting_catalogue import setting_of
from dokodemo.domain.settings import Entry, Layer, Origin, Revision
from dokodemo.live import Change as Moved
from dokodemo.store import Transaction, installation, people, settings

DRAWN = frozenset({*HOURS, "whereabouts.grace_minutes", "whereabouts.proxy_scope", "board.open"})
"""What boards are drawn from."""


@dataclass(frozen=True, slots=True)
class Change:
    """One value to set, or with ``remove`` everything that the subject has of the key.

    Without dates it holds from now on and replaces what the subject had. With dates it stands over the lasting value
    until it ends, and replaces only an entry of the same dates.
    """

    layer: Layer
    subject: str
    key: str
    value: Any = None
    locked: bool = False
    remove: bool = False
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    origin: Origin = Origin.OFFICE

    @property
    def dated(self) -> bool:
        """Whether it is for some time only, or for later."""
        return self.valid_from is not None or self.valid_until is not None


def publish(services: Services, changes: Iterable[Change], *, by: Actor, comment: str) -> Revision:
    """All changes as one revision, in one transaction, audited and announced.

    Raises ``InvalidError`` when a key, a value, a layer or a subject is wrong, or a removal has nothing to remove;
    nothing is changed then. When it returns, the next answer to each device names its new settings.
    """
    checked = [_checked(change) for change in changes]
    if not checked:
        raise InvalidError(ErrorCode.INVALID, "there is nothing to publish")
    now = services.now()
    boards = any(change.key in DRAWN for change in checked)

    def work(transaction: Transaction) -> Revision:
        n = settings.append_revision(transaction, now, by.name, comment)
        payload = [_apply(transaction, change, n, now) for change in checked]
        chosen = all(change.origin is Origin.SELF for change in checked)
        tag = Tag.SETTINGS_CHOSEN if chosen else Tag.SETTINGS_PUBLISHED
        announcements.leave(transaction, by, "settings", {}, now)
        if boards:
            announcements.leave(transaction, by, "boards", {}, now)
        record(
            transaction, services, tag, actor=by, subject_id=_person(checked), revision=n, changes=payload,
            reason=comment,
        )  # fmt: skip
        return installation.epoch(transaction), n

    revision = services.write(work)
    forget(services)
    announcements.announce(services, Moved("settings"), *([Moved("boards")] if boards else []))
    return revision


def choose(services: Services, person_id: UUID, key: str, value: Any, *, by: Actor) -> Revision:
    """A person's own choice; None takes it back. Raises ``InvalidError`` for what is not theirs to choose."""
    mine = Change(Layer.PERSON, str(person_id), key, value, remove=value is None, origin=Origin.SELF)
    return publish(services, [mine], by=by, comment="")


def _checked(change: Change) -> Change:
    setting = setting_of(change.key)
    if not setting.may_be_set(change.layer, change.origin):
        if change.origin is Origin.SELF:
            raise _invalid(f"{change.key} is not a person's own choice")
        allowed = ", ".join(layer for layer in Layer if layer in setting.layers) or "nobody"
        raise _invalid(f"{change.key} cannot be set for the layer {change.layer}; it can for: {allowed}")
    if change.locked and (not setting.lockable or change.origin is Origin.SELF):
        raise _invalid(f"{change.key} cannot be locked")
    if change.valid_from and change.valid_until and change.valid_until <= change.valid_from:
        raise _invalid(f"{change.key} would end before it begins")
    return change if change.remove else replace(change, value=setting.form.check(change.value))


def _apply(transaction: Transaction, change: Change, n: int, now: datetime) -> dict[str, Any]:
    """End what is replaced, keep what is new; gives what the trail says of it."""
    if not settings.subject_exists(transaction, change.layer, change.subject):
        raise _invalid(f"there is no {change.layer} {change.subject!r}")
    standing = settings.of_slot(transaction, change.layer, change.subject, change.key, change.origin)
    if change.remove and not standing:
        raise _invalid(f"{change.layer} {change.subject} has no value of {change.key}".replace("  ", " "))
    began = change.valid_from or now
    replaced = [each for each in standing if not change.dated or _same_dates(each, change)]
    settings.end(transaction, replaced, n)
    said: dict[str, Any] = {
        "layer": str(change.layer), "subject": change.subject, "key": change.key,
        "before": [_document(each) for each in replaced], "after": None,
    }  # fmt: skip
    if change.remove:
        return said
    entry = Entry(
        change.layer, change.subject, change.key, change.value, began, n, change.locked, change.origin,
        change.valid_until,
    )  # fmt: skip
    settings.append(transaction, entry)
    return said | {"after": _document(entry)}


def _same_dates(entry: Entry, change: Change) -> bool:
    began = change.valid_from is None or change.valid_from == entry.valid_from
    return began and entry.valid_until == change.valid_until


def _document(entry: Entry) -> dict[str, Any]:
    document: dict[str, Any] = {"value": entry.value, "locked": entry.locked, "from": entry.valid_from.isoformat()}
    return document | ({"until": entry.valid_until.isoformat()} if entry.valid_until else {})


def _person(changes: Sequence[Change]) -> UUID | None:
    """Whose settings these are, when they are one person's alone."""
    subjects = {change.subject if change.layer is Layer.PERSON else "" for change in changes}
    subject = subjects.pop() if len(subjects) == 1 else ""
    return UUID(subject) if subject else None


def keep_results(
    services: Services, caller: Caller, revision: Revision, results: Sequence[tuple[str, str, str | None]]
) -> None:
    """What became of settings on the caller's device: (key, state, detail) each; unknown keys are kept."""
    latest = {key: (key, state, detail) for key, state, detail in results}
    now = services.now()
    services.write(
        lambda transaction: settings.replace_results(transaction, caller.binding_id, revision, latest.values(), now),
        single=True,
    )


def _invalid(sentence: str) -> InvalidError:
    return InvalidError(ErrorCode.INVALID, sentence)


def subject_named(services: Services, layer: Layer, name: str) -> str:
    """The subject that somebody at a keyboard means: a unit's code, a staff number, a device's directory id, serial or
    asset id. ``InvalidError`` when there is none."""
    if layer is Layer.ORGANISATION:
        if name:
            raise _invalid("the organisation has no subject")
        return ""
    with services.read() as transaction:
        if layer is Layer.UNIT and settings.subject_exists(transaction, layer, name):
            return name
        if layer is Layer.PERSON and (person := people.find_by_staff_number(transaction, name)):
            return str(person.id)
        if layer is Layer.DEVICE and (device_id := settings.find_device(transaction, name)):
            return str(device_id)
    raise _invalid(f"there is no {layer} {name!r}")


def standing_entries(services: Services) -> list[tuple[Entry, str]]:
    """Everything that was published and not ended, each with its subject as a person knows it."""
    with services.read() as transaction:
        entries = settings.all_of(transaction)
        numbers = people.of(transaction, [UUID(each.subject) for each in entries if each.layer is Layer.PERSON])
    names = {str(person_id): person.staff_number for person_id, person in numbers.items()}
    return [(each, names.get(each.subject, each.subject)) for each in entries]
