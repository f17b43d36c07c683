"""RFC 8785: the one text of a JSON value, over which digests are taken.

For an event of right form (ASCII names; strings, booleans, integers below 2^53) this is compact JSON with sorted
names. The rest of the RFC (UTF-16 order of names, ECMAScript numbers) is here for events of wrong form, whose digests
enter the chain too. The ``rfc8785`` package is the judge in the tests.
"""

import math
from json.encoder import encode_basestring
from typing import Any

EXACT = 2**53  # integers from here on are not exact in the numbers of JSON


class NotCanonicalError(ValueError):
    """The value has no RFC 8785 text: a number that is not exact or finite, a lone surrogate, a foreign type."""


def canonical(value: Any) -> bytes:
    """The RFC 8785 text of a value made of dict, list, str, int, float, bool and None, in UTF-8."""
    try:
        return _text(value).encode("utf-8")
    except UnicodeEncodeError as error:
        raise NotCanonicalError("a lone surrogate") from error


def _text(value: Any) -> str:
    match value:
        case str():
            return encode_basestring(value)
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            if abs(value) >= EXACT:
                raise NotCanonicalError("an integer of 2^53 or more")
            return str(value)
        case float():
            return number(value)
        case list():
            return "[" + ",".join(map(_text, value)) + "]"
        case dict():
            names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
            return "{" + ",".join(f"{_text(name)}:{_text(value[name])}" for name in names) + "}"
        case _:
            raise NotCanonicalError(f"no JSON value: {type(value).__name__}")


def number(value: float) -> str:
    """A double as ECMAScript writes it (Number::toString, which RFC 8785 takes over)."""
    if not math.isfinite(value):
        raise NotCanonicalError("not a finite number")
    if value == 0:
        return "0"
    sign, magnitude = ("-", -value) if value < 0 else ("", value)
    mantissa, _, exponent = repr(magnitude).partition("e")
    whole, _, fraction = mantissa.partition(".")
    if fraction == "0":
        fraction = ""
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len((whole + fraction).lstrip("0")))
    digits = digits.rstrip("0")
    return sign + _placed(digits, point)


def _placed(digits: str, point: int) -> str:
    """``0.digits × 10^point`` in ECMAScript's choice between plain and exponent form."""
    if len(digits) <= point <= 21:
        return digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    exponent = point - 1
    tail = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{tail}e{'+' if exponent > 0 else '-'}{abs(exponent)}"
