"""``python -m bench.layers``: CPU µs per layer of one event and one beat, in this process, without a socket.

Functions of the road are wrapped; what one of them spends in a wrapped one below it is not its own. Each wrapping adds
about a microsecond to the layer around it. SQLite; ``--database-url`` for another.
"""

import argparse
import io
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rich.console import Console
from rich.table import Table

from bench.keys import BoundKey, bound
from dokodemo.app import create_app
from dokodemo.backends import build
from dokodemo.cli.demo_serve import config_of
from dokodemo.demo.premises import Premises
from dokodemo.store.schema import migrate

URL = "http://127.0.0.1:8000"
# What is wrapped, and the layer that its time belongs to.
ROAD = (
    ("dokodemo.web.device_auth.signed_request", "request as signed"),
    ("dokodemo.crypto.signatures.read_signature", "signature: form"),
    ("dokodemo.crypto.signatures.verify", "signature: verify"),
    ("dokodemo.crypto.signatures.check_digest", "signature: digest"),
    ("dokodemo.schemas.batches.read", "parse"),
    ("dokodemo.web.events.place_of_contact", "place of contact"),
    ("dokodemo.actions.ingest._is_contact", "contact (live)"),
    ("dokodemo.actions.ingest.put_device", "facts (live)"),
    ("dokodemo.actions.ingest.judge", "fold"),
    ("dokodemo.actions.ingest.loaded", "fold"),
    ("dokodemo.actions.reading_rows.dumped", "fold"),
    ("dokodemo.actions.ingest.fold_event", "fold"),
    ("dokodemo.store.bindings.find_by_thumbprint", "SQL: key"),
    ("dokodemo.store.bindings.find", "SQL: key"),
    ("dokodemo.store.journals.lock", "SQL: lock"),
    ("dokodemo.store.journals.append_events", "SQL: write"),
    ("dokodemo.store.journals.keep_signed", "SQL: write"),
    ("dokodemo.store.journals.move", "SQL: write"),
    ("dokodemo.store.sessions.replace", "SQL: write"),
    ("dokodemo.store.sessions.append_segments", "SQL: write"),
    ("dokodemo.actions.ingest.receive", "ingest"),
    ("dokodemo.store.engine.Database.write", "transaction"),
    ("dokodemo.store.engine.execute", "begin, commit"),
    ("sqlalchemy.engine.default.DefaultDialect.do_commit", "begin, commit"),
    ("dokodemo.web.answers.of_events", "answer"),
)


class Stopwatch:
    """Time of this thread on the CPU, by layer, what is below not counted."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self._below = [0.0]

    def wrapped(self, function: Callable[..., Any], layer: str) -> Callable[..., Any]:
        """The function, its time written down."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            self._below.append(0.0)
            began = time.thread_time()
            try:
                return function(*args, **kwargs)
            finally:
                took = time.thread_time() - began
                self.spent[layer] += took - self._below.pop()
                self._below[-1] += took

        return timed

    @contextmanager
    def on_the_road(self) -> Iterator[None]:
        """Everything in ``ROAD`` is wrapped."""
        patches = []
        for path, layer in ROAD:
            holder, _, name = path.rpartition(".")
            target = _found(holder)
            patches.append(patch.object(target, name, self.wrapped(getattr(target, name), layer)))
        for one in patches:
            one.start()
        try:
            yield
        finally:
            for one in patches:
                one.stop()


def environ_of(request: bytes) -> dict[str, Any]:
    """A request's bytes as gunicorn hands them to the application."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode("ascii").split("\r\n")
    method, target, protocol = first.split(" ")
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "RAW_URI": target, "QUERY_STRING": query, "SCRIPT_NAME": "",
        "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8000", "SERVER_PROTOCOL": protocol, "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(body), "wsgi.url_scheme": "http", "wsgi.errors": sys.stderr, "wsgi.version": (1, 0),
        "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
    }  # fmt: skip
    for line in lines:
        name, _, value = line.partition(":")
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value.strip()
    return environ


def answered(app: Callable[..., Any], requests: Sequence[bytes]) -> float:
    """CPU seconds of this thread for each of these; an answer that is no success ends the run."""
    environs = [environ_of(request) for request in requests]
    statuses: list[str] = []
    began = time.thread_time()
    for environ in environs:
        answer = app(environ, lambda status, _headers, _error=None: statuses.append(status))
        b"".join(answer)
    took = time.thread_time() - began
    assert {status[:1] for status in statuses} <= {"2", "3"}, set(statuses)
    return took / len(requests)


def main() -> None:
    """Print both columns."""
    parser = argparse.ArgumentParser(prog="python -m bench.layers", description=__doc__)
    parser.add_argument("--requests", type=int, default=400)
    parser.add_argument("--database-url")
    parser.add_argument("--redis-url")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dokodemo-bench-") as folder:
        url = arguments.database_url
        columns, totals = measured(Path(folder), arguments.requests, url, arguments.redis_url)
    table = Table(title="CPU µs of one request, in process (gunicorn's own share comes on top)")
    for heading in ("layer", *columns):
        table.add_column(heading, justify="left" if heading == "layer" else "right")
    layers = list(dict.fromkeys(layer for _, layer in ROAD))
    for layer in layers:
        table.add_row(layer, *(f"{column.get(layer, 0) * 1e6:.0f}" for column in columns.values()))
    rest = [totals[name] - sum(column.values()) for name, column in columns.items()]
    table.add_row("Flask, hooks, headers, the rest", *(f"{one * 1e6:.0f}" for one in rest))
    table.add_row("all, as wrapped", *(f"{totals[name] * 1e6:.0f}" for name in columns))
    table.add_row("all, without wrapping", *(f"{totals[name + ' plain'] * 1e6:.0f}" for name in columns))
    Console(width=100).print(table)


def measured(
    folder: Path, count: int, database_url: str | None = None, redis_url: str | None = None
) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """CPU seconds of one request by kind and layer; and of the whole, also without any wrapping."""
    import dataclasses

    config = config_of(Premises(str(folder), URL, "Asia/Tokyo"))
    config = dataclasses.replace(config, database_url=database_url or config.database_url, redis_url=redis_url)
    services = build(config)
    migrate(services.database)
    app = create_app(services, config)
    keys = bound(services.database, URL, 40)
    turns = {"event": 1, "beat": 0, "settings 304": -1}
    columns: dict[str, dict[str, float]] = {}
    totals: dict[str, float] = {}
    answered(app.wsgi_app, [key.batch(1) for _ in range(5) for key in keys])
    etag = _etag(app, keys[0])
    for name, events in turns.items():
        plain = [answered(app.wsgi_app, _requests(keys, count // 4, events, etag)) for _ in range(4)]
        stopwatch = Stopwatch()
        with stopwatch.on_the_road():
            totals[name] = answered(app.wsgi_app, _requests(keys, count, events, etag))
        columns[name] = {layer: seconds / count for layer, seconds in stopwatch.spent.items()}
        totals[f"{name} plain"] = statistics.median(plain)
    services.database.close()
    services.live.close()
    return columns, totals


def _requests(keys: Sequence[BoundKey], count: int, events: int, etag: str) -> list[bytes]:
    turns = [keys[n % len(keys)] for n in range(count)]
    if events < 0:
        return [key.request("GET", "/api/v1/settings", if_none_match=etag) for key in turns]
    return [key.batch(events) for key in turns]


def _etag(app: Any, key: BoundKey) -> str:
    headers: dict[str, str] = {}
    environ = environ_of(key.request("GET", "/api/v1/settings"))
    b"".join(app.wsgi_app(environ, lambda _status, given, _error=None: headers.update(given)))
    return headers["ETag"]


def _found(path: str) -> Any:
    import importlib

    names = path.split(".")
    for cut in range(len(names), 0, -1):
        try:
            target: Any = importlib.import_module(".".join(names[:cut]))
        except ModuleNotFoundError:
            continue
        for name in names[cut:]:
            target = getattr(target, name)
        return target
    raise ModuleNotFoundError(path)


if __name__ == "__main__":
    main()
