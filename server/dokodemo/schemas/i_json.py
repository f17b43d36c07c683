"""I-JSON (RFC 7493): the JSON that both sides read alike. What is not, cannot be read at all."""

import json
from typing import Any, NoReturn

from dokodemo.domain.canonical_json import EXACT
from dokodemo.domain.errors import ErrorCode, MalformedError

DEEPEST = 8


def unreadable(detail: str) -> MalformedError:
    """The refusal of a body; nothing moved."""
    return MalformedError(ErrorCode.UNREADABLE, detail)


def read(body: bytes) -> Any:
    """Parse a body. Raises ``MalformedError`` (unreadable) on anything outside RFC 7493 or deeper than eight levels.

    Whole numbers written with a fraction of zero (``5.0``) are integers, as they are for every JavaScript reader.
    """
    try:
        value = json.loads(
            body.decode("utf-8"),  # strict; a BOM is left in and refused by the parser
            object_pairs_hook=_object,
            parse_float=_float,
            parse_int=_int,
            parse_constant=_constant,
        )
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise unreadable(f"not JSON in UTF-8: {error}") from error
    except RecursionError as error:
        raise unreadable("nested too deeply") from error
    _walk(value, 1)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise unreadable("a name stands twice in one object")
    return result


def _int(text: str) -> int:
    if len(text) > 17 or abs(number := int(text)) >= EXACT:
        raise unreadable("an integer of 2^53 or more")
    return number


def _float(text: str) -> float | int:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise unreadable("a number without end")
    if number.is_integer():
        if abs(number) >= EXACT:
            raise unreadable("an integer of 2^53 or more")
        return int(number)
    return number


def _constant(text: str) -> NoReturn:
    raise unreadable(f"{text} is no JSON")


def _walk(value: Any, depth: int) -> None:
    if isinstance(value, str):
        if not value.isascii():
            _text(value)
    elif isinstance(value, dict | list):
        if depth > DEEPEST:
            raise unreadable("nested deeper than 8")
        if isinstance(value, dict):
            for name in value:
                _text(name)
        for member in value.values() if isinstance(value, dict) else value:
            _walk(member, depth + 1)


def _text(value: str) -> None:
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise unreadable("a lone surrogate")
