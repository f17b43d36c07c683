"""Settings in layers, their revisions, and what became of them on devices."""

from collections.abc import Mapping

from dokodemo.store.data_map.entries import OWN_DEVICE, Entry, Kept, Whose

TABLES: Mapping[str, Entry] = {
    "setting_revisions": Entry(
        ("設定の版", "Revisions of settings"),
        Whose.NOBODY,
        ("いつ、だれが、なぜ変えたかを残す", "when, by whom and why settings changed"),
        Kept.UNLIMITED,
        (),
        {
            "epoch": ("記録の世代", "life of the log"),
            "n": ("版の番号", "its number"),
            "published_at": ("公開した日時", "when it was published"),
            "published_by": ("公開した人", "by whom"),
            "comment": ("理由", "why"),
        },
    ),
    "setting_entries": Entry(
        ("設定の値", "Values of settings"),
        Whose.PERSON,
        ("設定を職員の使う端末に届ける", "settings reach people on whichever device they use"),
        Kept.UNLIMITED,
        (),
        {
            "id": ("行のID", "the row's id"),
            "layer": ("決めた層", "the layer"),
            "subject": ("対象（組織・職員・端末）", "of which unit, person or device"),
            "key": ("項目", "the setting"),
            "value": ("値", "its value"),
            "locked": ("固定か", "whether it is locked"),
            "origin": ("市の決定か本人の選択か", "the office's or the person's own choice"),
            "valid_from": ("有効になる日時", "from when"),
            "valid_until": ("有効でなくなる日時", "until when"),
            "revision": ("入れた版", "the revision that brought it"),
            "ended_revision": ("外した版", "the revision that ended it"),
        },
        told=dict.fromkeys(("layer", "key", "value", "locked"), OWN_DEVICE),
    ),
    "setting_results": Entry(
        ("設定の反映結果", "What became of settings"),
        Whose.DEVICE,
        ("設定が端末で効いているかを知る", "whether a setting works on a device"),
        Kept.LATEST,
        (),
        {
            "binding_id": ("端末の鍵のID", "the id of the device's key"),
            "key": ("項目", "the setting"),
            "state": ("結果", "what became of it"),
            "detail": ("説明", "in words"),
            "epoch": ("記録の世代", "life of the log"),
            "revision": ("版", "the revision"),
            "reported_at": ("報告の日時", "when that was told"),
        },
    ),
}
