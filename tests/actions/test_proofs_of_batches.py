"""What was kept as devices signed it: missing, forged or other batches are found, each in its month."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, delete, select, update

from dokodemo.app import create_app
from dokodemo.crypto.keys import new_key
from dokodemo.crypto.signatures import SignedRequest, content_digest, sign
from dokodemo.domain import base64url
from dokodemo.domain.journals import following
from dokodemo.domain.proof_words import sentences
from dokodemo.domain.proofs import Fault
from dokodemo.store.rows.devices import bindings
from dokodemo.store.rows.journals import events, gaps, journals, signed_batches
from tests.actions.proof_city import batch, change, end, lived, proved, put, row, told
from tests.device import Google, TestDevice
from tests.installation import Installation, build
from tests.people import add_person


@pytest.fixture
def city(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    built = build(database_url, tmp_path, google=Google())
    yield built
    built.services.database.close()


@pytest.fixture
def journal(city: Installation) -> UUID:
    return lived(city)


def test_an_altered_text_whose_later_heads_were_made_anew_is_found_by_what_the_device_signed(
    city: Installation, journal: UUID
) -> None:
    """The chain of these rows holds again; the kept batch of that month does not let itself be made anew."""
    head = None

    def work(transaction: Connection) -> None:
        nonlocal head
        every = transaction.execute(select(events).where(events.c.journal_id == journal).order_by(events.c.seq)).all()
        for one in every:
            said = bytes(one.text)
            if one.seq == 2:
                said = said.replace(b"2026", b"2025")
            if one.seq <= 5:
                before = head or bytes(transaction.execute(
                    select(bindings.c.thumbprint).where(bindings.c.id == journal)
                ).scalar_one())  # fmt: skip
                head = following(before, hashlib.sha256(said).digest())
                put(journal, one.seq, text=said, head=head)(transaction)

    change(city, work)
    assert [(Fault.BATCH_DIFFERS, 2)] == told(proved(city)[1], journal)


def test_heads_made_anew_over_a_later_batch_break_at_its_prev_head(city: Installation, journal: UUID) -> None:
    """The batch of the second month begins after a gap: whoever moves the gap's claimed head is found by the batch."""
    forged = bytes(32)
    first = bytes(row(city, journal, 8).text)
    second = bytes(row(city, journal, 9).text)
    heads = [following(forged, hashlib.sha256(first).digest())]
    heads.append(following(heads[0], hashlib.sha256(second).digest()))
    change(city, lambda t: t.execute(update(gaps).where(gaps.c.journal_id == journal).values(claimed_head=forged)))
    for seq, head in zip((8, 9), heads, strict=True):
        change(city, put(journal, seq, head=head))
    change(city, end(journal, head=heads[-1]))
    assert [(Fault.BATCH_DIFFERS, 7)] == told(proved(city)[1], journal)


def test_a_batch_that_is_missing_or_of_another_number_is_found(city: Installation, journal: UUID) -> None:
    change(city, batch(journal, "2026-11", last_seq=2))
    found = told(proved(city)[1], journal)
    assert [(Fault.BATCH_MISPLACED, 2), (Fault.BATCH_MISPLACED, 2)] == found
    which = (signed_batches.c.journal_id == journal, signed_batches.c.month == "2026-11")
    change(city, lambda transaction: transaction.execute(delete(signed_batches).where(*which)))
    assert [(Fault.BATCH_MISSING, 3)] == told(proved(city)[1], journal)


@pytest.mark.parametrize("how", ["body", "digest", "another key", "no signature", "another door"])
def test_a_forged_batch_is_found(city: Installation, journal: UUID, how: str) -> None:
    with city.services.read() as transaction:
        kept = transaction.execute(select(signed_batches).where(
            signed_batches.c.journal_id == journal, signed_batches.c.month == "2026-11")).one()  # fmt: skip
    body, signature = bytes(kept.body), dict(kept.signature)
    spoilt = body.replace(b"true", b"false")
    path = "/api/v1/settings" if how == "another door" else "/api/v1/events"
    request = SignedRequest("POST", "127.0.0.1:8000", path, None, {}, body)
    forged: dict[str, dict[str, Any]] = {
        "body": {"body": spoilt},
        "digest": {"body": spoilt, "signature": {
            name: content_digest(spoilt) if name.lower() == "content-digest" else value
            for name, value in signature.items()}},
        "another key": {"signature": sign(new_key(), request, int(city.clock().timestamp()))},
        "no signature": {"signature": {}},
        "another door": {"signature": sign(new_key(), request, int(city.clock().timestamp()))},
    }  # fmt: skip
    change(city, batch(journal, "2026-11", **forged[how]))
    assert [(Fault.BATCH_FORGED, 3)] == told(proved(city)[1], journal)


def test_a_batch_that_the_device_signed_and_that_says_something_else_than_the_log_is_found(
    city: Installation, journal: UUID
) -> None:
    """The batch of one journal under the name of another is another key's."""
    with city.services.read() as transaction:
        other = transaction.execute(select(signed_batches).where(signed_batches.c.journal_id != journal)).first()
    assert other is not None
    change(city, batch(journal, "2026-11", body=other.body, signature=other.signature))
    ((fault, _),) = told(found := proved(city)[1], journal)
    assert Fault.BATCH_FORGED is fault
    assert "another key" in sentences(found[0])[1]


def test_another_key_than_the_one_that_names_the_journal_is_found(city: Installation, journal: UUID) -> None:
    point = new_key().point
    change(city, lambda t: t.execute(update(bindings).where(bindings.c.id == journal).values(public_key=point)))
    found = told(proved(city)[1], journal)
    assert (Fault.KEY_DIFFERS, None) == found[0]
    assert {Fault.BATCH_FORGED} == {fault for fault, _ in found[1:]}


def test_signatures_of_an_earlier_address_count_when_it_is_named(city: Installation, journal: UUID) -> None:
    moved = replace(city.services, city=replace(city.services.city, public_url="https://dokodemo.city.example"))
    city.services, before = moved, city.services
    assert {Fault.BATCH_FORGED} == {one.fault for one in proved(city)[1]}
    assert [] == proved(city, earlier_urls=("https://old.example", before.city.public_url))[1]


def test_an_event_that_could_not_be_sent_is_judged_by_the_digest_that_it_names(city: Installation) -> None:
    add_person(city)
    device = TestDevice(city, create_app(city.services, city.config))
    device.bind()
    device.record("started", how="login")
    lost = following(device.heads[-1], hashlib.sha256(b"too long").digest())
    digest = base64url.encode(hashlib.sha256(b"too long").digest())
    device.record("unsendable", digest=digest, original_kind="locked", bytes=70_000)
    assert 202 == device.send(1).status_code
    with city.services.read() as transaction:
        assert lost == bytes(transaction.execute(select(journals.c.head)).scalar_one())
    assert [] == proved(city)[1]
