"""今日: how one is seen now, the own day, the own whereabouts, everything that is reported, and who looked."""

import json
from typing import Any

from flask import Blueprint, g
from flask.typing import ResponseReturnValue

from dokodemo.actions import days, hours
from dokodemo.actions.facts import facts_of
from dokodemo.domain.events import EventKind, Place
from dokodemo.domain.fact_documents import document_of, instant_of, instant_text
from dokodemo.domain.presence import presence_of
from dokodemo.store.days import DayEvent
from dokodemo.web import services
from dokodemo.web.auth import guard
from dokodemo.web.board_cells import cells_of
from dokodemo.web.languages import text
from dokodemo.web.pages.frame import clock, page
from dokodemo.web.ribbon_documents import ribbon_document, ribbon_rows

blueprint = Blueprint("today_page", __name__)
SHOWN_ELSEWHERE = ("seq", "at", "kind")
INSTANTS = ("since", "from", "last_heard")
FIELDS = ("how", "since", "from", "place", "offset_ms", "digest", "carried_over", "last_heard")
PLACES = tuple(str(place) for place in Place)
HOWS = ("login", "first_install", "rotated", "recovered", "lost_order")


@blueprint.get("/today")
@guard("person")
def own() -> ResponseReturnValue:
    """One's own day."""
    found = days.own_day(services(), g.viewer)
    now = services().now()
    facts = facts_of(services(), [g.person.id])[g.person.id]
    start, _end = days.bounds(services(), found.day.ribbon.on)
    return page(
        "today.html", day=found.day, cells=cells_of(facts, now, found.day.policy), rows=ribbon_rows(found.day),
        presence=presence_of(facts, now, policy=found.day.policy), entry=facts.whereabouts, looks=found.looks,
        events=[event_row(event) for event in found.events], seen=[seen_row(one) for one in found.observations],
        as_of=clock(now, seconds=True), server_time=instant_text(now),
        policy=hours.policy_document(services(), found.day.policy),
        page_data={
            "ribbon": ribbon_document(found.day, start, now, services().city.zone), "facts": document_of(facts),
            "policy": hours.policy_document(services(), found.day.policy), "me": str(g.person.id), "name": g.person.name,
            "server_time": instant_text(now), "destinations": sorted({e.destination for e in found.day.declared if e.destination}),
        },
    )  # fmt: skip


def event_row(event: DayEvent) -> dict[str, Any]:
    """One event with every field that was sent, in the person's language."""
    try:
        sent: dict[str, Any] = json.loads(event.text) if event.text else {}
    except ValueError:
        sent = {}
    known = event.kind in {str(kind) for kind in EventKind}
    return {
        "at": event.effective_at or event.received_at, "kind": text(f"event.{event.kind}" if known else "event.unknown"),
        "code": event.kind, "seq": event.seq, "received_at": event.received_at, "refused": event.refusal is not None,
        "moved": round(event.moved_ms / 60_000) if abs(event.moved_ms) >= 60_000 else 0,
        "fields": [(field_name(name), field_value(name, value)) for name, value in sent.items() if name not in SHOWN_ELSEWHERE],
    }  # fmt: skip


def seen_row(one: Any) -> dict[str, Any]:
    """One observation of the server."""
    fields = [("place", one.place), ("last_heard", one.last_heard)]
    return {
        "at": one.at, "kind": text(f"event.{one.kind}"),
        "fields": [(field_name(name), field_value(name, value)) for name, value in fields if value is not None],
    }  # fmt: skip


def field_name(name: str) -> str:
    """A member's name in words; one that this version does not know keeps its own."""
    return text(f"field.{name}") if name in FIELDS else name


def field_value(name: str, value: Any) -> str:
    """A member's value as a person reads it."""
    if name == "place" and value in PLACES:
        return text(f"place.{value}")
    if name == "how" and value in HOWS:
        return text(f"how.{value}")
    if name in INSTANTS:
        return clock(_instant(value), seconds=True)
    return str(value)


def _instant(value: Any) -> Any:
    try:
        return instant_of(value)
    except ValueError:
        return None
