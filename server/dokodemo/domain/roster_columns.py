"""The columns of a roster file: their names, and one function per column from the cell as received to the value kept.

NFKC is for keys (numbers, codes, mail, dates, hours). Names, unit names and titles are kept as received: NFC or NFKC
turns 神 U+FA19, 福 U+FA1B and others into different signs. Source: municipal reference 7.1 and 7.2.
"""

import re
import unicodedata
from decimal import Decimal

from dokodemo.domain.people import Employment

SYNONYMS: dict[str, tuple[str, ...]] = {
    "staff_number": ("職員番号", "職員コード", "職員ID", "職員No", "社員番号"),
    "name": ("氏名", "職員氏名", "漢字氏名", "名前", "氏名漢字"),
    "kana": ("氏名カナ", "カナ氏名", "カナ", "フリガナ", "氏名(カナ)", "職員氏名カナ", "ふりがな"),
    "email": ("メール", "メールアドレス", "電子メール", "Eメール", "mail", "e-mail"),
    "unit_code": ("所属コード", "組織コード", "所属CD", "所属課コード"),
    "unit_name": ("所属名", "所属", "所属名称", "組織名"),
    "title": ("職名", "職", "役職", "役職名", "補職名", "post"),
    "rank": ("職層", "職階", "職級"),
    "effective_on": ("発令日", "発令年月日", "適用開始日", "異動日"),
    "order": ("発令区分", "異動区分", "発令種別", "発令"),
    "employment": ("任用区分", "雇用区分", "職員区分", "任用形態"),
    "pattern": ("勤務パターン", "勤務形態", "勤務区分"),
    "daily_minutes": ("1日の時間", "1日の勤務時間", "日勤務時間", "勤務時間"),
    "ends_on": ("適用終了日", "任期満了日", "終了日", "退職日"),
    "extension": ("内線", "内線番号", "電話"),
    "left": ("退職区分", "退職"),
    **{f"concurrent_{n}_unit": (f"兼務{n}所属コード", f"兼務所属コード{n}", f"兼務{n}所属CD") for n in (1, 2, 3)},
    **{f"concurrent_{n}_title": (f"兼務{n}職名", f"兼務職名{n}", f"concurrent_{n}_post") for n in (1, 2, 3)},
    **{f"concurrent_{n}_kind": (f"兼務{n}区分", f"兼務区分{n}") for n in (1, 2, 3)},
}
MUST = (
    "staff_number", "name", "kana", "email", "unit_code", "title", "effective_on", "order", "employment",
)  # fmt: skip
RELEASE = "解除"
EMPLOYMENTS = {
    "常勤": Employment.REGULAR, "正規": Employment.REGULAR, "正職員": Employment.REGULAR, "一般職": Employment.REGULAR,
    "任期付": Employment.REGULAR, "任期付職員": Employment.REGULAR,
    "再任用": Employment.REEMPLOYED, "再任用短時間": Employment.REEMPLOYED, "暫定再任用": Employment.REEMPLOYED,
    "定年前再任用短時間": Employment.REEMPLOYED,
    "会計年度": Employment.FISCAL_YEAR, "会計年度任用職員": Employment.FISCAL_YEAR, "会計年度任用": Employment.FISCAL_YEAR,
    "派遣": Employment.SECONDED, "派遣受入": Employment.SECONDED, "特別職": Employment.SPECIAL,
}  # fmt: skip
ENTERING = frozenset({"採用", "任用", "再任用", "復職", "転入"})
LEAVING = frozenset({"退職", "任期満了", "免職", "失職", "定年退職"})
AWAY = frozenset({"派遣", "休職", "育児休業", "育休", "出向(派遣)"})
RETURNING = frozenset({"復職", "復帰", "派遣終了"})
ORDERS = (
    ENTERING | LEAVING | AWAY | RETURNING
    | {"異動", "配置換", "配置換え", "昇任", "降任", "昇格", "兼務", "兼職", "併任", "出向", "転任", "事務取扱", "心得"}
    | {"職務代理", "代理", "継続", "在職", "更新", "転籍"}
)  # fmt: skip


class CellError(ValueError):
    """A cell that cannot be taken in; words in both languages."""

    def __init__(self, ja: str, en: str) -> None:
        super().__init__(en)
        self.ja = ja
        self.en = en


_KANA = re.compile(r"[ァ-ヺー・゠ヽヾ　]+")
_STAFF_NUMBER = re.compile(r"[0-9A-Z]{4,10}")
_EMAIL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_PATTERN = re.compile(r"[0-9a-z_-]{1,20}")
_LONG_MARKS = str.maketrans(dict.fromkeys("-‐‑‒–—―−", "ー"))
_QUARTERS = ("0", "00", "25", "5", "50", "75")


def key(cell: str) -> str:
    """A key's text: NFKC, no space around it."""
    return unicodedata.normalize("NFKC", cell).strip()


def staff_number(cell: str) -> str:
    """Four to ten digits and capital letters; leading zeros are part of it."""
    text = key(cell).upper()
    if re.fullmatch(r"\d(?:\.\d+)?E[+-]?\d+", text):
        raise CellError(
            f"「{cell}」は表計算ソフトが数値に変えたものです。文字列のまま出力してください",
            f"{cell!r} was turned into a number by a spreadsheet: export it as text",
        )
    if not _STAFF_NUMBER.fullmatch(text):
        hint = "（先頭の0が落ちていませんか）" if text.isdecimal() else ""
        raise CellError(
            f"「{cell}」は職員番号（英数字4～10桁）ではありません{hint}", f"{cell!r} is not 4 to 10 digits or letters"
        )
    return text


def name(cell: str) -> str:
    """A person's name, as received but for space around it."""
    text = cell.strip()
    if not text:
        raise CellError("空です", "is empty")
    if len(text) > 40:
        raise CellError("40字を超えています", "is longer than 40 characters")
    return text


def kana(cell: str) -> str:
    """A reading in full-width katakana, one full-width space between family and given name."""
    text = katakana(cell)
    if not text:
        raise CellError("空です", "is empty")
    if not _KANA.fullmatch(text):
        raise CellError(f"「{cell}」はカタカナではありません", f"{cell!r} is not katakana")
    return text


def katakana(text: str) -> str:
    """Half-width kana and hiragana as full-width katakana, dashes as long marks, spaces as one full-width space."""
    wide = unicodedata.normalize("NFKC", text).translate(_LONG_MARKS)
    turned = "".join(chr(ord(sign) + 0x60) if "ぁ" <= sign <= "ゖ" or sign in "ゝゞ" else sign for sign in wide)
    return "　".join(turned.split())


def email(cell: str) -> str:
    """An address in NFKC and lower case: what identity providers are matched with."""
    text = key(cell).lower()
    if not _EMAIL.fullmatch(text):
        raise CellError(f"「{cell}」はメールアドレスではありません", f"{cell!r} is no mail address")
    return text


def unit_code(cell: str) -> str:
    """Six digits."""
    text = key(cell)
    if re.fullmatch(r"\d{6}", text) and text.isascii():
        return text
    hint = "。先頭の0が落ちていませんか" if text.isdecimal() and len(text) < 6 else ""
    raise CellError(
        f"「{cell}」は6桁ではありません{hint}",
        f"{cell!r} is not 6 digits{'; a leading zero was eaten' if hint else ''}",
    )


def title(cell: str) -> str:
    """A post's title, as received but for space around it."""
    text = cell.strip()
    if not text:
        raise CellError("空です", "is empty")
    return text


def order(cell: str) -> str:
    """One word of the list of 発令."""
    text = key(cell)
    if text not in ORDERS:
        raise CellError(f"「{cell}」は発令区分として知られていません", f"{cell!r} is no known kind of order")
    return text


def employment(cell: str) -> Employment:
    """任用区分, also by its code."""
    text = key(cell)
    found = EMPLOYMENTS.get(text) or (Employment(text) if text in set(Employment) else None)
    if found is None:
        raise CellError(
            f"「{cell}」は任用区分ではありません（常勤・再任用・会計年度・派遣）", f"{cell!r} is no kind of employment"
        )
    return found


def pattern(cell: str) -> str | None:
    """The code of a working pattern; None when empty."""
    text = key(cell).lower()
    if text and not _PATTERN.fullmatch(text):
        raise CellError(f"「{cell}」は勤務パターンの記号ではありません", f"{cell!r} is no code of a pattern")
    return text or None


def daily_minutes(cell: str) -> int | None:
    """Minutes a day: ``7:45``, ``7時間45分``, ``465`` or ``7.75``; None when empty.

    ``7.45`` may mean 7 h 45 or 7.45 hours: refused, because nobody can know (quarters of an hour alone are sure).
    """
    text = key(cell)
    if not text:
        return None
    if match := re.fullmatch(r"(\d{1,2}):([0-5]\d)(?::00)?|(\d{1,2})時間(?:([0-5]?\d)分)?", text):
        hours, minutes = match[1] or match[3], match[2] or match[4] or "0"
        return _within(cell, int(hours) * 60 + int(minutes))
    if match := re.fullmatch(r"(\d{1,2})\.(\d{1,2})", text):
        if match[2] in _QUARTERS:
            return _within(cell, int(Decimal(text) * 60))
        raise CellError(
            f"「{cell}」は{match[1]}時間{match[2]}分とも{text}時間とも読めます。7:45 または 465 のように書いてください",
            f"{cell!r} may be {match[1]} h {match[2]} min or {text} hours: write 7:45 or 465",
        )
    if re.fullmatch(r"\d{2,4}", text) and int(text) >= 60:
        return _within(cell, int(text))
    raise CellError(
        f"「{cell}」は時間として読めません（7:45、465、7.75）", f"{cell!r} is no length of a day (7:45, 465, 7.75)"
    )


def extension(cell: str) -> str:
    """Extensions as people write them (``2345,2346``, ``代表``), as received but for space around."""
    text = cell.strip()
    if len(text) > 40:
        raise CellError("40字を超えています", "is longer than 40 characters")
    return text


def _within(cell: str, minutes: int) -> int:
    if not 0 < minutes <= 960:
        raise CellError(f"「{cell}」は1日の勤務時間として長すぎるか0です", f"{cell!r} is no length of a working day")
    return minutes
