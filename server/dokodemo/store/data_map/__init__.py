"""The data map: of each table and column what it is, whose, why, how long it is kept, who may see it.

For the city's register of personal information files (個人情報ファイル簿). Written beside the tables it speaks of: the
modules have the stems of ``store.rows``, and a test holds both to the same columns. Nothing is said of old rows that the
code does not do.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Table

from dokodemo.domain.access import TABLE, Verb
from dokodemo.domain.roles import NAMES, Role
from dokodemo.store.data_map import devices, installation, journals, people, settings, web, whereabouts
from dokodemo.store.data_map.entries import Entry, Kept, Whose, Words
from dokodemo.store.expired import KEPT
from dokodemo.store.rows import every_table

MODULES = (people, devices, journals, whereabouts, settings, web, installation)
MAP: Mapping[str, Entry] = {name: entry for module in MODULES for name, entry in module.TABLES.items()}

WHOSE: Mapping[Whose, Words] = {
    Whose.PERSON: ("職員", "a member of staff"),
    Whose.DEVICE: (
        "端末（鍵や台帳を通じて使用者の職員に結び付く）",
        "a device, and through its key or the ledger whoever uses it",
    ),
    Whose.NOBODY: ("個人に関しない", "nobody"),
}
RULES: Mapping[Kept, Words] = {
    Kept.UNLIMITED: ("削除する規則はまだない", "no rule removes it yet"),
    Kept.LATEST: ("最新の値だけ。行を削除する規則はまだない", "the latest value alone; no rule removes the row yet"),
    Kept.LAST_OF_MONTH: (
        "月ごとに最後の1件だけ。それを削除する規則はまだない",
        "the last one of each month; no rule removes that one yet",
    ),
    Kept.DERIVED: (
        "記録から作られ、作り直しで置き換わる。削除する規則はまだない",
        "made from the logs and replaced when read again; no rule removes it yet",
    ),
    Kept.IMPORTED: ("次の取り込みで全件置き換え", "until the next import, which replaces all rows"),
    Kept.UNSET: ("取り消すまで", "until it is taken back"),
    Kept.RELINKED: ("結び直し（dokodemo people relink）で削除", "until it is undone (dokodemo people relink)"),
}
REACHES: Mapping[str, Words] = {
    "self": ("本人の分", "one's own"),
    "colleagues": ("本人と課の職員の分", "one's own and one's section's"),
    "unit": ("自分の課か付与された組織と下位", "own section, or the granted unit and below"),
    "all": ("全庁", "the city"),
}
NOT_SHOWN = ("どの画面にも出ない", "no page shows it")


@dataclass(frozen=True, slots=True)
class Line:
    """One column, each answer in Japanese and English."""

    table: str
    column: str
    title: Words
    what: Words
    whose: Words
    why: Words
    kept: Words
    seen: Words


def lines() -> Iterator[Line]:
    """The whole map, in the order of the tables' modules and of their columns. ``KeyError`` for what has no entry."""
    tables = every_table().tables
    for name, entry in MAP.items():
        kept = _kept(tables[name], entry)
        for column in tables[name].columns:
            seen = _seen(entry.apart.get(column.name, entry.seen)) or entry.told.get(column.name, NOT_SHOWN)
            yield Line(
                name, column.name, entry.name, entry.columns[column.name], WHOSE[entry.whose], entry.why, kept, seen
            )


def _kept(table: Table, entry: Entry) -> Words:
    if entry.kept is Kept.EXPIRES:
        ((column, span),) = [(column.name, span) for each, column, span in KEPT if each is table]
        if not span:
            return f"{column} が過ぎたら自動で削除", f"removed by itself once {column} is past"
        japanese, english = _span(span)
        return f"{column} の{japanese}後に自動で削除", f"removed by itself {english} after {column}"
    rule = RULES[entry.kept]
    if entry.meant is None:
        return rule
    return f"{rule[0]}（予定: {entry.meant[0]}）", f"{rule[1]} (meant: {entry.meant[1]})"


def _span(span: timedelta) -> Words:
    for size, unit in ((86400, ("日", "days")), (3600, ("時間", "hours")), (60, ("分", "minutes"))):
        count, rest = divmod(span.total_seconds(), size)
        if count and not rest:
            return f"{int(count)}{unit[0]}", f"{int(count)} {unit[1] if count > 1 else unit[1][:-1]}"
    return f"{span.total_seconds():g}秒", f"{span.total_seconds():g} seconds"


def _seen(verbs: tuple[Verb, ...]) -> Words | None:
    """Whom the table of permissions lets see it, with how far each role reaches; None for nobody."""
    if not verbs:
        return None
    reached: dict[str, list[Role]] = {}
    for role in Role:
        for reach in dict.fromkeys(str(TABLE[role][verb]) for verb in verbs if verb in TABLE[role]):
            reached.setdefault(reach, []).append(role)
    order = [reach for reach in REACHES if reach in reached]
    japanese = "／".join(f"{REACHES[each][0]}: {'、'.join(NAMES[role][0] for role in reached[each])}" for each in order)
    english = "; ".join(f"{REACHES[each][1]}: {', '.join(NAMES[role][1] for role in reached[each])}" for each in order)
    return japanese, english
