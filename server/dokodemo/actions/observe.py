"""What the server saw without being told: contacts are flushed, silence is written once (PROTOCOL section 2)."""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from dokodemo.actions import Services
from dokodemo.actions.effective_settings import city_values
from dokodemo.actions.ingest import to_milliseconds
from dokodemo.actions.live_facts import report_of, tell
from dokodemo.actions.reading_rows import Folding, store
from dokodemo.domain.readings import Reading, loaded
from dokodemo.domain.sessions import Silent, fold_observation
from dokodemo.store import Transaction, journals, observations

FLUSHED_TOGETHER = 200
LEASE = timedelta(minutes=5)  # where the city says nothing else (``session.lease_minutes``)


def lease_of(services: Services) -> timedelta:
    """How long without contact is silence in this city."""
    with services.read() as transaction:
        return timedelta(minutes=city_values(services, transaction)["session.lease_minutes"].value)


def flush_contacts(services: Services) -> int:
    """Write the last contacts of all journals, a few at a time, since events of these journals wait meanwhile; gives
    how many there were.

    Raises ``LiveLostError`` when the shared state is out of reach: the worker must know that contacts are missed.
    """
    contacts = services.live.contacts()
    in_order = sorted(contacts.items())
    for start in range(0, len(in_order), FLUSHED_TOGETHER):
        some = dict(in_order[start : start + FLUSHED_TOGETHER])
        services.write(partial(observations.flush_contacts, contacts=some))
    return len(contacts)


def write_silences(services: Services, watching_since: datetime, *, lease: timedelta = LEASE) -> int:
    """Write ``silent`` for each journal that goes on and was not heard for the lease; gives how many.

    ``watching_since`` is since when contacts are seen without a break (the server's start, or the return of a lost
    shared state): for one lease after it nobody is silent, so a server's outage is nobody's silence. Raises
    ``LiveLostError`` when the shared state is out of reach.
    """
    now = to_milliseconds(services.now())
    if now - watching_since < lease:
        return 0
    contacts = services.live.contacts()
    with services.read() as transaction:
        waiting = observations.waiting(transaction)
    written = 0
    for journal_id, opened, flushed in waiting:
        heard = [moment for moment in (opened, flushed, contacts.get(journal_id)) if moment is not None]
        if now - max(heard) >= lease and _write_silence(services, journal_id, max(heard), now, lease):
            written += 1
    return written


def _write_silence(
    services: Services, journal_id: UUID, last_heard: datetime, now: datetime, lease: timedelta
) -> bool:
    def work(transaction: Transaction) -> tuple[UUID, Reading, str | None] | None:
        journal = journals.lock(transaction, journal_id)
        reading = loaded(journal.reading)
        if journal.open_since is None or reading.open is None:
            return None
        if reading.last_at is not None and now - reading.last_at < lease:
            return None  # an event came in meanwhile
        folding = Folding(reading)
        folding.take(fold_observation(reading, Silent(to_milliseconds(last_heard))))
        observations.append(transaction, journal, "silent", now, last_heard=to_milliseconds(last_heard))
        store(transaction, journal, folding, observations=journal.observations + 1)
        return journal.person_id, folding.reading, journal.observed_place

    moved = services.write(work)
    if moved is None:
        return False
    person_id, reading, observed = moved
    tell(services, [report_of(person_id, journal_id, reading, observed)])
    return True
