"""The sockets: put on the application here, brought to life by ``start`` in the serving process, ended by ``stop``.

WebSocket alone. Each socket holds one thread of the pool for its whole life, so their number is capped below
``threads - 16``: above it a handshake is answered 503 and the API stays alive.
"""

import re
import threading
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, current_app
from flask_socketio import SocketIO

from dokodemo.web.board_sockets import BoardSockets
from dokodemo.web.broadcast import Broadcaster
from dokodemo.web.device_sockets import DeviceSockets
from dokodemo.web.headers import origin_of
from dokodemo.web.unit_counts import UnitCounts

KEPT_FOR_REQUESTS = 16  # threads that no socket ever takes
PING_EVERY, PING_LOST = 10, 5  # seconds: a dead line is known within fifteen
LARGEST_MESSAGE = 16 * 1024
PATH = "/socket.io"

Environ = dict[str, Any]
Wsgi = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class SocketGate:
    """Counts sockets and refuses politely above the cap; everything else passes."""

    def __init__(self, inner: Wsgi, cap: int) -> None:
        self.cap = cap
        self.open = 0
        self._inner = inner
        self._lock = threading.Lock()

    @property
    def full(self) -> bool:
        """Whether no further socket is taken."""
        return self.open >= self.cap

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve a request; a WebSocket is served until it closes."""
        if not str(environ.get("PATH_INFO", "")).startswith(PATH):
            return self._inner(environ, start_response)
        if "HTTP_UPGRADE" in environ and not _is_handshake(environ):
            start_response("400 Bad Request", [("Sec-WebSocket-Version", "13"), ("Content-Length", "0")])
            return [b""]
        with self._lock:
            taken = self.open < self.cap
            self.open += taken
        if not taken:
            start_response("503 Service Unavailable", [("Retry-After", "30"), ("Content-Length", "0")])
            return [b""]
        try:
            return self._inner(environ, start_response)
        finally:
            with self._lock:
                self.open -= 1


def _is_handshake(environ: Environ) -> bool:
    """What RFC 6455, section 4.2.1, asks of a client; without it the library below fails instead of refusing."""
    connection = str(environ.get("HTTP_CONNECTION", "")).lower()
    return (
        environ["REQUEST_METHOD"] == "GET"
        and str(environ["HTTP_UPGRADE"]).lower() == "websocket"
        and "upgrade" in [word.strip() for word in connection.split(",")]
        and environ.get("HTTP_SEC_WEBSOCKET_VERSION") == "13"
        and re.fullmatch(r"[A-Za-z0-9+/]{22}==", str(environ.get("HTTP_SEC_WEBSOCKET_KEY", ""))) is not None
    )


def install(app: Flask, *, async_mode: str = "threading") -> None:
    """Put both namespaces on the application. Starts nothing."""
    config = app.extensions["dokodemo_config"]
    socketio = SocketIO(
        app, async_mode=async_mode, transports=["websocket"], allow_upgrades=False, manage_session=False,
        cors_allowed_origins=[origin_of(config.public_url)] if not config.live_url else "*",
        ping_interval=PING_EVERY, ping_timeout=PING_LOST, max_http_buffer_size=LARGEST_MESSAGE, cookie=None,
    )  # fmt: skip
    boards, devices = BoardSockets("/board"), DeviceSockets("/device")
    socketio.on_namespace(boards)
    socketio.on_namespace(devices)
    gate = SocketGate(app.wsgi_app, max(config.threads - KEPT_FOR_REQUESTS, 1))
    app.wsgi_app = gate  # type: ignore[method-assign]
    app.extensions["dokodemo_sockets"] = gate
    app.extensions["dokodemo_counts"] = UnitCounts(app.extensions["dokodemo"])
    app.extensions["dokodemo_broadcaster"] = Broadcaster(app, socketio, boards)


def full() -> bool:
    """Whether this process takes no further socket."""
    return bool(current_app.extensions["dokodemo_sockets"].full)


def start(app: Flask) -> Callable[[], None]:
    """Begin to send what moves, in a thread of this process; gives how to stop and close all sockets."""
    broadcaster: Broadcaster = app.extensions["dokodemo_broadcaster"]
    broadcaster.start()
    return broadcaster.stop


def stop(app: Flask) -> None:
    """Say ``going_away`` on every socket and close them with jitter."""
    app.extensions["dokodemo_broadcaster"].stop()
