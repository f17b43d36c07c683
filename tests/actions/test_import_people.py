"""Rosters taken in, on both databases."""

import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from dokodemo.actions import import_people, import_units
from dokodemo.actions.audit import OPERATOR, verify_chain
from dokodemo.actions.import_people import Consent
from dokodemo.domain.audit import Tag
from dokodemo.domain.errors import ConflictError, InvalidError, MissingError
from dokodemo.domain.roster_changes import ChangeKind
from dokodemo.store import people
from dokodemo.store.rows.installation import audit, audit_head
from dokodemo.store.rows.people import people as people_rows
from dokodemo.store.rows.people import postings as posting_rows
from tests.actions.city import person, settle, staff_file, units_file, whole_roster
from tests.installation import Installation, build

IT_HEAD = "0000001"


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Installation:
    return build(database_url, tmp_path)


def counted(installation: Installation, tag: Tag) -> int:
    with installation.services.read() as transaction:
        return transaction.execute(select(func.count()).select_from(audit).where(audit.c.tag == tag)).scalar_one()


def test_the_whole_city_is_taken_in_within_seconds_and_changes_nothing_the_second_time(
    installation: Installation,
) -> None:
    services = installation.services
    import_units.apply(services, OPERATOR, units_file())
    told: list[tuple[str, int, int]] = []
    began = time.perf_counter()
    report = import_people.apply(services, OPERATOR, whole_roster(), progress=lambda *step: told.append(step))
    taken = time.perf_counter() - began
    assert (report.applied, report.plan.count(ChangeKind.ADDED), report.plan.problems) == (True, 2600, ())
    assert taken < 30  # about one second on an idle machine
    assert told[-1] == ("trail", 2600, 2600)
    assert counted(installation, Tag.PERSON_ADDED) == 2600
    again = import_people.apply(services, OPERATOR, whole_roster())
    assert (again.plan.changes, again.plan.unchanged) == ((), 2600)
    assert counted(installation, Tag.ROSTER_IMPORTED) == 1
    found = verify_chain(services)
    assert (found.broken, found.count) == (None, 2600 + 1 + 325 + 1)


def test_a_preview_says_what_would_change_and_changes_nothing(installation: Installation) -> None:
    settle(installation.services)
    before = verify_chain(installation.services).head
    moved = "0000004,渡邉 由美,ワタナベ ユミ,watanabe@akagi.example,020101,主査,2027-04-01,異動,常勤,,,,,2311"
    report = import_people.preview(installation.services, staff_file(moved))
    assert (report.applied, report.plan.count(ChangeKind.CHANGED), report.plan.unchanged) == (False, 1, 6)
    assert report.samples == ("前田 聡", "髙橋　恵子", "𠮷田 学")
    assert verify_chain(installation.services).head == before


def test_with_one_wrong_row_nothing_is_changed(installation: Installation) -> None:
    settle(installation.services)
    good = "0000004,渡邉 由美,ワタナベ ユミ,watanabe@akagi.example,020101,主査,2027-04-01,異動,常勤,,,,,2311"
    bad = "0000005,山﨑 亮,ヤマザキ リョウ,yamazaki@akagi.example,999999,主査,2027-04-01,異動,常勤,,,,,2312"
    report = import_people.apply(installation.services, OPERATOR, staff_file(good, bad))
    assert (report.applied, [(problem.line, problem.field) for problem in report.plan.problems]) == (
        False,
        [(6, "所属コード")],
    )
    with installation.services.read() as transaction:
        assert transaction.execute(select(func.count()).select_from(posting_rows)).scalar_one() == 9


def test_each_change_leaves_an_entry_with_what_was_and_what_is(installation: Installation) -> None:
    settle(installation.services)
    import_people.apply(
        installation.services, OPERATOR,
        staff_file("0000004,渡邉 由美,ワタナベ ユミ,watanabe@akagi.example,020301,主査,2025-04-01,異動,常勤,,,,,2399"),
    )  # fmt: skip
    with installation.services.read() as transaction:
        (row,) = transaction.execute(select(audit).where(audit.c.tag == Tag.PERSON_CHANGED)).all()
    assert row.payload == {
        "before": {"extension": "2311"},
        "after": {"extension": "2399"},
        "effective_on": "2025-04-01",
    }
    assert (row.subject_id, row.unit_code, row.actor, row.via) == (
        person(installation.services, 4).id,
        "020301",
        "operator",
        "cli",
    )


def test_people_who_trade_their_addresses_do_so_in_one_transaction(installation: Installation) -> None:
    settle(installation.services)
    report = import_people.apply(
        installation.services, OPERATOR,
        staff_file(
            "0000004,渡邉 由美,ワタナベ ユミ,yamazaki@akagi.example,020301,主査,2025-04-01,異動,常勤,,,,,2311",
            "0000005,山﨑 亮,ヤマザキ リョウ,watanabe@akagi.example,020301,主査,2024-04-01,異動,常勤,,,,,2312",
        ),
    )  # fmt: skip
    assert report.applied
    assert [person(installation.services, n).email for n in (4, 5)] == [
        "yamazaki@akagi.example",
        "watanabe@akagi.example",
    ]


def test_many_leaving_need_the_word_and_a_second_person(installation: Installation) -> None:
    settle(installation.services)
    data = staff_file(without=("0000007",))
    last_day = date(2026, 11, 30)
    assert import_people.apply(installation.services, OPERATOR, data).plan.changes == ()
    for consent in (Consent(last_day), Consent(last_day, "適用"), Consent(last_day, "", IT_HEAD)):
        with pytest.raises(ConflictError) as refusal:
            import_people.apply(installation.services, OPERATOR, data, consent=consent)
        assert refusal.value.fields["guards"] == ["many_leave"]
    with pytest.raises(MissingError):
        import_people.apply(installation.services, OPERATOR, data, consent=Consent(last_day, "適用", "0999999"))
    assert person(installation.services, 7).valid_to is None
    report = import_people.apply(installation.services, OPERATOR, data, consent=Consent(last_day, "適用", IT_HEAD))
    assert report.applied
    assert person(installation.services, 7).valid_to == date(2026, 12, 1)
    with installation.services.read() as transaction:
        payload = transaction.execute(select(audit.c.payload).order_by(audit.c.n.desc()).limit(1)).scalar_one()
    assert payload["second_person"] == IT_HEAD
    installation.clock.at = datetime(2026, 12, 2, tzinfo=UTC)
    with pytest.raises(InvalidError):
        import_people.apply(installation.services, OPERATOR, staff_file(), consent=Consent(second_person="0000007"))


def test_an_older_file_than_the_last_is_warned_of(installation: Installation) -> None:
    settle(installation.services)
    installation.clock.move(minutes=1)
    import_people.apply(
        installation.services, OPERATOR,
        staff_file("0000004,渡邉 由美,ワタナベ ユミ,watanabe@akagi.example,020101,主査,2027-04-01,異動,常勤,,,,,2311"),
    )  # fmt: skip
    older = import_people.preview(
        installation.services,
        staff_file("0000003,𠮷田 学,ヨシダ マナブ,yoshida@akagi.example,020301,係長,2026-04-01,昇任,常勤,,,,,2999"),
    )
    assert [warning.field for warning in older.plan.warnings] == ["発令日"]


def test_a_running_server_is_told_of_a_new_roster(installation: Installation) -> None:
    cursor = installation.services.live.cursor()
    settle(installation.services)
    heard = installation.services.live.wait(cursor, 0)
    assert heard is not None
    assert {change.kind for change in heard[1]} == {"roster"}


def test_a_file_that_cannot_be_read_is_answered_with_its_problems(installation: Installation) -> None:
    report = import_people.apply(installation.services, OPERATOR, b"\x81")
    assert (report.applied, len(report.plan.problems)) == (False, 1)
    with installation.services.read() as transaction:
        assert people.all_of(transaction) == []
        assert transaction.execute(select(audit_head)).first() is None
        assert transaction.execute(select(people_rows)).first() is None
