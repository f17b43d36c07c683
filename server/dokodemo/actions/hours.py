"""The hours by which presence is computed: the city's settings, a person's shifted pattern, whether today is open."""

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

from dokodemo.actions import Services
from dokodemo.actions.effective_settings import city_values
from dokodemo.actions.people import today
from dokodemo.domain.calendar import is_working_day
from dokodemo.domain.presence import Policy
from dokodemo.store import Transaction, calendar

PATTERNS = {
    "A": (time(7, 30), time(16, 15)),
    "B": (time(8, 0), time(16, 45)),
    "C": (time(9, 0), time(17, 45)),
    "D": (time(9, 30), time(18, 15)),
}
"""時差出勤 (municipal reference 4.2, ``shifted.patterns``)."""


def city_policy(services: Services, transaction: Transaction) -> Policy:
    """The policy of whoever has no hours of their own, for the city's today."""
    values = {key: resolved.value for key, resolved in city_values(services, transaction).items()}
    on = today(services)
    return Policy(
        services.city.zone, time.fromisoformat(values["hours.start"]), time.fromisoformat(values["hours.end"]),
        time.fromisoformat(values["hours.lunch_start"]), time.fromisoformat(values["hours.lunch_end"]),
        timedelta(minutes=values["whereabouts.grace_minutes"]),
        is_working_day(on, calendar.overrides(transaction, on, on)),
    )  # fmt: skip


def policy_for(policy: Policy, pattern: str | None) -> Policy:
    """The same with the hours of a shifted pattern; an unknown pattern has the city's."""
    if pattern not in PATTERNS:
        return policy
    starts, ends = PATTERNS[pattern]
    return replace(policy, starts=starts, ends=ends)


def hours_document(policy: Policy) -> dict[str, Any]:
    """A person's hours as the reader in JavaScript wants them."""
    return {"starts": f"{policy.starts:%H:%M}", "ends": f"{policy.ends:%H:%M}"}


def policy_document(services: Services, policy: Policy) -> dict[str, Any]:
    """A policy as the reader in JavaScript wants it (``extension/shared/presence.js``)."""
    offset = services.now().astimezone(services.city.zone).utcoffset() or timedelta(0)
    return hours_document(policy) | {
        "utc_offset_minutes": offset // timedelta(minutes=1), "lunch_from": f"{policy.lunch_from:%H:%M}",
        "lunch_to": f"{policy.lunch_to:%H:%M}", "grace_minutes": policy.grace // timedelta(minutes=1),
        "working_day": policy.working_day,
    }  # fmt: skip
