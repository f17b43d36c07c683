"""The city's working days: reading overrides, and saying something about a day."""

from datetime import date

from dokodemo.actions import Services, announcements
from dokodemo.actions.audit import record
from dokodemo.domain.audit import Actor, Tag
from dokodemo.domain.calendar import Override
from dokodemo.live import Change
from dokodemo.store import Transaction, calendar


def set_day(services: Services, actor: Actor, on: date, override: Override | None, *, reason: str = "") -> None:
    """Open, close or name a day of the city; None takes the city's word back."""

    def write(transaction: Transaction) -> bool:
        before = calendar.overrides(transaction, on, on).get(on)
        if before == override:
            return False
        if override is None:
            calendar.remove(transaction, on)
        else:
            calendar.put(transaction, on, override)
        announcements.leave(transaction, actor, "boards", {}, services.now())
        record(
            transaction, services, Tag.CALENDAR_CHANGED, actor=actor, day=on.isoformat(), before=_words(before),
            after=_words(override), reason=reason,
        )  # fmt: skip

        return True

    if services.write(write):
        announcements.announce(services, Change("boards"))


def _words(override: Override | None) -> dict[str, str] | None:
    return None if override is None else {"kind": str(override.kind), "name": override.name}
