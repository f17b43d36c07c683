"""Tell the shared state what moved; without it the truth is still in the database."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from dokodemo.actions import Services
from dokodemo.domain.device_facts import device_facts
from dokodemo.domain.events import Place
from dokodemo.domain.fact_documents import document_of_device
from dokodemo.domain.readings import Reading
from dokodemo.live import LiveLostError, Report


def report_of(
    person_id: UUID, journal_id: UUID, reading: Reading, observed: str | None, heard_at: datetime | None = None
) -> Report:
    """One device's fact as its journal reads now; ``observed`` is the place of its last contact."""
    facts = device_facts(reading, Place(observed) if observed else None)
    return Report(person_id, journal_id, document_of_device(facts) if facts else None, heard_at)


def tell(services: Services, reports: Sequence[Report]) -> None:
    """Put facts after their commit. What a shared state out of reach misses, ``actions.board`` fills in again."""
    if not reports:
        return
    try:
        services.live.report(reports)
    except LiveLostError:
        return
