"""Who stands on a unit's board, and how many people each unit has."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, not_, select, true
from sqlalchemy.sql.selectable import FromClause

from dokodemo.domain.people import PostingKind
from dokodemo.domain.posts import HEADS, sort_of
from dokodemo.domain.units import Unit
from dokodemo.store import Transaction, units
from dokodemo.store.rows.people import people, postings
from dokodemo.store.rows.people import units as unit_rows
from dokodemo.store.units import holds_on


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One line of a board. ``main`` is False for 「兼」, then ``main_unit_name`` says where the person belongs first."""

    person_id: UUID
    staff_number: str
    name: str
    kana: str
    extension: str
    employment: str
    pattern: str | None
    daily_minutes: int | None
    unit_code: str
    post: str
    sort: int
    title: str
    kind: str
    main: bool
    main_unit_code: str | None
    main_unit_name: str | None
    ordered_on: date


@dataclass(frozen=True, slots=True)
class UnitCount:
    """A unit of the tree with the people whose main unit it is, and with those of everything below it."""

    unit: Unit
    own: int
    total: int


def board_rows(
    transaction: Transaction, unit_codes: Iterable[str], on: date, *, kept: Mapping[UUID, date] | None = None
) -> list[BoardRow]:
    """Everybody with a visible, valid posting in these units on a day, in 職制順: post, earlier 発令日, staff number.

    Whoever is away (派遣, 休職, 育児休業) is absent. Two postings in these units give two rows. ``kept``
    (``postings.kept_days``): people whose session began on an earlier day; their rows are those of that day.
    """
    codes = sorted(set(unit_codes))
    kept = kept or {}
    rows = _rows(transaction, codes, on, people.c.id.not_in(list(kept)) if kept else None)
    for day in set(kept.values()):
        rows += _rows(transaction, codes, day, people.c.id.in_([key for key, value in kept.items() if value == day]))
    return sorted(rows, key=lambda row: (row.sort, row.ordered_on, row.staff_number, not row.main))


def tree(transaction: Transaction, on: date) -> list[UnitCount]:
    """The units of a day in code order, with counts; each person counts once, in the main unit."""
    shape = units.tree_on(transaction, on)
    counts = _main_counts(transaction, on)
    return [
        UnitCount(unit, counts.get(code, 0), sum(counts.get(below, 0) for below in shape.descendants(code)))
        for code, unit in sorted(shape.units.items())
    ]


def sections_without_head(transaction: Transaction, on: date) -> list[Unit]:
    """課 that nobody leads on a day in any way (所属長 未設定)."""
    led = (
        select(postings.c.unit_code)
        .join(people, people.c.id == postings.c.person_id)
        .where(
            postings.c.post.in_(sorted(HEADS)),
            postings.c.kind != PostingKind.AWAY,
            holds_on(postings, on),
            holds_on(people, on),
        )
    )
    bare = select(unit_rows.c.code).where(
        unit_rows.c.level == "section", holds_on(unit_rows, on), unit_rows.c.code.not_in(led)
    )
    codes = set(transaction.execute(bare).scalars())
    return [unit for code, unit in sorted(units.tree_on(transaction, on).units.items()) if code in codes]


def _main_counts(transaction: Transaction, on: date) -> dict[str, int]:
    query = (
        select(postings.c.unit_code, func.count())
        .select_from(postings.join(people, people.c.id == postings.c.person_id))
        .where(_held(postings, on), postings.c.kind == PostingKind.MAIN, holds_on(people, on), not_(_away(on)))
        .group_by(postings.c.unit_code)
    )
    return {row[0]: row[1] for row in transaction.execute(query)}


def _held(table: Any, on: date) -> ColumnElement[bool]:
    return and_(holds_on(table, on), table.c.visible_from <= on)


def _away(on: date) -> ColumnElement[bool]:
    away = postings.alias("away")
    return exists().where(away.c.person_id == people.c.id, away.c.kind == PostingKind.AWAY, holds_on(away, on))


def _rows(transaction: Transaction, codes: list[str], on: date, who: ColumnElement[bool] | None) -> list[BoardRow]:
    main, main_unit = postings.alias("main"), unit_rows.alias("main_unit")
    source: FromClause = (
        postings.join(people, people.c.id == postings.c.person_id)
        .outerjoin(main, and_(main.c.person_id == people.c.id, main.c.kind == PostingKind.MAIN, _held(main, on)))
        .outerjoin(main_unit, and_(main_unit.c.code == main.c.unit_code, holds_on(main_unit, on)))
    )
    query = (
        select(
            people.c.id, people.c.staff_number, people.c.name, people.c.kana, people.c.extension, people.c.employment,
            people.c.pattern, people.c.daily_minutes, postings.c.unit_code, postings.c.post, postings.c.title,
            postings.c.kind, postings.c.ordered_on, main.c.unit_code.label("main_code"), main_unit.c.name.label("main_name"),
        )
        .select_from(source)
        .where(
            postings.c.unit_code.in_(codes), postings.c.kind != PostingKind.AWAY, _held(postings, on), holds_on(people, on),
            not_(_away(on)), true() if who is None else who,
        )
    )  # fmt: skip
    return [
        BoardRow(
            row.id, row.staff_number, row.name, row.kana, row.extension, row.employment, row.pattern, row.daily_minutes,
            row.unit_code, row.post, sort_of(row.post), row.title, row.kind, row.kind == PostingKind.MAIN, row.main_code,
            row.main_name, row.ordered_on,
        )
        for row in transaction.execute(query)
    ]  # fmt: skip
