"""Files of the demo city, small and whole, for the tests that take them in."""

from datetime import date
from functools import cache

from dokodemo.actions import Services, import_people, import_units
from dokodemo.actions.audit import OPERATOR
from dokodemo.demo import roster, tree
from dokodemo.domain.people import Person
from dokodemo.store import people

APRIL = date(2026, 4, 1)
HEADER = "職員番号,氏名,氏名カナ,メール,所属コード,職名,発令日,発令区分,任用区分,兼務1所属コード,兼務1職名,兼務1区分,適用終了日,内線"
STAFF = (
    "0000001,前田 聡,マエダ サトシ,maeda@akagi.example,020300,課長,2024-04-01,異動,常勤,,,,,2301",
    "0000002,髙橋　恵子,ﾀｶﾊｼ ｹｲｺ,takahashi@akagi.example,020300,課長補佐,2025-04-01,異動,常勤,020302,係長,,,2302",
    "0000003,𠮷田 学,ヨシダ マナブ,yoshida@akagi.example,020301,係長,2026-04-01,昇任,常勤,,,,,2310",
    "0000004,渡邉 由美,ワタナベ ユミ,watanabe@akagi.example,020301,主査,2025-04-01,異動,常勤,,,,,2311",
    "0000005,山﨑 亮,ヤマザキ リョウ,yamazaki@akagi.example,020301,主査,2024-04-01,異動,常勤,,,,,2312",
    "0000006,伊藤 花,イトウ ハナ,ito@akagi.example,020100,課長,2026-04-01,異動,常勤,,,,,2100",
    "0000007,小林 健,コバヤシ ケン,kobayashi@akagi.example,020101,主任,2026-04-01,異動,常勤,020301,主任,兼務,,2101",
)


@cache
def units_file() -> bytes:
    """The tree of the demo city."""
    return tree.units_csv(APRIL)


@cache
def whole_roster() -> bytes:
    """All 2,600."""
    return roster.roster_csv(roster.people(year=2026))


def staff_file(*changed: str, without: tuple[str, ...] = ()) -> bytes:
    """The small staff; a changed row replaces the one with its number, a new one is added."""
    rows = {row[:7]: row for row in STAFF} | {row[:7]: row for row in changed}
    return "\r\n".join([HEADER, *(row for number, row in rows.items() if number not in without)]).encode()


def settle(services: Services) -> None:
    """Units and the small staff."""
    import_units.apply(services, OPERATOR, units_file())
    report = import_people.apply(services, OPERATOR, staff_file())
    assert report.applied, [problem.sentence() for problem in report.plan.problems]


def person(services: Services, number: int) -> Person:
    """A person of the small staff."""
    with services.read() as transaction:
        found = people.find_by_staff_number(transaction, f"{number:07}")
    assert found is not None
    return found
