"""One device's signed requests, and what each answer asks of it (PROTOCOL section 7, Retries)."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from random import Random
from typing import Any
from urllib.parse import urlsplit

from dokodemo.crypto.keys import DeviceKey
from dokodemo.crypto.signatures import SignedRequest, authority_of, sign
from dokodemo.demo.figures import Figures
from dokodemo.demo.wire import Reply, Wire, WireError

BACKOFF_SECONDS = (2.0, 300.0)
_TAKEN = frozenset({200, 201, 202, 204, 304})


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that was taken: its status, its document (None without a body), when it came on the device's clock."""

    status: int
    document: Any
    headers: dict[str, str]
    round_trip: timedelta


@dataclass(frozen=True, slots=True)
class _Wanted:
    route: str
    method: str
    target: str
    body: bytes
    etag: str | None
    signed: bool


class UnansweredError(Exception):
    """429, 5xx or no whole answer: the same again, after ``retry_after`` seconds if the server said so."""

    def __init__(self, why: str, retry_after: float | None = None) -> None:
        super().__init__(why)
        self.retry_after = retry_after


class RefusedError(Exception):
    """Any other 4xx: not the same again. ``document`` is the problem as sent."""

    def __init__(self, status: int, code: str, document: dict[str, Any]) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.document = document


class Contact:
    """Signs with the device's present key and its own idea of the time."""

    def __init__(self, url: str, wire: Wire, key: DeviceKey, *, now: Callable[[], datetime]) -> None:
        self.key = key
        self.source = ""
        self.skew = timedelta()
        self.figures = Figures()
        self._wire = wire
        self._now = now
        self._authority = authority_of(url)
        self._prefix = urlsplit(url).path.rstrip("/")

    async def call(
        self,
        route: str,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        due: float | None = None,
        etag: str | None = None,
        signed: bool = True,
    ) -> Answer:
        """One request, signed again once if the clock was wrong. UnansweredError or RefusedError when not taken."""
        begun = time.perf_counter()
        due = begun if due is None else due
        wanted = _Wanted(route, method, self._prefix + path, body, etag, signed)
        for attempt in (1, 2):
            reply, took = await self._exchange(wanted, due, begun)
            document = _document(reply)
            if reply.status in _TAKEN:
                return Answer(reply.status, document, dict(reply.headers), took)
            problem = document if isinstance(document, dict) else {}
            code = str(problem.get("code", reply.status))
            self.figures.refused(route, code)
            if reply.status == 429 or reply.status >= 500:
                raise UnansweredError(f"{reply.status} {code}", _retry_after(reply.headers.get("retry-after")))
            if code != "clock_skew" or attempt == 2:
                raise RefusedError(reply.status, code, problem)
            self.skew = datetime.fromisoformat(str(problem["server_time"])) - self._now()
            due = begun = time.perf_counter()
        raise AssertionError("two attempts either answer or raise")

    async def _exchange(self, wanted: _Wanted, due: float, begun: float) -> tuple[Reply, timedelta]:
        method, target, body = wanted.method, wanted.target, wanted.body
        headers: dict[str, str] = {"content-type": "application/json"} if body else {}
        if wanted.etag is not None:
            headers["if-none-match"] = f'"{wanted.etag}"'
        if wanted.signed:
            created = int((self._now() + self.skew).timestamp())
            headers |= sign(self.key, SignedRequest(method, self._authority, target, None, {}, body), created)
        started = time.perf_counter()
        try:
            reply = await self._wire.request(method, target, headers=headers, body=body, source=self.source)
        except WireError as error:
            self.figures.answered(wanted.route, 0, due=due, begun=begun)
            self.figures.refused(wanted.route, "no_answer")
            raise UnansweredError(str(error)) from error
        self.figures.answered(wanted.route, reply.status, due=due, begun=begun)
        return reply, timedelta(seconds=time.perf_counter() - started)


def backoff(random: Random, attempt: int, retry_after: float | None) -> float:
    """Seconds to wait before attempt ``attempt`` + 1 (from 0): full jitter 2 s to 5 min, ``Retry-After`` wins.

    A little is added to ``Retry-After``, or all who were told the same would come back together.
    """
    first, most = BACKOFF_SECONDS
    if retry_after is not None:
        return retry_after + random.uniform(0, first)
    return random.uniform(0, min(first * 2**attempt, most))


def _document(reply: Reply) -> Any:
    if not reply.body or "json" not in reply.headers.get("content-type", ""):
        return None
    try:
        return json.loads(reply.body)
    except ValueError:
        return None


def _retry_after(value: str | None) -> float | None:
    if value is None:
        return None
    if value.isdecimal():
        return float(value)
    try:
        return max((parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds(), 0.0)
    except ValueError:
        return None
