"""A file of the city's networks: which range of addresses is which place and site."""

from ipaddress import ip_network

from dokodemo.domain import tables
from dokodemo.domain.events import Place
from dokodemo.domain.roster_columns import CellError, key
from dokodemo.domain.tables import Field, Table

PLACES = {
    "自席": Place.DESK, "本庁": Place.DESK, "庁内": Place.OFFICE, "会議室": Place.OFFICE, "支所": Place.BRANCH, "出先": Place.BRANCH,
    "支所・出先": Place.BRANCH, "外出": Place.FIELD, "在宅": Place.HOME, "サテライト": Place.SATELLITE, "不明": Place.UNKNOWN,
}  # fmt: skip


def _cidr(cell: str) -> str:
    try:
        return str(ip_network(key(cell)))
    except ValueError as error:
        raise CellError(
            f"「{cell}」はネットワーク（例 10.1.0.0/16）ではありません", f"{cell!r} is no network such as 10.1.0.0/16"
        ) from error


def _place(cell: str) -> Place:
    text = key(cell)
    found = PLACES.get(text) or (Place(text) if text in set(Place) else None)
    if found is None:
        raise CellError(f"「{cell}」は場所ではありません（自席・庁内・支所・サテライト など）", f"{cell!r} is no place")
    return found


FIELDS = {
    "cidr": Field(("網", "ネットワーク", "CIDR", "ネットワークアドレス"), _cidr),
    "place": Field(("場所", "place"), _place),
    "site": Field(("拠点名", "拠点", "site"), tables.text, must=False),
}


def read(data: bytes) -> Table:
    """The networks of a file; the same range twice is a problem."""
    return tables.read(data, FIELDS, unique=("cidr",))
