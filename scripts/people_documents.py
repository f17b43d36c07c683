"""``docs/roles.md`` and ``docs/imports.md``: who may do what, and the columns of the files that are taken in."""

from dokodemo.domain import device_files, network_files, unit_files
from dokodemo.domain.access import TABLE, Reach, Verb
from dokodemo.domain.roles import GIVERS, NAMES, NEEDS_SECOND_PERSON, NEEDS_UNIT, Role
from dokodemo.domain.roster_columns import EMPLOYMENTS, MUST, ORDERS, SYNONYMS
from dokodemo.domain.tables import Field

ROLES_HEAD = """\
# 役割 Roles

<!-- Written by `make sync` from domain/access.py and domain/roles.py. Change it there. -->

誰が何をできるかは、すべて次の表にあります。`職員` は名簿にいること、`所属長` は発令（課長・部長の職、事務取扱、心得）から決まり、
ほかの役割は `dokodemo roles grant 職員番号 役割 [--unit 組織コード --from 日 --until 日]` で付与します。
すべての付与と解除は監査証跡に残ります。

Everything that anybody may do stands in this table. `member` comes from the roster, `head` from orders (the post of a
section head or director, however it is held); every other role is given with `dokodemo roles grant` for a unit and for
dates, and each grant is an entry of the audit trail.

Reach: **self** 本人 · **unit** その組織と下位（付与に組織がなければ自分の課） the granted unit and below, without one the 課 of each own
post · **colleagues** 本人と、市が認めていれば（`whereabouts.proxy_scope`）自分の課の職員 the person and, where the city lets colleagues
enter for each other, the 課 of each own post · **all** 全庁（付与に組織があればその下位だけ） the city, or the granted unit and below.

"""
REACHES = {Reach.SELF: "self", Reach.COLLEAGUES: "colleagues", Reach.UNIT: "unit", Reach.ALL: "**all**"}
IMPORTS_HEAD = """\
# ファイルの取り込み Files that are taken in

<!-- Written by `make sync` from domain/*_files.py and domain/roster_columns.py. Change it there. -->

`dokodemo import units|people|networks|devices FILE.csv [--preview]`。
UTF-8（BOM の有無を問わず）、CP932、UTF-16（タブ区切り）を読みます。1件でもエラーがあれば何も変更しません。
エラーには行・列・理由が付きます。`--preview` は変更せずに差分だけを示します。同じファイルをもう一度取り込んでも何も変わりません。

All of a file or nothing of it. UTF-8 with or without BOM, CP932, UTF-16 with tabs. Every error names line, column and
reason; `--preview` says what would change; the same file again changes nothing. Order: units first, then people.

"""
PEOPLE_NOTES = """
- 日付 dates: `2027/4/1` `2027-04-01` `20270401` `R9.4.1` `令和9年4月1日` `46478`（Excel）。適用終了日はその日を含みます。
  The end is inclusive.
- 時間 hours: `7:45` `465` `7.75`。`7.45` は7時間45分とも7.45時間とも読めるため受け付けません。
  `7.45` is refused: it has two meanings.
- 氏名は受け取ったまま保存します（正規化しません）。外字（私用領域）はエラーです。
  Names are kept as received; private characters are errors.
- 兼務は空欄では終わりません。終わらせるには職名に `解除`、すべて終えるには所属コードに `解除`。
  Empty does not end a second posting; `解除` does.
- ファイルにない職員は退職になりません。`--missing-left 日付` で最終日を指定します。
  People missing from the file stay, unless their last day is given.
- 1割を超える退職、または3月25日～4月10日以外の3割を超える異動には `--confirm 適用` と `--second-person 職員番号` が必要です。
  More than a tenth leaving, or three tenths moving out of season, needs the word and a second person.
- 4月1日の発令は当日の0時（市の時刻）に切り替わります。夜をまたいで勤務中の人は、
  そのセッションが終わるまで元の所属に表示されます。
  Orders take effect at 00:00 city time; whoever works past midnight stays on the old board until the session ends.
"""
OPEN_BOARDS = """
職務代理者には、所属長の権限のすべて（`all`）のほか、在席状況だけ（`board`）、日・月の記録と修正の承認だけ（`corrections`）を与えられます
（`--part`）。最終日が必ず要り、その日で自動的に終わります。
A stand-in is given all of the head's rights or a part: `board` the live board and entries, `corrections` days, months and
decisions. It always has a last day, and ends by itself.

`board.open` が有効なら、職員は全組織の掲示板を同僚として見られます。
With `board.open` members see every unit's board as colleagues.
"""
TITLES = {
    "units": ("組織 Units", unit_files.FIELDS), "networks": ("ネットワーク Networks", network_files.FIELDS),
    "devices": ("端末台帳 Device ledger", device_files.FIELDS),
}  # fmt: skip


def roles_document() -> str:
    """Roles with who gives them, then verbs with the reach of each role."""
    text = ROLES_HEAD + "| 役割 role | | 付与できる人 given by |\n| --- | --- | --- |\n"
    text += "".join(f"| `{role}` | {NAMES[role][0]} {NAMES[role][1]} | {_givers(role)} |\n" for role in Role)
    text += "\n| | " + " | ".join(f"`{role}`" for role in Role) + " |\n| --- |" + " --- |" * len(Role) + "\n"
    for verb in Verb:
        reaches = [REACHES[TABLE[role][verb]] if verb in TABLE[role] else "" for role in Role]
        text += f"| `{verb}` | " + " | ".join(reaches) + " |\n"
    return text + OPEN_BOARDS


def _givers(role: Role) -> str:
    if role not in GIVERS:
        return {Role.MEMBER: "名簿 roster", Role.HEAD: "発令 orders", Role.KIOSK: "登録 pairing"}[role]
    named = "、".join(f"`{giver}`" for giver in Role if giver in GIVERS[role])
    more = ["もう一人の同意 a second person"] if role in NEEDS_SECOND_PERSON else []
    more += ["組織を指定 over a unit"] if role in NEEDS_UNIT else []
    return named + "".join(f"、{word}" for word in more)


def imports_document() -> str:
    """The columns of each file with the headers that they may have."""
    text = IMPORTS_HEAD + "## 職員 People\n\n| 列 column | 別名 also | 必須 must |\n| --- | --- | --- |\n"
    text += "".join(_row(names, must=field in MUST) for field, names in SYNONYMS.items())
    text += (
        PEOPLE_NOTES + f"\n任用区分 employment: {_marked(EMPLOYMENTS)}\n\n発令区分 orders: {_marked(sorted(ORDERS))}\n"
    )
    for title, fields in TITLES.values():
        text += f"\n## {title}\n\n| 列 column | 別名 also | 必須 must |\n| --- | --- | --- |\n" + _rows(fields)
    return text


def _rows(fields: dict[str, Field]) -> str:
    return "".join(_row(field.names, must=field.must) for field in fields.values())


def _row(names: tuple[str, ...], *, must: bool) -> str:
    return f"| `{names[0]}` | {_marked(names[1:])} | {'はい yes' if must else ''} |\n"


def _marked(words: object) -> str:
    return " ".join(f"`{word}`" for word in words)  # type: ignore[attr-defined]
