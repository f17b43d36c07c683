"""One day of another person, for whoever heads their unit. Opening it is a look."""

from datetime import date, timedelta
from uuid import UUID

from flask import Blueprint, g, redirect
from flask.typing import ResponseReturnValue

from dokodemo.actions import days
from dokodemo.domain.errors import ErrorCode, MissingError
from dokodemo.web import services
from dokodemo.web.auth import guard
from dokodemo.web.pages.frame import page
from dokodemo.web.ribbon_documents import ribbon_document, ribbon_rows

blueprint = Blueprint("day_page", __name__)


@blueprint.get("/people/<uuid:person_id>/day/<on>")
@guard("person")
def of_person(person_id: UUID, on: str) -> ResponseReturnValue:
    """A person's day ribbon."""
    day_on = day_named(on)
    if person_id == g.person.id and day_on == g.viewer.on:
        return redirect("/today", 303)
    day = days.day_of(services(), g.viewer, person_id, day_on)
    start, _end = days.bounds(services(), day_on)
    now = services().now() if day_on == g.viewer.on else None
    return page(
        "day.html", day=day, rows=ribbon_rows(day), previous=day_on - timedelta(days=1),
        next=day_on + timedelta(days=1) if day_on < g.viewer.on else None,
        page_data={"ribbon": ribbon_document(day, start, now, services().city.zone)},
    )  # fmt: skip


def day_named(text: str) -> date:
    """A date of an address; ``MissingError`` for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise MissingError(ErrorCode.NOT_FOUND, "no such day") from error
