"""A simulated device: the extension's part of the protocol with a real key, over real HTTP.

It keeps its journal in memory, and instead of a disk it writes a history that the checker of the log reads. Its
clock may be wrong; it measures the offset and records it, as PROTOCOL section 2 asks.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

from dokodemo.crypto.keys import jwk_of_point, new_key
from dokodemo.demo.contact import Answer, Contact, RefusedError, UnansweredError, backoff
from dokodemo.demo.figures import Figures
from dokodemo.demo.history import History
from dokodemo.demo.ledger import Use
from dokodemo.demo.memory import Remembered
from dokodemo.demo.outbox import BATCH_EVENTS, KEPT, Outbox, Value
from dokodemo.demo.tokens import Tokens
from dokodemo.demo.wire import Wire
from dokodemo.domain import base64url
from dokodemo.domain.events import written

EXTENSION_VERSION = "1.0.0"
CLOCK_MOVED = timedelta(seconds=2)
# After these the device changes something and goes on; any other refusal stops it (PROTOCOL section 7, Retries).
_HALVE = frozenset({"unreadable", "too_large"})


class Device:
    """One use of one machine by one person: one key, one journal.

    ``refusal`` is the code that stopped it, or None. ``error`` is how far its clock is ahead of true time. While it
    ``holds_settings``, a changed etag waits (a replay shows people first). ``remembered`` is what it kept from before a
    restart: ``lived_at`` and ``declared_at`` say up to when its planned day is behind it.
    """

    def __init__(
        self, use: Use, url: str, wire: Wire, tokens: Tokens, *, history: History | None = None, error: float = 0.0,
        kept: int = KEPT, remembered: Remembered | None = None,
    ) -> None:  # fmt: skip
        self.use = use
        self.error = timedelta(seconds=error)
        self.outbox = remembered.outbox if remembered else Outbox(new_key(), kept=kept)
        self.contact = Contact(url, wire, self.outbox.key, now=self.now)
        self.binding_id: str | None = remembered.binding_id if remembered else None
        self.lived_at = remembered.lived_at if remembered else None
        self.declared_at = remembered.declared_at if remembered else None
        self.person_id: str | None = None
        self.etag: str | None = None
        self.revision: list[int] = [0, 0]
        self.settings: dict[str, Any] = {}
        self.next_beat_s = 60.0
        self.refusal: str | None = None
        self.reachable = True
        self.holds_settings = False
        self._tokens = tokens
        self._history = history or History()
        self._epoch: int | None = None
        self._offset = timedelta()
        self._most = BATCH_EVENTS
        self._foreign_head = False
        self._busy = asyncio.Lock()
        self._orders_done: set[str] = set()
        self._random = Random(use.number)
        if remembered is None:
            self._history.began(self.outbox.key)

    @property
    def journal(self) -> str:
        """The journal's name: its key's."""
        return self.outbox.key.keyid

    @property
    def figures(self) -> Figures:
        """Where this device's requests are counted."""
        return self.contact.figures

    def now(self) -> datetime:
        """The device's own clock."""
        return datetime.now(UTC) + self.error

    def record(
        self, kind: str, at: datetime, members: dict[str, Value] | None = None, *, lived_at: datetime | None = None
    ) -> None:
        """Append an event of true instant ``at``; true instants among ``members`` are shifted like ``at``.

        ``lived_at``: up to when the planned day is lived with it.
        """
        moved = {
            name: value + self.error if isinstance(value, datetime) else value
            for name, value in (members or {}).items()
        }
        self.lived_at = lived_at or self.lived_at
        with self._noting_what_goes():
            self._history.recorded(self.journal, self.outbox.append(kind, at + self.error, moved), lived_at)

    def declared(self, at: datetime) -> None:
        """The planned entries up to then were given out."""
        self.declared_at = at
        self._history.declared(at)

    @contextmanager
    def _noting_what_goes(self) -> Iterator[None]:
        before = self.outbox.first_kept
        yield
        if self.outbox.first_kept > before:
            self._history.pruned(self.journal, self.outbox.first_kept - 1)

    async def sign_in(self, due: float | None = None) -> None:
        """Challenge, id_token, binding; until it is bound or refused."""
        await self._insist(self._bind, due)

    async def fetch_settings(self, due: float | None = None) -> None:
        """The settings, if they are not those it has; results are reported for what changed."""
        await self._insist(self._fetch_settings, due)

    async def flush(self, due: float | None = None, *, alive: bool = True, once: bool = False) -> None:
        """Send what waits, one flight at a time.

        ``once``: one flight, which is a beat when nothing waits; and what its answer made the device record.
        """
        async with self._busy:
            while self.refusal is None and self.reachable:
                recorded = self.outbox.last_seq
                await self._insist(lambda due: self._flight(due, alive=alive), due)
                due = None
                told = once and self.outbox.last_seq == recorded
                if told or self._foreign_head or not self.outbox.waiting:
                    return

    async def declare(
        self,
        status: str,
        made_at: datetime,
        *,
        destination: str | None = None,
        back_at: datetime | None = None,
        for_person: str | None = None,
        due: float | None = None,
    ) -> None:
        """A whereabouts entry; the same id in every repeat."""
        entry: dict[str, Any] = {"id": str(uuid4()), "status": status, "made_at": written(made_at + self.error)}
        entry |= {"destination": destination} if destination else {}
        entry |= {"back_at": written(back_at)} if back_at else {}
        entry |= {"for_person": for_person} if for_person else {}
        body = json.dumps(entry, ensure_ascii=False).encode("utf-8")

        async def put(due: float | None) -> None:
            await self.contact.call("whereabouts", "PUT", "/api/v1/whereabouts", body, due=due)

        try:
            await self._insist(put, due, stops=False)
        except RefusedError:
            return  # counted by the contact; a refused entry is no reason to stop recording

    async def _insist(
        self, attempt: Callable[[float | None], Awaitable[None]], due: float | None, *, stops: bool = True
    ) -> None:
        """Repeat with backoff what was not answered; a refusal that cannot be mended stops the device."""
        tries = 0
        while self.refusal is None:
            try:
                if self.binding_id is None and attempt != self._bind:
                    await self._bind(due)
                    due = None
                await attempt(due)
                return
            except UnansweredError as error:
                self.figures.retries += 1
                wait = backoff(self._random, tries, error.retry_after)
                await asyncio.sleep(wait)
                if not self.reachable:
                    return
                tries += 1
                due = None
            except RefusedError as error:
                due = None
                if not self._mend(error):
                    if not stops:
                        raise
                    self.refusal = error.code

    def _mend(self, error: RefusedError) -> bool:
        """Whether something can be changed so that the next attempt may be taken."""
        if error.code == "journal_gap":
            self.outbox.rewind(int(error.document["next_seq"]))
        elif error.code in _HALVE and self.outbox.waiting:
            if self._most == 1:
                self.outbox.give_up_on(max(self.outbox.acknowledged, self.outbox.first_kept))
            self._most = max(self._most // 2, 1)
        elif error.code == "unknown_key" and self.binding_id is not None:
            self.binding_id = None
        elif error.code != "nonce_invalid":
            return False
        return True

    async def _bind(self, due: float | None) -> None:
        jwk = jwk_of_point(self.outbox.key.point)
        challenge = await self.contact.call(
            "challenge", "POST", "/api/v1/bindings/challenge", _json({"public_key": jwk}), due=due, signed=False
        )
        nonce = str(challenge.document["nonce"])
        machine = self.use.machine
        body = {
            "public_key": jwk,
            "id_token": await self._tokens(self.use.member, nonce),
            "nonce": nonce,
            "device": {
                "directory_id": machine.directory_id, "serial": machine.serial, "asset_id": machine.asset_label,
                "annotated_location": None, "hostname": machine.asset_label.lower(), "model": machine.model,
                "os_version": "16433.41.0", "platform": "cros",
            },
            "extension_version": EXTENSION_VERSION,
        }  # fmt: skip
        answer = await self.contact.call("binding", "POST", "/api/v1/bindings", _json(body))
        bound = answer.document
        self.binding_id, self.person_id = str(bound["binding_id"]), str(bound["person"]["id"])
        self._history.bound(self.journal, self.binding_id, self.use.member.staff_number)
        self._take(bound)

    async def _fetch_settings(self, due: float | None) -> None:
        answer = await self.contact.call("settings", "GET", "/api/v1/settings", due=due, etag=self.etag)
        if answer.status == 304:
            return
        document = answer.document
        self.etag = str(document["etag"])
        if document["revision"] < self.revision:  # I8: a device never goes back
            return
        changed = [key for key, value in document["values"].items() if self.settings.get(key) != value]
        self.revision, self.settings = document["revision"], document["values"]
        self._history.applied(self.journal, self.revision)
        if changed:
            results = [{"key": key, "state": "applied"} for key in changed]
            body = _json({"revision": self.revision, "results": results})
            await self.contact.call("settings_results", "POST", "/api/v1/settings/results", body)

    async def _flight(self, due: float | None, *, alive: bool) -> None:
        batch = self.outbox.batch(alive=alive, sent_at=self.now(), most=self._most)
        journal = self.journal
        if batch.count:
            self._history.sent(journal, batch.first_seq, batch.count)
        answer = await self.contact.call(
            "events" if batch.count else "beat", "POST", "/api/v1/events", batch.body, due=due
        )
        self._most = min(self._most * 2, BATCH_EVENTS)
        self._measure(answer)
        self._take(answer.document)
        self.next_beat_s = float(answer.document.get("next_beat_s", self.next_beat_s))
        if not self.holds_settings and answer.document.get("settings_etag") not in (None, self.etag):
            await self._fetch_settings(None)
        for order in answer.document.get("orders", ()):
            await self._obey(order)

    def _take(self, document: dict[str, Any]) -> None:
        """Move on as far as the server says, if its head is the device's own."""
        next_seq, epoch = int(document["next_seq"]), int(document["epoch"])
        if self._epoch is not None and epoch > self._epoch:
            self.outbox.rewind(max(next_seq, self.outbox.first_kept))
            self._history.epoch(self.journal, epoch, next_seq)
        self._epoch = epoch if self._epoch is None else max(epoch, self._epoch)
        if next_seq < self.outbox.first_kept:
            self._foreign_head = False
            return  # a restored backup is older than what is kept: the flight from there leaves a gap
        own = self.outbox.head_at(next_seq - 1)
        self._foreign_head = own is None or base64url.encode(own) != document["head"]
        if self._foreign_head:
            # A fork: the order to rebind follows. Nothing is acknowledged by a foreign head.
            self.figures.mismatches += 1
            return
        before = self.outbox.acknowledged
        with self._noting_what_goes():
            self.outbox.acknowledge(next_seq)
        if self.outbox.acknowledged > before:
            self.figures.events += self.outbox.acknowledged - before
            self._history.acknowledged(self.journal, next_seq, list(document.get("refused", ())))

    def _measure(self, answer: Answer) -> None:
        """The offset of the own clock, NTP-style; recorded when it moves by more than two seconds."""
        if answer.round_trip >= CLOCK_MOVED or "server_time" not in answer.document:
            return
        server = datetime.fromisoformat(str(answer.document["server_time"])) + answer.round_trip / 2
        offset = server - self.now()
        if abs(offset - self._offset) > CLOCK_MOVED:
            self._offset = offset
            self.record("clock", datetime.now(UTC), {"offset_ms": round(offset.total_seconds() * 1000)})

    async def _obey(self, order: dict[str, Any]) -> None:
        order_id, kind = str(order["id"]), str(order["kind"])
        if order_id in self._orders_done:
            return
        self._orders_done.add(order_id)
        state = "done"
        match kind:
            case "rebind":
                await self._rebind()
            case "present_token":
                await self._present(order_id)
            case "reload_settings":
                await self._fetch_settings(None)
            case "announce":
                pass
            case _:
                state = "unsupported"
        await self.contact.call("order_result", "POST", f"/api/v1/orders/{order_id}/result", _json({"state": state}))

    async def _present(self, order_id: str) -> None:
        """A fresh id_token for the same key; asked for again when it could not be given."""
        try:
            await self._bind(None)
        except UnansweredError:
            self._orders_done.discard(order_id)
            raise

    async def _rebind(self) -> None:
        """A new key and journal, into which goes what was never acknowledged, marked ``carried_over``."""
        old, old_binding = self.outbox, self.binding_id
        self.outbox = Outbox(new_key())
        self.contact.key = self.outbox.key
        self._history.began(self.outbox.key)
        self._history.replaced(old.key.keyid, self.journal)
        for kept in old.unacknowledged():
            event = json.loads(kept.text)
            at, kind = datetime.fromisoformat(event.pop("at")), event.pop("kind")
            event["carried_over"] = f"{old_binding}/{event.pop('seq')}"
            self._history.recorded(self.journal, self.outbox.append(kind, at, event))
        await self._bind(None)


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
