"""The servers that are measured: each a process on the server's core, gunicorn with the product's own options.

``bare`` reads a body and answers 202. ``product`` is the product, with one door of bench's own: ``/bench/unchanged``,
an unsigned 304 that goes through everything that any answer of the application goes through.
"""

import dataclasses
import functools
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, request

from bench.machine import Trees, pin
from dokodemo import backends, logs, serving
from dokodemo.app import create_app
from dokodemo.cli.demo_serve import _with_issuer, config_of
from dokodemo.config import Config
from dokodemo.demo.clock import demo_zone
from dokodemo.demo.premises import Premises
from dokodemo.web.auth import guard
from dokodemo.worker import Worker
from tests.services.programs import free_port, start, stop

ROOT = Path(__file__).parents[1]
UNCHANGED = "/bench/unchanged"
ETAG = "the same as before"


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """What to serve; goes to the other process as JSON. ``database_url`` None is the embedded database."""

    kind: str
    folder: str
    port: int
    core: int
    threads: int = 0
    database_url: str | None = None
    redis_url: str | None = None

    @property
    def premises(self) -> Premises:
        """Addresses and keys, as the demo has them."""
        return Premises(self.folder, f"http://127.0.0.1:{self.port}", demo_zone(datetime.now(UTC)))

    @property
    def config(self) -> Config:
        """The demo's configuration on these backends."""
        config = config_of(self.premises)
        return dataclasses.replace(
            config, redis_url=self.redis_url, database_url=self.database_url or config.database_url,
            threads=self.threads or config.threads,
        )  # fmt: skip

    @property
    def backend(self) -> str:
        """The figure's column."""
        return "sqlite" if self.database_url is None else "postgresql"


class Serving:
    """One server, and on PostgreSQL the worker's process beside it."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.url = plan.premises.url
        self.log = Path(plan.folder) / f"{plan.kind}.log"
        self._processes = [self._started("serve")]
        if plan.kind == "city" and plan.database_url is not None:
            self._processes.append(self._started("work"))
        self._until_ready()
        self.trees = Trees(process.pid for process in self._processes)

    def stop(self) -> None:
        """Ask for the end, as an operator does."""
        for process in reversed(self._processes):
            stop(process, signal.SIGTERM)

    def _started(self, what: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "bench.serving", what, json.dumps(dataclasses.asdict(self.plan))]
            return start(command, output=log, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})

    def _until_ready(self) -> None:
        ends = time.monotonic() + 60
        path = "/" if self.plan.kind == "bare" else "/healthz"
        while True:
            try:
                urllib.request.urlopen(self.url + path, timeout=2).close()
                return
            except OSError:
                if self._processes[0].poll() is not None or time.monotonic() > ends:
                    raise RuntimeError(f"{self.plan.kind}: " + self.log.read_text(errors="replace")[-3000:]) from None
                time.sleep(0.05)


def plan(kind: str, folder: Path, core: int, **more: Any) -> Plan:
    """A plan on a free port, and its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    return Plan(kind, str(folder), free_port(), core, **more)


def bare(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Read the body, say 202 with an answer of about the product's size."""
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    body = b'{"next_seq": 2, "head": "' + b"x" * 200 + b'"}'
    start_response("202 ACCEPTED", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def with_unchanged(app: Flask) -> Flask:
    """The application with bench's own door."""
    blueprint = Blueprint("bench", __name__)

    @blueprint.get(UNCHANGED)
    @guard("public")
    def unchanged() -> Response:
        answer = Response(b"")
        answer.set_etag(ETAG)
        answer.make_conditional(request)
        return answer

    app.register_blueprint(blueprint)
    return app


def _serve(here: Plan) -> None:
    config = here.config
    bind = f"127.0.0.1:{here.port}"
    if here.kind == "bare":
        serving.Server(lambda: bare, config, bind).run()
        return
    make = functools.partial(serving.application, config, create_app, backends.build)
    with serving.serving_lock(config):
        if here.kind == "city":
            serving.Server(functools.partial(_with_issuer, make, here.premises), config, bind).run()
        else:
            serving.Server(lambda: with_unchanged(make()), config, bind).run()


def _work(here: Plan) -> None:
    services = backends.build(here.config)
    running = Worker(services, services.now())
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: running.stopping.set())
    running.run()


if __name__ == "__main__":
    asked = Plan(**json.loads(sys.argv[2]))
    pin(asked.core)
    logs.configure()
    _work(asked) if sys.argv[1] == "work" else _serve(asked)
