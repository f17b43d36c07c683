"""A corpus of requests that differ from a rightly signed one in one place: none is accepted, none surprises."""

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from dokodemo.crypto.keys import new_key
from dokodemo.crypto.signatures import SignedRequest, check_created, check_digest, read_signature, sign, verify
from dokodemo.domain.errors import ErrorCode, UnauthenticatedError

KEY, OTHER = new_key(), new_key()
NOW = datetime(2026, 11, 24, 0, 31, 1, tzinfo=UTC)
CREATED = int(NOW.timestamp())
BODY = b'{"first_seq":1,"prev_head":"x","first_kept":1,"events":[]}'
PLAIN = SignedRequest("POST", "hq.city.example.jp", "/api/v1/events", None, {}, BODY)
FIELDS = sign(KEY, PLAIN, CREATED)
RIGHT = replace(PLAIN, headers=FIELDS)
# One of each class of bytes that a parser might treat in its own way.
LETTERS = [
    "\0",
    "\t",
    " ",
    '"',
    "'",
    "(",
    ")",
    ",",
    ";",
    ":",
    "=",
    "\\",
    "/",
    "+",
    "-",
    "_",
    "0",
    "A",
    "\x7f",
    "é",
    "漢",
]


# White space around a field, and inside a structured one where its grammar has it, means the same field.
WHITE_SPACE = re.compile(r"[ \t]")


def texts(text: str, randomness: random.Random) -> Iterator[str]:
    """``text`` with one letter changed, added, removed, doubled, or its case turned, or cut."""
    for letter in LETTERS:
        position = randomness.randrange(len(text))
        yield text[:position] + letter + text[position + 1 :]
        position = randomness.randrange(len(text) + 1)
        yield text[:position] + letter + text[position:]
    for _ in range(20):
        position = randomness.randrange(len(text))
        yield text[:position] + text[position + 1 :]
        yield text[:position] + text[position] * 2 + text[position + 1 :]
        yield text[:position] + text[position].swapcase() + text[position + 1 :]
        yield text[:position]
        yield text[position:] + text[:position]
    yield ""
    yield text * 2
    yield f"{text}, {text}"
    yield text * 2000


def mutations() -> Iterator[SignedRequest]:
    randomness = random.Random(20261124)
    for field, value in FIELDS.items():
        for mutation in texts(value, randomness):
            if WHITE_SPACE.sub("", mutation) != WHITE_SPACE.sub("", value):
                yield replace(RIGHT, headers=FIELDS | {field: mutation})
    yield from (replace(RIGHT, method=mutation) for mutation in texts(RIGHT.method, randomness))
    yield from (replace(RIGHT, authority=mutation) for mutation in texts(RIGHT.authority, randomness))
    yield from (replace(RIGHT, path=mutation) for mutation in texts(RIGHT.path, randomness))
    for mutation in texts(BODY.decode(), randomness):
        yield replace(RIGHT, body=mutation.encode())
    for query in ("", "x", "?", "\n"):
        yield replace(RIGHT, query=query)
    for field in FIELDS:
        yield replace(RIGHT, headers={name: value for name, value in FIELDS.items() if name != field})
        yield replace(RIGHT, headers=FIELDS | {field: sign(OTHER, PLAIN, CREATED)[field]})
        yield replace(RIGHT, headers=FIELDS | {field: sign(KEY, PLAIN, CREATED - 1)[field]})


def accept(request: SignedRequest) -> None:
    signature = read_signature(request)
    if signature.keyid != KEY.keyid:
        raise UnauthenticatedError(ErrorCode.UNKNOWN_KEY)
    verify(signature, KEY.point)
    check_digest(request)
    check_created(signature, NOW)


def test_the_request_that_is_mutated_is_itself_accepted() -> None:
    accept(RIGHT)


def test_no_mutated_request_is_accepted_and_none_surprises() -> None:
    changed = [request for request in mutations() if request != RIGHT]
    taken = []
    for request in changed:
        try:
            accept(request)
        except UnauthenticatedError:
            continue
        taken.append(request)
    assert [] == taken
    assert len(changed) >= 400
