"""A trace of the model, played on the real extension and the real server: nothing of it may break there.

The steps are the model's; what they carry is made by the real code. A step that the real code does not allow (the
broken rule made it possible) is passed over. Each request is posted by two threads at once: two workers, and a repeat.
"""

import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import select

from dokodemo.app import create_app
from dokodemo.domain import base64url
from dokodemo.store import Transaction, orders, snapshots
from dokodemo.store import installation as facts
from dokodemo.store.rows.devices import bindings
from tests.device import Google
from tests.installation import Installation, build
from tests.model.puppets import Puppets
from tests.model.states import Request
from tests.model.steps import NOTHING, Step
from tests.model.truth import Truth
from tests.people import add_person

DISASTERS = {"set back", "evict", "restore", "prune", "rebind", "rotate"}


class Replay(Truth):
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
        self.keys: dict[int, str] = {}
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
        deed = self.DEEDS.get(step.kind.removesuffix(", under way"))
        return deed is not None and deed(self, step) is not False

    def _recorded(self, step: Step) -> None:
        self.recorded.append(len(self.recorded))
        self.puppets.do("record", device=step.device, n=self.recorded[-1])

    def _set_back(self, step: Step) -> None:
        self._died(step.device)
        self.puppets.do("set_back", device=step.device)

    def _copied_profile(self, _step: Step) -> None:
        self.puppets.do("copy")
        self.devices += 1

    def _evicted(self, step: Step) -> None:
        self._died(step.device)
        self.puppets.do("unpack", device=step.device)

    def _rebound(self, step: Step) -> bool:
        return self._left(step.device, self.standing(step.device)["order"] or step.device in self.leaving)

    def _ordered(self, key: int) -> bool:
        if key not in self.keys:
            return False
        thumbprint = base64url.decode(self.keys[key])

        def give(transaction: Transaction) -> None:
            binding = transaction.execute(select(bindings.c.id).where(bindings.c.thumbprint == thumbprint)).scalar_one()
            orders.give(transaction, binding, "rebind", {}, self.installation.clock())

        self.installation.services.write(give)
        return True

    def _sent(self, device: int, request: Request, most: int) -> bool:
        if device in self.flights:
            return False
        came = self.puppets.do("bind" if request.binds else "send", device=device, most=most)
        while came.get("sent", {}).get("path", "").endswith("/challenge"):
            came = self.puppets.do("answer", device=device, reply=self._reply(came["sent"]))
        if "sent" not in came:
            return False
        self.flights[device] = request, came["sent"]
        self.requests[request] = came["sent"]
        self.keys[request.key] = self.standing(device)["keyid"]
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
        at: list[dict[str, Any]] = []
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

    # What is not here is not seen from outside: a worker that begins, or dies before its COMMIT.
    DEEDS: ClassVar[dict[str, Callable[["Replay", Step], bool | None]]] = {
        "record": _recorded,
        "send": lambda self, step: self._sent(step.device, step.request, step.n),
        "bind": lambda self, step: self._sent(step.device, step.request, 0),
        "give up": lambda self, step: self._died(step.device),
        "die": lambda self, step: self._died(step.device),
        "serve": lambda self, step: self._served(step.request),
        "commit": lambda self, step: self._served(step.request),
        "answer early": lambda self, step: self._served(step.request),
        "answer": lambda self, step: self._answered(step.device, step.request),
        "rebind": _rebound,
        "rotate": lambda self, step: self._left(step.device, not self.standing(step.device)["unsent"]),
        "prune": lambda self, step: self.puppets.do("prune", device=step.device, through=step.n) != {},
        "image": lambda self, step: self.puppets.do("image", device=step.device) == {},
        "set back": _set_back,
        "copy": _copied_profile,
        "evict": _evicted,
        "backup": lambda self, _: self._copied(),
        "restore": lambda self, _: self._restored(),
        "order": lambda self, step: self._ordered(step.n),
    }
