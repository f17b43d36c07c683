"""What people declare of themselves and of each other."""

from collections.abc import Mapping

from dokodemo.domain.access import Verb
from dokodemo.store.data_map.entries import PERSON_ID, THIRTY_DAYS, Entry, Kept, Whose

TABLES: Mapping[str, Entry] = {
    "whereabouts": Entry(
        ("行き先・予定", "Whereabouts"),
        Whose.PERSON,
        ("同僚がどこにいるか、いつ戻るかを知らせる", "to tell colleagues where somebody is and when they are back"),
        Kept.UNLIMITED,
        (Verb.SEE_BOARD,),
        {
            "person_id": PERSON_ID,
            "id": ("行のID", "the row's id"),
            "status": ("状態", "the status"),
            "destination": ("行き先", "where to"),
            "back_at": ("戻る予定", "when back"),
            "note": ("ひとこと", "a note"),
            "from_at": ("開始予定", "from when"),
            "until_at": ("終了予定", "until when"),
            "made_at": ("入力した日時", "when it was entered"),
            "received_at": ("届いた日時", "when it arrived"),
            "author_id": ("入力した職員のID", "the id of whoever entered it"),
            "via": ("入力した場所", "by which door"),
            "ends_at": ("自動で終わる日時", "when it ends by itself"),
        },
        meant=THIRTY_DAYS,
    ),
}
