"""What an entry of the trail holds, in words: the members that entries are known to have, before → after.

A member that this version does not know keeps its own name, and the page shows the entry as it is kept beside.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from dokodemo.domain.errors import ErrorCode, InvalidError
from dokodemo.domain.setting_catalogue import setting_of
from dokodemo.domain.statuses import STATUSES, Status
from dokodemo.web import services
from dokodemo.web.languages import catalogue, language, text
from dokodemo.web.pages.errors import KINDS
from dokodemo.web.times import date_text, time_text

SHORT = 8  # letters of an id that tell two apart
ARROW = " → "
IDS = frozenset({"binding", "bindings", "journal", "entry", "sha256", "digest", "subject"})


@dataclass(frozen=True, slots=True)
class Detail:
    """One member: its name and its value in words."""

    name: str
    value: str


def details(payload: Mapping[str, Any]) -> list[Detail]:
    """Everything that an entry holds, in the order in which it was written; what is empty is left out."""
    before, after = (_members(payload.get(name)) for name in ("before", "after"))
    found = list(_compared(before, after))
    for name, value in payload.items():
        if name in ("before", "after") and isinstance(value, Mapping | None):
            continue
        if name == "changes":
            found += [_of_setting(change) for change in value]
        elif name in ("counts", "members", "filters") and isinstance(value, Mapping):
            found += list(_compared({}, value))
        elif value not in (None, "", [], {}):
            found.append(Detail(name_of(name), words(name, value)))
    return found


def raw(payload: Mapping[str, Any]) -> str:
    """The entry's contents as they are kept."""
    return json.dumps(payload, ensure_ascii=False, indent=2)


def name_of(member: str) -> str:
    """A member's name in words; one that is not known keeps its own."""
    return catalogue(language()).get(f"member.{member}", member)


def words(member: str, value: Any) -> str:
    """A member's value in words."""
    if value is None or value == "":
        return text("value.none")
    if isinstance(value, bool):
        return text("value.yes" if value else "value.no")
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        return "、".join(words(member, each) for each in value) or text("value.none")
    if isinstance(value, Mapping):
        return " ".join(f"{name_of(name)} {words(name, each)}" for name, each in value.items())
    return _text(member, str(value))


def _text(member: str, value: str) -> str:
    if member in IDS:
        return value[:SHORT]
    if member == "status" and value in set(Status):
        row = STATUSES[Status(value)]
        return row.en if language() == "en" else row.ja
    if member == "reason" and value in set(ErrorCode) and ErrorCode(value) in KINDS:
        return text(f"error.{KINDS[ErrorCode(value)]}.title")
    known = catalogue(language()).get(f"value.{member}.{value}") or catalogue(language()).get(f"{member}.{value}")
    if known:
        return known
    return _moment(value) or _short_id(value)


def _moment(value: str) -> str:
    """A date or an instant as people read it; empty for anything else."""
    if len(value) < len("2026-11-24") or value[4:5] != "-":
        return ""
    try:
        if len(value) == len("2026-11-24"):
            return date_text(date.fromisoformat(value), language())
        at = datetime.fromisoformat(value)
    except ValueError:
        return ""
    if at.tzinfo is None:
        return ""
    zone = services().city.zone
    return f"{date_text(at.astimezone(zone).date(), language())} {time_text(at, zone, language())}"


def _short_id(value: str) -> str:
    try:
        UUID(value)
    except ValueError:
        return value
    return value[:SHORT]


def _members(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Detail]:
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if name in before and name in after:
            if old != new:
                yield Detail(name_of(name), words(name, old) + ARROW + words(name, new))
        elif (new if name in after else old) not in (None, "", [], {}):
            yield Detail(name_of(name), words(name, new if name in after else old))


def _of_setting(change: Mapping[str, Any]) -> Detail:
    """One change of a published revision: the setting's name, for whom, old and new value."""
    key = str(change.get("key", ""))
    try:
        named = setting_of(key).names[language() == "en"]
    except InvalidError:
        named = key
    whom = " ".join(part for part in (words("layer", change.get("layer")), str(change.get("subject") or "")) if part)
    old = "、".join(_plain(each.get("value")) for each in change.get("before") or []) or text("value.none")
    after = change.get("after")
    return Detail(f"{named}（{whom}）" if language() == "ja" else f"{named} ({whom})",
                  old + ARROW + (_plain(after.get("value")) if after else text("value.none")))  # fmt: skip


def _plain(value: Any) -> str:
    """A setting's value; of a list of links the titles."""
    if isinstance(value, list):
        return "、".join(_plain(each) for each in value)
    if isinstance(value, Mapping):
        return str(value.get("title") or json.dumps(value, ensure_ascii=False))
    return words("", value)
