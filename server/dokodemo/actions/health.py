"""Whether the service stands: for load balancers and for people who ask why not."""

from dataclasses import dataclass

from dokodemo.actions import Services
from dokodemo.domain.errors import UnavailableError
from dokodemo.live import LiveLostError
from dokodemo.store import logs


@dataclass(frozen=True, slots=True)
class Health:
    """``database`` decides about readiness; without ``live`` the board is read from the database and says so."""

    database: bool
    live: bool


def health(services: Services) -> Health:
    """Ask both parts a small question."""
    try:
        with services.read() as transaction:
            logs.answers(transaction)
        database = True
    except UnavailableError:
        database = False
    try:
        services.live.cursor()
        live = True
    except LiveLostError:
        live = False
    return Health(database, live)
