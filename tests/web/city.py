"""情報政策課 as the screens of the design show it, with its neighbours: thirty people, their posts, a morning's facts."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from sqlalchemy import insert

from dokodemo.actions.sign_in import ABSOLUTE, digest_of
from dokodemo.domain.events import Place
from dokodemo.domain.fact_documents import document_of_device
from dokodemo.domain.facts import DeviceFacts, State
from dokodemo.domain.statuses import Status
from dokodemo.domain.whereabouts import Via, Whereabouts, ends_at
from dokodemo.store import web_sessions, whereabouts
from dokodemo.store.rows.people import people, postings, role_grants, units
from dokodemo.store.web_sessions import WebSession
from tests.installation import Installation

SINCE = date(2020, 4, 1)
NAMES = UUID("0d0c0d0c-0000-4000-8000-000000000000")

UNITS = (
    ("020000", "総務部", "department", None), ("020100", "総務課", "section", "020000"),
    ("020101", "総務係", "subsection", "020100"), ("020300", "情報政策課", "section", "020000"),
    ("020301", "政策係", "subsection", "020300"), ("020302", "DX推進係", "subsection", "020300"),
    ("020303", "端末係", "subsection", "020300"), ("040000", "市民部", "department", None),
    ("040100", "市民課", "section", "040000"),
)  # fmt: skip

PEOPLE = """
020300 head 課長 前田　聡 マエダ　サトシ 2301
020300 assistant_head 課長補佐 髙橋　恵子 タカハシ　ケイコ 2302
020301 chief 係長 小鳥遊　誠 タカナシ　マコト 2303
020301 senior 主査 五十嵐　順一 イガラシ　ジュンイチ 2304
020301 senior 主査 田中　美咲 タナカ　ミサキ 2305
020301 lead 主任 佐藤　健太 サトウ　ケンタ 2306
020301 lead 主任 鈴木　陽子 スズキ　ヨウコ 2307
020301 staff 主事 伊藤　大輔 イトウ　ダイスケ 2308
020301 staff 主事 中村　さくら ナカムラ　サクラ 2309
020301 fiscal_year 会計年度任用職員 小林　和子 コバヤシ　カズコ 2309
020302 chief 係長 𠮷田　学 ヨシダ　マナブ 2310
020302 senior 主査 渡邉　由美 ワタナベ　ユミ 2311
020302 lead 主任 山﨑　亮 ヤマザキ　リョウ 2312
020302 lead 主任 加藤　直樹 カトウ　ナオキ 2313
020302 lead 主任 前田　花子 マエダ　ハナコ 2314
020302 staff 主事 濵田　翔太 ハマダ　ショウタ 2315
020302 staff 主事 木村　優 キムラ　ユウ 2316
020302 reemployed 主査 林　正夫 ハヤシ　マサオ 2317
020303 chief 係長 清水　浩 シミズ　ヒロシ 2320
020303 senior 主査 山口　真理 ヤマグチ　マリ 2321
020303 senior 主査 斎藤　隆 サイトウ　タカシ 2322
020303 lead 主任 松本　彩 マツモト　アヤ 2323
020303 lead 主任 井上　達也 イノウエ　タツヤ 2324
020303 staff 主事 青木　千夏 アオキ　チナツ 2325
020303 staff 主事 石井　蓮 イシイ　レン 2326
020303 staff 主事 長谷川　葵 ハセガワ　アオイ 2327
020303 fiscal_year 会計年度任用職員 岡田　幸子 オカダ　サチコ 2328
020303 fiscal_year 会計年度任用職員 後藤　勝 ゴトウ　マサル 2328
020303 staff 主事 近藤　海斗 コンドウ　カイト 2329
020303 staff 主事 遠藤　舞 エンドウ　マイ 2329
020100 head 課長 石川　修 イシカワ　オサム 2101
020101 senior 主査 橋本　由紀 ハシモト　ユキ 2102
020000 director 部長 大野　隆 オオノ　タカシ 2001
040100 head 課長 坂本　洋 サカモト　ヒロシ 4101
040100 staff 主事 森　あゆみ モリ　アユミ 4102
"""


@dataclass(frozen=True, slots=True)
class City:
    """Ids by name; ``cookie`` signs somebody in without the way through an issuer (which has tests of its own)."""

    installation: Installation
    ids: dict[str, UUID]

    def cookie(self, name: str) -> str:
        """The cookie of a fresh session of this person."""
        token = secrets.token_urlsafe(32)
        now = self.installation.clock()
        session = WebSession(uuid4(), self.ids[name], now, now, now + ABSOLUTE)
        self.installation.services.write(
            lambda transaction: web_sessions.append(transaction, session, digest_of(token))
        )
        return token

    def reports(self, name: str, state: State, place: Place | None = None, **members: Any) -> None:
        """One device of this person reports."""
        now = self.installation.clock()
        members.setdefault("since", now - timedelta(minutes=20))
        facts = DeviceFacts(state, place, members.get("meeting"), members["since"], members.get("until"), now)
        self.installation.services.live.put(self.ids[name], str(uuid5(NAMES, name)), document_of_device(facts))

    def declares(self, name: str, status: Status, *, by: str | None = None, **members: Any) -> Whereabouts:
        """This person (or ``by``) declared a moment ago, on the city's clock."""
        services = self.installation.services
        made_at = members.pop("made_at", self.installation.clock() - timedelta(minutes=10))
        entry = Whereabouts(
            uuid4(), self.ids[name], status, members.get("destination"), members.get("back_at"), members.get("note"),
            members.get("from_at"), members.get("until_at"), made_at, self.ids[by or name], Via.WEB,
        )  # fmt: skip
        from dokodemo.actions.whereabouts import put_current

        services.write(lambda transaction: whereabouts.append(
            transaction, entry, made_at, ends_at(entry, zone=services.city.zone)
        ))  # fmt: skip
        put_current(services, entry.person_id, entry)
        return entry

    def grants(self, name: str, role: str, unit_code: str | None = None) -> None:
        """Give a role."""
        row = {
            "id": uuid4(), "person_id": self.ids[name], "role": role, "unit_code": unit_code, "valid_from": SINCE,
            "granted_at": self.installation.clock(), "granted_by": "operator",
        }  # fmt: skip
        self.installation.services.write(lambda transaction: transaction.execute(insert(role_grants).values(row)))


def found(installation: Installation) -> City:
    """Put the city into a database."""
    ids: dict[str, UUID] = {}
    rows, held = [], []
    for number, line in enumerate(PEOPLE.strip().splitlines()):
        unit, post, title, name, kana, extension = line.split(" ")
        name = name.replace("　", " ")
        ids[name] = uuid5(NAMES, f"person {name}")
        employment = post if post in ("reemployed", "fiscal_year") else "regular"
        rows.append({
            "id": ids[name], "staff_number": f"{1000 + number:07}", "name": name, "kana": kana, "extension": extension,
            "email": f"p{number}@city.akagi.example", "employment": employment, "valid_from": SINCE,
        })  # fmt: skip
        held.append(_posting(ids[name], unit, post, title, "main"))
    held.append(_posting(ids["髙橋 恵子"], "020302", "assistant_head", "課長補佐", "concurrent"))

    def work(transaction: Any) -> None:
        transaction.execute(insert(units), [
            {"id": uuid4(), "code": code, "name": name, "level": level, "parent_code": parent, "flags": "", "valid_from": SINCE}
            for code, name, level, parent in UNITS
        ])  # fmt: skip
        transaction.execute(insert(people), rows)
        transaction.execute(insert(postings), held)

    installation.services.write(work)
    return City(installation, ids)


def morning(city: City) -> None:
    """The section at 10:42 on 24 November 2026: every kind of cell that the design shows."""
    at = city_time(city, 10, 42)
    city.installation.clock.at = at
    desk = ("五十嵐 順一", "佐藤 健太", "鈴木 陽子", "中村 さくら", "渡邉 由美", "前田 花子", "木村 優", "清水 浩",
            "松本 彩", "青木 千夏", "岡田 幸子", "大野 隆", "橋本 由紀")  # fmt: skip
    for number, name in enumerate(desk):
        city.reports(name, State.ACTIVE, Place.DESK, since=at - timedelta(minutes=141 - 7 * number))
    for name in ("前田 聡", "小鳥遊 誠", "井上 達也"):
        city.reports(name, State.ACTIVE, Place.DESK, since=at - timedelta(minutes=120), meeting=at - timedelta(minutes=12))
    city.declares("前田 聡", Status.MEETING, destination="301会議室", back_at=city_time(city, 11, 30))
    city.reports("髙橋 恵子", State.LOCKED, Place.DESK)
    city.declares("髙橋 恵子", Status.FIELD, destination="県庁", back_at=city_time(city, 10, 15),
                  made_at=at - timedelta(minutes=90))  # fmt: skip
    for name in ("𠮷田 学", "石井 蓮"):
        city.reports(name, State.ACTIVE, Place.HOME, since=at - timedelta(minutes=130))
    city.declares("𠮷田 学", Status.HOME, note="チャット可")
    city.declares("山﨑 亮", Status.LEAVE, back_at=city_time(city, 0, 0) + timedelta(days=1))
    city.declares("田中 美咲", Status.FIELD, by="小林 和子", destination="中央公民館", back_at=city_time(city, 12, 0))
    city.reports("田中 美咲", State.ACTIVE, Place.FIELD)
    city.reports("小林 和子", State.ACTIVE, Place.OFFICE)
    city.reports("加藤 直樹", State.AWAY, Place.DESK)
    city.reports("濵田 翔太", State.SILENT, Place.DESK, until=at - timedelta(minutes=30))
    city.reports("山口 真理", State.ACTIVE, Place.BRANCH)
    city.declares("斎藤 隆", Status.TRIP, destination="都内（研究会）", back_at=city_time(city, 0, 0) + timedelta(days=2))
    city.declares("長谷川 葵", Status.COUNTER)
    city.reports("長谷川 葵", State.ACTIVE, Place.DESK)
    city.declares("後藤 勝", Status.DIRECT_RETURN, destination="水道局庁舎")
    city.reports("近藤 海斗", State.ACTIVE, Place.SATELLITE)
    city.reports("林 正夫", State.ACTIVE, Place.UNKNOWN)


def city_time(city: City, hour: int, minute: int) -> datetime:
    """A time of the clock's day in the city."""
    zone = city.installation.services.city.zone
    return datetime.combine(city.installation.clock().astimezone(zone).date(), time(hour, minute), tzinfo=zone)


def _posting(person_id: UUID, unit: str, post: str, title: str, kind: str) -> dict[str, Any]:
    digest = hashlib.sha256(f"{person_id}{unit}{kind}".encode()).digest()
    return {
        "id": UUID(bytes=digest[:16]), "person_id": person_id, "unit_code": unit, "post": post, "title": title, "kind": kind,
        "ordered_on": SINCE, "valid_from": SINCE, "visible_from": SINCE,
    }  # fmt: skip
