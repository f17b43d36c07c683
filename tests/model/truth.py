"""What the real rows and the real devices say, and whether I1 to I5 hold on them."""

import json
from typing import Any

from sqlalchemy import select

from dokodemo.domain import base64url
from dokodemo.domain.journals import following
from dokodemo.store import installation as facts
from dokodemo.store.rows.devices import bindings
from dokodemo.store.rows.journals import events, gaps, journals
from tests.installation import Installation
from tests.model.puppets import Puppets
from tests.model.states import digest_of

Log = dict[str, dict[int, tuple[str, bytes, bool]]]
"""Text, head and "was folded" by key and number."""


class Truth:
    """Reads afresh each time."""

    installation: Installation
    puppets: Puppets
    devices: int
    recorded: list[int]
    listed: set[int]

    def standing(self, device: int) -> dict[str, Any]:
        """The device's journal and events."""
        return self.puppets.do("standing", device=device)

    def log(self) -> Log:
        """The log as a fresh connection reads it."""
        with self.installation.services.read() as transaction:
            query = select(bindings.c.thumbprint, events.c.seq, events.c.text, events.c.head, events.c.effective_at)
            found: Log = {}
            query = query.join(events, events.c.journal_id == bindings.c.id).order_by(events.c.seq)
            for row in transaction.execute(query):
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

    def _check_acknowledged(self, log: Log, covered: dict[str, set[int]]) -> None:
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
