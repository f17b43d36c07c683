"""What an operator asks about the record: counts, never names."""

from dataclasses import dataclass
from typing import Any

from dokodemo.actions import Services
from dokodemo.store import diagnosis, installation


@dataclass(frozen=True, slots=True)
class Seen:
    """Counts of today."""

    people: int
    headless: int
    forks: int


def fact(services: Services, name: str) -> Any:
    """A fact of the installation by its name."""
    with services.read() as transaction:
        return installation.find(transaction, name)


def look(services: Services) -> Seen:
    """Count."""
    today = services.now().astimezone(services.city.zone).date()
    with services.read() as transaction:
        return Seen(
            diagnosis.people_on(transaction, today),
            diagnosis.sections_without_head(transaction, today),
            diagnosis.forks(transaction),
        )
