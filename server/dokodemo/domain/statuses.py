"""The 22 statuses of a 行先掲示板 as data: code, words, shape, tone, and what an entry of each asks for.

``extension/shared/status.js`` holds the same table for JavaScript; ``tests/domain/test_statuses.py`` compares
the two. A status is never told by colour alone: each has a shape of its own and a word.
"""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """Where somebody is, in one word. Codes are stored and sent; they are never renamed."""

    AT_DESK = "at_desk"
    IN_OFFICE = "in_office"
    MEETING = "meeting"
    COUNTER = "counter"
    BRANCH = "branch"
    SATELLITE = "satellite"
    FIELD = "field"
    TRIP = "trip"
    HOME = "home"
    DIRECT_GO = "direct_go"
    DIRECT_RETURN = "direct_return"
    LUNCH = "lunch"
    AWAY = "away"
    TRAINING = "training"
    LEAVE = "leave"
    LEAVE_HOURS = "leave_hours"
    DUTY_OFF = "duty_off"
    ON_DUTY = "on_duty"
    LEFT = "left"
    NOT_IN = "not_in"
    SECONDED = "seconded"
    UNKNOWN = "unknown"


class Tone(StrEnum):
    """Families of colour; each has tokens for light, dark and big screens (``--dk-tone-…``)."""

    HERE = "here"
    BUSY = "busy"
    ELSEWHERE = "elsewhere"
    HOME = "home"
    OUT = "out"
    DUTY = "duty"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class Asks(StrEnum):
    """Whether a form asks for a field. ``must`` binds forms, not the wire: a hurried entry beats none."""

    MUST = "must"
    MAY = "may"
    NO = "no"


class Counts(StrEnum):
    """Whether a status counts as working time for the board's totals (never for pay)."""

    YES = "yes"
    NO = "no"
    UNTIL_DECLARED_END = "until_declared_end"
    BY_RULE = "by_rule"
    NOT_HERE = "not_here"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class StatusRow:
    """One row of the table. ``back_is`` says what a return means: a time of the day or a date."""

    code: Status
    ja_short: str
    ja: str
    en: str
    shape: str
    tone: Tone
    dest: Asks
    back: Asks
    back_is: str
    counts_as_working: Counts
    set_by: tuple[str, ...]


_TABLE = """
at_desk | 在席 | 在席 | At desk | filled_circle | here | no | no | yes | state
in_office | 庁内 | 席外（庁内） | In the building | half_circle | here | may | may | yes | person proxy
meeting | 会議 | 会議・打合せ | In a meeting | square | busy | may | must | yes | person meeting_state
counter | 窓口 | 窓口対応 | At the counter | framed_square | busy | no | no | yes | person
branch | 支所 | 支所・出先 | At a branch | diamond | elsewhere | must | may | yes | place
satellite | サテ | サテライト | Satellite office | open_diamond | elsewhere | must | may | yes | place kiosk_check_in
field | 外出 | 外出（現場・訪問） | Out | triangle | out | must | must | yes | person proxy
trip | 出張 | 出張 | Business trip | right_triangle | out | must | must:date | yes | person proxy
home | 在宅 | 在宅勤務 | Working from home | house | home | no | no | yes | place person
direct_go | 直行 | 直行 | Straight to site | arrow_up | out | must | must:arrival | yes | person
direct_return | 直帰 | 直帰（NR） | Straight home | arrow_down | out | may | no | until_declared_end | person
lunch | 昼休 | 昼休み | Lunch | dotted_circle | unknown | no | may | no | clock optional
away | 離席 | 離席 | Away | open_circle | unknown | no | may | yes | state
training | 研修 | 研修 | Training | lined_square | busy | must | must | yes | person
leave | 休暇 | 休暇 | On leave | cross | absent | no | may:date | no | person proxy hr_file
leave_hours | 時休 | 時間休 | Leave (hours) | barred_cross | absent | no | must | no | person
duty_off | 明け | 非番・明け | Off after duty | crescent | absent | no | may | no | shift_table
on_duty | 宿直 | 宿日直 | Night / holiday duty | star | duty | may | no | by_rule | shift_table
left | 退庁 | 退庁 | Gone home | dash | unknown | no | no | no | session_end person
not_in | 未着 | 未出勤 | Not in yet | dot | unknown | no | may | no | clock
seconded | 派遣 | 派遣中 | Seconded | arrows | absent | may | no | not_here | posting
unknown | 不明 | 不明（通信なし） | Unknown | question | unknown | no | no | unknown | silence
"""  # code, short, full, English, shape, tone, destination, return (and what it is), counts as working, set by


def _row(line: str) -> StatusRow:
    code, ja_short, ja, en, shape, tone, dest, back, counts, set_by = (cell.strip() for cell in line.split("|"))
    asks, _, kind = back.partition(":")
    return StatusRow(
        code=Status(code),
        ja_short=ja_short,
        ja=ja,
        en=en,
        shape=shape,
        tone=Tone(tone),
        dest=Asks(dest),
        back=Asks(asks),
        back_is=kind or "time",
        counts_as_working=Counts(counts),
        set_by=tuple(set_by.split()),
    )


ROWS: tuple[StatusRow, ...] = tuple(_row(line) for line in _TABLE.strip().splitlines())

STATUSES: dict[Status, StatusRow] = {row.code: row for row in ROWS}

TILES: tuple[Status, ...] = (
    Status.AT_DESK, Status.IN_OFFICE, Status.MEETING, Status.FIELD,
    Status.HOME, Status.BRANCH, Status.DIRECT_RETURN, Status.LEAVE,
)  # fmt: skip
"""The popup's and the kiosk's eight tiles, in reading order (keys 1–8)."""

NEVER_DECLARED = frozenset({Status.NOT_IN, Status.UNKNOWN})
"""What only a clock or a silence can say."""
