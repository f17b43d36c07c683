"""Everything that can be refused, in families that the web ring turns into statuses.

The domain knows no HTTP numbers. ``ErrorCode`` is the one list of stable codes that devices, pages and
operators see; ``docs/protocol.md`` and the OpenAPI document hold the same list (a test compares them).
"""

from enum import StrEnum
from typing import Any


class ErrorCode(StrEnum):
    """Stable codes of RFC 9457 problem documents; a code is never renamed and never reused."""

    # form of a request
    UNREADABLE = "unreadable"
    BAD_SEQUENCE = "bad_sequence"
    CONTENT_TYPE = "content_type"
    CONTENT_ENCODING = "content_encoding"
    TOO_LARGE = "too_large"
    INVALID = "invalid"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    # who is calling
    SIGNATURE_MISSING = "signature_missing"
    SIGNATURE_INVALID = "signature_invalid"
    UNKNOWN_KEY = "unknown_key"
    CLOCK_SKEW = "clock_skew"
    REVOKED = "revoked"
    RETIRED = "retired"
    NOT_SIGNED_IN = "not_signed_in"
    CROSS_ORIGIN = "cross_origin"
    # binding a key
    ID_TOKEN_INVALID = "id_token_invalid"
    ISSUER_UNAVAILABLE = "issuer_unavailable"
    NOT_IN_ROSTER = "not_in_roster"
    IDENTITY_CONFLICT = "identity_conflict"
    KEY_TAKEN = "key_taken"
    NONCE_INVALID = "nonce_invalid"
    PUBLIC_KEY_INVALID = "public_key_invalid"
    CANNOT_REPLACE = "cannot_replace"
    # the log
    JOURNAL_GAP = "journal_gap"
    # what people do
    FORBIDDEN = "forbidden"
    CONFLICT = "conflict"
    SIGN_IN_EXPIRED = "sign_in_expired"
    # load and faults
    TOO_MANY_REQUESTS = "too_many_requests"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


class DokodemoError(Exception):
    """A refusal with a stable code, words for whoever reads the log, and fields for the answer.

    ``detail`` is a sentence; ``fields`` become members of the problem document (``server_time``, ``next_seq`` …).
    Neither ever holds personal data of anybody but the caller.
    """

    def __init__(self, code: ErrorCode, detail: str = "", **fields: Any) -> None:
        super().__init__(f"{code}: {detail}" if detail else str(code))
        self.code = code
        self.detail = detail
        self.fields = fields


class MalformedError(DokodemoError):
    """The request cannot be read at all; nothing moved."""


class UnauthenticatedError(DokodemoError):
    """Nobody knows who is calling."""


class ForbiddenError(DokodemoError):
    """The caller is known and may not do this."""


class MissingError(DokodemoError):
    """It does not exist, or the caller may not know that it does."""


class ConflictError(DokodemoError):
    """True a moment ago, or for somebody else: the caller has to look again."""


class TooLargeError(DokodemoError):
    """Over a stated limit of size."""


class UnsupportedError(DokodemoError):
    """A content type or encoding that is not spoken here."""


class InvalidError(DokodemoError):
    """It can be read, and a value in it is wrong."""


class ExhaustedError(DokodemoError):
    """Too many of these from there; ``retry_after`` in seconds is among the fields."""


class UnavailableError(DokodemoError):
    """Cannot be answered at this moment; ``retry_after`` in seconds is among the fields."""
