import csv
import io
import re
from collections import Counter

import pytest

from dokodemo.demo.names import family_names, given_names, romaji
from dokodemo.demo.posts import POSTS
from dokodemo.demo.roster import ROSTER_COLUMNS, people, proxies, roster_csv, unit_names
from dokodemo.demo.tree import sections

CITY = people(year=2026)


def test_there_are_120_family_and_150_given_names_with_readings_in_katakana() -> None:
    assert (len(set(family_names())), len(set(given_names()))) == (120, 150)
    assert all(re.fullmatch("[ァ-ヴー]+", name.kana) for name in (*family_names(), *given_names()))


def test_the_names_that_break_systems_are_among_them() -> None:
    written = {name.written for name in family_names()}
    assert {"髙橋", "山﨑", "𠮷田", "渡邉", "濵田", "五十嵐", "小鳥遊"} <= written


@pytest.mark.parametrize(
    ("kana", "latin"), [("サトウ", "sato"), ("ワタナベ", "watanabe"), ("ショウタ", "shota"), ("リョウ", "ryo")]
)
def test_mail_addresses_are_readings_in_latin_letters(kana: str, latin: str) -> None:
    assert romaji(kana) == latin


def test_every_post_has_as_many_holders_as_the_city_says() -> None:
    assert Counter(member.post for member in CITY) == {post.code: post.count for post in POSTS.values()}


def test_every_section_has_its_staff_and_one_head() -> None:
    assert Counter(member.section_code for member in CITY) == {s.code: s.staff for s in sections().values()}
    heads = Counter(member.unit_code for member in CITY if member.post == "head")
    assert heads == dict.fromkeys(sections(), 1)


def test_every_team_is_led_by_one_chief_or_by_an_assistant_head_beside_the_own_post() -> None:
    teams = {team.code for section in sections().values() for team in section.teams}
    leading = {code for m in CITY if m.post == "assistant_head" for code, title, _ in m.concurrent if title == "係長"}
    chiefs = {m.unit_code for m in CITY if m.post == "chief"}
    assert len(leading) == 60
    assert leading | chiefs == teams


def test_the_same_seed_gives_the_same_people_and_another_one_does_not() -> None:
    people.cache_clear()
    assert people(year=2026) == CITY
    assert people(year=2026, seed=2) != CITY


def test_staff_numbers_keep_leading_zeros_and_nothing_is_used_twice() -> None:
    assert all(re.fullmatch(r"00\d{5}", member.staff_number) for member in CITY)
    assert len({member.staff_number for member in CITY}) == len({member.email for member in CITY}) == 2_600


def test_the_roster_file_has_one_line_a_person_and_names_as_written() -> None:
    rows = list(csv.DictReader(io.StringIO(roster_csv(CITY).decode("utf-8-sig"))))
    assert tuple(rows[0]) == ROSTER_COLUMNS
    assert [row["職員番号"] for row in rows] == [member.staff_number for member in CITY]
    assert any(row["氏名"].startswith("𠮷田　") for row in rows)
    assert all(row["所属名"] == unit_names()[row["所属コード"]] for row in rows)


def test_fiscal_year_appointees_end_on_31_march() -> None:
    ends = {str(member.ends_on) for member in CITY if member.employment == "会計年度"}
    assert ends == {"2027-03-31"}


def test_a_city_without_that_name_fits_into_cp932() -> None:
    with pytest.raises(UnicodeEncodeError):
        roster_csv(CITY, encoding="cp932")
    plain = tuple(member for member in CITY if member.family != "𠮷田")
    assert roster_csv(plain, encoding="cp932").decode("cp932").count("\r\n") == len(plain) + 1


def test_some_people_serve_in_a_second_unit() -> None:
    second = Counter(code for member in CITY for code, title, _ in member.concurrent if title != "係長")
    assert second == {"190101": 4, "020301": 8}


def test_in_every_section_somebody_may_speak_for_the_others() -> None:
    speakers = proxies(CITY)
    assert {member.section_code for member in speakers} == set(sections())
    assert {member.post for member in speakers} <= {"assistant_head", "chief"}
