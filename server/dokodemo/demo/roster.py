"""The 2,600 people of あかぎ市, and the roster file that its 人事給与システム would hand out."""

import csv
import io
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import lru_cache
from random import Random

from dokodemo.demo.names import draw, romaji
from dokodemo.demo.posts import POSTS, seats, title_of
from dokodemo.demo.tree import departments, section_of, sections

MAIL_DOMAIN = "city.akagi.example"
ROSTER_COLUMNS = (
    "職員番号", "氏名", "氏名カナ", "メール", "所属コード", "所属名", "職名", "職層", "発令日", "発令区分",
    "兼務1所属コード", "兼務1職名", "兼務1区分", "任用区分", "勤務パターン", "1日の時間", "適用終了日", "内線",
)  # fmt: skip


class Pattern(StrEnum):
    """勤務パターン: when somebody's day begins (§9: 12 % of those on duty do not begin around 8:30)."""

    REGULAR = "regular"
    EARLY = "early"
    NINE = "nine"
    TEN = "ten"
    AFTERNOON = "afternoon"


DAILY_MINUTES = {
    Pattern.REGULAR: 465,
    Pattern.EARLY: 465,
    Pattern.NINE: 420,
    Pattern.TEN: 360,
    Pattern.AFTERNOON: 240,
}
# 312 of 2,600: 35 % early, 25 % from nine, 25 % from half past nine, 15 % in the afternoon.
_SHIFTED = {Pattern.EARLY: 109, Pattern.NINE: 78, Pattern.TEN: 78, Pattern.AFTERNOON: 47}
_EMPLOYMENT = {"reemployed": "再任用", "fiscal_year": "会計年度"}


@dataclass(frozen=True, slots=True)
class Member:
    """One of the 2,600. ``concurrent`` holds unit code, title and 兼務 or 併任; ``ends_on`` is inclusive."""

    staff_number: str
    family: str
    given: str
    kana: str
    email: str
    unit_code: str
    post: str
    title: str
    effective_on: date
    order: str
    concurrent: tuple[tuple[str, str, str], ...]
    employment: str
    pattern: Pattern
    ends_on: date | None
    extension: str

    @property
    def name(self) -> str:
        """The name as the file writes it, with a full-width space."""
        return f"{self.family}　{self.given}"

    @property
    def section_code(self) -> str:
        """The 課 where the person sits."""
        return section_of(self.unit_code).code

    @property
    def order_key(self) -> tuple[int, date, str]:
        """職制順: post, then the earlier 発令日, then the staff number."""
        return POSTS[self.post].sort, self.effective_on, self.staff_number


def fiscal_year_of(on: date) -> int:
    """年度: it begins on 1 April and is named by that year."""
    return on.year if on.month >= 4 else on.year - 1


@lru_cache(maxsize=4)
def people(*, year: int, seed: int = 1) -> tuple[Member, ...]:
    """Everybody with an account in a 年度, in the order of the tree and then 職制順; the same for the same seed."""
    random = Random(f"people {seed}")
    names = draw(random)
    numbers = [f"00{n}" for n in random.sample(range(10_000, 60_000), 2_600)]
    taken: dict[str, int] = {}
    members = []
    for number, seat in zip(numbers, seats(random), strict=True):
        family, given = next(names)
        local = f"{romaji(family.kana)}.{romaji(given.kana)}"
        taken[local] = taken.get(local, 0) + 1
        since = date(year - random.choice((0, 0, 1, 1, 2, 3)), 4, 1)
        ends_on = date(year + 1, 3, 31) if seat.post == "fiscal_year" else None
        members.append(
            Member(
                staff_number=number,
                family=family.written,
                given=given.written,
                kana=f"{family.kana}　{given.kana}",
                email=f"{local}{taken[local] if taken[local] > 1 else ''}@{MAIL_DOMAIN}",
                unit_code=seat.unit_code,
                post=seat.post,
                title=title_of(seat.post, seat.unit_code),
                effective_on=date(year, 4, 1) if ends_on else since,
                order="採用" if ends_on else random.choice(("異動", "異動", "昇任")),
                concurrent=((seat.leads, "係長", "兼務"),) if seat.leads else (),
                employment=_EMPLOYMENT.get(seat.post, "常勤"),
                pattern=Pattern.REGULAR,
                ends_on=ends_on,
                extension=str(random.randint(2000, 7999)),
            )
        )
    members = _with_second_posts(random, _with_patterns(random, members))
    places = {code: n for n, code in enumerate(sections())}
    return tuple(sorted(members, key=lambda m: (places[m.section_code], m.order_key)))


def _with_patterns(random: Random, members: list[Member]) -> list[Member]:
    """Early shifts go to units that work in shifts, the later beginnings to part-time people."""
    shift = [n for n, m in enumerate(members) if "S" in section_of(m.unit_code).flags and m.post in ("lead", "staff")]
    part_time = [n for n, m in enumerate(members) if m.post in ("reemployed", "fiscal_year")]
    random.shuffle(shift)
    random.shuffle(part_time)
    out = list(members)
    for pattern, count in _SHIFTED.items():
        source = shift if pattern is Pattern.EARLY else part_time
        for _ in range(count):
            n = source.pop()
            out[n] = replace(out[n], pattern=pattern)
    return out


def _with_second_posts(random: Random, members: list[Member]) -> list[Member]:
    """Some 主査 of 総務課 serve the election commission too (併任); some 主任 help DX推進係 (兼務)."""
    out = list(members)
    clerks = [n for n, m in enumerate(out) if m.unit_code.startswith("0201") and m.post in ("senior", "lead")]
    helpers = [n for n, m in enumerate(out) if m.post == "lead" and not m.unit_code.startswith("0203")]
    for n in random.sample(clerks, min(4, len(clerks))):
        out[n] = replace(out[n], concurrent=(("190101", "主査", "併任"),))
    free = [n for n in helpers if not out[n].concurrent]
    for n in random.sample(free, 8):
        out[n] = replace(out[n], concurrent=(("020301", "主任", "兼務"),))
    return out


def unit_names() -> dict[str, str]:
    """Name of each unit by its code, as 所属名 gives it."""
    names: dict[str, str] = {}
    for department in departments():
        names[department.code] = department.name
        for section in department.sections:
            names[section.code] = section.name
            for team in section.teams:
                names[team.code] = f"{section.name}{team.name}"
    return names


def roster_csv(members: tuple[Member, ...], *, encoding: str = "utf-8-sig") -> bytes:
    """The roster as a file with ``ROSTER_COLUMNS`` and CRLF; ``cp932`` raises UnicodeEncodeError because of 𠮷."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(ROSTER_COLUMNS)
    names = unit_names()
    for m in members:
        second = m.concurrent[0] if m.concurrent else ("", "", "")
        minutes = DAILY_MINUTES[m.pattern]
        writer.writerow(
            (
                m.staff_number, m.name, m.kana, m.email, m.unit_code, names[m.unit_code], m.title,
                POSTS[m.post].rank, m.effective_on.isoformat(), m.order, *second, m.employment, m.pattern,
                f"{minutes // 60}:{minutes % 60:02}", m.ends_on.isoformat() if m.ends_on else "", m.extension,
            )
        )  # fmt: skip
    return out.getvalue().encode(encoding)


def proxies(members: tuple[Member, ...]) -> tuple[Member, ...]:
    """Who may enter whereabouts for the colleagues of each 課: the first chief in 職制順."""
    first: dict[str, Member] = {}
    for member in members:
        if member.post in ("chief", "assistant_head"):
            first.setdefault(member.section_code, member)
    return tuple(first.values())


def find(members: tuple[Member, ...], *, post: str, unit: str) -> Member:
    """The first holder of a post in a unit or below it, in 職制順; KeyError if there is none."""
    for member in members:
        if member.post == post and member.unit_code.startswith(unit.rstrip("0") or unit):
            return member
    raise KeyError(f"nobody is {post} in {unit}")
