"""What every page has: language, navigation by permission, the person's name, static files, the nonce."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, g, render_template, request

from dokodemo.domain.access import Verb, scope
from dokodemo.domain.statuses import STATUSES
from dokodemo.store import units
from dokodemo.web import headers, languages, services
from dokodemo.web.times import date_text, moment_text, time_text


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the navigation: for whom (a verb that reaches something), and where it leads."""

    label: str
    href: str
    icon: str
    verb: Verb | None = None
    group: str = ""


NAVIGATION = (
    Entry("nav.today", "/today", "today"),
    Entry("nav.board", "/board", "board", Verb.SEE_BOARD),
    Entry("nav.audit", "/audit", "audit", Verb.SEE_AUDIT, "nav.administration"),
)


def install(app: Flask) -> None:
    """Give templates their names."""
    app.jinja_env.globals.update(
        t=languages.text, static=headers.of_static, nonce=headers.nonce, statuses=STATUSES,
        script_texts=languages.texts_for_scripts, clock=clock, moment=moment, date=date_words,
    )  # fmt: skip
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True

    @app.context_processor
    def names() -> dict[str, Any]:
        return {"language": languages.language(), "city": services().city, "now_text": clock(services().now())}


def page(template: str, **values: Any) -> str:
    """A page within the frame; the person is signed in."""
    own = sorted(g.viewer.sections) or [""]
    return render_template(
        template, navigation=list(navigation()), viewer_name=g.person.name, viewer_unit=", ".join(own_unit_names()),
        own_unit=own[0], **values,
    )  # fmt: skip


def navigation() -> list[dict[str, Any]]:
    """The entries that the viewer may use; others are absent."""
    entries = [entry for entry in NAVIGATION if entry.verb is None or scope(g.viewer, entry.verb)]
    return [
        {
            "label": entry.label, "href": entry.href, "icon": entry.icon, "group": entry.group,
            "current": request.path == entry.href or request.path.startswith(f"{entry.href}/"),
        }
        for entry in entries
    ]  # fmt: skip


def own_unit_names() -> list[str]:
    """The names of the viewer's own units."""
    with services().read() as transaction:
        lines = units.lines(transaction, g.viewer.unit_codes, g.viewer.on)
    return [lines[code][0].name for code in sorted(g.viewer.unit_codes) if lines.get(code)]


def clock(moment_: Any, *, seconds: bool = False) -> str:
    """A time in the city's zone and the person's language."""
    return time_text(moment_, services().city.zone, languages.language(), seconds=seconds)


def moment(moment_: Any) -> str:
    """A time today, else its date."""
    today = services().now().astimezone(services().city.zone).date()
    return moment_text(moment_, today, services().city.zone, languages.language())


def date_words(day: Any) -> str:
    """A date in words."""
    return date_text(day, languages.language())

