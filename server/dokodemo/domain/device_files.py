"""A file of the device ledger (端末台帳): what the city bought, and whose it is to be."""

from dokodemo.domain import tables
from dokodemo.domain.roster_columns import CellError, key, unit_code
from dokodemo.domain.tables import Field, Table

USES = {
    "personal": "personal", "個人": "personal", "個人用": "personal", "shared": "shared", "共用": "shared", "kiosk": "kiosk",
    "掲示板": "kiosk", "キオスク": "kiosk", "spare": "spare", "予備": "spare", "予備機": "spare",
}  # fmt: skip


def _key(cell: str) -> str:
    text = key(cell)
    if not text:
        raise CellError("空です", "is empty")
    return text


def _key_or_none(cell: str) -> str | None:
    return key(cell) or None


def _unit_or_none(cell: str) -> str | None:
    return unit_code(cell) if cell.strip() else None


def _use(cell: str) -> str:
    if key(cell).lower() not in USES:
        raise CellError(
            f"「{cell}」は区分ではありません（personal・shared・kiosk・spare）",
            f"{cell!r} is none of personal, shared, kiosk, spare",
        )
    return USES[key(cell).lower()]


FIELDS = {
    "directory_id": Field(("ディレクトリID", "directory_id", "デバイスID"), _key),
    "serial": Field(("シリアル番号", "シリアル", "serial"), _key_or_none),
    "asset_id": Field(("資産管理番号", "資産番号", "asset_id"), _key_or_none, must=False),
    "model": Field(("機種", "モデル", "model"), tables.text, must=False),
    "unit_code": Field(("所属コード", "組織コード"), _unit_or_none, must=False),
    "use": Field(("区分", "用途", "use"), _use),
}


def read(data: bytes) -> Table:
    """The devices of a file; no id, serial or asset number twice."""
    return tables.read(data, FIELDS, unique=("directory_id", "serial", "asset_id"))
