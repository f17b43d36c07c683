"""The serving process: gunicorn around the application, threads capped so that sockets never starve the API."""

import fcntl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

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


class Server(BaseApplication):
    """gunicorn with our options. ``make`` builds the application inside the worker process: nothing is forked open."""

    def __init__(self, make: Callable[[], WSGI], options: dict[str, Any], started: Callable[[], None]) -> None:
        self._make = make
        self._options = options
        self._started = started
        super().__init__()

    def load_config(self) -> None:
        """Hand the options to gunicorn."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> WSGI:
        """The WSGI application of this worker process."""
        application = self._make()
        self._started()
        return application


def options(config: Config, bind: str, *, workers: int = 1) -> dict[str, Any]:
    """gunicorn's options: threads, kept-alive connections longer than a beat, no access log (it would keep addresses)."""
    return {
        "bind": bind,
        "workers": 1 if config.embedded else workers,
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
        "loglevel": "warning",
        "proc_name": "dokodemo",
        "control_socket_disable": True,
    }


def start_threads(app: Any, config: Config) -> Callable[[], None]:
    """What runs beside requests in one serving process; gives how to stop it. Called after the fork, never at import."""
    from dokodemo import worker
    from dokodemo.web import sockets

    stops: list[Callable[[], None]] = [sockets.start(app)]
    if config.embedded:
        stops.append(worker.start_thread(app.extensions["dokodemo"]).stop)

    def stop() -> None:
        for one in stops:
            one()

    return stop


def stop_at_exit(stop: Callable[[], None]) -> Callable[[Any, Any], None]:
    """gunicorn's hook: tell sockets, flush contacts, while the last requests are answered."""

    def leave(_arbiter: Any, _worker: Any) -> None:
        thread = threading.Thread(target=stop, daemon=True)
        thread.start()
        thread.join(4)

    return leave
