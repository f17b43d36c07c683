"""Who plays which role in the demo, and their one-use links, which walk the real sign-in."""

from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from dokodemo.demo.issuer import enter_url
from dokodemo.demo.premises import Premises
from dokodemo.demo.roster import Member, fiscal_year_of, people, unit_names

SECTION = "020300"  # 情報政策課
PERSONNEL_SECTION = "020200"  # 人事課


def cast(zone: str) -> dict[str, Member]:
    """Who plays which role; ``it`` and ``personnel`` have these roles by grant, the head by post."""
    members = people(year=fiscal_year_of(datetime.now(ZoneInfo(zone)).date()))
    own = [member for member in members if member.section_code == SECTION]
    offices = [member for member in members if member.section_code == PERSONNEL_SECTION]
    plain = [member for member in own if member.post in ("lead", "senior", "staff")]
    return {
        "staff": plain[0],
        "section head": next(member for member in own if member.post == "head"),
        "personnel": next(member for member in offices if member.post in ("chief", "senior", "lead")),
        "IT": plain[1],
    }


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
