"""The thread that carries changes from the shared state to the sockets of this process.

It waits on the line of changes, gathers what moves within a tenth of a second, narrows each person's facts once for
each view, and sends one frame to each room. Nothing is sent that a view may not hold: rooms are views.
"""

import random
import threading
import time
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import structlog
from flask import Flask
from flask_socketio import SocketIO

from dokodemo.actions import Services
from dokodemo.actions.audience import Audience, load
from dokodemo.actions.facts import facts_of
from dokodemo.actions.present_counts import Count
from dokodemo.actions.whereabouts import turn
from dokodemo.domain.changes import Change, LiveLostError
from dokodemo.domain.errors import DokodemoError
from dokodemo.domain.fact_documents import document_of, instant_text
from dokodemo.domain.facts import Facts, View, narrowed
from dokodemo.web.board_sockets import BoardSockets, own_room, room_name
from dokodemo.web.device_sockets import binding_room, person_room
from dokodemo.web.listeners import Doorkeeper, close_socket
from dokodemo.web.unit_counts import UnitCounts
from dokodemo.web.unit_counts import document_of as counts_document

log = structlog.get_logger()

GATHER = 0.1  # seconds
WAIT = 1.0
CHECK_EVERY = 3.0  # whether rights still hold: a room is left within five seconds
COUNT_EVERY = 3.0  # the figures of the tree of units
TURN_EVERY = 10.0  # whether a declared entry began or ended by itself
AUDIENCE_EVERY = 60.0
AWAY_WITHIN = 1.5  # over how long sockets are closed at the end
READS_ALL = frozenset({"roster", "rights", "settings"})
DRAWN_FROM = frozenset({"roster", "boards"})


class Broadcaster:
    """One for each serving process. ``start`` and ``stop`` are its whole life."""

    def __init__(self, app: Flask, socketio: SocketIO, boards: BoardSockets) -> None:
        self._app = app
        self._socketio = socketio
        self._boards = boards
        self._services: Services = app.extensions["dokodemo"]
        self._doorkeeper = Doorkeeper(self._services, socketio, boards)
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._cursor: str | None = None
        self._audience: Audience | None = None
        self._counts: UnitCounts = app.extensions["dokodemo_counts"]
        self._counted: Mapping[str, Count] = {}
        self._uncounted: set[UUID] | None = None  # who moved since the last count; None: not known
        self._last = {"check": 0.0, "turn": 0.0, "audience": 0.0, "count": 0.0}
        self._turned_at: datetime | None = None
        self._day: date | None = None

    def start(self) -> None:
        """Begin, once."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="broadcaster", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Say that the server goes, close all sockets within a moment, end the thread."""
        if self._ending.is_set():
            return
        self._ending.set()
        for namespace in ("/board", "/device"):
            self._socketio.emit("going_away", {}, namespace=namespace)
        server = self._socketio.server
        sockets = list(server.eio.sockets)
        random.shuffle(sockets)
        for engine_sid in sockets:
            close_socket(server, engine_sid)
            time.sleep(min(0.02, AWAY_WITHIN / len(sockets)))
        if self._thread is not None:
            self._thread.join(WAIT + 1)

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self._step()
            except LiveLostError:
                self._cursor = None
                self._ending.wait(WAIT)
            except DokodemoError as error:
                log.warning("broadcast_waits", code=str(error.code))
                self._ending.wait(WAIT)
            except Exception as error:
                # the thread outlives any one frame; the log has the reason
                log.exception("broadcast_failed", exc_info=error)
                self._ending.wait(WAIT)

    def _step(self) -> None:
        """One round: what moved, then what is due by the clock."""
        live = self._services.live
        if self._cursor is None:
            self._cursor = live.cursor()
            self._uncounted = None
            self._socketio.emit("look_again", {}, namespace="/board")
        moved = live.wait(self._cursor, WAIT)
        if moved is not None and moved[1] and not self._ending.is_set():
            self._ending.wait(GATHER)
            more = live.wait(moved[0], 0)
            moved = None if more is None else (more[0], moved[1] + more[1])
        if moved is None:
            self._cursor = None
            return
        self._cursor = moved[0]
        self._carry(moved[1])
        self._by_the_clock()

    def _carry(self, changes: list[Change]) -> None:
        if any(change.kind in READS_ALL for change in changes):
            self._audience = self._uncounted = None
            everybody = any(change.kind != "rights" or not change.subject for change in changes if change.kind in READS_ALL)
            people = None if everybody else {change.subject for change in changes if change.kind == "rights"}
            self._doorkeeper.check_rights(people)
        if any(change.kind in DRAWN_FROM for change in changes):
            self._redraw()
        self._ring(changes)
        moved = {UUID(change.subject) for change in changes if change.kind == "person"}
        if self._uncounted is not None:
            self._uncounted |= moved
        if moved and self._boards.listeners():
            self._send(moved)

    def _redraw(self) -> None:
        """Open boards are drawn from something else now: they fetch themselves anew, or offer to."""
        self._uncounted = None
        self._socketio.emit("moved", {}, namespace="/board")

    def _send(self, moved: set[UUID]) -> None:
        """One frame to each room in which somebody listens."""
        facts = facts_of(self._services, moved)
        about = {"cursor": self._cursor, "server_time": instant_text(self._services.now())}
        documents: dict[tuple[UUID, View], dict[str, Any]] = {}
        listeners = self._boards.listeners()
        for room in {room for listener in listeners for room in listener.rooms}:
            code, reach, view = room
            frame = [
                _document(documents, facts[person], view)
                for person in moved
                if (code, reach) in self._who_listens().rooms_of(person)
            ]
            if frame:
                self._emit("facts", frame, about, room_name(room))
        for person in moved & {listener.viewer.person_id for listener in listeners}:
            self._emit("own_facts", [document_of(facts[person])], about, own_room(person))

    def _count(self) -> None:
        """The figures that changed, to everybody as far as they may open the boards; nothing while nobody watches."""
        if not any(listener.visible for listener in self._boards.listeners()):
            self._uncounted = None
            return
        moved, self._uncounted = self._uncounted, set()
        counts = self._counts.follow(moved)
        changed = {code: count for code, count in counts.by_code.items() if self._counted.get(code) != count}
        self._counted = counts.by_code
        if not changed:
            return
        watching: dict[frozenset[str], list[str]] = {}
        for listener in self._boards.listeners():  # whoever came meanwhile may have been answered the figures before
            watching.setdefault(listener.visible, []).append(listener.sid)
        for visible, sids in watching.items():
            document = counts_document(counts.at, changed, visible)
            if document["units"]:
                self._socketio.emit("counts", document, namespace="/board", to=sids)

    def _emit(self, event: str, frame: list[dict[str, Any]], about: dict[str, Any], room: str) -> None:
        self._socketio.emit(event, (frame, about), namespace="/board", to=room)

    def _ring(self, changes: Iterable[Change]) -> None:
        """The doorbell of devices."""
        for change in changes:
            if change.kind == "settings":
                to = person_room(change.subject) if change.subject else None
                self._socketio.emit("settings", {"etag": None}, namespace="/device", to=to)
            elif change.kind == "orders" and change.subject:
                self._socketio.emit("orders", {}, namespace="/device", to=binding_room(change.subject))

    def _by_the_clock(self) -> None:
        now = self._services.now()
        day = now.astimezone(self._services.city.zone).date()
        if self._due("check", CHECK_EVERY):
            self._doorkeeper.check_sessions()
            self._doorkeeper.close_strays()
        if self._due("audience", AUDIENCE_EVERY):
            self._audience = None
        if self._day is not None and day != self._day:
            self._audience = None
            self._doorkeeper.check_rights(None)
            self._redraw()
        self._day = day
        if self._due("count", COUNT_EVERY):
            self._count()
        if self._due("turn", TURN_EVERY):
            if self._turned_at is not None:
                turn(self._services, self._turned_at, now)
            self._turned_at = now

    def _due(self, what: str, every: float) -> bool:
        at = time.monotonic()
        if at - self._last[what] < every:
            return False
        self._last[what] = at
        return True

    def _who_listens(self) -> Audience:
        if self._audience is None:
            self._audience = load(self._services)
        return self._audience


def _document(
    documents: dict[tuple[UUID, View], dict[str, Any]], facts: Facts, view: View
) -> dict[str, Any]:
    name = facts.person_id, view
    if name not in documents:
        documents[name] = document_of(narrowed(facts, view))
    return documents[name]

