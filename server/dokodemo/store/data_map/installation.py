"""Facts of the installation, the audit trail, and who looked at whom."""

from collections.abc import Mapping

from dokodemo.domain.access import Verb
from dokodemo.store.data_map.entries import Entry, Kept, Whose

TABLES: Mapping[str, Entry] = {
    "installation": Entry(
        ("この設置の事実", "Facts of the installation"),
        Whose.NOBODY,
        ("世代、最後のバックアップ、検証の日時など", "epoch, last backup, last verification …"),
        Kept.LATEST,
        (),
        {"name": ("名前", "the fact's name"), "value": ("値", "its value")},
    ),
    "announcements": Entry(
        ("変更の知らせ", "Announcements"),
        Whose.NOBODY,
        ("コマンドの変更を動作中のサーバーに知らせる", "a command tells the running server what changed"),
        Kept.EXPIRES,
        (),
        {
            "id": ("行のID", "the row's id"),
            "kind": ("種類", "its kind"),
            "members": ("内容（職員のIDを含むことがある）", "what it says, perhaps people's ids"),
            "at": ("日時", "when"),
        },
    ),
    "networks": Entry(
        ("ネットワークと場所", "Networks and places"),
        Whose.NOBODY,
        ("接続元から場所の種類を決める（接続元は保存しない）", "kind of place of a contact; its address is not kept"),
        Kept.IMPORTED,
        (),
        {
            "cidr": ("市のネットワーク", "a network of the city"),
            "place": ("場所の種類", "kind of place"),
            "site": ("施設名", "the site's name"),
        },
    ),
    "calendar_days": Entry(
        ("暦", "Calendar"),
        Whose.NOBODY,
        ("休日と開庁日を定める", "which days are worked"),
        Kept.UNSET,
        (),
        {"on": ("日", "the day"), "kind": ("種類", "its kind"), "name": ("名称", "its name")},
    ),
    "audit": Entry(
        ("監査証跡", "Audit trail"),
        Whose.PERSON,
        ("だれが何をしたかを後から確かめる", "who did what, to be verified later"),
        Kept.UNLIMITED,
        (Verb.SEE_AUDIT,),
        {
            "n": ("番号", "its number"),
            "at": ("日時", "when"),
            "tag": ("何が起きたか", "what happened"),
            "actor": ("行った人", "who did it"),
            "actor_role": ("そのときの役割", "in which role"),
            "subject_id": ("対象の職員のID", "whom it is about"),
            "unit_code": ("対象の職員の組織コード", "that person's unit then"),
            "via": ("経路（画面・API・コマンド）", "by which door"),
            "payload": ("内容（前・後・理由）", "before, after, reason"),
            "salt": ("要約値の塩", "salt of the digest"),
            "digest": ("内容の要約値", "digest of the contents"),
            "previous": ("前の連鎖の値", "the link before"),
            "hash": ("連鎖の値", "the link"),
        },
        apart={
            "salt": (Verb.EXPORT_AUDIT,),
            "digest": (Verb.EXPORT_AUDIT,),
            "previous": (Verb.EXPORT_AUDIT,),
            "hash": (Verb.EXPORT_AUDIT,),
        },
    ),
    "audit_head": Entry(
        ("監査証跡の先頭", "Head of the trail"),
        Whose.NOBODY,
        ("最後の項目を示す", "which entry is the last"),
        Kept.LATEST,
        (),
        {
            "id": ("行のID", "the row's id"),
            "n": ("最後の番号", "the last number"),
            "hash": ("その連鎖の値", "its link"),
        },
    ),
    "looks": Entry(
        ("閲覧の記録", "Looks"),
        Whose.PERSON,
        ("だれが自分の記録を見たかを本人に示す", "a person sees who opened their record"),
        Kept.UNLIMITED,
        (Verb.SEE_REPORTED,),
        {
            "subject_id": ("見られた職員のID", "whose record"),
            "viewer_id": ("見た職員のID", "who looked"),
            "what": ("見たもの", "at what"),
            "day": ("見た日", "on which day"),
            "viewer_role": ("そのときの役割", "in which role"),
            "first_at": ("その日の最初", "the first time that day"),
            "last_at": ("その日の最後", "the last time that day"),
            "count": ("回数", "how often"),
        },
    ),
}
