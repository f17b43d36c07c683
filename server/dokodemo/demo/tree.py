"""The tree of あかぎ市, read from ``data/units.txt``: 19 部, 84 課, 222 係, and where its devices stand."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

_ENTRY = re.compile(
    r"(?P<code>\d{6}) (?P<name>\S+) (?P<staff>\d+)=(?P<personal>\d+)/(?P<shared>\d+)/(?P<kiosk>\d+)"
    r"(?: \[(?P<flags>[^\]]*)\])?: (?P<teams>[^;]+);"
)
_DEPARTMENT = re.compile(r"(?P<code>\d{6}) (?P<name>\S+)")

UNIT_COLUMNS = ("組織コード", "名称", "親コード", "区分", "適用開始日", "適用終了日", "旗")


@dataclass(frozen=True, slots=True)
class Team:
    """A 係: its six-digit code and name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Section:
    """A 課 with its 係, the number of its staff and of its devices.

    ``flags`` holds ``T`` (他律的部署), ``W`` (counter), ``O`` (outlying site), ``S`` (shift work) and ``#n``.
    """

    code: str
    name: str
    staff: int
    personal: int
    shared: int
    kiosk: int
    flags: frozenset[str]
    teams: tuple[Team, ...]


@dataclass(frozen=True, slots=True)
class Department:
    """A 部, or a body of that rank."""

    code: str
    name: str
    sections: tuple[Section, ...]

    @property
    def staff(self) -> int:
        """How many people with an account work in it."""
        return sum(section.staff for section in self.sections)


def parse(text: str) -> tuple[Department, ...]:
    """The departments of a block written as in ``data/units.txt``; ValueError names what cannot be read."""
    blocks: list[tuple[str, str, list[str]]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        if not line.startswith(" "):
            head = _DEPARTMENT.fullmatch(line.strip())
            if head is None:
                raise ValueError(f"line {number} opens no department: {line!r}")
            blocks.append((head["code"], head["name"], []))
        elif not blocks:
            raise ValueError(f"line {number} stands before the first department")
        else:
            blocks[-1][2].append(line.strip())
    return tuple(Department(code, name, tuple(_sections(" ".join(lines)))) for code, name, lines in blocks)


def _sections(text: str) -> Iterator[Section]:
    rest = text.strip()
    while rest:
        entry = _ENTRY.match(rest)
        if entry is None:
            raise ValueError(f"no section can be read at {rest[:40]!r}")
        code = entry["code"]
        names = entry["teams"].split()
        yield Section(
            code=code,
            name=entry["name"],
            staff=int(entry["staff"]),
            personal=int(entry["personal"]),
            shared=int(entry["shared"]),
            kiosk=int(entry["kiosk"]),
            flags=frozenset((entry["flags"] or "").split()),
            teams=tuple(Team(f"{code[:4]}{n:02}", name) for n, name in enumerate(names, start=1)),
        )
        rest = rest[entry.end() :].lstrip()


@cache
def departments() -> tuple[Department, ...]:
    """The city's own tree."""
    return parse(files("dokodemo.demo").joinpath("data/units.txt").read_text(encoding="utf-8"))


@cache
def sections() -> dict[str, Section]:
    """Every 課 by its code, in the order of the tree."""
    return {section.code: section for department in departments() for section in department.sections}


def section_of(unit_code: str) -> Section:
    """The 課 that a unit belongs to; a 部 is answered with its first 課 (主管課), which houses its leadership."""
    own = sections().get(f"{unit_code[:4]}00")
    if own is not None:
        return own
    return next(d for d in departments() if d.code[:2] == unit_code[:2]).sections[0]


def units_csv(valid_from: date) -> bytes:
    """The tree as a file (UTF-8 with BOM, CRLF) of ``UNIT_COLUMNS``: 325 units, each valid from that date on."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(UNIT_COLUMNS)
    since = valid_from.isoformat()
    for department in departments():
        writer.writerow((department.code, department.name, "", "部", since, "", ""))
        for section in department.sections:
            flags = " ".join(sorted(section.flags))
            writer.writerow((section.code, section.name, department.code, "課", since, "", flags))
            for team in section.teams:
                writer.writerow((team.code, team.name, section.code, "係", since, "", ""))
    return out.getvalue().encode("utf-8-sig")
