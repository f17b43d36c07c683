"""A small world whose history and log are as they should be, for tests that then spoil it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from dokodemo.crypto.keys import new_key
from dokodemo.crypto.signatures import SignedRequest, sign
from dokodemo.demo.outbox import Outbox
from dokodemo.domain import base64url
from tests.faults.checker import Logged, LoggedJournal, SignedBatch

NOON = datetime(2026, 7, 8, 3, tzinfo=UTC)
History = list[dict[str, Any]]
Log = dict[str, LoggedJournal]


def signed_batch(box: Outbox, at: datetime) -> SignedBatch:
    """What waits in the outbox, as the server keeps it."""
    body = box.batch(alive=True, sent_at=at).body
    request = SignedRequest("POST", "dokodemo.city.example", "/api/v1/events", None, {}, body)
    headers = sign(box.key, request, int(at.timestamp()))
    return SignedBatch(f"{at:%Y-%m}", box.last_seq, replace(request, headers=headers))


class World:
    """Devices that recorded, sent and were answered well, and the log that they lead to.

    Only where it is ``signed`` are keys and kept batches there to be judged: a change of the log is found by them too.
    """

    def __init__(self, seed: int = 1, *, devices: int = 3, signed: bool = False) -> None:
        self.signed = signed
        self.random = Random(seed)
        self.history: History = []
        self.dump: Log = {}
        self.names: list[str] = []
        for n in range(devices):
            self.device(f"binding-{n}")

    def device(self, binding_id: str) -> None:
        box = Outbox(new_key())
        name = box.key.keyid
        self.names.append(name)
        logged: list[Logged] = []
        signed: list[SignedBatch] = []
        self.line("applied", name, revision=[1, 4])
        while box.last_seq < 12:
            first = box.last_seq + 1
            arrives = NOON + timedelta(days=5 * first)  # over two months and more
            for _ in range(self.random.randint(1, 4)):
                at = NOON + timedelta(minutes=box.last_seq)
                kept = box.append(self.random.choice(["locked", "unlocked", "back"]), at, {})
                self.line("recorded", name, seq=kept.seq, text=kept.text.decode(), digest=base64url.encode(kept.digest))
                logged.append(Logged(kept.seq, kept.text, kept.head, at, received_at=arrives))
            signed = [one for one in signed if one.month != f"{arrives:%Y-%m}"]
            signed.append(signed_batch(box, arrives))
            box.acknowledge(box.last_seq + 1)
            for _ in range(self.random.randint(1, 2)):  # an answer may be lost and the flight repeated
                self.line("sent", name, first_seq=first, count=box.last_seq + 1 - first)
            self.line("acknowledged", name, next_seq=box.last_seq + 1, refused=[])
        self.line("applied", name, revision=[1, 5])
        self.line("waiting", name, first_seq=box.last_seq + 1, count=0)
        journal = LoggedJournal(binding_id, box.last_seq + 1, box.head, logged)
        self.dump[name] = replace(journal, public_key=box.key.point, signed=signed) if self.signed else journal

    def line(self, what: str, journal: str, **members: Any) -> None:
        self.history.append({"what": what, "journal": journal, **members})

    def events(self, change: Callable[[list[Logged]], list[Logged]]) -> str:
        """Change the events of one journal in the log; its name."""
        name = self.random.choice(self.names)
        journal = self.dump[name]
        self.dump[name] = replace(journal, events=change(list(journal.events)))
        return name
