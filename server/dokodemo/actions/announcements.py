"""Telling all processes that something moved, also the server beside which a command line runs.

The shared state carries a change to all processes after the commit. On the embedded default a command line has a shared
state of its own, so it also leaves a row in its transaction, and the server looks for rows each second (``relay``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from dokodemo.actions import Services
from dokodemo.domain.audit import Actor, Via
from dokodemo.live import Change, LiveLostError
from dokodemo.store import Transaction, announcements

OVERLAP = timedelta(seconds=30)  # clocks of two processes on one machine, and a transaction that commits late


@dataclass(frozen=True, slots=True)
class Seen:
    """How far somebody has read: everything before ``at``, and these beyond it."""

    at: datetime
    ids: frozenset[UUID] = frozenset()


def leave(transaction: Transaction, by: Actor, kind: str, members: Mapping[str, Any], at: datetime) -> None:
    """Leave a row for the server beside a command line; other doors are the server's own and leave none."""
    if by.via is Via.CLI:
        announcements.append(transaction, kind, members, at)


def announce(services: Services, *changes: Change) -> None:
    """Tell every process through the shared state, after the commit. One that is out of reach is no error."""
    try:
        services.live.announce(*changes)
    except LiveLostError:
        return  # readers take a snapshot when it is back


def take(services: Services, seen: Seen) -> tuple[list[Change], Seen]:
    """What was left and not seen yet, as changes, and how far that is."""
    with services.read() as transaction:
        found = announcements.since(transaction, seen.at - OVERLAP)
    changes = [change for key, kind, members in found if key not in seen.ids for change in _changes(kind, members)]
    return changes, Seen(max(seen.at, services.now()), frozenset(key for key, _kind, _members in found))


def relay(services: Services, seen: Seen) -> Seen:
    """Hand what was left to the shared state; gives how far was read. The embedded server calls it each second."""
    changes, now_seen = take(services, seen)
    if changes:
        announce(services, *changes)
    return now_seen


def _changes(kind: str, members: Mapping[str, Any]) -> Iterable[Change]:
    """``{"bindings": […]}`` is one change for each, ``{"subject": …}`` one, and ``{}`` one for everybody."""
    for subject in members.get("bindings") or [members.get("subject", "")]:
        yield Change(kind, str(subject))
