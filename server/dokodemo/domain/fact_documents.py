"""Facts as they lie in the shared state and go over the wire: plain values, times as RFC 3339 UTC with milliseconds.

A person's facts are kept by source: each journal's id holds what that device reports, ``whereabouts`` the entry that
holds, ``cleared`` when activity ended that entry. ``assembled`` makes one person's facts of them.
"""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any
from uuid import UUID

from dokodemo.domain.events import Place, written
from dokodemo.domain.facts import DeviceFacts, Facts, State, merged
from dokodemo.domain.presence import clears
from dokodemo.domain.statuses import Status
from dokodemo.domain.whereabouts import Via, Whereabouts

Document = Mapping[str, Any]

WHEREABOUTS = "whereabouts"
CLEARED = "cleared"


def instant_text(moment: datetime | None) -> str | None:
    """``2026-11-24T00:31:01.870Z``; None stays None."""
    return None if moment is None else written(moment)


def instant_of(value: str | datetime | None) -> datetime | None:
    """The aware instant of a text; what is one already stays."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def document_of_device(facts: DeviceFacts) -> dict[str, Any]:
    """One device's facts as kept in the shared state under its journal's id."""
    return {
        "state": str(facts.state), "place": facts.place and str(facts.place), "meeting": instant_text(facts.meeting),
        "since": instant_text(facts.since), "until": instant_text(facts.until),
        "active_at": instant_text(facts.active_at),
    }  # fmt: skip


def device_facts_of(document: Document) -> DeviceFacts:
    """The reverse of ``document_of_device``; absent members are None."""
    return DeviceFacts(
        State(document["state"]), _place(document.get("place")), instant_of(document.get("meeting")),
        instant_of(document.get("since")), instant_of(document.get("until")), instant_of(document.get("active_at")),
    )  # fmt: skip


def document_of_whereabouts(entry: Whereabouts) -> dict[str, Any]:
    """An entry with the wire's names (``from``, ``until``)."""
    return {
        "id": str(entry.id), "person_id": str(entry.person_id), "status": str(entry.status),
        "destination": entry.destination, "back_at": instant_text(entry.back_at), "note": entry.note,
        "from": instant_text(entry.from_at), "until": instant_text(entry.until_at),
        "made_at": instant_text(entry.made_at), "author_id": str(entry.author_id), "via": str(entry.via),
    }  # fmt: skip


def whereabouts_of(document: Document) -> Whereabouts:
    """The reverse of ``document_of_whereabouts``."""
    made_at = instant_of(document["made_at"])
    if made_at is None:
        raise ValueError("an entry has made_at")
    return Whereabouts(
        UUID(document["id"]), UUID(document["person_id"]), Status(document["status"]), document.get("destination"),
        instant_of(document.get("back_at")), document.get("note"), instant_of(document.get("from")),
        instant_of(document.get("until")), made_at, UUID(document["author_id"]), Via(document["via"]),
    )  # fmt: skip


def document_of(facts: Facts) -> dict[str, Any]:
    """One person's facts as on the wire (PROTOCOL §5)."""
    return {
        "person_id": str(facts.person_id), "state": str(facts.state), "place": facts.place and str(facts.place),
        "meeting": instant_text(facts.meeting), "since": instant_text(facts.since), "until": instant_text(facts.until),
        "whereabouts": facts.whereabouts and document_of_whereabouts(facts.whereabouts),
        "cleared_at": instant_text(facts.cleared_at),
    }  # fmt: skip


def assembled(person_id: UUID, sources: Mapping[str, Document], *, zone: tzinfo) -> Facts:
    """One person's facts of all sources, with ``cleared_at`` kept or found now."""
    declared = sources.get(WHEREABOUTS)
    entry = whereabouts_of(declared) if declared else None
    devices = [device_facts_of(document) for name, document in sources.items() if name not in {WHEREABOUTS, CLEARED}]
    facts = merged(person_id, devices, whereabouts=entry)
    return _with_clearing(facts, sources.get(CLEARED), zone)


def clearing(facts: Facts, sources: Mapping[str, Document]) -> Document | None:
    """What to keep under ``cleared`` so that a return stays one after the person steps away; None: nothing new."""
    if facts.whereabouts is None or facts.cleared_at is None:
        return None
    document = {"entry": str(facts.whereabouts.id), "at": instant_text(facts.cleared_at)}
    return None if sources.get(CLEARED) == document else document


def _with_clearing(facts: Facts, kept: Document | None, zone: tzinfo) -> Facts:
    entry = facts.whereabouts
    if entry is None:
        return facts
    if kept is not None and kept["entry"] == str(entry.id):
        at = instant_of(kept["at"])
    else:
        at = facts.since if clears(facts, zone=zone) else None
    return Facts(
        facts.person_id, facts.state, facts.place, facts.meeting, facts.since, facts.until, entry, at
    )  # fmt: skip


def _place(value: str | None) -> Place | None:
    return None if value is None else Place(value)
