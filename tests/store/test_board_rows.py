"""Who stands on a board, on both databases: order, second posts, and the night to 1 April."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select

from dokodemo.actions import import_people
from dokodemo.actions.audit import OPERATOR
from dokodemo.domain.audit import GENESIS
from dokodemo.domain.people import Person
from dokodemo.domain.units import Level, Unit
from dokodemo.store import Transaction, board_rows, people, postings, units
from dokodemo.store.rows.devices import bindings
from dokodemo.store.rows.journals import journals
from tests.actions.city import person, settle, staff_file
from tests.installation import Installation, build

TODAY = date(2026, 11, 24)
TOKYO = ZoneInfo("Asia/Tokyo")
IT = ("020300", "020301", "020302", "020303")


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Installation:
    installation = build(database_url, tmp_path)
    settle(installation.services)
    return installation


def board(installation: Installation, on: date, *codes: str, kept: dict[UUID, date] | None = None) -> list[str]:
    with installation.services.read() as transaction:
        return [row.staff_number[-1] for row in board_rows.board_rows(transaction, codes, on, kept=kept)]


def test_a_board_lists_by_post_then_earlier_order_then_number(installation: Installation) -> None:
    assert board(installation, TODAY, *IT) == ["1", "2", "2", "3", "5", "4", "7"]


def test_a_second_posting_names_the_main_unit_and_counts_once(installation: Installation) -> None:
    with installation.services.read() as transaction:
        rows = {row.staff_number: row for row in board_rows.board_rows(transaction, ["020301"], TODAY)}
        counts = {count.unit.code: (count.own, count.total) for count in board_rows.tree(transaction, TODAY)}
    beside, own = rows["0000007"], rows["0000004"]
    assert (beside.main, beside.main_unit_code, beside.main_unit_name, beside.kind) == (
        False,
        "020101",
        "総務係",
        "concurrent",
    )
    assert (own.main, own.title, own.extension, own.employment, own.sort) == (True, "主査", "2311", "regular", 60)
    assert (counts["020301"], counts["020300"], counts["020100"], counts["020000"]) == ((3, 3), (2, 5), (1, 2), (0, 7))


def test_units_nobody_leads_are_found(installation: Installation) -> None:
    with installation.services.read() as transaction:
        bare = {unit.code for unit in board_rows.sections_without_head(transaction, TODAY)}
        heads = postings.heads_of(transaction, ["020300", "020100", "020200"], TODAY)
    assert len(bare) == 82
    assert not bare & {"020300", "020100"}
    assert heads == {"020300": [person(installation.services, 1).id], "020100": [person(installation.services, 6).id]}


def moved_on_1_april(installation: Installation) -> None:
    installation.clock.at = datetime(2027, 3, 25, tzinfo=UTC)
    report = import_people.apply(
        installation.services, OPERATOR,
        staff_file("0000004,渡邉 由美,ワタナベ ユミ,watanabe@akagi.example,020101,主査,2027-04-01,異動,常勤,,,,,2311"),
    )  # fmt: skip
    assert report.applied


def day_at(now: datetime) -> date:
    return now.astimezone(TOKYO).date()


def test_1_april_begins_at_midnight_of_the_city(installation: Installation) -> None:
    moved_on_1_april(installation)
    before, after = datetime(2027, 3, 31, 14, 59, tzinfo=UTC), datetime(2027, 3, 31, 15, 1, tzinfo=UTC)
    assert (board(installation, day_at(before), "020301"), board(installation, day_at(before), "020101")) == (
        ["3", "5", "4", "7"],
        ["7"],
    )
    assert (board(installation, day_at(after), "020301"), board(installation, day_at(after), "020101")) == (
        ["3", "5", "7"],
        ["4", "7"],
    )


def test_who_works_past_midnight_stays_on_the_old_board_until_the_session_ends(installation: Installation) -> None:
    moved_on_1_april(installation)
    worker, after = person(installation.services, 4).id, datetime(2027, 3, 31, 15, 1, tzinfo=UTC)
    journal = at_work(installation, worker, datetime(2027, 3, 31, 12, 0, tzinfo=UTC))
    with installation.services.read() as transaction:
        kept = postings.kept_days(transaction, after, zone=TOKYO)
        assert postings.kept_days(transaction, datetime(2027, 3, 31, 14, 59, tzinfo=UTC), zone=TOKYO) == {}
        assert postings.unit_codes_on(transaction, worker, kept[worker]) == ("020301",)
        assert postings.unit_codes_on(transaction, worker, day_at(after)) == ("020101",)
    assert kept == {worker: date(2027, 3, 31)}
    assert board(installation, day_at(after), "020301", kept=kept) == ["3", "5", "4", "7"]
    assert board(installation, day_at(after), "020101", kept=kept) == ["7"]
    installation.services.write(
        lambda transaction: transaction.execute(
            journals.update().where(journals.c.id == journal).values(open_since=None)
        )
    )
    with installation.services.read() as transaction:
        assert postings.kept_days(transaction, after, zone=TOKYO) == {}


def at_work(installation: Installation, person_id: UUID, since: datetime) -> UUID:
    journal = uuid4()

    def write(transaction: Transaction) -> None:
        execute = transaction.execute
        execute(insert(bindings).values(
            id=journal, thumbprint=journal.bytes * 2, public_key=bytes(65), person_id=person_id, trust="unmanaged",
            status="active", created_at=since,
        ))  # fmt: skip
        execute(
            insert(journals).values(
                id=journal, person_id=person_id, next_seq=2, head=GENESIS, reading={}, open_since=since
            )
        )

    installation.services.write(write)
    return journal


def test_people_on_leave_and_people_who_left_are_on_no_board(installation: Installation) -> None:
    leave = "0000004,渡邉 由美,ワタナベ ユミ,watanabe@akagi.example,020301,主査,2026-12-01,育児休業,常勤,,,,,2311"
    gone = "0000005,山﨑 亮,ヤマザキ リョウ,yamazaki@akagi.example,020301,主査,2024-04-01,異動,常勤,,,,2026-11-30,2312"
    consent = import_people.Consent(confirm="適用", second_person="0000001")
    assert import_people.apply(installation.services, OPERATOR, staff_file(leave, gone), consent=consent).applied
    assert board(installation, date(2026, 11, 30), "020301") == ["3", "5", "4", "7"]
    assert board(installation, date(2026, 12, 1), "020301") == ["3", "7"]
    with installation.services.read() as transaction:
        counts = {count.unit.code: count.own for count in board_rows.tree(transaction, date(2026, 12, 1))}
    assert counts["020301"] == 1


def test_people_are_found_by_reading_name_number_and_extension(installation: Installation) -> None:
    def found(text: str, on: date = TODAY) -> list[str]:
        with installation.services.read() as transaction:
            return [one.staff_number[-1] for one in people.search(transaction, text, on)]

    assert [found(text) for text in ("たか", "ﾀｶﾊｼｹｲｺ", "髙橋恵子", "2302", "0000002")] == [["2"]] * 5
    assert found("ま") == ["1", "5", "3"]  # those that begin with it first, then by reading
    assert found("%") == []
    assert found(" ") == []
    assert found("たか", date(2020, 1, 1)) == []


def test_one_person_is_found_in_each_way(installation: Installation) -> None:
    expected = person(installation.services, 2)
    with installation.services.read() as transaction:
        assert [people.find_by_email(transaction, "takahashi@akagi.example"), people.get(transaction, expected.id)] == [
            expected
        ] * 2
        assert people.find_by_email(transaction, "nobody@akagi.example") is None
        assert people.of(transaction, [expected.id, uuid4()]) == {expected.id: expected}
        assert (expected.name, expected.kana) == ("髙橋　恵子", "タカハシ　ケイコ")


def test_lines_and_subtrees_are_those_of_the_day(installation: Installation) -> None:
    def rename(transaction: Transaction) -> None:
        old = units.find(transaction, "020300", TODAY)
        assert old is not None
        units.replace(transaction, replace(old, valid_to=date(2027, 4, 1)))
        units.append(transaction, [Unit("020300", "デジタル課", Level.SECTION, "020100", date(2027, 4, 1))])

    installation.services.write(rename)
    with installation.services.read() as transaction:
        assert [unit.code for unit in units.lines(transaction, ["020301"], TODAY)["020301"]] == [
            "020301",
            "020300",
            "020000",
        ]
        later = units.lines(transaction, ["020301", "999999"], date(2027, 4, 1))
        assert {code: [unit.name for unit in line] for code, line in later.items()} == {
            "020301": ["DX推進係", "デジタル課", "総務課", "総務部"]
        }
        assert "020301" not in units.codes_below(transaction, ["020100"], TODAY)
        assert "020301" in units.codes_below(transaction, ["020100"], date(2027, 4, 1))
        assert (
            units.codes_below(transaction, ["020300"], TODAY)
            == units.tree_on(transaction, TODAY).descendants("020300")
            == set(IT)
        )
        assert transaction.execute(select(units.descendants(["020303"], TODAY).c.code)).scalars().all() == ["020303"]


def test_the_language_that_a_person_chose_is_kept(installation: Installation) -> None:
    chosen: Person = person(installation.services, 3)
    installation.services.write(lambda transaction: people.set_language(transaction, chosen.id, "en"))
    import_people.apply(installation.services, OPERATOR, staff_file(
        "0000003,𠮷田 学,ヨシダ マナブ,yoshida@akagi.example,020301,係長,2026-04-01,昇任,常勤,,,,,2999"
    ))  # fmt: skip
    after = person(installation.services, 3)
    assert (after.language, after.extension) == ("en", "2999")
