import json
import re
from pathlib import Path

from dokodemo.domain.statuses import NEVER_DECLARED, ROWS, STATUSES, TILES, Asks, Status
from dokodemo.domain.whereabouts import DESTINATION_MAX, NOTE_MAX, WITHOUT_NOTE

STATUS_JS = (Path(__file__).parents[2] / "extension" / "shared" / "status.js").read_text("utf-8")


def literal(name: str) -> object:
    """The value of an exported JavaScript literal of strings, numbers, lists and objects."""
    found = re.search(rf"export const {name} = (?:new Set\()?(.+?)\)?;\n", STATUS_JS, re.DOTALL)
    assert found is not None
    text = re.sub(r"(\w+): ", r'"\1": ', found.group(1).replace("'", '"'))
    return json.loads(re.sub(r",(\s*[\]}])", r"\1", text))


def test_there_are_22_statuses_in_the_order_of_their_codes() -> None:
    assert 22 == len(ROWS)
    assert list(Status) == [row.code for row in ROWS]


def test_no_two_statuses_share_a_shape_or_a_word() -> None:
    for column in ("shape", "ja_short", "ja", "en"):
        assert 22 == len({getattr(row, column) for row in ROWS}), column


def test_a_short_word_fits_a_narrow_cell() -> None:
    assert {2} == {len(row.ja_short) for row in ROWS}


def test_javascript_has_the_same_table() -> None:
    python = [
        {
            "code": row.code, "ja_short": row.ja_short, "ja": row.ja, "en": row.en, "shape": row.shape,
            "tone": row.tone, "dest": row.dest, "back": row.back, "back_is": row.back_is,
            "counts_as_working": row.counts_as_working, "set_by": list(row.set_by),
        }
        for row in ROWS
    ]  # fmt: skip
    assert python == literal("ROWS")


def test_javascript_has_the_same_tiles_and_limits() -> None:
    assert list(TILES) == literal("TILES")
    assert (DESTINATION_MAX, NOTE_MAX) == (literal("DESTINATION_MAX"), literal("NOTE_MAX"))
    assert sorted(WITHOUT_NOTE) == sorted(literal("WITHOUT_NOTE"))  # type: ignore[call-overload]


def test_the_eight_tiles_can_be_declared() -> None:
    assert 8 == len(set(TILES))
    assert not NEVER_DECLARED & set(TILES)


def test_the_note_of_an_absence_has_no_place() -> None:
    assert {Status.LEAVE, Status.LEAVE_HOURS, Status.DUTY_OFF} == WITHOUT_NOTE
    assert {Asks.NO} == {STATUSES[status].dest for status in WITHOUT_NOTE}
