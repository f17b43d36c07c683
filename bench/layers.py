"""``python -m bench.layers``: CPU µs per layer of one event and one beat, in this process, without a socket.

Events and beats are served in groups of ``--together``, as they are when so many wait; a settings 304 alone.

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

from flask import Flask
from rich.console import Console
from rich.table import Table

from bench.keys import BoundKey, bound
from dokodemo.app import create_app
from dokodemo.backends import build
from dokodemo.cli.demo_serve import config_of
from dokodemo.demo.premises import Premises
from dokodemo.store.schema import migrate
from dokodemo.web.short_road import ROUTE, Request, ShortRoad

URL = "http://127.0.0.1:8000"
TOGETHER = 16
# What is wrapped, and the layer that its time belongs to.
ROAD = (
    ("dokodemo.web.device_auth.signed_request", "request as signed"),
    ("dokodemo.web.short_road.ShortRoad._delivery", "request as signed"),
    ("dokodemo.crypto.signatures.read_signature", "signature: form, digest"),
    ("dokodemo.crypto.signatures.verify", "signature: verify"),
    ("dokodemo.crypto.signatures.check_digest", "signature: form, digest"),
    ("dokodemo.schemas.batches.read", "parse"),
    ("dokodemo.web.short_road.place_of_contact", "place of contact"),
    ("dokodemo.actions.ingest._seen", "contact and facts (live)"),
    ("dokodemo.actions.ingest.report_of", "contact and facts (live)"),
    ("dokodemo.actions.ingest.tell", "contact and facts (live)"),
    ("dokodemo.actions.batches.judge", "fold"),
    ("dokodemo.actions.batches.loaded", "fold"),
    ("dokodemo.actions.log_writes.dumped", "fold"),
    ("dokodemo.actions.batches.fold_event", "fold"),
    ("dokodemo.store.bindings.find_by_thumbprint", "SQL: key or lock"),
    ("dokodemo.store.bindings.find_all", "SQL: key or lock"),
    ("dokodemo.store.journals.lock_free", "SQL: key or lock"),
    ("dokodemo.actions.log_writes.LogWrites.flush", "SQL: write"),
    ("dokodemo.actions.ingest.receive_together", "ingest itself"),
    ("dokodemo.store.engine.Database.write", "transaction, begin, commit"),
    ("dokodemo.store.engine.execute", "transaction, begin, commit"),
    ("sqlalchemy.engine.default.DefaultDialect.do_commit", "transaction, begin, commit"),
    ("dokodemo.web.short_road.text_of_events", "answer"),
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


def answered(app: Flask, requests: Sequence[bytes], together: int) -> float:
    """CPU seconds of this thread for each of these; an answer that is no success ends the run."""
    environs = [environ_of(request) for request in requests]
    road = ShortRoad(app, app.wsgi_app)
    if environs[0]["RAW_URI"] == ROUTE:
        read = [Request(one, one["wsgi.input"].read(int(one["CONTENT_LENGTH"]))) for one in environs]
        began = time.thread_time()
        answers = [text for n in range(0, len(read), together) for text in road.answered(read[n : n + together])]
        took = time.thread_time() - began
        assert all(answers), "a request was refused"
        return took / len(requests)
    statuses: list[str] = []
    wsgi: Any = app.wsgi_app
    began = time.thread_time()
    for environ in environs:
        b"".join(wsgi(environ, lambda status, _headers, _error=None: statuses.append(status)))
    took = time.thread_time() - began
    assert {status[:1] for status in statuses} <= {"2", "3"}, set(statuses)
    return took / len(requests)


def main() -> None:
    """Print both columns."""
    parser = argparse.ArgumentParser(prog="python -m bench.layers", description=__doc__)
    parser.add_argument("--requests", type=int, default=400)
    parser.add_argument("--together", type=int, default=TOGETHER)
    parser.add_argument("--database-url")
    parser.add_argument("--redis-url")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dokodemo-bench-") as folder:
        url = arguments.database_url
        columns, totals = measured(Path(folder), arguments.requests, arguments.together, url, arguments.redis_url)
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
    folder: Path, count: int, together: int = TOGETHER, database_url: str | None = None, redis_url: str | None = None
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
    answered(app, [key.batch(1) for _ in range(5) for key in keys], together)
    etag = _etag(app, keys[0])
    for name, events in turns.items():
        plain = [answered(app, _requests(keys, count // 4, events, etag), together) for _ in range(4)]
        stopwatch = Stopwatch()
        with stopwatch.on_the_road():
            totals[name] = answered(app, _requests(keys, count, events, etag), together)
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
