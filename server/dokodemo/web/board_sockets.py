"""The namespace ``/board``: who is connected, what they watch, in which rooms they listen.

A handshake carries its own check of origin and session; a room is joined only through the access function. Rooms are
named by unit, reach and view, so that nobody can hear more than the view that the server gave.
"""

import threading
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask import request
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import Namespace, join_room, leave_room

from dokodemo.actions import board, sign_in
from dokodemo.actions.facts import facts_of
from dokodemo.domain.access import Viewer
from dokodemo.domain.board_rooms import Room
from dokodemo.domain.errors import DokodemoError, ErrorCode, InvalidError
from dokodemo.domain.fact_documents import document_of, instant_text
from dokodemo.web import services
from dokodemo.web.board import document_of as snapshot_document
from dokodemo.web.headers import origin_of
from dokodemo.web.people_auth import cookie_name
from dokodemo.web.unit_counts import counts
from dokodemo.web.unit_counts import document_of as counts_document


@dataclass(frozen=True, slots=True)
class Listener:
    """One connected page: whose session, what it watches (no unit: the person's own facts alone), and the units whose
    figures it gets."""

    sid: str
    session_id: UUID
    viewer: Viewer
    unit: str | None = None
    rooms: frozenset[Room] = frozenset()
    visible: frozenset[str] = frozenset()


def room_name(room: Room) -> str:
    """A room as Socket.IO knows it."""
    return "|".join(room)


def own_room(person_id: UUID | None) -> str:
    """Where a person's own facts are sent, whole."""
    return f"self|{person_id}"


class BoardSockets(Namespace):
    """Pages of people. Methods named ``on_…`` are its events."""

    def __init__(self, namespace: str) -> None:
        super().__init__(namespace)
        self._lock = threading.Lock()
        self._listeners: dict[str, Listener] = {}

    def listeners(self) -> list[Listener]:
        """Everybody connected now."""
        with self._lock:
            return list(self._listeners.values())

    def keep(self, listener: Listener) -> None:
        """Put a listener in the place of what was known under its sid; one that has gone stays gone."""
        with self._lock:
            if listener.sid in self._listeners:
                self._listeners[listener.sid] = listener

    def on_connect(self, _auth: object = None) -> None:
        """Refuse another site's page and everybody without a session."""
        if request.headers.get("Origin") != origin_of(services().city.public_url):
            raise Refused(ErrorCode.CROSS_ORIGIN)
        try:
            signed_in = sign_in.of_cookie(services(), request.cookies.get(cookie_name(), ""))
        except DokodemoError as error:
            raise Refused(str(error.code)) from error
        sid = _sid()
        with self._lock:
            self._listeners[sid] = Listener(sid, signed_in.session.id, signed_in.viewer)
        join_room(own_room(signed_in.person.id))

    def on_disconnect(self, _reason: object = None) -> None:
        """Forget the page."""
        with self._lock:
            self._listeners.pop(_sid(), None)

    def on_watch(self, asked: object = None) -> dict[str, Any]:
        """``watch {unit, since?}``: join after the access check and answer with the snapshot, or with a code.

        Without a unit the page follows its person's own facts alone.
        """
        with self._lock:
            listener = self._listeners.get(_sid())
        if listener is None:
            return {"code": str(ErrorCode.NOT_SIGNED_IN)}
        try:
            unit, since = _read(asked)
            return self._watch(listener, unit, since)
        except DokodemoError as error:
            return {"code": str(error.code)}

    def _watch(self, listener: Listener, unit: str | None, since: str | None) -> dict[str, Any]:
        rooms: frozenset[Room] = frozenset()
        visible: frozenset[str] = frozenset()
        seen = None
        if unit is not None:
            seen = board.board_of(services(), listener.viewer, unit)
            rooms = seen.rooms
            with services().read() as transaction:
                visible = frozenset(board.visible_units(services(), transaction, listener.viewer, seen.tree))
        for room in listener.rooms - rooms:
            leave_room(room_name(room))
        for room in rooms - listener.rooms:
            join_room(room_name(room))
        self.keep(replace(listener, unit=unit, rooms=rooms, visible=visible))
        if seen is not None:
            now = counts()
            figures = counts_document(now.at, now.by_code, visible)
            return snapshot_document(board.snapshot(services(), seen, since)) | {"counts": figures}
        return self._own(listener)

    def _own(self, listener: Listener) -> dict[str, Any]:
        person_id = listener.viewer.person_id
        found = facts_of(services(), [person_id]) if person_id else {}
        facts = [document_of(one) for one in found.values()]
        return {"cursor": "", "full": True, "facts": facts, "server_time": instant_text(services().now())}


def _read(asked: object) -> tuple[str | None, str | None]:
    if not isinstance(asked, dict):
        raise InvalidError(ErrorCode.INVALID, "watch takes an object")
    unit, since = asked.get("unit"), asked.get("since")
    for value in (unit, since):
        if value is not None and (not isinstance(value, str) or not 0 < len(value) <= 80):
            raise InvalidError(ErrorCode.INVALID, "unit and since are short texts")
    return unit, since


def _sid() -> str:
    return str(request.sid)  # type: ignore[attr-defined]  # Flask-SocketIO adds it

