"""Units, networks, devices and calendar days taken in, on both databases."""

from datetime import date
from pathlib import Path

import pytest

from dokodemo.actions import calendar, import_units
from dokodemo.actions.announcements import Seen, take
from dokodemo.actions.audit import OPERATOR, verify_chain
from dokodemo.actions.import_tables import import_devices, import_networks
from dokodemo.actions.networks import place_of_contact
from dokodemo.actions.setting_layers import common_of
from dokodemo.demo.ledger import devices_csv, machines
from dokodemo.demo.networks import networks_csv
from dokodemo.domain.calendar import DayKind, Override, is_working_day
from dokodemo.domain.events import Place
from dokodemo.live import Change as Moved
from dokodemo.store import calendar as days
from dokodemo.store import ledger, units
from tests.actions.city import units_file
from tests.installation import Installation, build


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Installation:
    return build(database_url, tmp_path)


def test_the_tree_of_the_city_is_taken_in_and_renamed_by_a_new_row(installation: Installation) -> None:
    services = installation.services
    assert len(import_units.apply(services, OPERATOR, units_file()).plan.added) == 325
    assert import_units.apply(services, OPERATOR, units_file()).plan.empty
    text = "組織コード,名称,親コード,区分,適用開始日,適用終了日,旗\r\n020300,デジタル推進課,020000,課,R9.4.1,,T"
    assert not import_units.preview(services, text.encode()).applied
    assert import_units.apply(services, OPERATOR, text.encode("cp932")).applied
    with services.read() as transaction:
        names = [
            getattr(units.find(transaction, "020300", day), "name", None)
            for day in (date(2027, 3, 31), date(2027, 4, 1))
        ]
        assert units.find(transaction, "020300", date(2026, 3, 31)) is None
    assert names == ["情報政策課", "デジタル推進課"]
    found = verify_chain(services)
    assert (found.broken, found.count) == (None, 325 + 1 + 2 + 1)


def test_a_wrong_file_of_units_changes_nothing(installation: Installation) -> None:
    text = "組織コード,名称,親コード,区分,適用開始日\r\n020000,総務部,,部,R9.4.1\r\n020300,課,999999,課,R9.4.1"
    report = import_units.apply(installation.services, OPERATOR, text.encode())
    assert (report.applied, [problem.line for problem in report.plan.problems]) == (False, [3])
    with installation.services.read() as transaction:
        assert units.all_of(transaction) == []


def test_another_process_places_contacts_by_the_new_table_within_a_second_and_tells_devices(
    installation: Installation, tmp_path: Path
) -> None:
    services = installation.services
    import_networks(services, OPERATOR, networks_csv())
    other = build(services.database.url, tmp_path / "other")
    other.clock.at = installation.clock()
    try:
        assert place_of_contact(other.services, "127.1.0.9") is Place.DESK
        with other.services.read() as transaction:
            table = common_of(other.services, transaction).table.value
        assert len(table) == 38
        import_networks(services, OPERATOR, "網,場所,拠点名\r\n127.1.0.0/16,庁内,本庁舎".encode())
        other.clock.move(seconds=1)
        assert place_of_contact(other.services, "127.1.0.9") is Place.OFFICE
        with other.services.read() as transaction:
            assert [{"network": "127.1.0.0/16", "place": "office"}] == common_of(other.services, transaction).table.value
        changes, _ = take(services, Seen(installation.clock()))
        assert [Moved("settings")] * 2 == changes
    finally:
        other.services.database.close()


def test_networks_are_replaced_as_a_whole_and_count_at_once(installation: Installation) -> None:
    services = installation.services
    report = import_networks(services, OPERATOR, networks_csv())
    assert (report.applied, len(report.added), report.problems) == (True, 38, ())
    assert place_of_contact(services, "127.1.0.9") is Place.DESK
    new = "網,場所,拠点名\r\n127.1.0.0/16,庁内,本庁舎".encode()
    assert import_networks(services, OPERATOR, new, preview=True).applied is False
    assert place_of_contact(services, "127.1.0.9") is Place.DESK
    report = import_networks(services, OPERATOR, new)
    assert (len(report.added), len(report.missing)) == (1, 38)
    assert place_of_contact(services, "127.1.0.9") is Place.OFFICE
    assert import_networks(services, OPERATOR, new).unchanged == 1


@pytest.mark.parametrize(
    ("row", "column"),
    [("127.1.0.1/16,庁内", 1), ("127.1.0.0/16,どこか", 2), ("10.0.0.0/8,庁内\r\n10.0.0.0/8,自席", 1), ("1.1.1.1/8", 2)],
)
def test_a_wrong_network_is_named_and_nothing_is_changed(installation: Installation, row: str, column: int) -> None:
    import_networks(installation.services, OPERATOR, networks_csv())
    report = import_networks(installation.services, OPERATOR, f"網,場所\r\n{row}".encode())
    assert (report.applied, [problem.column for problem in report.problems]) == (False, [column])
    assert place_of_contact(installation.services, "127.1.0.9") is Place.DESK


def test_the_ledger_of_2680_devices_is_taken_in_and_kept_when_a_file_names_few(installation: Installation) -> None:
    services = installation.services
    assert len(import_devices(services, OPERATOR, devices_csv(machines())).added) == 2680
    again = import_devices(services, OPERATOR, devices_csv(machines()))
    assert (again.unchanged, again.added, again.changed) == (2680, (), ())
    first, second = machines()[:2]
    header = "ディレクトリID,シリアル番号,資産管理番号,機種,所属コード,区分\r\n"
    moved = f"{header}{first.directory_id},{first.serial},{first.asset_label},{first.model},020300,予備"
    report = import_devices(services, OPERATOR, moved.encode())
    assert (report.changed, len(report.missing)) == ((first.directory_id,), 2679)
    with services.read() as transaction:
        kept = ledger.all_of(transaction)
    assert (len(kept), kept[first.directory_id]["unit_code"], kept[first.directory_id]["use"]) == (
        2680,
        "020300",
        "spare",
    )
    taken = f"{header}{first.directory_id},{second.serial},X,{first.model},020300,予備"
    report = import_devices(services, OPERATOR, taken.encode())
    assert (report.applied, [(problem.line, problem.field) for problem in report.problems]) == (
        False,
        [(2, "シリアル番号")],
    )


def test_a_day_that_the_city_opens_is_kept_audited_and_taken_back(installation: Installation) -> None:
    services, saturday = installation.services, date(2026, 11, 28)
    calendar.set_day(services, OPERATOR, saturday, Override(DayKind.SPECIAL_OPEN, "休日開庁"), reason="確定申告")
    calendar.set_day(services, OPERATOR, saturday, Override(DayKind.SPECIAL_OPEN, "休日開庁"))
    with services.read() as transaction:
        said = days.overrides(transaction, saturday, saturday)
        assert days.overrides(transaction, date(2026, 11, 1), date(2026, 11, 27)) == {}
    assert is_working_day(saturday, said)
    calendar.set_day(services, OPERATOR, saturday, None)
    with services.read() as transaction:
        assert days.overrides(transaction, saturday, saturday) == {}
    assert verify_chain(services).count == 2
