"""Who plays which role in the demo, and their one-use links, which walk the real sign-in."""

from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from dokodemo.demo.actors import SECTION, actors
from dokodemo.demo.issuer import enter_url
from dokodemo.demo.premises import Premises
from dokodemo.demo.roster import Member, fiscal_year_of, unit_names


def cast(zone: str) -> dict[str, Member]:
    """Who plays which role this year."""
    return actors(fiscal_year_of(datetime.now(ZoneInfo(zone)).date()))


def links(premises: Premises) -> list[tuple[str, str, str, str]]:
    """role, name, unit, link."""
    names = unit_names()
    rows = []
    for role, member in cast(premises.zone).items():
        to = f"/board/{SECTION}" if role == "section head" else "/today"
        start = f"/sign-in?{urlencode({'issuer': premises.issuer_url, 'to': to})}"
        link = enter_url(premises.issuer_url, premises.issuer_key, member.staff_number, start)
        rows.append((role, member.name, names[member.unit_code], link))
    return rows
