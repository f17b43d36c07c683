from collections import Counter
from datetime import date

import pytest

from dokodemo.demo.ledger import PRESENTERS, Kind, devices_csv, machines, uses
from dokodemo.demo.networks import SITES, networks_csv, site_of, source_address
from dokodemo.demo.roster import people
from dokodemo.demo.tree import departments, parse, section_of, sections, units_csv


def test_the_city_has_19_departments_84_sections_and_222_teams() -> None:
    assert (len(departments()), len(sections())) == (19, 84)
    assert sum(len(section.teams) for section in sections().values()) == 222


def test_the_totals_of_the_tree_are_those_of_the_city() -> None:
    every = sections().values()
    assert sum(s.staff for s in every) == 2_600
    assert sum(s.personal for s in every) == 2_170
    assert (sum(s.shared for s in every), sum(s.kiosk for s in every)) == (341, 89)


def test_a_department_has_the_staff_of_its_row() -> None:
    assert [d.staff for d in departments()] == [
        72, 116, 168, 148, 92, 62, 206, 268, 144, 160, 110, 124, 150, 160, 198, 358, 14, 20, 30,
    ]  # fmt: skip


def test_a_line_that_cannot_be_read_is_named() -> None:
    with pytest.raises(ValueError, match="020200 人事課"):
        parse("020000 総務部\n  020100 総務課 24=24/0/1: 総務係 法規係 文書係;  020200 人事課 32: 人事係;")


def test_the_file_of_units_keeps_leading_zeros_and_names_the_parent() -> None:
    lines = units_csv(date(2026, 4, 1)).decode("utf-8-sig").split("\r\n")
    assert len(lines) == 1 + 19 + 84 + 222 + 1
    assert "020303,端末係,020300,係,2026-04-01,," in lines
    assert "160700,東消防署,160000,課,2026-04-01,,O S" in lines


def test_a_department_is_housed_in_its_first_section() -> None:
    assert section_of("120000").name == "都市計画課"
    assert section_of("020302").name == "情報政策課"


def test_the_ledger_has_2680_devices_with_three_unique_names_each() -> None:
    rows = machines()
    kinds = {Kind.PERSONAL: 2170, Kind.SHARED: 341, Kind.KIOSK: 89, Kind.SPARE: 80}
    assert Counter(row.kind for row in rows) == kinds
    for names in ({r.directory_id for r in rows}, {r.serial for r in rows}, {r.asset_label for r in rows}):
        assert len(names) == 2_680
    assert rows[0].asset_label == "CB-R8-00001"
    assert len(devices_csv(rows).decode("utf-8-sig").splitlines()) == 2_681


def test_2680_uses_cover_everybody_and_no_person_meets_a_device_twice() -> None:
    given = uses(people(year=2026), machines())
    assert len(given) == 2_680
    assert len({use.member.staff_number for use in given}) == 2_600
    assert len({(use.member.staff_number, use.machine.serial) for use in given}) == 2_680
    assert sum(use.second for use in given) == PRESENTERS


def test_nobody_signs_in_on_a_kiosk_or_a_spare() -> None:
    assert {use.machine.kind for use in uses(people(year=2026), machines())} == {Kind.PERSONAL, Kind.SHARED}


def test_each_site_has_its_own_network() -> None:
    numbers = [site.number for site in SITES]
    assert len(set(numbers)) == len(numbers)
    assert all(1 <= number < 200 for number in numbers)
    assert b"127.13.128.0/17,satellite," in networks_csv()


def test_a_branch_office_a_nursery_and_a_fire_station_are_branches_and_the_hall_is_a_desk() -> None:
    names = [site_of(code).name for code in ("050301", "080404", "160702", "160101", "020303")]
    assert names == ["西部支所", "西部保育所", "東消防署", "消防本部", "本庁舎"]
    assert [site_of(code).place for code in ("050301", "080404", "160702", "020303")] == ["branch"] * 3 + ["desk"]


def test_devices_of_one_floor_share_an_address_and_a_home_is_in_no_table() -> None:
    hall = site_of("020300")
    assert source_address(hall, 0) == source_address(hall, 19) == "127.1.0.1"
    assert source_address(hall, 20, side=True) == "127.1.129.1"
    assert source_address(None, 45) == "127.200.2.1"
