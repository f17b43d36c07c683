"""The checker finds a kept batch that is not what the journal's key signed, or not what the log holds."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dokodemo.crypto.keys import new_key
from dokodemo.crypto.signatures import content_digest
from dokodemo.demo.outbox import Outbox
from dokodemo.domain.journals import following
from tests.faults.checker import Logged, LoggedJournal, SignedBatch, check
from tests.faults.world import NOON, World

Forgery = Callable[[LoggedJournal, SignedBatch], LoggedJournal]


def _with(journal: LoggedJournal, batch: SignedBatch, **changes: Any) -> LoggedJournal:
    """The journal with its last kept batch changed."""
    return replace(journal, signed=[*journal.signed[:-1], replace(batch, **changes)])


def _other_body(journal: LoggedJournal, batch: SignedBatch, *, digest: bool) -> LoggedJournal:
    body = batch.request.body.replace(b'"alive":true', b'"alive":false')
    headers: dict[str, str] = dict(batch.request.headers)  # type: ignore[call-overload]
    headers |= {"content-digest": content_digest(body)} if digest else {}
    return _with(journal, batch, request=replace(batch.request, body=body, headers=headers))


def _altered_at_the_end(journal: LoggedJournal, batch: SignedBatch) -> LoggedJournal:
    """The log's last event says something else, and its head was computed again."""
    *events, last = journal.events
    text = (last.text or b"").replace(b"2026", b"2025")
    before = events[-1].head if events else b""
    head = following(before, hashlib.sha256(text).digest())
    return replace(journal, events=[*events, replace(last, text=text, head=head)], head=head)


def _older(journal: LoggedJournal, batch: SignedBatch) -> LoggedJournal:
    """One more event of the same month came in, and the batch that brought it was not kept."""
    last = journal.events[-1]
    box = Outbox(new_key())
    box.head, box.last_seq = last.head, last.seq
    kept = box.append("locked", NOON + timedelta(hours=1), {})
    more = Logged(kept.seq, kept.text, kept.head, NOON + timedelta(hours=1), received_at=last.received_at)
    return replace(journal, events=[*journal.events, more], next_seq=kept.seq + 1, head=kept.head)


FORGERIES: dict[str, tuple[str, Forgery]] = {
    "another body": ("digest", lambda j, b: _other_body(j, b, digest=False)),
    "another body with its digest": ("does not belong", lambda j, b: _other_body(j, b, digest=True)),
    "no signature": ("requests are signed", lambda j, b: _with(j, b, request=replace(b.request, headers={}))),
    "another installation's": (
        "does not belong", lambda j, b: _with(j, b, request=replace(b.request, authority="other.example"))
    ),
    "another door's": ("does not belong", lambda j, b: _with(j, b, request=replace(b.request, path="/api/v1/settings"))),
    "another key": ("another key|does not belong|not the one", lambda j, b: replace(j, public_key=new_key().point)),
    "its number is lower": ("does not end", lambda j, b: _with(j, b, last_seq=b.last_seq - 1)),
    "an older batch of the month": ("the last event of that month", _older),
    "it is missing": ("no signed batch", lambda j, b: replace(j, signed=j.signed[:-1])),
    "its event is not in the log": ("is not in the log", lambda j, b: replace(j, events=j.events[:-1])),
    "the log says something else": ("with other bytes", _altered_at_the_end),
}  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", FORGERIES)
def test_a_kept_batch_that_is_not_what_the_key_signed_is_found(name: str, seed: int) -> None:
    words, forge = FORGERIES[name]
    world = World(seed, signed=True)
    journal = world.random.choice(world.names)
    world.dump[journal] = forge(world.dump[journal], world.dump[journal].signed[-1])
    found = [v for v in check(world.history, world.dump) if (v.invariant, v.journal) == ("I3", journal)]
    assert any(re.search(words, violation.detail) for violation in found), found


def test_every_kept_batch_of_every_month_is_judged() -> None:
    world = World(signed=True)
    name = max(world.names, key=lambda name: len(world.dump[name].signed))
    assert len(world.dump[name].signed) >= 2
    first, *rest = world.dump[name].signed
    world.dump[name] = replace(world.dump[name], signed=[replace(first, last_seq=first.last_seq + 1), *rest])
    assert {violation.invariant for violation in check(world.history, world.dump)} == {"I3"}
