"""Who plays the parts that a visitor of the demo can take; they are at work on every day that is shown."""

from functools import cache

from dokodemo.demo.roster import Member, people

SECTION = "020300"  # 情報政策課
PERSONNEL_SECTION = "020200"  # 人事課


@cache
def actors(year: int) -> dict[str, Member]:
    """Part → member; ``IT`` and ``personnel`` have these roles by grant, the head by post."""
    members = people(year=year)
    own = [member for member in members if member.section_code == SECTION]
    offices = [member for member in members if member.section_code == PERSONNEL_SECTION]
    plain = [member for member in own if member.post in ("lead", "senior", "staff")]
    return {
        "staff": plain[0],
        "section head": next(member for member in own if member.post == "head"),
        "personnel": next(member for member in offices if member.post in ("chief", "senior", "lead")),
        "IT": plain[1],
    }


def is_actor(member: Member, year: int) -> bool:
    """Whether this member plays a part in this fiscal year."""
    return any(actor.staff_number == member.staff_number for actor in actors(year).values())
