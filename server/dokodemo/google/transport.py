"""HTTP for google-auth, on the standard library alone.

google-auth's own transports need ``requests`` or ``urllib3``; its contract is one callable. Time-outs are short, an
answer has a size, redirects stay on http(s) and are not followed for what is sent.
"""

import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any

from google.auth import transport
from google.auth.exceptions import TransportError

TIMEOUT = 5.0
MAX_ANSWER_BYTES = 1 << 20


class Answer(transport.Response):
    """A status, header fields by lower-case name, and the body."""

    def __init__(self, status: int, headers: Mapping[str, str], data: bytes) -> None:
        self._status, self._headers, self._data = status, headers, data

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._status

    @property
    def headers(self) -> Mapping[str, str]:
        """Header fields; names are in lower case."""
        return self._headers

    @property
    def data(self) -> bytes:
        """The body."""
        return self._data


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req: urllib.request.Request, *_: Any) -> urllib.request.Request | None:
        # Keys and secrets belong to the configured address: an answer that points elsewhere is an error.
        raise urllib.error.URLError(f"{req.host} redirects, which is not followed")


class UrllibTransport(transport.Request):
    """A google-auth transport: one request, one answer; TransportError when there is none."""

    def __init__(self, timeout: float = TIMEOUT) -> None:
        self.timeout = timeout
        self._opener = urllib.request.build_opener(_NoRedirect)

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_: Any,
    ) -> Answer:
        """Send one request and read the whole answer, whatever its status."""
        if not url.startswith(("https://", "http://")):
            raise _failure("only http and https are spoken")
        request = urllib.request.Request(url, data=body, headers=dict(headers or {}), method=method)  # noqa: S310 - checked above
        try:
            with self._opener.open(request, timeout=timeout or self.timeout) as answer:
                return _read(answer)
        except urllib.error.HTTPError as answer:
            with answer:
                return _read(answer)
        except (OSError, HTTPException) as error:
            raise _failure(f"no answer: {error}") from error


def _read(answer: Any) -> Answer:
    data = answer.read(MAX_ANSWER_BYTES + 1)
    if len(data) > MAX_ANSWER_BYTES:
        raise _failure("the answer is larger than any that is expected")
    return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, data)


def _failure(reason: str) -> TransportError:
    return TransportError(reason)  # type: ignore[no-untyped-call]  # google-auth annotates its classes in part
