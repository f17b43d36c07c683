"""The posts of the city: how many of each there are, how they are called where, and how they are dealt to its 課.

A department's director and deputies are posted to the 部 itself and counted in the staff of its first 課.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from dokodemo.demo.tree import Department, Section, departments, sections


@dataclass(frozen=True, slots=True)
class Post:
    """A 職 of the city: display order, code, its usual title, 職層 and how many people hold it."""

    sort: int
    code: str
    title: str
    rank: str
    count: int


POSTS = {
    post.code: post
    for post in (
        Post(10, "director", "部長", "部長級", 18),
        Post(20, "deputy_director", "次長", "次長級", 24),
        Post(30, "head", "課長", "課長級", 84),
        Post(32, "head_assigned", "担当課長", "課長級", 20),
        Post(40, "assistant_head", "課長補佐", "補佐級", 150),
        Post(50, "chief", "係長", "係長級", 222),
        Post(60, "senior", "主査", "主査級", 400),
        Post(70, "lead", "主任", "主任級", 520),
        Post(80, "staff", "主事", "主事級", 742),
        Post(90, "reemployed", "定年前再任用短時間", "", 90),
        Post(95, "fiscal_year", "会計年度任用職員", "", 330),
    )
}
# 222 係 are led by 162 係長 and by 60 課長補佐 who hold the 係 beside their own post.
LEADING_ASSISTANTS = 60
# Titles that differ from the usual one, by the beginning of the unit's code; the first match counts.
_TITLES: dict[str, tuple[tuple[str, str], ...]] = {
    "director": (("14", "局長"), ("16", "消防局長"), ("17", "会計管理者"), ("18", "局長"), ("15", "部長")),
    "head": (("05", "支所長"), ("1605", "署長"), ("1606", "署長"), ("1607", "署長"), ("1608", "署長")),
    "staff": (
        ("0804", "保育士"),
        ("09", "保健師"),
        ("1505", "司書"),
        ("16", "消防士"),
        ("12", "技師"),
        ("13", "技師"),
        ("1403", "技師"),
        ("1405", "技師"),
    ),
}


@dataclass(frozen=True, slots=True)
class Seat:
    """A place in the city for one person: unit, post, and the 係 that is led beside it, if any."""

    unit_code: str
    post: str
    leads: str | None = None


def title_of(post: str, unit_code: str) -> str:
    """What the holder of a post is called in that unit."""
    for beginning, title in _TITLES.get(post, ()):
        if unit_code.startswith(beginning):
            return title
    return POSTS[post].title


def seats(random: Random) -> list[Seat]:
    """2,600 seats: as many of each post as ``POSTS`` says, as many in each 課 as the tree says."""
    dealt: list[Seat] = []
    room = {code: section.staff for code, section in sections().items()}

    def take(section: Section, unit_code: str, post: str, leads: str | None = None) -> None:
        room[section.code] -= 1
        dealt.append(Seat(unit_code, post, leads))

    _leadership(take)
    largest = sorted(sections().values(), key=lambda section: (-room[section.code], section.code))
    assistants_lead = {section.code for section in largest[:LEADING_ASSISTANTS]}
    for section in sections().values():
        take(section, section.code, "head")
        for team in section.teams:
            if team is section.teams[0] and section.code in assistants_lead:
                take(section, section.code, "assistant_head", leads=team.code)
            else:
                take(section, team.code, "chief")
    for post, count in (
        ("head_assigned", POSTS["head_assigned"].count),
        ("assistant_head", POSTS["assistant_head"].count - LEADING_ASSISTANTS),
        ("chief", POSTS["chief"].count - (222 - LEADING_ASSISTANTS)),
    ):
        for n in range(count):
            section = largest[n % len(largest)]
            unit = section.code if post != "chief" else section.teams[n % len(section.teams)].code
            take(section, unit, post)
    for section, post in _rest(random, room):
        take(section, random.choice(section.teams).code, post)
    return dealt


def _leadership(take: Callable[[Section, str, str], None]) -> None:
    # Three commissions have no common director; the six largest departments have a second deputy.
    led = [department for department in departments() if department.code != "190000"]
    by_size: list[Department] = sorted(led, key=lambda department: (-department.staff, department.code))
    for department in led:
        take(department.sections[0], department.code, "director")
        take(department.sections[0], department.code, "deputy_director")
    for department in by_size[: POSTS["deputy_director"].count - len(led)]:
        take(department.sections[0], department.code, "deputy_director")


def _rest(random: Random, room: dict[str, int]) -> Iterator[tuple[Section, str]]:
    """The posts without a fixed place: 会計年度 where counters, shifts and outlying sites are, the others anywhere."""
    open_seats = [code for code, free in room.items() for _ in range(free)]
    heavy = [code for code in open_seats if sections()[code].flags & {"S", "W", "O"}]
    random.shuffle(heavy)
    fiscal = heavy[: POSTS["fiscal_year"].count * 3 // 4]
    for code in fiscal:
        open_seats.remove(code)
    random.shuffle(open_seats)
    posts = ["fiscal_year"] * (POSTS["fiscal_year"].count - len(fiscal)) + [
        post for post in ("reemployed", "senior", "lead", "staff") for _ in range(POSTS[post].count)
    ]
    for code in fiscal:
        yield sections()[code], "fiscal_year"
    for code, post in zip(open_seats, posts, strict=True):
        yield sections()[code], post
