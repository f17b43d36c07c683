"""Live facts of people: from the shared state, which is filled from the database after a start or a loss."""

from collections.abc import Collection, Mapping
from datetime import datetime, time, tzinfo
from functools import partial
from typing import Any
from uuid import UUID

from dokodemo.actions import Services
from dokodemo.actions.kept_facts import Told, kept_for, told_of
from dokodemo.domain.device_facts import device_facts
from dokodemo.domain.events import Place
from dokodemo.domain.fact_documents import (
    CLEARED,
    WHEREABOUTS,
    assembled,
    clearing,
    document_of_device,
    document_of_whereabouts,
)
from dokodemo.domain.facts import DeviceFacts, Facts, View
from dokodemo.domain.readings import loaded
from dokodemo.domain.whereabouts import Whereabouts, current
from dokodemo.live import LiveLostError
from dokodemo.store import Transaction, readings, whereabouts

Sources = dict[str, Mapping[str, Any]]


def facts_of(services: Services, person_ids: Collection[UUID]) -> dict[UUID, Facts]:
    """The facts of each of these people; without the shared state straight from the database.

    A return that ends an entry is remembered in the shared state, so that it stays one after the person steps away.
    """
    try:
        return kept_for(services.live).facts_of(services.live, person_ids, partial(_from_live, services))
    except LiveLostError:
        return _stored(services, person_ids)


def told(services: Services, views: Mapping[UUID, View]) -> list[Told]:
    """What each of these people's view gets, in this order."""
    try:
        return kept_for(services.live).told(services.live, views, partial(_from_live, services))
    except LiveLostError:
        stored = _stored(services, views.keys())
        return [told_of(stored[person], view) for person, view in views.items()]


def _from_live(services: Services, person_ids: Collection[UUID]) -> dict[UUID, Facts]:
    if not services.live.filled():
        refill(services)
    sources = services.live.facts_of(person_ids)
    found = {
        person: assembled(person, sources.get(person, {}), zone=services.city.zone) for person in person_ids
    }
    for person, facts in found.items():
        cleared = clearing(facts, sources.get(person, {}))
        if cleared is not None:
            _remember(services, person, cleared)
    return found


def _stored(services: Services, person_ids: Collection[UUID]) -> dict[UUID, Facts]:
    zone = services.city.zone
    with services.read() as transaction:
        stored = from_database(transaction, services.now(), zone)
    return {person: assembled(person, stored.get(person, {}), zone=zone) for person in person_ids}


def refill(services: Services) -> int:
    """Put all facts together from the database and hand them to the shared state; gives how many people have some."""
    with services.read() as transaction:
        facts = from_database(transaction, services.now(), services.city.zone)
    services.live.fill(facts)
    return len(facts)


def from_database(transaction: Transaction, now: datetime, zone: tzinfo) -> dict[UUID, Sources]:
    """All sources of everybody who has any today: what open or today's journals report, which entry holds."""
    midnight = datetime.combine(now.astimezone(zone).date(), time(), tzinfo=zone)
    found: dict[UUID, Sources] = {}
    for standing in readings.all_of(transaction):
        observed = Place(standing.observed_place) if standing.observed_place else None
        facts = device_facts(loaded(standing.reading), observed)
        if facts is not None and not _of_another_day(facts, midnight):
            found.setdefault(standing.person_id, {})[str(standing.journal_id)] = document_of_device(facts)
    entries: dict[UUID, list[Whereabouts]] = {}
    for entry in whereabouts.all_not_over(transaction, now):
        entries.setdefault(entry.person_id, []).append(entry)
    for person_id, theirs in entries.items():
        holding = current(theirs, now, zone=zone)
        if holding is not None:
            found.setdefault(person_id, {})[WHEREABOUTS] = document_of_whereabouts(holding)
    return found


def _of_another_day(facts: DeviceFacts, midnight: datetime) -> bool:
    return facts.until is not None and facts.until < midnight


def _remember(services: Services, person_id: UUID, cleared: Mapping[str, Any]) -> None:
    try:
        services.live.put(person_id, CLEARED, cleared)
    except LiveLostError:
        return
