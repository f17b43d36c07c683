"""A small log that devices wrote, what it takes to spoil it, and what is then found."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, select, update

from dokodemo.actions import proofs
from dokodemo.app import create_app
from dokodemo.domain.proof_words import cures, sentences
from dokodemo.domain.proofs import Fault, Finding
from dokodemo.store.rows.journals import events, journals, signed_batches
from tests.device import TestDevice
from tests.installation import Installation
from tests.people import add_person

NAMED = 9  # events of the first device: two months, a gap of two numbers in the second
GAP = (6, 7)


def lived(city: Installation) -> UUID:
    """Two devices over two months; the first has a gap, the second was replaced by a key that carries an event over."""
    add_person(city)
    add_person(city, "mori@city.akagi.example")
    app = create_app(city.services, city.config)
    first, second = TestDevice(city, app), TestDevice(city, app, "mori@city.akagi.example")
    for device in (first, second):
        device.bind()
        device.record("started", how="login")
        device.send(1)
        for kind in ("locked", "unlocked"):
            city.clock.move(minutes=20)
            device.record(kind)
        assert 202 == device.send(1).status_code  # with a repeat before what is new
    city.clock.move(days=10)
    for kind in ("locked", "unlocked", "locked", "unlocked", "locked", "unlocked"):
        city.clock.move(minutes=7)
        first.record(kind)
    first.send(4, 5)
    assert 202 == first.send(8, first_kept=8).status_code
    third = TestDevice(city, app, "mori@city.akagi.example")
    third.bind(replaces=second.binding_id)
    third.record("unlocked", carried_over=f"{second.binding_id}/3", at=second.events[2]["at"])
    third.send(1)
    assert first.binding_id is not None
    return UUID(first.binding_id)


def proved(city: Installation, **options: Any) -> tuple[proofs.Count, list[Finding]]:
    total = proofs.Count()
    found: list[Finding] = []
    for step in proofs.prove(city.services, **options):
        total += step.count
        found += step.findings
    return total, found


def change(city: Installation, work: Callable[[Connection], object]) -> None:
    city.services.write(lambda transaction: (work(transaction), None)[1])


def row(city: Installation, journal: UUID, seq: int) -> Any:
    with city.services.read() as transaction:
        return transaction.execute(select(events).where(events.c.journal_id == journal, events.c.seq == seq)).one()


def put(journal: UUID, seq: int, **columns: Any) -> Callable[[Connection], object]:
    which = (events.c.journal_id == journal, events.c.seq == seq)
    return lambda transaction: transaction.execute(update(events).where(*which).values(**columns))


def taken_out(journal: UUID, *numbers: int) -> Callable[[Connection], object]:
    which = (events.c.journal_id == journal, events.c.seq.in_(numbers))
    return lambda transaction: transaction.execute(delete(events).where(*which))


def end(journal: UUID, **columns: Any) -> Callable[[Connection], object]:
    return lambda transaction: transaction.execute(update(journals).where(journals.c.id == journal).values(**columns))


def batch(journal: UUID, month: str, **columns: Any) -> Callable[[Connection], object]:
    which = (signed_batches.c.journal_id == journal, signed_batches.c.month == month)
    return lambda transaction: transaction.execute(update(signed_batches).where(*which).values(**columns))


def told(found: list[Finding], journal: UUID) -> list[tuple[Fault, int | None]]:
    """What was found, all of it in this journal, each with a whole sentence and a cure."""
    assert {journal} == {one.journal for one in found}
    for one in found:
        for words in (*sentences(one), *cures(one)):
            assert words
            assert "{" not in words
    return [(one.fault, one.seq) for one in found]
