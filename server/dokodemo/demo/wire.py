"""A small HTTP/1.1 client for thousands of devices on one core: kept connections, one pool for each source address.

Only what the protocol needs: request bodies of known length, answers with a length, in chunks or until the end.
A connection that the server closed while it was idle is replaced once without a word; any other fault is a
``WireError``, after which nobody knows whether the request was carried out.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

IDLE_CONNECTIONS = 4  # kept for each source address
STALE_SECONDS = 0.5  # a server may just have closed what was idle for longer
TIMEOUT_SECONDS = 30.0
_NO_BODY = frozenset({204, 304})
_LIMIT = 4 * 1024 * 1024


class WireError(Exception):
    """No whole answer came: refused, cut, timed out, or not HTTP."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    idle_since: float | None = None
    stale: bool = False


class _ClosedBeforeReplyError(WireError):
    """A kept connection ended before the first byte of the answer."""


class Wire:
    """Requests to one server, from any source address of this machine."""

    def __init__(self, url: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        parts = urlsplit(url)
        self.host = parts.hostname or "127.0.0.1"
        self.tls = ssl.create_default_context() if parts.scheme == "https" else None
        self.port = parts.port or (443 if self.tls else 80)
        self.timeout = timeout
        self.opened = 0
        self._idle: dict[str, list[_Connection]] = {}

    async def request(
        self, method: str, target: str, *, headers: Mapping[str, str], body: bytes = b"", source: str = ""
    ) -> Reply:
        """One exchange from ``source`` (an address of this machine, or any); WireError when no whole answer came."""
        lines = [f"{method} {target} HTTP/1.1", f"host: {self.host}:{self.port}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if body or method in ("POST", "PUT"):
            lines.append(f"content-length: {len(body)}")
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body
        try:
            async with asyncio.timeout(self.timeout):
                while True:
                    connection = await self._connection(source)
                    try:
                        return await self._exchange(connection, head, source, bodyless=method == "HEAD")
                    except _ClosedBeforeReplyError:
                        continue
        except TimeoutError as error:
            raise WireError(f"no answer within {self.timeout:g} s") from error
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError) as error:
            raise WireError(f"{type(error).__name__}: {error}") from error

    async def close(self) -> None:
        """Close what is kept."""
        for connection in [c for kept in self._idle.values() for c in kept]:
            connection.writer.close()
        self._idle.clear()
        await asyncio.sleep(0)

    async def _connection(self, source: str) -> _Connection:
        kept = self._idle.get(source)
        while kept:
            connection = kept.pop()
            if not connection.reader.at_eof() and not connection.writer.is_closing():
                idle = asyncio.get_running_loop().time() - (connection.idle_since or 0.0)
                connection.stale = idle > STALE_SECONDS
                return connection
            connection.writer.close()
        self.opened += 1
        local = (source, 0) if source else None
        reader, writer = await asyncio.open_connection(
            self.host, self.port, ssl=self.tls, local_addr=local, limit=_LIMIT
        )
        return _Connection(reader, writer)

    async def _exchange(self, connection: _Connection, sent: bytes, source: str, *, bodyless: bool) -> Reply:
        reader, writer = connection.reader, connection.writer
        whole = False
        try:
            try:
                writer.write(sent)
                head = await reader.readuntil(b"\r\n\r\n")
            except (ConnectionError, asyncio.IncompleteReadError) as error:
                if connection.stale and not getattr(error, "partial", b""):
                    raise _ClosedBeforeReplyError from error
                raise
            status, headers = _head(head)
            body = b"" if bodyless or status in _NO_BODY else await _body(reader, headers)
            whole = head.startswith(b"HTTP/1.1") and headers.get("connection", "").lower() != "close"
            whole = whole and (not body or "content-length" in headers or "transfer-encoding" in headers)
            return Reply(status, headers, body)
        finally:
            kept = self._idle.setdefault(source, [])
            if whole and len(kept) < IDLE_CONNECTIONS:
                connection.idle_since = asyncio.get_running_loop().time()
                kept.append(connection)
            else:
                writer.close()


def _head(raw: bytes) -> tuple[int, dict[str, str]]:
    first, *rest = raw[:-4].decode("latin-1").split("\r\n")
    headers: dict[str, str] = {}
    for line in rest:
        name, _, value = line.partition(":")
        name = name.strip().lower()
        headers[name] = f"{headers[name]}, {value.strip()}" if name in headers else value.strip()
    return int(first.split(" ", 2)[1]), headers


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        parts = []
        while size := int((await reader.readline()).split(b";")[0], 16):
            parts.append(await reader.readexactly(size))
            await reader.readexactly(2)
        while (await reader.readline()).strip():
            pass
        return b"".join(parts)
    if "content-length" in headers:
        return await reader.readexactly(int(headers["content-length"]))
    return await reader.read()
