"""The city's sites, their networks, and the file that maps networks to places.

Each site is one range 127.<number>.0.0/16, so that simulated devices really come from there. A home or a car is
127.200.0.0/14, which stands in no table: to the server it is an address like any other.
"""

import csv
import io
from dataclasses import dataclass

from dokodemo.demo.tree import sections

NETWORK_COLUMNS = ("網", "場所", "拠点名")
OUTSIDE = 200
# A floor's access point: this many devices share a source address, as they would behind one.
DEVICES_A_SEGMENT = 20


@dataclass(frozen=True, slots=True)
class Site:
    """A building: its number in 127.<number>.0.0/16, its name, and the place of somebody who works in it.

    ``side`` is the place of the upper half of the range: meeting rooms (office) or satellite seats, else None.
    """

    number: int
    name: str
    place: str
    side: str | None = None


HALL = Site(1, "本庁舎", "desk", side="office")
_BRANCHES = tuple(
    Site(11 + n, f"{name}支所", "branch", side="satellite")
    for n, name in enumerate(("北部", "東部", "西部", "南部", "山手", "川岸"))
)
_NURSERIES = tuple(
    Site(21 + n, f"{name}保育所", "branch") for n, name in enumerate(("中央", "北部", "東部", "西部", "南部", "山手"))
)
_FIRE_STATIONS = tuple(Site(31 + n, f"{name}消防署", "branch") for n, name in enumerate(("中央", "北", "東", "南")))
_HOUSES = {
    "1601": Site(35, "消防本部", "desk", side="office"),
    "09": Site(41, "保健所", "desk", side="office"),
    "1404": Site(47, "浄水場", "desk"),
    "14": Site(42, "水道局庁舎", "desk", side="office"),
    "1004": Site(48, "清掃事務所", "desk"),
    "1005": Site(43, "クリーンセンター", "desk"),
    "1305": Site(44, "土木事務所", "desk"),
    "1505": Site(45, "図書館", "desk"),
    "1504": Site(46, "中央公民館", "desk"),
    "18": Site(2, "議会棟", "desk", side="office"),
}
SITES: tuple[Site, ...] = (HALL, *_BRANCHES, *_NURSERIES, *_FIRE_STATIONS, *_HOUSES.values())
SATELLITES = _BRANCHES


def site_of(unit_code: str) -> Site:
    """Where a unit has its rooms."""
    section = sections().get(f"{unit_code[:4]}00")
    if unit_code.startswith("05"):
        return _BRANCHES[max(int(unit_code[2:4]), 1) - 1]
    if section is not None and section.name == "公立保育所":
        return _NURSERIES[max(int(unit_code[4:6]), 1) - 1]
    if unit_code.startswith("16"):
        number = max(int(unit_code[2:4]), 1)
        return _FIRE_STATIONS[number - 5] if number >= 5 else _HOUSES["1601"]
    for length in (4, 2):
        if unit_code[:length] in _HOUSES:
            return _HOUSES[unit_code[:length]]
    return HALL


def source_address(site: Site | None, number: int, *, side: bool = False) -> str:
    """The address from which device ``number`` of a site speaks; ``None`` is anywhere outside (home, on the road)."""
    segment = number // DEVICES_A_SEGMENT
    if site is None:
        return f"127.{OUTSIDE + segment // 250 % 4}.{segment % 250}.1"
    return f"127.{site.number}.{segment % 128 + (128 if side else 0)}.1"


def networks_csv() -> bytes:
    """The table of networks as a file of ``NETWORK_COLUMNS`` (UTF-8 with BOM, CRLF)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(NETWORK_COLUMNS)
    for site in SITES:
        writer.writerow((f"127.{site.number}.0.0/17", site.place, site.name))
        upper = f"127.{site.number}.128.0/17"
        if site.side == "satellite":
            writer.writerow((upper, site.side, f"{site.name}サテライト席"))
        elif site.side is not None:
            writer.writerow((upper, site.side, f"{site.name}会議室"))
    return out.getvalue().encode("utf-8-sig")
