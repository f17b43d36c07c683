"""A Chromebook in a schedule: it records, sends one request at a time, waits, gives up, tries again, obeys."""

import hashlib
import json
from datetime import datetime, timedelta
from random import Random
from typing import Any, Protocol

from dokodemo.crypto import signatures
from dokodemo.crypto.keys import DeviceKey
from dokodemo.crypto.signatures import Signature, SignedRequest
from dokodemo.domain import base64url
from dokodemo.domain.events import Place, written
from tests.simulation.clock import Agenda
from tests.simulation.outbox import MOST_EVENTS, Answer, Disk, new_disk
from tests.simulation.server import Request
from tests.simulation.truth import Truth

AUTHORITY = "127.0.0.1:8000"
GIVES_UP = 20.0  # seconds without an answer
MOVED = timedelta(seconds=2)
KINDS = ("locked", "unlocked", "away", "back", "meeting_began", "meeting_ended", "place_declared", "network_place")


class Around(Protocol):
    """What a device finds around it."""

    clock: Agenda
    truth: Truth
    random: Random
    draining: bool
    signs: bool

    def send(self, device: "Device", request: Request) -> None:
        """Put a request on its way."""

    def leaves(self, disk: Disk) -> None:
        """A key is left with what it holds."""

    def new_key(self) -> DeviceKey:
        """The next key."""


class Device:
    """One profile of one person. ``ahead``: how far its clock is from true time; ``offset``: what it knows of that."""

    def __init__(self, around: Around, email: str) -> None:
        self.around = around
        self.email = email
        self.disk: Disk = new_disk(around.new_key())
        self.ahead = timedelta()
        self.offset = timedelta()
        self.flight: Request | None = None
        self.attempt = 0
        self.alive = True
        self.place = around.random.choice((Place.OFFICE, Place.HOME, Place.UNKNOWN))
        self.image: Disk | None = None
        self.image_of = 0  # how many backups had been restored when it was taken

    def now(self) -> datetime:
        """The device's own clock."""
        at = self.around.clock() + self.ahead
        return at.replace(microsecond=at.microsecond // 1000 * 1000)

    # ------------------------------------------------------------------------------------------------------ recording

    def record(self, kind: str, **members: Any) -> None:
        """Append one event; the transaction completes at once."""
        truth = self.around.truth
        stored = self.disk.append(truth.recorded, kind, self.now(), members)
        truth.recorded += 1
        truth.wrote(self.disk, stored)

    def happens(self) -> None:
        """Something of a working day."""
        random = self.around.random
        if random.random() < 0.03:
            self.record("Not a word")  # a form that is refused, and takes its number
            return
        kind = random.choice(KINDS)
        if kind == "away":
            self.record(kind, since=written(self.now() - timedelta(minutes=random.randint(1, 15))))
        elif kind.endswith(("declared", "place")):
            self.record(kind, place=random.choice(("desk", "home", "field")))
        else:
            self.record(kind)

    def starts(self) -> None:
        """A new browser session: what was under way is forgotten, the disk stays."""
        self.flight, self.attempt, self.alive = None, 0, True
        if self.disk.events and self.around.random.random() < 0.5:
            self.record("ended", how="recovered")
        self.record("started", how="login")
        self.act()

    def starts_again(self) -> None:
        """The same, unless it runs."""
        if not self.alive:
            self.starts()

    # -------------------------------------------------------------------------------------------------------- sending

    def act(self, *, beat: bool = False) -> None:
        """Send what is due, unless a request is under way."""
        disk = self.disk
        if self.flight is not None or disk.blocked or not self.alive:
            return
        if disk.binding_id is None or disk.wanted:
            self._fly(self._binding())
        elif disk.unsent or beat:
            self._fly(self._batch())

    def _binding(self) -> Request:
        said = {"iss": "https://issuer.example", "sub": f"sub-{self.email}", "email": self.email}
        signed, _ = self._signed("/api/v1/bindings", json.dumps(said).encode())
        return Request(self.disk, signed, binds=True, replaces=self.disk.replaces)

    def _batch(self) -> Request:
        random = self.around.random
        most = MOST_EVENTS if random.random() < 0.7 else random.randint(max(1, self.disk.unsent // 3), MOST_EVENTS)
        frame = self.disk.frame(most, self.now(), alive=True)
        if frame.count:
            self.around.truth.line("sent", self.disk, first_seq=frame.first_seq, count=frame.count)
        request = self._unsigned(frame.body) if not self.around.signs else None
        if request is None:
            signed, headers = self._signed("/api/v1/events", frame.body)
            request = Request(self.disk, signed, headers=headers)
        request.first_seq, request.count, request.place = frame.first_seq, frame.count, self.place
        return request

    def _unsigned(self, body: bytes) -> Request:
        created = int((self.now() + self.offset).timestamp())
        base = b"%d %s" % (created, hashlib.sha256(body).digest())
        request = SignedRequest("POST", AUTHORITY, "/api/v1/events", None, {}, body)
        return Request(self.disk, request, signature=Signature(self.disk.name, created, base, b""))

    def frames_wrongly(self, *, contradicting: bool) -> None:
        """Send a batch as a wrong device does: it begins before what it keeps, or (a copy of this profile) it follows
        upon another history."""
        self.happens()
        disk = self.disk
        body = disk.frame(MOST_EVENTS, self.now(), alive=False).body
        if contradicting:
            old, new = b'"first_kept":%d' % (disk.base_seq + 1), b'"first_kept":%d' % (disk.waiting_from + 1)
        else:
            old, new = (base64url.encode(head).encode() for head in (disk.head_at(disk.waiting_from - 1), bytes(32)))
        assert old in body
        request = self._unsigned(body.replace(old, new))
        request.alive = False
        self.around.send(self, request)

    def _signed(self, path: str, body: bytes) -> tuple[SignedRequest, dict[str, str]]:
        created = int((self.now() + self.offset).timestamp())
        headers = signatures.sign(self.disk.key, SignedRequest("POST", AUTHORITY, path, None, {}, body), created)
        lower = {name.lower(): value for name, value in headers.items()}
        return SignedRequest("POST", AUTHORITY, path, None, lower, body), lower

    def _fly(self, request: Request) -> None:
        self.flight = request
        self.around.send(self, request)
        self.around.clock.after(GIVES_UP, lambda: self._give_up(request))

    def _give_up(self, request: Request) -> None:
        if self.flight is request:
            self.flight = None
            self._again()

    def _again(self) -> None:
        self.attempt = min(self.attempt + 1, 6)
        self.around.clock.after(self.around.random.uniform(0.1, 2.0**self.attempt), lambda: self.act(beat=True))

    def beats(self) -> None:
        """The beat that falls due, and the next one."""
        self.act(beat=True)
        if not self.around.draining:
            self.around.clock.after(self.around.random.uniform(60, 300), self.beats)

    # -------------------------------------------------------------------------------------------------------- answers

    def answered(self, request: Request, answer: Answer, server_time: datetime) -> None:
        """An answer has arrived; only the one that is waited for counts."""
        if self.flight is not request or self.disk is not request.disk:
            return
        self.flight = None
        if answer.kind == "clock_skew":
            self.offset = server_time - self.now()
            self.act(beat=True)
            return
        leaves = self.disk.land(answer)
        if answer.kind == "receipt" and not leaves:
            refused = [{"seq": seq, "digest": self.disk.digest_at(seq)} for seq in answer.refused]
            self.around.truth.line("acknowledged", self.disk, next_seq=self.disk.next_seq, refused=refused)
        self._measure(answer, server_time)
        if leaves:
            self.around.leaves(self.disk)
            self._rebind()
        if answer.kind in {"receipt", "bound", "cannot_replace", "journal_gap", "unknown_key"}:
            self.attempt = 0
            if self.disk.unsent or self.disk.binding_id is None or self.disk.wanted:
                self.around.clock.after(0.01, self.act)
        elif not self.disk.blocked:
            self._again()

    def _measure(self, answer: Answer, server_time: datetime) -> None:
        offset = server_time - self.now()
        if answer.kind == "receipt" and abs(offset - self.offset) > MOVED:
            self.offset = offset
            self.record("clock", offset_ms=round(offset / timedelta(milliseconds=1)))

    def _rebind(self) -> None:
        old, truth = self.disk, self.around.truth
        self.disk = old.rebound(self.around.new_key())
        truth.line("replaced", old, by=self.disk.name)
        for stored in self.disk.events:
            truth.wrote(self.disk, stored)
        self.record("started", how="rotated")
