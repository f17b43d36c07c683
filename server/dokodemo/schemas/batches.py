"""The body of POST /api/v1/events to ``domain.journals.Batch``.

A plain loader: on this road marshmallow would cost as much as the signature. ``schemas.events`` says the same to the
OpenAPI document, and a property test holds the two together.
"""

import hashlib
from typing import Any

from dokodemo.domain import base64url
from dokodemo.domain.canonical_json import NotCanonicalError, canonical
from dokodemo.domain.errors import ErrorCode, MalformedError, TooLargeError
from dokodemo.domain.events import EventKind, read_event
from dokodemo.domain.journals import HEAD_BYTES, Batch, Received
from dokodemo.schemas import i_json
from dokodemo.schemas.i_json import unreadable

MOST_EVENTS = 200
MOST_BYTES = 65_536  # summed over the events' RFC 8785 texts; the device counts the same


def read(body: bytes) -> Batch:
    """Read one body. Raises ``MalformedError`` (unreadable, bad_sequence) or ``TooLargeError``; nothing moved then."""
    frame = i_json.read(body)
    if not isinstance(frame, dict):
        raise unreadable("the body is not an object")
    events = _member(frame, "events", list)
    first_seq = _number(frame, "first_seq")
    if len(events) > MOST_EVENTS:
        raise TooLargeError(ErrorCode.TOO_LARGE, f"more than {MOST_EVENTS} events")
    alive = frame.get("alive", False)
    if not isinstance(alive, bool):
        raise unreadable("alive is not true or false")
    return Batch(first_seq, _head(frame, "prev_head"), _number(frame, "first_kept"), alive, _events(events, first_seq))


def _events(events: list[Any], first_seq: int) -> tuple[Received, ...]:
    received = []
    size = 0
    for position, event in enumerate(events):
        if not isinstance(event, dict):
            raise unreadable("an event is not an object")
        seq = event.get("seq")
        if isinstance(seq, bool) or not isinstance(seq, int):
            raise unreadable("an event has no whole seq")
        if seq != first_seq + position:
            raise MalformedError(ErrorCode.BAD_SEQUENCE, f"seq {seq} stands where {first_seq + position} belongs")
        one = _received(seq, event)
        size += len(one.text)
        received.append(one)
    if size > MOST_BYTES:
        raise TooLargeError(ErrorCode.TOO_LARGE, f"more than {MOST_BYTES} bytes of events")
    return tuple(received)


def _received(seq: int, event: dict[str, Any]) -> Received:
    try:
        text = canonical(event)
    except NotCanonicalError as error:
        raise unreadable(str(error)) from error
    digest = hashlib.sha256(text).digest()
    if event.get("kind") == EventKind.UNSENDABLE:
        digest = _head(event, "digest")  # of the event that could not be sent: later heads stand
    return Received(seq, text, digest, read_event(event))


def _member(frame: dict[str, Any], name: str, kind: type) -> Any:
    if name not in frame or not isinstance(frame[name], kind):
        raise unreadable(f"{name} is missing or of the wrong type")
    return frame[name]


def _number(frame: dict[str, Any], name: str) -> int:
    value = _member(frame, name, int)
    if isinstance(value, bool) or value < 1:
        raise unreadable(f"{name} is not a whole number from 1")
    return int(value)


def _head(frame: dict[str, Any], name: str) -> bytes:
    text = _member(frame, name, str)
    try:
        head = base64url.decode(text)
    except ValueError as error:
        raise unreadable(f"{name}: {error}") from error
    if len(head) != HEAD_BYTES or len(text) != 43:
        raise unreadable(f"{name} is not 43 base64url letters")
    return head
