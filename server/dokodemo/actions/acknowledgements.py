"""「確認しました」: what a person has read about what is recorded, in which version, when."""

from datetime import datetime

from dokodemo.actions import Services
from dokodemo.actions.devices import Caller
from dokodemo.store import acknowledgements


def acknowledge(services: Services, caller: Caller, document: str, version: int, at: datetime) -> None:
    """Keep the caller's confirmation; a repeat changes nothing. A moment that lies ahead counts as arrival."""
    when = min(at, services.now())
    services.write(
        lambda transaction: acknowledgements.append(
            transaction, caller.person_id, document, version, when, caller.binding_id
        )
    )
