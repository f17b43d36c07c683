"""Read both logs again from their beginning and say where the stored reading differs (invariant I6)."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from dokodemo.actions import Services
from dokodemo.actions.batches import held_elsewhere
from dokodemo.actions.reading_rows import Folding, store
from dokodemo.domain.events import Refusal, read_event
from dokodemo.domain.readings import Reading, dumped, loaded
from dokodemo.domain.sessions import Heard, Silent, fold_event, fold_gap, fold_observation
from dokodemo.store import Transaction, journals, logs, sessions
from dokodemo.store.journals import JournalRow


class Times(NamedTuple):
    """An event's time on the server's clock, and by how many milliseconds that is later than on the device's."""

    effective_at: datetime
    moved_ms: int


def rebuild(services: Services, *, repair: bool) -> Iterator[tuple[UUID, bool]]:
    """Go through all journals: (id, whether stored equals rebuilt). With ``repair`` what differs is replaced."""
    with services.read() as transaction:
        every = logs.journal_ids(transaction)
    for journal_id in every:
        yield journal_id, services.write(partial(_rebuild, journal_id=journal_id, repair=repair))


def is_equal(services: Services, journal_id: UUID) -> bool:
    """Whether the stored reading of one journal is what its logs read as."""
    return services.write(partial(_rebuild, journal_id=journal_id, repair=False))


def _rebuild(transaction: Transaction, *, journal_id: UUID, repair: bool) -> bool:
    journal = journals.lock(transaction, journal_id)
    folding, _ = folded(transaction, journal, held_from=loaded(journal.reading).held_from)
    equal = dumped(folding.reading) == journal.reading and logs.rows_of(folding.sessions, folding.settled) == (
        logs.stored_rows(transaction, journal)
    )
    if repair and not equal:
        sessions.forget(transaction, journal.person_id, journal.id)
        store(transaction, journal, folding)
    return equal


def folded(
    transaction: Transaction, journal: JournalRow, *, held_from: int | None = None
) -> tuple[Folding, dict[int, Times]]:
    """The reading of one journal from its log alone, and the times of each event that took part.

    From ``held_from`` on events wait; observations do not.
    """
    folding = Folding(Reading())
    times: dict[int, Times] = {}
    seen = list(logs.observations_of(transaction, journal))
    gaps = dict(logs.gaps_of(transaction, journal))
    for seq, text, received_at in logs.events_of(transaction, journal):
        if held_from is not None and seq >= held_from:
            break
        if seq - 1 in gaps:
            folding.take(fold_gap(folding.reading))
        _observe(folding, seen, before=seq)
        event = read_event(json.loads(text)) if text is not None else None
        if text is None or event is None or isinstance(event, Refusal):
            continue
        if held_elsewhere(transaction, journal, event, text):
            continue
        at = folding.take(fold_event(folding.reading, event, received_at))
        if at is not None:
            times[seq] = Times(at, round((at - event.at).total_seconds() * 1000))
    _observe(folding, seen, before=None)
    folding.reading = replace(folding.reading, held_from=held_from)
    return folding, times


def _observe(folding: Folding, seen: list[dict[str, Any]], *, before: int | None) -> None:
    """Take the observations that were made before the event ``before`` came in."""
    while seen and (before is None or seen[0]["after_seq"] < before):
        one = seen.pop(0)
        if one["kind"] == "silent":
            folding.take(fold_observation(folding.reading, Silent(one["last_heard"])))
        elif one["kind"] == "heard":
            folding.take(fold_observation(folding.reading, Heard()))
