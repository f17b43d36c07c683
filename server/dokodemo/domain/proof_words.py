"""What ``verify-log`` says of each fault: a sentence and its cure, in Japanese and English."""

from collections.abc import Mapping

from dokodemo.domain.proofs import Fault, Finding

Words = tuple[str, str]

RESTORE = (
    "その場では直せません。verify-log が通るバックアップを空のデータベースに復元してください。端末に残っている分は端末が補います",
    "nothing repairs a log in place: restore the newest backup on which verify-log finds nothing; devices refill what they keep",
)
ADDRESS = (
    "以前の DOKODEMO_PUBLIC_URL が違っていたなら --public-url で指定してください。それでも残るなら、変更前のバックアップを復元してください",
    "if DOKODEMO_PUBLIC_URL was another one then, name it with --public-url; if it stays, restore a backup from before",
)
REBUILD = ("`dokodemo rebuild --repair` が記録から作り直します", "`dokodemo rebuild --repair` builds it again from the logs")
ASK = (
    "鍵の発行を監査証跡で確かめ、覚えのない鍵は失効してください",
    "look for the making of this key in the audit trail, and revoke what nobody can explain",
)

SENTENCES: Mapping[Fault, tuple[Words, Words]] = {
    Fault.KEY_DIFFERS: (("保存された公開鍵が記録帳の名前と違います", "the stored key is not the one that names the journal"), RESTORE),
    Fault.CHAIN_BROKEN: (
        ("{seq}番の本文と連鎖の値が合いません", "the text of event {seq} and its place in the chain do not belong together"), RESTORE
    ),
    Fault.KIND_ALTERED: (
        ("{seq}番の種別 {kind} が本文と違います", "event {seq} is filed as {kind}, and its text says something else"), RESTORE
    ),
    Fault.EVENTS_MISSING: (("{first}番から{last}番がありません", "events {first} to {last} are missing"), RESTORE),
    Fault.EVENT_MISPLACED: (
        ("{seq}番は欠番とされた範囲にあります", "event {seq} stands where the log says that nothing is"), RESTORE
    ),
    Fault.GAP_MISPLACED: (
        ("{first}番から{last}番の欠番が、記録の抜けと合いません", "the gap from {first} to {last} is not where events are missing"),
        RESTORE,
    ),
    Fault.END_DIFFERS: (
        (
            "次の番号は {next_seq} とありますが、記録は {expected} の前で終わります",
            "next_seq is {next_seq}, and the log ends before {expected}",
        ),
        RESTORE,
    ),
    Fault.HEAD_DIFFERS: (
        ("記録帳の先頭値が最後の{seq}番のものと違います", "the journal's head is not that of its last event, {seq}"), RESTORE
    ),
    Fault.BATCH_MISSING: (("{month} の署名付き送信がありません", "no signed batch of {month} is kept"), RESTORE),
    Fault.BATCH_FORGED: (("{month} の署名を確かめられません（{reason}）", "the batch of {month} does not verify: {reason}"), ADDRESS),
    Fault.BATCH_MISPLACED: (
        (
            "{month} の署名付き送信は{last_seq}番で終わるとありますが、実際は{last}番です",
            "the signed batch of {month} is kept as ending at {last_seq}; it is {last}",
        ),
        RESTORE,
    ),
    Fault.BATCH_DIFFERS: (
        ("{seq}番が、{month} に端末の署名した内容と違います", "event {seq} is not in the log as the device signed it in {month}"), RESTORE
    ),
    Fault.UNREADABLE: (("行を読めません（{reason}）", "rows of it cannot be read ({reason})"), RESTORE),
    Fault.STRAY_EVENTS: (
        (
            "{seq}番以降が別の職員のもとにあり、記録帳から外れています",
            "events from {seq} on stand under another person than their journal",
        ),
        RESTORE,
    ),
    Fault.JOURNAL_MISSING: (
        ("監査証跡{entry}番で発行された鍵の記録帳がありません", "the journal of the key made in audit entry {entry} is gone"), RESTORE
    ),
    Fault.KEY_UNRECORDED: (
        ("発行の記録がない鍵が{count}本あります", "{count} keys have no entry of their making in the audit trail"), ASK
    ),
    Fault.AUDIT_BROKEN: (("監査証跡の連鎖が{seq}番で切れています", "the audit chain is broken at entry {seq}"), RESTORE),
    Fault.READING_DIFFERS: (
        ("保存された勤務の読みが記録と違います", "the stored sessions are not those that the logs read as"), REBUILD
    ),
}  # fmt: skip


def sentences(finding: Finding) -> Words:
    """What is wrong, in Japanese and in English."""
    (japanese, english), _ = SENTENCES[finding.fault]
    members = {"seq": "–" if finding.seq is None else finding.seq, **(finding.said or {})}
    return japanese.format_map(members), english.format_map(members)


def cures(finding: Finding) -> Words:
    """What to do about it."""
    return SENTENCES[finding.fault][1]
