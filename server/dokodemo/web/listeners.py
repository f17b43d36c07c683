"""Whether everybody who listens still may: sessions that ended close, rooms whose right ended are left."""

from dataclasses import replace
from typing import Any

from flask_socketio import SocketIO

from dokodemo.actions import Services
from dokodemo.actions.audience import rights_of
from dokodemo.domain.errors import DokodemoError
from dokodemo.store import web_sessions
from dokodemo.web.board_sockets import BoardSockets, Listener, room_name


def close_socket(server: Any, engine_sid: str) -> None:
    """Close one connection with everything in it, without waiting for what it had still to send."""
    socket = server.eio.sockets.get(engine_sid)
    if socket is not None:
        socket.close(wait=False)  # waiting would hang on a line that is dead already


class Doorkeeper:
    """Looks after the listeners of one process."""

    def __init__(self, services: Services, socketio: SocketIO, boards: BoardSockets) -> None:
        self._services = services
        self._socketio = socketio
        self._boards = boards
        self._strays: set[str] = set()

    def close_strays(self) -> None:
        """Close sockets that were let into no namespace since the last look: each of them holds a thread."""
        server = self._socketio.server
        inside = {engine for name in ("/board", "/device") for _sid, engine in server.manager.get_participants(name, None)}
        strays = set(server.eio.sockets) - inside
        for engine in strays & self._strays:
            close_socket(server, engine)
        self._strays = strays

    def check_sessions(self) -> None:
        """Close what no longer has a session: signed out, revoked, run out."""
        listeners = self._boards.listeners()
        ids = list({listener.session_id for listener in listeners})
        if not ids:
            return
        with self._services.read() as transaction:
            holding = web_sessions.holding(transaction, ids, self._services.now())
        for listener in listeners:
            if listener.session_id not in holding:
                self._send_away(listener, "not_signed_in")

    def check_rights(self, people: set[str] | None) -> None:
        """Look again at what these people (None: everybody) may see, and let them leave what they no longer may."""
        for listener in self._boards.listeners():
            if people is None or str(listener.viewer.person_id) in people:
                self._check(listener)

    def _check(self, listener: Listener) -> None:
        try:
            rights = rights_of(self._services, listener.viewer.person_id, listener.unit)
        except DokodemoError as error:
            self._send_away(listener, str(error.code))
            return
        rooms = rights.rooms
        self._boards.keep(replace(listener, viewer=rights.viewer, rooms=rooms, visible=rights.visible))
        if rooms == listener.rooms:
            return
        server = self._socketio.server
        for room in listener.rooms - rooms:
            server.leave_room(listener.sid, room_name(room), namespace="/board")
        for room in rooms - listener.rooms:
            server.enter_room(listener.sid, room_name(room), namespace="/board")
        self._socketio.emit("look_again", {}, namespace="/board", to=listener.sid)

    def _send_away(self, listener: Listener, code: str) -> None:
        server = self._socketio.server
        for room in listener.rooms:
            server.leave_room(listener.sid, room_name(room), namespace="/board")
        self._boards.keep(replace(listener, rooms=frozenset(), unit=None, visible=frozenset()))
        self._socketio.emit("left", {"code": code}, namespace="/board", to=listener.sid)
        if code in ("not_signed_in", "retired"):
            server.disconnect(listener.sid, namespace="/board")
