"""The serving process: gunicorn around the application, threads capped so that sockets never starve the API."""

import fcntl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from dokodemo.actions import Services
from dokodemo.config import Config

WSGI = Callable[..., Any]


class AlreadyServingError(Exception):
    """Another process serves this data directory; the message is a sentence for the operator."""


@contextmanager
def serving_lock(config: Config) -> Iterator[None]:
    """Exactly one serving process on the embedded database; a second one refuses with a sentence."""
    if not config.embedded:
        yield
        return
    path = config.data_dir / "serving.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise AlreadyServingError(
                f"{config.data_dir} is being served by another process already. One serving process at a time on "
                "SQLite; for more use PostgreSQL (DOKODEMO_DATABASE_URL)."
            ) from error
        yield


def is_served(data_dir: Path) -> bool:
    """Whether somebody holds the serving lock of a data directory."""
    path = data_dir / "serving.lock"
    if not path.exists():
        return False
    with path.open("a") as probe:
        try:
            fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn with our options. ``make`` builds the application inside the worker process: nothing is forked open."""

    def __init__(self, make: Callable[[], WSGI], config: Config, bind: str) -> None:
        self._make = make
        self._config = config
        self._bind = bind
        super().__init__()

    def load_config(self) -> None:
        """Hand the options to gunicorn."""
        for name, value in options(self._config, self._bind).items():
            self.cfg.set(name, value)

    def load(self) -> WSGI:
        """The WSGI application of this worker process."""
        return self._make()


def options(config: Config, bind: str) -> dict[str, Any]:
    """gunicorn's options: connections kept longer than a beat, no access log (it would keep addresses)."""
    return {
        "bind": bind,
        "workers": 1,
        "worker_class": "gthread",
        "threads": config.threads,
        "worker_connections": 4000,
        "keepalive": 75,
        "timeout": 60,
        "graceful_timeout": 5,
        "limit_request_line": 4094,
        "limit_request_fields": 60,
        "accesslog": None,
        "errorlog": "-",
        "loglevel": "error",  # its one warning about requests, "Invalid request from ip=…", keeps an address
        "proc_name": "dokodemo",
        "control_socket_disable": True,
        "worker_int": _interrupted,
        "worker_exit": _leaving,
    }


_running: list[Callable[[], None]] = []


def application(
    config: Config, create_app: Callable[[Services, Config], Flask], build: Callable[[Config], Services]
) -> Flask:
    """Build the application in this process and start what runs beside requests."""
    services = build(config)
    app = create_app(services, config)
    _running.extend(start_threads(app, services, config))
    return app


def start_threads(app: Flask, services: Services, config: Config) -> list[Callable[[], None]]:
    """Start the sockets' broadcaster and, embedded, the worker; gives how to stop each."""
    from dokodemo import worker
    from dokodemo.web import sockets

    stops: list[Callable[[], None]] = [sockets.start(app)]
    if config.embedded:
        stops.append(worker.start_thread(services, relay=True).stop)
    return stops


def _interrupted(_worker: Any) -> None:
    _leave()


def _leaving(_arbiter: Any, _worker: Any) -> None:
    _leave()


def _leave() -> None:
    """Tell the sockets and flush contacts while the last requests are answered."""
    stops, _running[:] = list(_running), []
    threads = [threading.Thread(target=stop, daemon=True) for stop in stops]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(4)
