"""A wire between one device and the server that a test can cut, clog and mend."""

import contextlib
import socket
import threading
from collections.abc import Callable

from tests.services.programs import free_port


class Link:
    """A TCP relay on a loopback port of its own; the device's server address is this port.

    ``cut`` is a network that is gone (connections drop, new ones are refused), ``stall`` one that swallows everything.
    """

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.port = free_port()
        self._flows = threading.Event()
        self._flows.set()
        self._ends: set[socket.socket] = set()
        self._listener = self._listen()

    @property
    def url(self) -> str:
        """What a device is told to be its server."""
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """The network is gone, for open connections too."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for end in list(self._ends):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def stall(self) -> None:
        """Nothing arrives any more, and nobody is told."""
        self._flows.clear()

    def mend(self) -> None:
        """As if nothing had been; what was stalled arrives now."""
        self._flows.set()
        if self._listener.fileno() < 0:
            self._listener = self._listen()

    def close(self) -> None:
        """End of the test."""
        self._flows.set()
        self.cut()

    def _listen(self) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(64)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:  # closed by cut()
                return
            try:
                far = socket.create_connection(self.target)
            except OSError:  # the server is down: so is the link
                near.close()
                continue
            self._ends |= {near, far}
            for source, sink, look in ((near, far, self.asks), (far, near, self.answers)):
                threading.Thread(target=self._pump, args=(source, sink, near, look), daemon=True).start()

    def asks(self, connection: socket.socket, data: bytes) -> None:
        """Looks at what a device sends before it is passed on; OSError breaks this connection."""

    def answers(self, connection: socket.socket, data: bytes) -> None:
        """Looks at what the server sends before it is passed on; OSError breaks this connection."""

    def _pump(
        self, source: socket.socket, sink: socket.socket, connection: socket.socket,
        look: Callable[[socket.socket, bytes], None],
    ) -> None:  # fmt: skip
        with contextlib.suppress(OSError):  # either side may hang up at any moment
            while data := source.recv(65536):
                self._flows.wait()
                look(connection, data)
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
            self._ends.discard(end)
