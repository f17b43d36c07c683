"""Read both logs again from their beginning and say where the stored reading differs (invariant I6)."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import UUID

from dokodemo.actions import Services
from dokodemo.actions.ingest import held_elsewhere
from dokodemo.actions.reading_rows import Folding, store
from dokodemo.domain.events import Refusal, read_event
from dokodemo.domain.readings import Reading, dumped
from dokodemo.domain.sessions import Heard, Silent, fold_event, fold_gap, fold_observation
from dokodemo.store import Transaction, journals, logs, sessions
from dokodemo.store.journals import JournalRow


def rebuild(services: Services, *, repair: bool) -> Iterator[tuple[UUID, bool]]:
    """Go through all journals: (id, whether stored equals rebuilt). With ``repair`` what differs is replaced."""
    with services.read() as transaction:
        every = logs.journal_ids(transaction)
    for journal_id in every:
        yield journal_id, services.write(partial(_rebuild, journal_id=journal_id, repair=repair))


def _rebuild(transaction: Transaction, *, journal_id: UUID, repair: bool) -> bool:
    journal = journals.lock(transaction, journal_id)
    folding = folded(transaction, journal)
    equal = dumped(folding.reading) == journal.reading and logs.rows_of(folding.sessions, folding.settled) == (
        logs.stored_rows(transaction, journal)
    )
    if repair and not equal:
        sessions.forget(transaction, journal.person_id, journal.id)
        store(transaction, journal, folding)
    return equal


def folded(transaction: Transaction, journal: JournalRow) -> Folding:
    """The reading of one journal from its log alone."""
    folding = Folding(Reading())
    seen = list(logs.observations_of(transaction, journal))
    gaps = dict(logs.gaps_of(transaction, journal))
    for seq, text, received_at in logs.events_of(transaction, journal):
        if seq - 1 in gaps:
            folding.take(fold_gap(folding.reading))
        _observe(folding, seen, before=seq)
        event = read_event(json.loads(text)) if text is not None else None
        if text is None or event is None or isinstance(event, Refusal):
            continue
        if held_elsewhere(transaction, journal, event, text):
            continue
        folding.take(fold_event(folding.reading, event, received_at))
    _observe(folding, seen, before=None)
    return folding


def _observe(folding: Folding, seen: list[dict[str, Any]], *, before: int | None) -> None:
    """Take the observations that were made before the event ``before`` came in."""
    while seen and (before is None or seen[0]["after_seq"] < before):
        one = seen.pop(0)
        if one["kind"] == "silent":
            folding.take(fold_observation(folding.reading, Silent(one["last_heard"])))
        elif one["kind"] == "heard":
            folding.take(fold_observation(folding.reading, Heard()))
