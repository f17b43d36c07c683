"""Posts (職) in 職制順, and how the titles of a roster file lead to them.

Source: the table of posts of a core city (municipal reference 2.1). A title is kept as received; the post decides order
and rights.
"""

import difflib
from dataclasses import dataclass
from enum import StrEnum

from dokodemo.domain.people import Employment


class Post(StrEnum):
    """Codes of the posts."""

    SPECIAL = "special"
    DIRECTOR = "director"
    DEPUTY_DIRECTOR = "deputy_director"
    HEAD = "head"
    HEAD_ASSIGNED = "head_assigned"
    ASSISTANT_HEAD = "assistant_head"
    CHIEF = "chief"
    SENIOR = "senior"
    LEAD = "lead"
    STAFF = "staff"
    REEMPLOYED = "reemployed"
    FISCAL_YEAR = "fiscal_year"
    SECONDED_IN = "seconded_in"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the table: display order, 職層 (empty: none), names, and the titles that mean it."""

    sort: int
    rank: str
    ja: str
    en: str
    titles: tuple[str, ...]


def _entry(sort: int, rank: str, ja: str, en: str, titles: str) -> Entry:
    return Entry(sort, rank, ja, en, tuple(titles.split()))


POSTS: dict[Post, Entry] = {
    Post.SPECIAL: _entry(0, "特別職", "特別職", "Mayor and deputies", "市長 副市長 教育長 公営企業管理者"),
    Post.DIRECTOR: _entry(
        10, "部長級", "部長", "Director",
        "部長 局長 消防局長 消防長 会計管理者 理事 室長 公室長 所長 事務局長 保健所長 担当部長 市長公室長",
    ),
    Post.DEPUTY_DIRECTOR: _entry(20, "次長級", "次長", "Deputy director", "次長 参事 副部長 部次長 局次長 室長 所長 事務局長"),
    Post.HEAD: _entry(
        30, "課長級", "課長", "Section head",
        "課長 支所長 室長 所長 館長 署長 園長 場長 センター長 事務局長 分署長 保育所長 図書館長 公民館長",
    ),
    Post.HEAD_ASSIGNED: _entry(32, "課長級", "担当課長", "Assigned head", "担当課長 副参事 専門監 副署長 主席主幹"),
    Post.ASSISTANT_HEAD: _entry(
        40, "補佐級", "課長補佐", "Assistant head",
        "課長補佐 副主幹 補佐 室長補佐 所長補佐 課長代理 副所長 副館長 副園長 所長 園長 館長 次長",
    ),
    Post.CHIEF: _entry(50, "係長級", "係長", "Chief", "係長 主幹 担当係長 主任主査 班長 所長 園長 分館長 消防係長"),
    Post.SENIOR: _entry(60, "主査級", "主査", "Senior staff", "主査 副主査 専門員 主任保育士 主任保健師"),
    Post.LEAD: _entry(70, "主任級", "主任", "Lead", "主任 主任主事 主任技師 主任技術員"),
    Post.STAFF: _entry(
        80, "主事級", "主事", "Staff",
        "主事 技師 保育士 保健師 司書 消防士 消防副士長 消防士長 栄養士 管理栄養士 看護師 助産師 学芸員 社会福祉士 心理士 "
        "薬剤師 獣医師 医師 技能員 技術員 調理員 運転手 指導主事 書記 作業員 用務員 臨床検査技師",
    ),
    Post.REEMPLOYED: _entry(
        90, "", "再任用", "Re-employed", "定年前再任用短時間 暫定再任用 再任用 定年前再任用短時間勤務職員 再任用職員 再任用短時間"
    ),
    Post.FISCAL_YEAR: _entry(
        95, "", "会計年度任用職員", "Fiscal-year appointee", "会計年度任用職員 会計年度 事務補助員 事務補助 パートタイム会計年度任用職員"
    ),
    Post.SECONDED_IN: _entry(98, "", "派遣受入", "Seconded", "派遣受入 委託 派遣職員 研修生 受託者"),
}  # fmt: skip

# Taken in, and said: the left is no post of its own here.
APPROXIMATE = {"主事補": "主事", "技師補": "技師", "事務員": "主事", "事務職員": "主事", "消防士補": "消防士"}
RANKS = tuple(dict.fromkeys(entry.rank for entry in POSTS.values() if entry.rank))
# Holders of these lead the unit of the posting: 所属長 of a 課, the director of a 部.
HEADS = frozenset({Post.DIRECTOR, Post.HEAD})
_BY_EMPLOYMENT = {
    Employment.REEMPLOYED: Post.REEMPLOYED,
    Employment.FISCAL_YEAR: Post.FISCAL_YEAR,
    Employment.SECONDED: Post.SECONDED_IN,
}
_ABOVE_EMPLOYMENT = frozenset(post for post, entry in POSTS.items() if entry.sort <= POSTS[Post.CHIEF].sort)
_POSTS_OF: dict[str, list[Post]] = {}
for _post, _row in POSTS.items():
    for _title in _row.titles:
        _POSTS_OF.setdefault(_title, []).append(_post)
# Without a 職層 these are read as what they mean most often.
_USUAL = {"室長": Post.HEAD, "所長": Post.HEAD, "事務局長": Post.HEAD, "次長": Post.DEPUTY_DIRECTOR}
_USUAL |= {"園長": Post.HEAD, "館長": Post.HEAD}


def sort_of(post: str) -> int:
    """Place in 職制順; a post that this version does not know comes last."""
    return POSTS[Post(post)].sort if post in POSTS else 99


@dataclass(frozen=True, slots=True)
class Reading:
    """What a title means: the post, or None with the ``nearest`` known titles; ``taken_as`` names a stand-in title."""

    post: Post | None
    nearest: tuple[str, ...] = ()
    taken_as: str | None = None


def read_title(title: str, *, rank: str = "", employment: Employment = Employment.REGULAR) -> Reading:
    """The post of a title; ``rank`` (職層) decides between several, and an 任用区分 of its own beats a low or unknown one."""
    own = _BY_EMPLOYMENT.get(employment)
    known = APPROXIMATE.get(title, title)
    candidates = _POSTS_OF.get(known, [])
    if own is not None and not (set(candidates) & _ABOVE_EMPLOYMENT):
        return Reading(own)
    if not candidates:
        return Reading(None, nearest=nearest_titles(title))
    post = next((post for post in candidates if rank and POSTS[post].rank == rank), _USUAL.get(known, candidates[0]))
    return Reading(post, taken_as=known if known != title else None)


def nearest_titles(title: str) -> tuple[str, ...]:
    """The three known titles that look most like this one."""
    known = [*_POSTS_OF, *APPROXIMATE]
    close = difflib.get_close_matches(title, known, n=3, cutoff=0.0)
    return tuple(close)
