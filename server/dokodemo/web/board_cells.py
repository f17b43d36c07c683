"""Words for the cells of a board's first paint; ``static/js/board_cells.js`` gives the same for every later one."""

from dataclasses import dataclass, replace
from datetime import datetime

from dokodemo.domain.facts import Facts
from dokodemo.domain.presence import Policy, Presence, Qualifier, Source, presence_of
from dokodemo.domain.statuses import STATUSES, Status
from dokodemo.web.languages import language, text
from dokodemo.web.times import moment_text

NOTHING = "―"


@dataclass(frozen=True, slots=True)
class Cells:
    """What stands in one row."""

    status: str
    qualifier: str
    where: str
    back: str
    note: str
    overdue: bool
    proxy: bool
    reported: str


def cells_of(facts: Facts, now: datetime, policy: Policy) -> Cells:
    """The cells of one person at ``now``."""
    presence = presence_of(facts, now, policy=policy)
    place = text(f"place.{presence.place}") if presence.place else NOTHING
    back = _moment(presence.back_at, now, policy)
    return Cells(
        str(presence.status or ""), _qualifier(presence, now, policy), presence.destination or place,
        text("cell.no_return") if presence.status is Status.DIRECT_RETURN else back,
        presence.note or "", presence.overdue, presence.by_proxy, reported_words(facts, now, policy),
    )  # fmt: skip


def reported_words(facts: Facts, now: datetime, policy: Policy) -> str:
    """What devices report, whatever was declared: 在席 8:24から."""
    presence = presence_of(replace(facts, whereabouts=None, cleared_at=None), now, policy=policy)
    if presence.status is None or presence.source is Source.CLOCK:
        return NOTHING
    row = STATUSES[presence.status]
    word = row.en if language() == "en" else row.ja_short
    if presence.qualifier is Qualifier.LAST_HEARD:
        return f"{word} {text('cell.last_heard', time=_moment(presence.at, now, policy))}"
    return f"{word} {text('cell.reported_since', time=_moment(presence.since, now, policy))}" if presence.since else word


def _qualifier(presence: Presence, now: datetime, policy: Policy) -> str:
    if presence.qualifier is None:
        return ""
    time = _moment(presence.at, now, policy) if presence.at else ""
    return text(f"cell.{presence.qualifier}", time=time).strip()


def _moment(moment: datetime | None, now: datetime, policy: Policy) -> str:
    return moment_text(moment, now.astimezone(policy.zone).date(), policy.zone, language())
