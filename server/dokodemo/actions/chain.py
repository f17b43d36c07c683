"""Whether the trail's chain holds: walked once a day, the result kept, so that a page can say it without walking."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from dokodemo.actions import Services
from dokodemo.actions.audit import verify_chain
from dokodemo.store import installation

VERIFIED = "audit_verified"
EVERY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Verified:
    """What the last walk found: when, how many entries, the first broken number or None."""

    at: datetime
    count: int
    broken: int | None


def last_verified(services: Services) -> Verified | None:
    """The last walk; None before the first."""
    with services.read() as transaction:
        kept = installation.find(transaction, VERIFIED)
    return None if kept is None else Verified(datetime.fromisoformat(kept["at"]), kept["count"], kept["broken"])


def verify(services: Services) -> Verified:
    """Walk the whole chain now and keep what was found."""
    walked = verify_chain(services)
    found = Verified(services.now(), walked.count, walked.broken)
    kept = {"at": found.at.isoformat(), "count": found.count, "broken": found.broken}
    services.write(lambda transaction: installation.replace(transaction, VERIFIED, kept))
    return found


def verify_daily(services: Services) -> bool:
    """Walk it if the last walk is a day old; whether it was. For the worker."""
    last = last_verified(services)
    if last is not None and timedelta(0) <= services.now() - last.at < EVERY:
        return False
    verify(services)
    return True
