"""Tell the shared state what moved; without it the truth is still in the database."""

from datetime import datetime
from uuid import UUID

from dokodemo.actions import Services
from dokodemo.domain.device_facts import device_facts
from dokodemo.domain.events import Place
from dokodemo.domain.fact_documents import document_of_device
from dokodemo.domain.readings import Reading
from dokodemo.live import LiveLostError


def put_device(
    services: Services, person_id: UUID, journal_id: UUID, reading: Reading, observed: Place | None, *,
    heard_at: datetime | None = None,
) -> bool:  # fmt: skip
    """Put one device's facts, and that it was heard; False when the shared state is out of reach (``actions.board``
    fills it again)."""
    facts = device_facts(reading, observed)
    document = document_of_device(facts) if facts else None
    try:
        if heard_at is None:
            services.live.put(person_id, str(journal_id), document)
        else:
            services.live.report(person_id, journal_id, document, heard_at)
    except LiveLostError:
        return False
    return True
