"""Short-lived rows that are over go."""

from dokodemo.actions import Services
from dokodemo.store import expired


def drop_expired(services: Services) -> int:
    """Remove web sessions, sign-ins, challenges and announcements that are over; gives how many."""
    now = services.now()
    return services.write(lambda transaction: expired.drop(transaction, now))
