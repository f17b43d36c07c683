"""The shared state of several processes, in one Redis.

Nothing here is worth keeping: a wiped or restarted Redis begins a new life, readers take a snapshot, and the facts are
put together again from the database. While Redis is out of reach every method raises ``LiveLostError`` at once
(``breaker``), so that no request pays its time-out.
"""

import json
import re
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from dokodemo.live import Change, Contact, Document, LiveLostError, Report, scripts
from dokodemo.live.breaker import Breaker

Result = TypeVar("Result")

TIMEOUT = 0.2  # seconds for an answer
PATIENCE = 5.0  # the same for what blocks, and for a whole filling
SLICE = 1.0  # seconds that one XREAD blocks: as late is a wiped Redis or a close noticed
REPLAY_WINDOW_MS = 20 * 60 * 1000
TICKET_KEPT_MS = 10 * 60 * 1000  # Redis clears up then; whether a ticket is over is judged by our clock
READ_AT_ONCE = 2_000  # changes
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAMAGED = re.compile("WRONGTYPE|equal or smaller|not an integer")  # keys hold what we never wrote


class RedisLive:
    """``Live`` over redis-py; see the protocol for what each method promises."""

    def __init__(self, url: str, *, breaker: Breaker | None = None) -> None:
        self._redis = _client(url, TIMEOUT)
        self._patient = _client(url, PATIENCE)  # blocks in wait and carries whole fillings
        self._breaker = breaker or Breaker()
        self._scripts: dict[tuple[Any, str], Any] = {}
        self._found_empty = ""
        self._closed = False

    def put(self, person_id: UUID, source: str, fact: Document | None) -> bool:
        text = "" if fact is None else _text(fact)
        return bool(self._run(self._redis, scripts.PUT, _fresh(), str(person_id), source, text))

    def facts_of(self, person_ids: Iterable[UUID]) -> dict[UUID, dict[str, Document]]:
        people = list(person_ids)

        def read() -> list[dict[str, str]]:
            pipe = self._redis.pipeline(transaction=False)
            for person in people:
                pipe.hgetall(f"dk:facts:{person}")
            rows: list[dict[str, str]] = pipe.execute()
            return rows

        facts: dict[UUID, dict[str, Document]] = {}
        for person, row in zip(people, self._ask(read) if people else [], strict=True):
            if known := {source: _document(text) for source, text in row.items() if text}:
                facts[person] = known
        return facts

    def announce(self, *changes: Change) -> None:
        if changes:
            members = [text for change in changes for text in (change.kind, change.subject)]
            self._run(self._redis, scripts.ANNOUNCE, _fresh(), *members)

    def cursor(self) -> str:
        life, count, _ = self._state()
        return f"{life}.{count}"

    def wait(self, cursor: str, timeout: float) -> tuple[str, list[Change]] | None:
        life, _, number = cursor.partition(".")
        if not number.isdecimal():
            return None
        seen = int(number)
        ends = time.monotonic() + timeout
        while True:
            now_life, count, _ = self._state()
            if life != now_life or seen > count:
                return None
            if seen < count:
                break
            left = min(ends - time.monotonic(), SLICE)
            if left <= 0 or self._closed:
                return cursor, []
            self._entries(seen, max(1, int(left * 1000)))
        entries = self._entries(seen, None)
        if not entries or entries[0][0] != seen + 1 or self._state()[0] != life:
            return None  # what came between was cut off, or Redis was wiped under our hands
        return f"{life}.{seen + len(entries)}", [change for _, changes in entries for change in changes]

    def _entries(self, seen: int, block: int | None) -> list[tuple[int, list[Change]]]:
        after = {"dk:changes": f"{seen}-0"}
        streams: Any = self._ask(lambda: self._patient.xread(after, count=READ_AT_ONCE, block=block))
        return [
            (int(entry_id.partition("-")[0]), [Change(members["kind"], one) for one in members["subject"].split(" ")])
            for _, entries in streams or ()
            for entry_id, members in entries
        ]

    def filled(self) -> bool:
        life, _, filled = self._state()
        self._found_empty = "" if filled else life
        return filled

    def fill(self, facts: Mapping[UUID, Mapping[str, Document]]) -> None:
        members = [
            text
            for person, sources in facts.items()
            for source, fact in sources.items()
            for text in (str(person), source, _text(fact))
        ]
        self._run(self._patient, scripts.FILL, _fresh(), self._found_empty, *members)

    def heard(self, journal_id: UUID, at: datetime) -> None:
        self._run(self._redis, scripts.HEARD, str(journal_id), _microseconds(at))

    def contacts(self) -> dict[UUID, datetime]:
        rows: dict[str, str] = self._ask(lambda: self._patient.hgetall("dk:contacts"))
        return {UUID(journal): EPOCH + timedelta(microseconds=int(at)) for journal, at in rows.items()}

    def report(self, reports: Sequence[Report]) -> None:
        members = [
            text
            for one in reports
            for text in (
                str(one.person_id), str(one.journal_id), "" if one.fact is None else _text(one.fact),
                "" if one.heard_at is None else _microseconds(one.heard_at),
            )
        ]  # fmt: skip
        self._run(self._redis, scripts.REPORT, _fresh(), *members)

    def contact(self, contacts: Sequence[Contact], at: datetime) -> list[bool]:
        members = [
            text
            for one in contacts
            for text in (f"dk:seen:{one.digest.hex()}", "" if one.journal_id is None else str(one.journal_id))
        ]
        first = self._run(self._redis, scripts.CONTACT, str(REPLAY_WINDOW_MS), _microseconds(at), *members)
        return [bool(one) for one in first]

    def put_ticket(self, ticket: str, members: Document, expires_at: datetime) -> None:
        text = _text({"members": members, "expires_at": expires_at.isoformat()})
        self._ask(lambda: self._redis.set(f"dk:ticket:{ticket}", text, px=TICKET_KEPT_MS))

    def take_ticket(self, ticket: str, now: datetime) -> Document | None:
        text = self._ask(lambda: self._redis.getdel(f"dk:ticket:{ticket}"))
        if text is None:
            return None
        kept = _document(text)
        if datetime.fromisoformat(kept["expires_at"]) < now:
            return None
        members: Document = kept["members"]
        return members

    def close(self) -> None:
        self._closed = True
        for client in (self._patient, self._redis):
            client.connection_pool.disconnect(inuse_connections=False)

    def _state(self) -> tuple[str, int, bool]:
        life, count, filled = self._run(self._redis, scripts.STATE, _fresh())
        return life, int(count), bool(filled)

    def _run(self, client: Any, script: str, *arguments: str) -> Any:
        known = self._scripts.get((client, script))
        if known is None:
            known = self._scripts[client, script] = client.register_script(script)
        return self._ask(lambda: known(args=arguments))

    def _ask(self, work: Callable[[], Result]) -> Result:
        """What Redis answers; ``LiveLostError`` when it does not, or holds what we did not write."""
        if not self._breaker.lets_through():
            raise LiveLostError("Redis is out of reach")
        try:
            answer = work()
        except ResponseError as error:
            if DAMAGED.search(str(error)):
                self._forget()
            raise LiveLostError(f"Redis refuses: {error}") from error
        except (RedisError, OSError) as error:
            self._breaker.failed()
            raise LiveLostError(f"Redis is out of reach: {type(error).__name__}") from error
        self._breaker.worked()
        return answer

    def _forget(self) -> None:
        """Begin a new life over keys that somebody else damaged."""
        try:
            self._patient.eval(scripts.FORGET, 0)
        except (RedisError, OSError):
            self._breaker.failed()


def _client(url: str, timeout: float) -> Any:
    """A client that tries once more when a kept connection turns out to be dead, and never after a time-out."""
    return Redis.from_url(
        url, decode_responses=True, protocol=2, socket_timeout=timeout, socket_connect_timeout=TIMEOUT,
        retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)), retry_on_error=[RedisConnectionError],
        redis_connect_func=_connected,
    )


def _connected(connection: Any) -> None:
    """Greet, and find out whether this Redis is still the process that holds our life."""
    connection.on_connect()
    connection.send_command("INFO", "server")
    found = re.search(r"run_id:(\w+)", str(connection.read_response()))
    if found is None:
        raise RedisTimeoutError("Redis does not say which process it is")
    connection.send_command("EVAL", scripts.CONNECTED, 0, found[1])
    connection.read_response()


def _fresh() -> str:
    """The name of the next life, if one has to begin."""
    return secrets.token_hex(4)


def _microseconds(moment: datetime) -> str:
    return str((moment - EPOCH) // timedelta(microseconds=1))


def _text(document: Document) -> str:
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _document(text: str) -> Document:
    try:
        document: Document = json.loads(text)
    except ValueError as error:
        raise LiveLostError("Redis holds what we never wrote") from error
    return document
