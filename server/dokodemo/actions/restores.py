"""A backup was restored: what begins with that, and how a device leaves it behind (PROTOCOL section 2, Restored backup).

The log is older than what devices have sent since. The new epoch, which every answer carries, makes them compare and
refill. What was revoked since the backup is not known, so each device proves its person once more; until then its
events are in the log and the fold waits.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dokodemo.actions import Services
from dokodemo.actions.audit import OPERATOR, record
from dokodemo.actions.live_facts import report_of, tell
from dokodemo.actions.orders import OrderKind
from dokodemo.actions.reading_rows import store
from dokodemo.actions.rebuild import folded
from dokodemo.domain.audit import Tag
from dokodemo.domain.readings import loaded
from dokodemo.store import Transaction, installation, journals, orders, readings, restores, sessions


@dataclass(frozen=True, slots=True)
class Begun:
    """A new life of the log: its number, how many devices have to prove their person, how many sign-ins ended."""

    epoch: int
    held: int
    signed_out: int


@dataclass(frozen=True, slots=True)
class Restored:
    """The last restore: when it was, and how many devices have not proved their person since."""

    at: datetime
    epoch: int
    held: int


def begin(services: Services, prepare: Callable[[Transaction], None], file: str) -> Begun:
    """Make restored tables a new life of the log, in one transaction that begins with ``prepare`` (the tables' version).

    Audited. Before it has committed nothing may be served from these tables.
    """
    now = services.now()

    def work(transaction: Transaction) -> Begun:
        prepare(transaction)
        epoch = restores.begin_epoch(transaction, now)
        held = restores.hold_journals(transaction)
        for journal_id in held:
            if not orders.is_open(transaction, journal_id, OrderKind.PRESENT_TOKEN):
                orders.give(transaction, journal_id, OrderKind.PRESENT_TOKEN, {}, now)
        begun = Begun(epoch, len(held), restores.end_sign_ins(transaction))
        after = {"epoch": epoch, "held": begun.held, "signed_out": begun.signed_out}
        record(transaction, services, Tag.DATABASE_RESTORED, actor=OPERATOR, file=file, after=after)
        return begun

    return services.write(work)


def release(services: Services, transaction: Transaction, journal_id: UUID) -> bool:
    """The device has proved its person: read its journal with everything that waited; False when nothing did.

    For the transaction in which the proof is accepted. The order that asked for it is closed with it.
    """
    journal = journals.lock(transaction, journal_id)
    held_from = loaded(journal.reading).held_from
    if held_from is None:
        return False
    folding, times = folded(transaction, journal)
    sessions.forget(transaction, journal.person_id, journal.id)
    store(transaction, journal, folding)
    waited = ((seq, time.effective_at, time.moved_ms) for seq, time in times.items() if seq >= held_from)
    restores.set_times(transaction, journal, waited)
    for order in orders.open_of(transaction, journal_id):
        if order["kind"] == OrderKind.PRESENT_TOKEN:
            orders.answer(transaction, journal_id, UUID(order["id"]), "done", None, services.now())
    return True


def tell_released(services: Services, journal_id: UUID) -> None:
    """After the commit of a release: who looks at the board is told how the journal reads now."""
    with services.read() as transaction:
        journal = readings.find(transaction, journal_id)
    if journal is None:
        return
    tell(services, [report_of(journal.person_id, journal_id, loaded(journal.reading), journal.observed_place)])


def last(services: Services) -> Restored | None:
    """The last restore of this installation, None when there was none."""
    with services.read() as transaction:
        at = restores.restored_at(transaction)
        if at is None:
            return None
        return Restored(at, installation.epoch(transaction), restores.count_held(transaction))
