"""Builds that are broken on purpose, one rule each. Each has to be found within a few hundred schedules."""

from collections.abc import Callable
from typing import Any

import pytest

from dokodemo.actions import batches, observe
from dokodemo.domain import journals, sessions
from dokodemo.live.memory import MemoryLive
from dokodemo.store import Transaction, installation, restores
from dokodemo.store import journals as stored_journals
from tests.model.variants import Mutant, built
from tests.simulation.outbox import Answer, Disk, new_disk
from tests.simulation.server import Died, Server, Store

Break = Callable[[pytest.MonkeyPatch], None]


def judgement(old: str, new: str) -> Break:
    """A changed row of ``domain.journals``, in its source text."""

    def apply(patch: pytest.MonkeyPatch) -> None:
        _, server = built(Mutant("", "journals", old, new, ""))
        changed = server.__dict__["journals"].__dict__
        for name in ("Journal", "Numbered", "Gap", "Taken", "Forked"):
            changed[name] = getattr(journals, name)  # the classes that the rest of the server knows
        patch.setattr(batches, "judge", changed["judge"])
        patch.setattr(batches, "heads_needed", changed["heads_needed"])

    return apply


def replaced(owner: Any, name: str, value: Any) -> Break:
    return lambda patch: patch.setattr(owner, name, value)


class _Early(Store):
    """Says that it is done, and only then commits: a process that dies in between has lied."""

    def write(self, work: Callable[[Transaction], Any], *, single: bool = False) -> Any:
        if self.dies != "before COMMIT":
            return super().write(work, single=single)
        said: list[Any] = []

        def noted(transaction: Transaction) -> Any:
            said.append(work(transaction))
            return said[-1]

        try:
            return super().write(noted, single=single)
        except Died:
            return said[-1]


def _early(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("tests.simulation.server.Store", _Early)


def _forgetting(patch: pytest.MonkeyPatch) -> None:
    def rebound(self: Disk, key: Any) -> Disk:
        fresh = new_disk(key)
        fresh.replaces = self.binding_id
        return fresh

    patch.setattr(Disk, "rebound", rebound)


def _believing(patch: pytest.MonkeyPatch) -> None:
    def differs(_self: Disk, _answer: Answer) -> bool:
        return False

    patch.setattr(Disk, "_differs", differs)


def _hasty(patch: pytest.MonkeyPatch) -> None:
    def write_silences(self: Server) -> int:
        return observe.write_silences(self.services, self.watching_since - 2 * self.lease)

    patch.setattr(Server, "write_silences", write_silences)


def _same_epoch(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(restores, "begin_epoch", lambda transaction, at: installation.epoch(transaction))
    patch.setattr(restores, "hold_journals", lambda transaction: [])


def _kept_nothing(*_given: Any, **_named: Any) -> None:
    """Writes nothing."""


VARIANTS: dict[str, Break] = {
    "answered before COMMIT": _early,
    "the cursor does not move": judgement(
        "Journal(batch.first_seq + len(batch.events), head)", "Journal(journal.next_seq, head)"
    ),
    "the cursor moves by the batch's size": judgement(
        "Journal(batch.first_seq + len(batch.events), head)", "Journal(journal.next_seq + len(batch.events), head)"
    ),
    "a repeat is appended again": judgement("if received.seq >= journal.next_seq:", "if True:"),
    "a hole is not a gap": judgement("if batch.first_seq > journal.next_seq:\n        gap", "if False:\n        gap"),
    "a gap ends one too early": judgement(
        "batch.first_seq - 1, batch.prev_head)\n", "batch.first_seq - 2, batch.prev_head)\n"
    ),
    "heads do not differ": judgement("known is not None and known != head", "False"),
    "a gap is not recorded": replaced(stored_journals, "append_gap", _kept_nothing),
    "a carried-over event is always told": replaced(batches, "held_elsewhere", lambda *given: False),
    "a carried-over event is never told": replaced(
        batches, "held_elsewhere", lambda transaction, journal, event, text: "carried_over" in event.members
    ),
    "time is not clamped": replaced(sessions, "effective_at", lambda reading, at, received_at: at),
    "a restarted server calls devices silent": _hasty,
    "contacts are not looked at": replaced(MemoryLive, "contacts", lambda self: {}),
    "no silence is written": replaced(Server, "write_silences", lambda self: 0),
    "a restored server keeps its epoch": _same_epoch,
    "what waits is not carried over": _forgetting,
    "another history's cursor acknowledges": _believing,
}
