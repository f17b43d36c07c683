"""A trace of the model, played on the real extension and the real server: nothing of it may break there.

The steps are the model's; what they carry is made by the real code. A step that the real code does not allow (the
broken rule made it possible) is passed over. Each request is posted by two threads at once: two workers, and a repeat.
"""

import json
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sqlalchemy import select

from dokodemo.app import create_app
from dokodemo.domain import base64url
from dokodemo.domain.journals import following
from dokodemo.store import installation as facts
from dokodemo.store import snapshots
from dokodemo.store.rows.devices import bindings
from dokodemo.store.rows.journals import events, gaps, journals
from tests.device import Google
from tests.installation import Installation, build
from tests.model.puppets import Puppets
from tests.model.states import Request, digest_of
from tests.model.steps import NOTHING, Step
from tests.people import add_person

DISASTERS = {"set back", "evict", "restore", "prune", "rebind", "rotate"}


class Replay:
    """One world of real things."""

    def __init__(self, folder: Path, puppets: Puppets) -> None:
        self.file = folder / "dokodemo.sqlite3"
        self.backup = folder / "backup.sqlite3"
        self.folder, self.puppets = folder, puppets
        self.installation = self._opened()
        add_person(self.installation)
        self.puppets.do("begin")
        self.devices = 1
        self.flights: dict[int, tuple[Request, dict[str, Any]]] = {}  # what the model sent, and what the device did
        self.requests: dict[Request, dict[str, Any]] = {}
        self.answers: dict[Request, dict[str, Any]] = {}
        self.leaving: set[int] = set()
        self.recorded: list[int] = []
        self.listed: set[int] = set()
        self.played = 0

    def close(self) -> None:
        """Give the database back."""
        self.installation.services.database.close()

    def _opened(self) -> Installation:
        built = build(f"sqlite:///{self.file}", self.folder, google=Google())
        self.app = create_app(built.services, built.config)
        return built

    # ---------------------------------------------------------------------------------------------------------- steps

    def play(self, trace: Iterable[Step]) -> None:
        """All steps, with the invariants after each."""
        for step in trace:
            before = self.held()
            done = self._step(step)
            self.played += done
            gone = before - self.held()
            if step.kind in DISASTERS:
                self.listed |= gone
            else:
                assert not gone, f"{step} lost {gone}"
            self.check()

    def _step(self, step: Step) -> bool:
        match step.kind.removesuffix(", under way"):
            case "record":
                self.recorded.append(len(self.recorded))
                self.puppets.do("record", device=step.device, n=self.recorded[-1])
            case "send" | "bind":
                return self._sent(step.device, step.request, step.n)
            case "give up" | "die":
                self._died(step.device)
            case "serve" | "commit" | "answer early":
                return self._served(step.request)
            case "answer":
                return self._answered(step.device, step.request)
            case "rebind":
                return self._left(step.device, self.standing(step.device)["order"] or step.device in self.leaving)
            case "rotate":
                return self._left(step.device, not self.standing(step.device)["unsent"])
            case "prune":
                self.puppets.do("prune", device=step.device, through=step.n)
            case "image":
                self.puppets.do("image", device=step.device)
            case "set back":
                self._died(step.device)
                self.puppets.do("set_back", device=step.device)
            case "copy":
                self.puppets.do("copy")
                self.devices += 1
            case "evict":
                self._died(step.device)
                self.puppets.do("unpack", device=step.device)
            case "backup":
                self._copied()
            case "restore":
                self._restored()
            case _:
                return False  # begin, kill worker: nothing of it is seen from outside; order: nobody can give it
        return True

    def _sent(self, device: int, request: Request, most: int) -> bool:
        if device in self.flights:
            return False
        came = self.puppets.do("bind", device=device) if request.binds else self.puppets.do("send", device=device, most=most)
        while came.get("sent", {}).get("path", "").endswith("/challenge"):
            came = self.puppets.do("answer", device=device, reply=self._reply(came["sent"]))
        if "sent" not in came:
            return False
        self.flights[device] = request, came["sent"]
        self.requests[request] = came["sent"]
        return True

    def _served(self, request: Request) -> bool:
        if request not in self.requests:
            return False
        sent = self.requests[request]
        with ThreadPoolExecutor(2) as workers:
            one, _ = workers.map(self._reply, [sent, sent])
        self.answers[request] = one
        return True

    def _reply(self, sent: dict[str, Any]) -> dict[str, Any]:
        answer = self.app.test_client().open(
            sent["path"], method=sent["method"], data=sent["body"].encode() or None, headers=sent["headers"]
        )
        assert answer.status_code < 500, answer.text
        return {"status": answer.status_code, "headers": {"content-type": answer.content_type}, "body": answer.text}

    def _answered(self, device: int, request: Request) -> bool:
        flight, sent = self.flights.get(device, (NOTHING, {}))
        if flight != request:
            return False
        reply = self.answers.get(request) or self._reply(sent)
        del self.flights[device]
        end = self.puppets.do("answer", device=device, reply=reply).get("end")
        if end is None:
            self.puppets.do("die", device=device)
        elif end == "bind":
            self.puppets.do("unbind", device=device)
        elif end == "rebind":
            self.leaving.add(device)
        return True

    def _died(self, device: int) -> None:
        self.flights.pop(device, None)
        self.leaving.discard(device)
        self.puppets.do("die", device=device)

    def _left(self, device: int, wanted: bool) -> bool:
        if not wanted or not self.standing(device)["bound"]:
            return False
        self._died(device)
        self.puppets.do("rebind", device=device)
        return True

    def _copied(self) -> None:
        snapshots.take(self.installation.services.database, self.backup)

    def _restored(self) -> None:
        with self.installation.services.read() as transaction:
            epoch = facts.epoch(transaction)
        self.close()
        self.file = self.folder / f"epoch{epoch + 1}.sqlite3"
        shutil.copy(self.backup, self.file)
        self.installation = self._opened()
        self.installation.services.write(lambda transaction: facts.replace(transaction, facts.EPOCH, epoch + 1))
        self.requests.clear()  # a restore cuts the network; answers may still be on the wire

    # --------------------------------------------------------------------------------------------------------- at rest

    def drain(self) -> None:
        """Nothing goes wrong any more: every device sends until the server holds all of it."""
        for device in range(self.devices):
            self._died(device)
        for _ in range(40):
            at = [self.standing(device) for device in range(self.devices)]
            for device in range(self.devices):
                self._round(device)
            self.check()
            if at == [self.standing(device) for device in range(self.devices)]:
                return
        raise AssertionError(f"the devices do not come to rest: {at}")

    def _round(self, device: int) -> None:
        standing = self.standing(device)
        if device in self.leaving or (standing["order"] and standing["bound"]):
            self.leaving.discard(device)
            self._left(device, wanted=True)
            return
        request = NOTHING._replace(key=1000, binds=not standing["bound"])
        if self._sent(device, request, 1):
            self.answers.pop(request, None)
            self._served(request)
            self._answered(device, request)

    def standing(self, device: int) -> dict[str, Any]:
        """The device's journal and events."""
        return self.puppets.do("standing", device=device)

    # ---------------------------------------------------------------------------------------------------- what is true

    def log(self) -> dict[str, dict[int, tuple[str, bytes, bool]]]:
        """Text, head and "was folded" by key and number, as a fresh connection reads them."""
        with self.installation.services.read() as transaction:
            query = select(bindings.c.thumbprint, events.c.seq, events.c.text, events.c.head, events.c.effective_at)
            found: dict[str, dict[int, tuple[str, bytes, bool]]] = {}
            for row in transaction.execute(query.join(events, events.c.journal_id == bindings.c.id).order_by(events.c.seq)):
                one = bytes(row.text).decode(), bytes(row.head), row.effective_at is not None
                found.setdefault(base64url.encode(bytes(row.thumbprint)), {})[row.seq] = one
        return found

    def _journals(self) -> list[tuple[str, int, bytes, dict[int, tuple[int, bytes]]]]:
        with self.installation.services.read() as transaction:
            holes: dict[Any, dict[int, tuple[int, bytes]]] = {}
            for row in transaction.execute(select(gaps)):
                holes.setdefault(row.journal_id, {})[row.from_seq] = row.to_seq, bytes(row.claimed_head)
            query = select(bindings.c.thumbprint, journals.c.id, journals.c.next_seq, journals.c.head)
            rows = list(transaction.execute(query.join(journals, journals.c.id == bindings.c.id)))
        return [(base64url.encode(bytes(r.thumbprint)), r.next_seq, bytes(r.head), holes.get(r.id, {})) for r in rows]

    def held(self) -> set[int]:
        """Events that a disk or the log holds."""
        texts = [text for device in range(self.devices) for text in self.standing(device)["texts"]]
        texts += [text for rows in self.log().values() for text, _, _ in rows.values()]
        return {json.loads(text)["n"] for text in texts}

    def check(self) -> None:
        """I2 to I5 on the rows, and I4 of each device that knows this epoch."""
        log = self.log()
        told = [json.loads(text)["n"] for rows in log.values() for text, _, folded in rows.values() if folded]
        if self.devices == 1:
            assert len(told) == len(set(told)), f"I2: {told}"
        covered: dict[str, set[int]] = {}
        for key, next_seq, last, holes in self._journals():
            due, head = 1, base64url.decode(key)
            while due < next_seq:
                if due in holes:
                    to_seq, head = holes[due]
                    covered.setdefault(key, set()).update(range(due, to_seq + 1))
                    due = to_seq + 1
                    continue
                text, stored, _ = log[key][due]  # I5: there is one
                head = following(head, digest_of(text.encode()))
                assert (due, head) == (json.loads(text)["seq"], stored), "I3"
                due += 1
            assert (next_seq, head) == (due, last), "I5"
            assert not [seq for seq in log.get(key, {}) if seq >= next_seq], "I5"
        self._check_acknowledged(log, covered)

    def _check_acknowledged(self, log: dict[str, dict[int, tuple[str, bytes, bool]]], covered: dict[str, set[int]]) -> None:
        with self.installation.services.read() as transaction:
            epoch = facts.epoch(transaction)
        for device in range(self.devices):
            standing = self.standing(device)
            if standing["epoch"] != epoch:
                continue
            for seq, text in enumerate(standing["texts"], standing["base_seq"] + 1):
                if seq < standing["next_seq"] and seq not in covered.get(standing["keyid"], ()):
                    assert text == log.get(standing["keyid"], {}).get(seq, ("",))[0], f"I4: {seq} is acknowledged"

    def check_all_told(self) -> None:
        """I1: after the devices have drained."""
        told = {json.loads(text)["n"] for rows in self.log().values() for text, _, folded in rows.values() if folded}
        for device in range(self.devices):
            standing = self.standing(device)
            if standing["blocked"]:
                told |= {json.loads(text)["n"] for text in standing["texts"]}
            else:
                assert standing["unsent"] == 0
        if self.devices == 1 or not any(holes for *_, holes in self._journals()):
            assert set(self.recorded) <= told | self.listed, f"I1: {set(self.recorded) - told - self.listed}"
