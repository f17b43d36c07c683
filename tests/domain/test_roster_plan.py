"""A roster file against what is known: what is added, changed, refused, and asked about."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from dokodemo.domain import roster_plan
from dokodemo.domain.people import PostingKind, main_posting, postings_on, unit_codes_on
from dokodemo.domain.roster_changes import Change, ChangeKind, Guard, Known, Plan
from dokodemo.domain.units import Level, Unit
from tests.domain.roster_file import read

TODAY = date(2026, 11, 24)
UNITS = [
    Unit("020000", "総務部", Level.DEPARTMENT, None, date(2020, 4, 1)),
    Unit("020100", "総務課", Level.SECTION, "020000", date(2020, 4, 1)),
    Unit("020300", "情報政策課", Level.SECTION, "020000", date(2020, 4, 1)),
    Unit("020301", "DX推進係", Level.SUBSECTION, "020300", date(2020, 4, 1)),
    Unit("020302", "基盤運用係", Level.SUBSECTION, "020300", date(2020, 4, 1)),
    Unit("020900", "旧課", Level.SECTION, "020000", date(2020, 4, 1), date(2026, 4, 1)),
    Unit("021000", "新課", Level.SECTION, "020000", date(2027, 4, 1)),
]


class Staff:
    """People as they are stored, after each file that was taken in."""

    def __init__(self) -> None:
        self.known: dict[str, Known] = {}
        self.ids = 0

    def new_id(self) -> UUID:
        self.ids += 1
        return UUID(int=self.ids)

    def plan(self, *rows: dict[str, str], today: date = TODAY, missing_left_on: date | None = None, **how: Any) -> Plan:
        return roster_plan.plan(
            read(*rows, **how), self.known, UNITS, today=today, new_id=self.new_id, missing_left_on=missing_left_on
        )

    def take(self, *rows: dict[str, str], **how: Any) -> Plan:
        plan = self.plan(*rows, **how)
        assert not plan.problems, [problem.sentence() for problem in plan.problems]
        for change in plan.changes:
            postings = tuple(
                posting if posting.id else replace(posting, id=self.new_id()) for posting in change.after.postings
            )
            self.known[change.after.person.staff_number] = Known(change.after.person, postings)
        return plan

    def units_on(self, on: date, number: str = "0012345") -> tuple[str, ...]:
        return unit_codes_on(self.known[number].postings, on)


@pytest.fixture
def staff() -> Staff:
    staff = Staff()
    staff.take({})
    return staff


def only(plan: Plan) -> Change:
    (change,) = plan.changes
    return change


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_file_of_any_encoding_adds_the_same_person(encoding: str) -> None:
    change = only(Staff().plan({}, encoding=encoding))
    assert (change.kind, change.after.person.name, change.after.person.daily_minutes) == (
        ChangeKind.ADDED,
        "髙橋　恵子",
        465,
    )
    assert [(p.unit_code, p.post, p.kind, p.valid_from, p.valid_to) for p in change.after.postings] == [
        ("020301", "senior", PostingKind.MAIN, date(2026, 4, 1), None)
    ]


def test_the_same_file_again_changes_nothing(staff: Staff) -> None:
    plan = staff.plan({})
    assert (plan.changes, plan.unchanged, plan.missing) == ((), 1, ())
    assert staff.plan({}, today=date(2028, 1, 1)).changes == ()


def test_an_order_for_1_april_switches_the_unit_on_that_day(staff: Staff) -> None:
    change = only(staff.take({"所属コード": "020100", "所属名": "総務課", "発令日": "R9.4.1"}, today=date(2027, 3, 25)))
    assert change.moves
    assert staff.units_on(date(2027, 3, 31)) == ("020301",)
    assert staff.units_on(date(2027, 4, 1)) == ("020100",)
    main = main_posting(staff.known["0012345"].postings, date(2027, 4, 1))
    assert main is not None
    assert main.visible_from == date(2027, 4, 1)
    assert (
        staff.plan({"所属コード": "020100", "所属名": "総務課", "発令日": "R9.4.1"}, today=date(2027, 3, 26)).unchanged
        == 1
    )


def test_the_file_before_the_orders_still_changes_nothing_after_them(staff: Staff) -> None:
    staff.take({"所属コード": "020100", "所属名": "総務課", "発令日": "R9.4.1"}, today=date(2027, 3, 25))
    assert staff.plan({}, today=date(2027, 3, 26)).unchanged == 1


def test_a_future_order_is_put_right_by_another_for_the_same_day(staff: Staff) -> None:
    staff.take({"所属コード": "020100", "所属名": "総務課", "発令日": "R9.4.1"})
    staff.take({"所属コード": "021000", "所属名": "新課", "発令日": "R9.4.1"})
    assert staff.units_on(date(2027, 4, 1)) == ("021000",)
    assert len(staff.known["0012345"].postings) == 2


def test_an_order_between_two_known_ones_divides_the_first(staff: Staff) -> None:
    staff.take({"所属コード": "020100", "所属名": "総務課", "発令日": "R9.4.1"})
    staff.take({"所属コード": "020302", "所属名": "基盤運用係", "発令日": "2026-12-01"})
    days = [date(2026, 11, 30), date(2026, 12, 1), date(2027, 3, 31), date(2027, 4, 1)]
    assert [staff.units_on(day) for day in days] == [("020301",), ("020302",), ("020302",), ("020100",)]


def test_an_order_before_one_in_force_is_refused(staff: Staff) -> None:
    (problem,) = staff.plan({"所属コード": "020100", "所属名": "総務課", "発令日": "2025-04-01"}).problems
    assert (problem.line, problem.field) == (2, "発令日")
    assert "過去は書き換えません" in problem.ja


def test_another_content_for_the_same_past_day_is_a_correction_with_a_warning(staff: Staff) -> None:
    plan = staff.take({"職名": "主任", "職層": "主任級"})
    assert [warning.field for warning in plan.warnings] == ["発令日"]
    assert [p.title for p in staff.known["0012345"].postings] == ["主任"]


def test_a_second_posting_is_added_kept_when_empty_and_ended_by_its_word(staff: Staff) -> None:
    both = {"兼務1所属コード": "020302", "兼務1職名": "係長"}
    staff.take(both)
    assert staff.units_on(date(2026, 11, 23)) == ("020301",)  # not back-dated to the order of the main post
    assert staff.units_on(TODAY) == ("020301", "020302")
    assert staff.plan(both).unchanged == 1
    assert staff.plan({}).unchanged == 1  # empty does not delete
    staff.take({"兼務1所属コード": "020302", "兼務1職名": "解除"}, today=date(2026, 12, 1))
    assert staff.units_on(date(2026, 11, 30)) == ("020301", "020302")
    assert staff.units_on(date(2026, 12, 1)) == ("020301",)
    assert staff.plan({"兼務1所属コード": "解除"}, today=date(2026, 12, 2)).unchanged == 1


def test_another_title_in_the_second_unit_replaces_that_posting(staff: Staff) -> None:
    staff.take({"兼務1所属コード": "020302", "兼務1職名": "係長"})
    staff.take({"兼務1所属コード": "020302", "兼務1職名": "主査"}, today=date(2026, 12, 1))
    held = [
        p.title
        for p in postings_on(staff.known["0012345"].postings, date(2026, 12, 1))
        if p.kind is not PostingKind.MAIN
    ]
    assert held == ["主査"]


def test_a_move_that_leaves_a_second_posting_behind_is_warned_of(staff: Staff) -> None:
    staff.take({"兼務1所属コード": "020302", "兼務1職名": "係長"})
    plan = staff.plan({"所属コード": "020100", "所属名": "総務課", "発令日": "2027-04-01"})
    assert ["兼務 020302 係長 は残ります（終わらせるには「解除」）"] == [warning.ja for warning in plan.warnings]


@pytest.mark.parametrize(
    ("title", "word", "kind", "post"),
    [
        ("課長事務取扱", "", PostingKind.ACTING_DOWN, "head"),
        ("課長心得", "", PostingKind.ACTING_UP, "head"),
        ("課長", "職務代理", PostingKind.STAND_IN, "head"),
        ("課長", "代理", PostingKind.STAND_IN, "head"),
        ("書記", "併任", PostingKind.CROSS, "staff"),
        ("係長", "", PostingKind.CONCURRENT, "chief"),
        ("課長代理", "", PostingKind.CONCURRENT, "assistant_head"),
    ],
)
def test_the_words_of_an_order_say_how_a_second_post_is_held(
    title: str, word: str, kind: PostingKind, post: str
) -> None:
    change = only(Staff().plan({"兼務1所属コード": "020300", "兼務1職名": title, "兼務1区分": word}))
    assert [(p.kind, p.post) for p in change.after.postings[1:]] == [(kind, post)]


def test_leave_hides_the_person_and_return_shows_again(staff: Staff) -> None:
    staff.take({"発令区分": "育児休業", "発令日": "2026-12-01"})
    assert staff.units_on(date(2026, 11, 30)) == ("020301",)
    assert staff.units_on(date(2026, 12, 1)) == ()
    assert staff.plan({"発令区分": "育児休業", "発令日": "2026-12-01"}).unchanged == 1
    staff.take({"発令区分": "復職", "発令日": "2027-06-01"}, today=date(2027, 5, 30))
    assert staff.units_on(date(2027, 5, 31)) == ()
    assert staff.units_on(date(2027, 6, 1)) == ("020301",)


def test_whoever_leaves_is_on_the_staff_until_the_last_day(staff: Staff) -> None:
    change = only(staff.take({"発令区分": "退職", "発令日": "2027-03-31"}))
    assert (change.kind, change.after.person.valid_to) == (ChangeKind.LEFT, date(2027, 4, 1))
    assert [staff.units_on(day) for day in (date(2027, 3, 31), date(2027, 4, 1))] == [("020301",), ()]
    assert staff.plan({"発令区分": "退職", "発令日": "2027-03-31"}).unchanged == 1


def test_a_mark_of_leaving_counts_like_the_order(staff: Staff) -> None:
    assert only(staff.plan({"退職区分": "1", "適用終了日": "2027-03-31"})).kind is ChangeKind.LEFT


def test_a_stranger_cannot_leave() -> None:
    assert ["somebody who is not known leaves"] == [
        problem.en for problem in Staff().plan({"発令区分": "退職"}).problems
    ]


def test_an_appointment_of_a_year_ends_inclusively_and_is_renewed_without_a_gap() -> None:
    staff = Staff()
    year = {"任用区分": "会計年度", "職名": "会計年度任用職員", "職層": "", "発令区分": "採用"}
    staff.take(year | {"適用終了日": "2027-03-31"})
    assert [staff.units_on(day) for day in (date(2027, 3, 31), date(2027, 4, 1))] == [("020301",), ()]
    staff.take(year | {"発令日": "2027-04-01", "適用終了日": "2028-03-31"}, today=date(2027, 3, 28))
    days = [date(2027, 3, 31), date(2027, 4, 1), date(2028, 3, 31), date(2028, 4, 1)]
    assert [staff.units_on(day) for day in days] == [("020301",), ("020301",), ("020301",), ()]


def test_a_year_off_the_staff_stays_a_gap() -> None:
    staff = Staff()
    staff.take({"適用終了日": "2026-09-30"}, today=date(2026, 4, 1))
    staff.take({"発令日": "2026-12-01", "発令区分": "採用"})
    assert [staff.units_on(day) for day in (date(2026, 9, 30), date(2026, 11, 1), date(2026, 12, 1))] == [
        ("020301",),
        (),
        ("020301",),
    ]
    assert staff.known["0012345"].person.valid_to is None


def test_an_empty_end_does_not_delete_a_known_one(staff: Staff) -> None:
    staff.take({"適用終了日": "2027-03-31"})
    assert staff.plan({}).unchanged == 1


def test_a_column_that_the_file_does_not_have_leaves_what_is_known(staff: Staff) -> None:
    assert staff.plan({}, drop=("内線", "勤務パターン", "1日の時間")).unchanged == 1
    assert only(staff.plan({"内線": ""})).after.person.extension == ""


def test_people_missing_from_the_file_stay_unless_their_leaving_is_ticked(staff: Staff) -> None:
    other = {"職員番号": "0099999", "メール": "other@city.akagi.example"}
    staff.take({}, other)
    assert [known.person.staff_number for known in staff.plan(other).missing] == ["0012345"]
    assert staff.plan(other).changes == ()
    change = only(staff.plan(other, missing_left_on=date(2026, 12, 31)))
    assert (change.kind, change.after.person.valid_to, change.line) == (ChangeKind.LEFT, date(2027, 1, 1), 0)


def numbered(count: int) -> list[dict[str, str]]:
    return [{"職員番号": f"00{n:05}", "メール": f"p{n}@city.akagi.example", "氏名": f"氏名 {n}"} for n in range(count)]


def test_more_than_a_tenth_leaving_needs_the_word() -> None:
    staff = Staff()
    staff.take(*numbered(20))
    assert staff.plan(*numbered(18), missing_left_on=TODAY).guards == ()
    assert staff.plan(*numbered(17), missing_left_on=TODAY).guards == (Guard.MANY_LEAVE,)


def test_more_than_three_tenths_moving_need_the_word_outside_the_season() -> None:
    staff = Staff()
    staff.take(*numbered(10))
    moved = {"所属コード": "020302", "所属名": "基盤運用係", "発令日": "2027-04-01"}
    rows = [row | (moved if n < 4 else {}) for n, row in enumerate(numbered(10))]
    assert staff.plan(*rows).guards == (Guard.MANY_MOVE,)
    assert staff.plan(*rows, today=date(2027, 3, 25)).guards == ()
    assert staff.plan(*(row | (moved if n < 3 else {}) for n, row in enumerate(numbered(10)))).guards == ()


def test_numbers_that_lost_their_zeros_stop_the_file() -> None:
    staff = Staff()
    staff.take(*numbered(5))
    eaten = [row | {"職員番号": row["職員番号"][2:]} for row in numbered(5)]
    assert ["先頭の0が落ちています"] == [problem.ja for problem in staff.plan(*eaten).problems]
    one = staff.plan(*numbered(5)[:4], eaten[4])
    assert [(problem.line, problem.field) for problem in one.problems] == [(6, "職員番号")]


def test_an_address_of_somebody_outside_the_file_is_refused(staff: Staff) -> None:
    (problem,) = staff.plan({"職員番号": "0099999"}).problems
    assert (problem.line, problem.column, problem.field) == (2, 4, "メール")


def test_two_people_may_trade_their_addresses_in_one_file() -> None:
    staff = Staff()
    one, other = numbered(2)
    staff.take(one, other)
    plan = staff.plan(one | {"メール": other["メール"]}, other | {"メール": one["メール"]})
    assert (len(plan.changes), plan.problems) == (2, ())


@pytest.mark.parametrize(
    ("row", "field", "words"),
    [
        ({"所属コード": "020900"}, "所属コード", "前の年度"),
        ({"所属コード": "990000"}, "所属コード", "ありません"),
        ({"所属コード": "021000"}, "所属コード", "前の年度"),
        ({"兼務1所属コード": "990000", "兼務1職名": "係長"}, "兼務1所属コード", "ありません"),
    ],
)
def test_a_unit_that_does_not_exist_then_is_refused(row: dict[str, str], field: str, words: str) -> None:
    (problem,) = Staff().plan(row).problems
    assert problem.field == field
    assert words in problem.ja


def test_a_unit_name_of_another_code_is_a_warning() -> None:
    assert [("所属名", 6)] == [(w.field, w.column) for w in Staff().plan({"所属名": "総務課"}).warnings]
    for name in ("DX推進係", "情報政策課DX推進係", "総務部　情報政策課　DX推進係", ""):
        assert Staff().plan({"所属名": name}).warnings == ()
