"""Units, people, what they hold, and who may do what."""

from collections.abc import Mapping

from dokodemo.domain.access import Verb
from dokodemo.store.data_map.entries import OWN_DEVICE, PERSON_ID, Entry, Kept, Whose, Words

VALID: Mapping[str, Words] = {
    "valid_from": ("有効になる日", "the day from which it holds"),
    "valid_to": ("有効でなくなる日（この日を含まない）", "the day from which it no longer holds"),
}
TABLES: Mapping[str, Entry] = {
    "units": Entry(
        ("組織", "Units"),
        Whose.NOBODY,
        ("掲示板と権限の範囲を組織ごとに決める", "boards and rights go by unit"),
        Kept.UNLIMITED,
        (Verb.SEE_BOARD,),
        {
            "id": ("行のID", "the row's id"),
            "code": ("組織コード", "the unit's code"),
            "name": ("名称", "its name"),
            "level": ("部・課・係の別", "department, section or subsection"),
            "parent_code": ("上位の組織コード", "the code of the unit above"),
            "flags": ("扱いの印", "marks of how it is treated"),
            **VALID,
        },
    ),
    "people": Entry(
        ("職員名簿", "Roster"),
        Whose.PERSON,
        ("記録がだれのものか、掲示板にだれを出すかを決める", "whose a record is, and who stands on a board"),
        Kept.UNLIMITED,
        (),
        {
            "id": PERSON_ID,
            "staff_number": ("職員番号", "staff number"),
            "name": ("氏名", "name"),
            "kana": ("氏名カナ", "name in kana"),
            "email": ("メールアドレス（サインインの照合に使う）", "mail address, by which a sign-in is matched"),
            "extension": ("内線番号", "telephone extension"),
            "employment": ("任用区分", "kind of employment"),
            "pattern": ("勤務時間の型", "pattern of working hours"),
            "daily_minutes": ("1日の勤務時間（分）", "working minutes of a day"),
            **VALID,
            "language": ("表示に選んだ言語", "the language chosen for pages"),
        },
        apart=dict.fromkeys(("id", "name", "kana", "extension"), (Verb.SEE_BOARD,)),
        told={"email": OWN_DEVICE},
    ),
    "identities": Entry(
        ("サインイン用アカウントとの対応", "Accounts of issuers"),
        Whose.PERSON,
        ("Google などのアカウントがどの職員かを定める", "which account of an issuer is whose"),
        Kept.RELINKED,
        (),
        {
            "issuer": ("発行元", "the issuer's address"),
            "subject": ("発行元での利用者ID", "the account's id at the issuer"),
            "person_id": PERSON_ID,
            "email": ("結び付けたときのメールアドレス", "its mail address when it was bound"),
            "bound_at": ("結び付けた日時", "when it was bound"),
        },
    ),
    "postings": Entry(
        ("所属・発令", "Postings"),
        Whose.PERSON,
        ("所属する組織と所属長の権限を決める", "which units are whose, and whose right a head's is"),
        Kept.UNLIMITED,
        (),
        {
            "id": ("行のID", "the row's id"),
            "person_id": PERSON_ID,
            "unit_code": ("組織コード", "the unit's code"),
            "post": ("職の種類", "the kind of post"),
            "title": ("職名", "its title as the roster has it"),
            "kind": ("本務・兼務・事務取扱などの別", "main, concurrent, acting and so on"),
            "ordered_on": ("発令日", "the day of the order"),
            **VALID,
            "visible_from": ("異動を表示し始める日", "the day from which it may be seen"),
        },
        apart=dict.fromkeys(("unit_code", "title", "kind"), (Verb.SEE_BOARD,)),
    ),
    "role_grants": Entry(
        ("役割の付与", "Grants of roles"),
        Whose.PERSON,
        ("だれが何をできるかを定める", "who may do what"),
        Kept.UNLIMITED,
        (),
        {
            "id": ("行のID", "the row's id"),
            "person_id": PERSON_ID,
            "role": ("役割", "the role"),
            "unit_code": ("範囲の組織コード", "the code of the unit that it reaches"),
            **VALID,
            "granted_at": ("付与した日時", "when it was given"),
            "granted_by": ("付与した人", "by whom"),
            "revoked_at": ("解除した日時", "when it was taken back"),
            "part": ("職務代理者に任せた範囲", "what part a stand-in was given"),
        },
    ),
    "roster_imports": Entry(
        ("名簿取り込みの記録", "Imports of the roster"),
        Whose.NOBODY,
        ("同じファイルの再取り込みを見分ける", "to know the same file again"),
        Kept.UNLIMITED,
        (),
        {
            "id": ("行のID", "the row's id"),
            "digest": ("ファイルの要約値", "the file's digest"),
            "imported_at": ("取り込んだ日時", "when"),
            "imported_by": ("取り込んだ人", "by whom"),
            "counts": ("件数", "counts"),
        },
    ),
}
