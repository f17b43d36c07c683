"""A day for ``<dk-ribbon>`` (``extension/shared/ribbon_layout.js``), and the rows of the table that stands for it."""

from datetime import datetime, timedelta, tzinfo
from typing import Any

from dokodemo.actions.days import Day
from dokodemo.domain.fact_documents import instant_text


def ribbon_document(day: Day, start: datetime, now: datetime | None, zone: tzinfo) -> dict[str, Any]:
    """``start`` is the day's midnight; ``now`` is None for a day that is over."""
    policy = day.policy
    return {
        "day": instant_text(start + timedelta(hours=12)),
        "zone": (start.astimezone(zone).utcoffset() or timedelta(0)) // timedelta(minutes=1),
        "now": instant_text(now),
        "sessions": [
            {
                "start": {"at": instant_text(one.session.started_at), "known": str(one.session.start_known)},
                "end": None if one.session.ended_at is None else {
                    "at": instant_text(one.session.ended_at), "known": str(one.session.end_known or "reported"),
                },
                "segments": [
                    {"from": instant_text(part.started_at), "to": instant_text(part.ended_at), "place": str(part.place)}
                    for part in one.stretches
                ],
            }
            for one in day.ribbon.sessions
        ],
        "meetings": [{"from": instant_text(begin), "to": instant_text(end)} for begin, end in day.ribbon.meetings],
        "regular": {"from": f"{policy.starts:%H:%M}", "to": f"{policy.ends:%H:%M}"},
        "lunch": {"from": f"{policy.lunch_from:%H:%M}", "to": f"{policy.lunch_to:%H:%M}"},
    }  # fmt: skip


def ribbon_rows(day: Day) -> list[dict[str, Any]]:
    """Start, end, place and how the edges are known, for whoever reads the page without scripts."""
    rows = []
    for one in day.ribbon.sessions:
        for position, part in enumerate(one.stretches):
            known = []
            if position == 0:
                known.append(str(one.session.start_known))
            if position == len(one.stretches) - 1 and one.session.end_known is not None:
                known.append(str(one.session.end_known))
            rows.append({
                "from": part.started_at, "to": part.ended_at, "place": str(part.place),
                "known": list(dict.fromkeys(known)) or ["reported"],
            })  # fmt: skip
    return rows
