"""One row of a roster file, and files of it with single cells changed."""

import csv
import io
from typing import Any

from dokodemo.domain import roster
from dokodemo.domain.roster import Roster, Unreadable

ROW = {
    "職員番号": "0012345",
    "氏名": "髙橋　恵子",
    "氏名カナ": "タカハシ　ケイコ",
    "メール": "takahashi@city.akagi.example",
    "所属コード": "020301",
    "所属名": "情報政策課DX推進係",
    "職名": "主査",
    "職層": "主査級",
    "発令日": "2026-04-01",
    "発令区分": "異動",
    "兼務1所属コード": "",
    "兼務1職名": "",
    "兼務1区分": "",
    "任用区分": "常勤",
    "勤務パターン": "regular",
    "1日の時間": "7:45",
    "適用終了日": "",
    "内線": "2301",
    "退職区分": "",
}


def csv_of(*rows: dict[str, str], encoding: str = "utf-8", drop: tuple[str, ...] = ()) -> bytes:
    out = io.StringIO(newline="")
    names = [name for name in ROW if name not in drop]
    writer = csv.DictWriter(out, names, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(ROW | row for row in rows)
    return out.getvalue().encode(encoding)


def read(*rows: dict[str, str], **how: Any) -> Roster:
    found = roster.read(csv_of(*rows, **how))
    assert isinstance(found, Roster), [problem.sentence() for problem in found.problems]
    return found


def unreadable(*rows: dict[str, str], **how: Any) -> Unreadable:
    found = roster.read(csv_of(*rows, **how))
    assert isinstance(found, Unreadable)
    return found
