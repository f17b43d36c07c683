"""Every setting there is. ``docs/settings.md`` is this table in words (a test compares them).

Limits are the municipal reference's (§3.3 whereabouts, §4.2 working time); a city's ordinance decides, so each can be
changed where the table says. Keys without layers come from elsewhere (the installation, the network table) and are in
the catalogue because devices read them.
"""

from collections.abc import Mapping
from types import MappingProxyType

from dokodemo.domain.errors import ErrorCode, InvalidError
from dokodemo.domain.setting_forms import (
    CLOCK,
    Choice,
    Flag,
    Several,
    Text,
    Whole,
    address,
    destination,
    link,
    network,
    return_time,
)
from dokodemo.domain.settings import OFFICE_LAYERS, Layer, Merge, Setting

CITY = frozenset({Layer.ORGANISATION})
CITY_AND_UNITS = frozenset({Layer.ORGANISATION, Layer.UNIT})
NOBODY: frozenset[Layer] = frozenset()

ROWS = (
    Setting(
        "portal.links", Several(link, 50, ("リンクの一覧", "list of {title, url}"), lambda each: each["url"]), None,
        OFFICE_LAYERS, ("部署リンク", "Portal links"),
        ("ブックマークの「部署リンク」フォルダーに入るリンク。各層のリンクを合わせて並べます。",
         "Links in the bookmarks folder 部署リンク. The links of all layers stand together."),
        Merge.MERGED, by_person=True,
    ),
    Setting(
        "start.tabs", Several(address, 10, ("URLの一覧", "list of URLs")), None, OFFICE_LAYERS,
        ("開始時に開くページ", "Pages opened at login"),
        ("ログインしたときに一度だけ開くページ。", "Pages that are opened once, at login."),
        Merge.MERGED, by_person=True,
    ),
    Setting(
        "display.text_size", Whole(9, 40), None, OFFICE_LAYERS, ("文字の大きさ（ピクセル）", "Text size (pixels)"),
        ("ページの標準の文字の大きさ。決めなければブラウザーの設定のままです。",
         "Default text size of pages. Without a value the browser keeps its own."),
        by_person=True,
    ),
    Setting(
        "ui.language", Choice(("ja", "en")), "ja", CITY, ("表示する言語", "Language"),
        ("拡張機能とお知らせの言語。", "Language of the extension and of notices."), by_person=True,
    ),
    Setting(
        "notices.start_end", Flag(), True, OFFICE_LAYERS, ("始業・終業のお知らせ", "Start and end notices"),
        ("始業と終業の時刻に、行先の入力と退庁を短く促します。",
         "A short reminder at the start and the end of regular hours."),
        by_person=True,
    ),
    Setting(
        "activity.away_after_minutes", Whole(3, 60), 10, CITY_AND_UNITS,
        ("離席までの時間（分）", "Away after (minutes)"),
        ("操作がこの時間ないと「離席」になります。最後の操作の時刻にさかのぼります。短い無操作は記録しません。",
         "Without input for this long a person is away, dated back to the last input. Short idleness is not recorded."),
    ),
    Setting(
        "hours.start", CLOCK, "08:30", OFFICE_LAYERS - {Layer.DEVICE}, ("始業", "Regular hours begin"),
        ("正規の勤務時間の始まり。", "Beginning of regular working hours."),
    ),
    Setting(
        "hours.end", CLOCK, "17:15", OFFICE_LAYERS - {Layer.DEVICE}, ("終業", "Regular hours end"),
        ("正規の勤務時間の終わり。", "End of regular working hours."),
    ),
    Setting(
        "hours.lunch_start", CLOCK, "12:00", OFFICE_LAYERS - {Layer.DEVICE}, ("昼休みの始まり", "Lunch begins"),
        ("この時間の離席は「昼休」と表示します。", "Away inside lunch is shown as lunch."),
    ),
    Setting(
        "hours.lunch_end", CLOCK, "13:00", OFFICE_LAYERS - {Layer.DEVICE}, ("昼休みの終わり", "Lunch ends"),
        ("この時刻から午後の勤務です。", "From then on the afternoon's work."),
    ),
    Setting(
        "whereabouts.unit_choices", Several(destination, 8, ("行先の一覧", "list of destinations")), None,
        CITY_AND_UNITS,
        ("よく使う行先", "Destinations on offer"),
        ("行先の入力で最初に選べる候補。", "What is offered first when a destination is entered."), Merge.MERGED,
    ),
    Setting(
        "whereabouts.back_choices",
        Several(return_time, 10, ("戻り時刻の一覧", "list of +minutes, times, direct_return")),
        ["+30", "+60", "12:00", "13:00", "15:00", "17:15", "direct_return"], CITY_AND_UNITS,
        ("戻り時刻の候補", "Return times on offer"),
        ("戻り時刻の入力で選べる候補。", "What is offered when a return time is entered."),
    ),
    Setting(
        "whereabouts.grace_minutes", Whole(0, 120), 15, CITY,
        ("戻り予定の猶予（分）", "Grace after a return (minutes)"),
        ("戻り予定をこの時間過ぎると「戻り予定を過ぎています」と表示します。",
         "This long after a return time the entry is shown as overdue."),
        to_device=False,
    ),
    Setting(
        "whereabouts.proxy_scope", Choice(("section", "granted")), "section", CITY,
        ("代理入力できる人", "Who may enter for a colleague"),
        ("section: 同じ課の職員どうし。granted: 所属長・代理入力者・庶務担当だけ。入力した人の名前が出て、本人はいつでも入れ直せます。",
         "section: anybody of the same 課; granted: heads, proxies, clerks. It shows who entered; the person can replace it."),
        lockable=False, to_device=False,
    ),
    Setting(
        "board.open", Flag(), False, CITY, ("行先掲示板を全庁に公開", "Board open to all units"),
        ("職員が他の課の掲示板も見られます。", "Staff see the boards of all units, not of their own alone."),
        lockable=False, to_device=False,
    ),
    Setting(
        "session.lease_minutes", Whole(2, 60), 5, CITY, ("通信なしとする時間（分）", "Silent after (minutes)"),
        ("端末からの通信がこの時間ないと「不明（通信なし）」とし、業務セッションを仮に閉じます。",
         "Without contact for this long a session ends provisionally as silent."),
        lockable=False, to_device=False,
    ),
    Setting(
        "city.timezone", Text(r"[A-Za-z0-9_+/-]{1,64}", ("時間帯の名前", "name of a time zone")), None, NOBODY,
        ("市の時間帯", "The city's time zone"),
        ("設置の設定（DOKODEMO_TIMEZONE）によります。", "From the installation (DOKODEMO_TIMEZONE)."),
    ),
    Setting(
        "networks.table",
        Several(network, 5_000, ("ネットワークの一覧", "list of {network, place}"), lambda each: each["network"]),
        None, NOBODY, ("市のネットワーク", "The city's networks"),
        ("取り込んだネットワーク表によります。端末は自分の場所を端末の中で判定し、アドレスは送りません。",
         "From the imported network table. A device compares its own address with it and never sends the address."),
    ),
)  # fmt: skip

CATALOGUE: Mapping[str, Setting] = MappingProxyType({setting.key: setting for setting in ROWS})


def setting_of(key: str) -> Setting:
    """The row of a key; InvalidError when there is none."""
    if key not in CATALOGUE:
        raise InvalidError(ErrorCode.INVALID, f"there is no setting {key!r}")
    return CATALOGUE[key]
