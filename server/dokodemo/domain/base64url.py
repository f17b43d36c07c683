"""base64url without padding (RFC 4648 §5), the only spelling of bytes on the wire.

Python's own decoder skips letters that it does not know; this one accepts exactly the text that ``encode``
gives for some bytes, so that one value has one spelling.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode


def encode(raw: bytes) -> str:
    """The text of ``raw``, without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """The bytes of ``text``; ValueError for anything that ``encode`` would not have written."""
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError as error:
        raise ValueError("not base64url") from error
    if encode(raw) != text:
        raise ValueError("not base64url as it is written here")
    return raw
