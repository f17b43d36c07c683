"""監査証跡: the trail as far as the viewer may read it; export as JSON Lines, which is itself an entry."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, redirect, request, stream_with_context
from flask.typing import ResponseReturnValue

from dokodemo.actions import audit, chain
from dokodemo.actions.audit import Filters
from dokodemo.domain import access
from dokodemo.domain.access import Verb
from dokodemo.domain.audit import Entry, Tag
from dokodemo.store import people
from dokodemo.web import services
from dokodemo.web.auth import guard
from dokodemo.web.languages import language, text
from dokodemo.web.pages.audit_details import details, raw
from dokodemo.web.pages.frame import page
from dokodemo.web.times import date_text, short_date_text, time_text

blueprint = Blueprint("audit_page", __name__)
NOT_PEOPLE = ("operator", "worker", "device", "unknown")
PAGE = 50
ROLES = frozenset(str(role) for role in access.Role)


@blueprint.get("/audit")
@guard("person")
def trail() -> ResponseReturnValue:
    """The newest entries first."""
    found, older = audit.entries(services(), g.viewer, filters(), cursor=cursor(), limit=PAGE)
    names = names_of(found)
    return page(
        "audit.html", rows=[row_of(entry, names) for entry in found], older=older, tags=list(Tag), asked=request.args,
        may_export=access.may(g.viewer, Verb.EXPORT_AUDIT), may_verify=access.may(g.viewer, Verb.VERIFY_AUDIT),
        chain=chain.last_verified(services()), at=at,
    )  # fmt: skip


@blueprint.post("/audit/verify")
@guard("person")
def verify() -> ResponseReturnValue:
    """Walk the whole chain now."""
    access.permit(g.viewer, Verb.VERIFY_AUDIT)
    chain.verify(services())
    return redirect("/audit", 303)


@blueprint.post("/audit/export")
@guard("person")
def export() -> ResponseReturnValue:
    """The trail as JSON Lines."""
    permit = access.permit(g.viewer, Verb.EXPORT_AUDIT)
    lines = audit.export(services(), permit, filters())
    name = f"audit-{g.viewer.on.isoformat()}.jsonl"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(stream_with_context(terminated(lines)), content_type="application/jsonl; charset=utf-8", headers=headers)


def terminated(lines: Iterator[str]) -> Iterator[str]:
    """Each line with its end."""
    for line in lines:
        yield f"{line}\n"


def filters() -> Filters:
    """What was asked for; what cannot be read asks for nothing."""
    tag = request.values.get("tag", "")
    zone = services().city.zone
    first, last = day(request.values.get("from")), day(request.values.get("until"))
    return Filters(
        tags=frozenset({tag}) if tag in set(Tag) else None,
        begins_at=datetime.combine(first, time(), tzinfo=zone) if first else None,
        ends_at=datetime.combine(last + timedelta(days=1), time(), tzinfo=zone) if last else None,
    )  # fmt: skip


def day(written: str | None) -> date | None:
    """A date of a form."""
    try:
        found = date.fromisoformat(written or "")
    except ValueError:
        return None
    return found if 2000 <= found.year < 2200 else None


def cursor() -> int | None:
    """The number before which the page begins."""
    asked = request.args.get("before", "")
    return int(asked) if asked.isdecimal() and len(asked) < 10 else None


def names_of(found: list[Entry]) -> dict[UUID, str]:
    """Names of everybody who acts or is acted upon in these entries."""
    ids = {entry.subject_id for entry in found if entry.subject_id} | {
        UUID(entry.actor) for entry in found if entry.actor not in NOT_PEOPLE
    }
    with services().read() as transaction:
        return {person.id: person.name for person in people.of(transaction, list(ids)).values()}


def at(moment: datetime) -> str:
    """A moment with its day."""
    zone = services().city.zone
    return f"{date_text(moment.astimezone(zone).date(), language())} {time_text(moment, zone, language())}"


def row_of(entry: Entry, names: dict[UUID, str]) -> dict[str, Any]:
    """One entry in words."""
    zone = services().city.zone
    local = entry.at.astimezone(zone)
    who = text(f"actor.{entry.actor}") if entry.actor in NOT_PEOPLE else names.get(UUID(entry.actor), "―")
    return {
        "n": entry.n, "day": date_text(local.date(), language()), "short": short_date_text(local.date(), language()),
        "time": time_text(entry.at, zone, language(), seconds=True), "who": who,
        "role": text(f"role.{entry.actor_role}") if entry.actor_role in ROLES else "",
        "did": text(f"tag.{entry.tag}") if entry.tag in set(Tag) else entry.tag, "tag": entry.tag,
        "whose": names.get(entry.subject_id, "") if entry.subject_id else "",
        "erased": entry.payload is None, "details": details(entry.payload or {}),
        "raw": raw(entry.payload) if entry.payload else "", "via": text(f"via.{entry.via}"),
    }  # fmt: skip
