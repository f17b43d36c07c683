"""What holds for every text that is stored as a text."""

import re

from marshmallow import validate

WITHOUT_NUL = validate.Regexp(re.compile(r"[^\0]*\Z"), error="The character U+0000 cannot be stored.")
"""PostgreSQL takes every character but this one. (Events are stored as bytes: there it is kept.)"""


def at_most(letters: int) -> list[validate.Validator]:
    """A text of at most so many characters that can be stored."""
    return [validate.Length(max=letters), WITHOUT_NUL]
