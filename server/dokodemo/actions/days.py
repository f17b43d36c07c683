"""One person's day: the own one with everything that was reported and who looked, another's with a look left behind."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from dokodemo.actions import Services
from dokodemo.actions.hours import hours_of
from dokodemo.actions.looks import What, look, looks_at
from dokodemo.actions.people import subject_of, today
from dokodemo.domain import access
from dokodemo.domain.access import Permit, Verb, Viewer
from dokodemo.domain.errors import ErrorCode, MissingError
from dokodemo.domain.people import Person, PostingKind
from dokodemo.domain.presence import Policy
from dokodemo.domain.readings import loaded
from dokodemo.domain.ribbons import RibbonSession, meetings_of, stretches_of, until
from dokodemo.domain.segments import Segment, overlaid
from dokodemo.domain.whereabouts import Whereabouts
from dokodemo.store import Transaction, days, people, postings, readings, whereabouts
from dokodemo.store.days import DayEvent
from dokodemo.store.looks import Look


@dataclass(frozen=True, slots=True)
class Ribbon:
    """The sessions that began on a day of the city, and when meetings were on."""

    on: date
    sessions: tuple[RibbonSession, ...]
    meetings: tuple[tuple[datetime, datetime | None], ...]


@dataclass(frozen=True, slots=True)
class Day:
    """A person's day as whoever holds the permit may see it; ``policy`` has the hours of that day."""

    person: Person
    ribbon: Ribbon
    policy: Policy
    declared: list[Whereabouts]
    authors: dict[UUID, str]


@dataclass(frozen=True, slots=True)
class OwnDay:
    """What one sees of oneself: also every event as it was reported, what the server saw, and who looked."""

    day: Day
    events: list[DayEvent]
    observations: list[Any]
    looks: list[Look]


def own_day(services: Services, viewer: Viewer) -> OwnDay:
    """The viewer's own today; no look."""
    if viewer.person_id is None:
        raise MissingError(ErrorCode.NOT_FOUND, "only people have a day")
    on = today(services)
    start, end = bounds(services, on)
    with services.read() as transaction:
        subject = subject_of(transaction, viewer.person_id, on)
        permit = access.permit(viewer, Verb.SEE_DAY, subject)
        access.permit(viewer, Verb.SEE_REPORTED, subject)
        return OwnDay(
            _day(services, transaction, permit, on), days.events_of(transaction, permit, start, end),
            days.observations_of(transaction, permit, start, end),
            looks_at(transaction, viewer.person_id, since=on, until=on),
        )  # fmt: skip


def day_of(services: Services, viewer: Viewer, person_id: UUID, on: date) -> Day:
    """Another person's day; the look is kept in the same transaction, before anything is shown.

    ``MissingError``: no such person; ``ForbiddenError``: not one of the viewer's people on that day.
    """
    now = services.now()

    def work(transaction: Transaction) -> Day:
        if people.find(transaction, person_id) is None:
            raise MissingError(ErrorCode.NOT_FOUND, "no such person")
        permit = access.permit(viewer, Verb.SEE_DAY, subject_of(transaction, person_id, on))
        look(transaction, permit, What.DAY, now, today(services))
        return _day(services, transaction, permit, on)

    return services.write(work)


def bounds(services: Services, on: date) -> tuple[datetime, datetime]:
    """The city's midnights at both ends of a day."""
    start = datetime.combine(on, time(), tzinfo=services.city.zone)
    return start, datetime.combine(on + timedelta(days=1), time(), tzinfo=services.city.zone)


def _day(services: Services, transaction: Transaction, permit: Permit, on: date) -> Day:
    person_id = permit.subject.person_id
    if person_id is None:
        raise TypeError("a day is somebody's")
    person = people.get(transaction, person_id)
    start, end = bounds(services, on)
    declared = whereabouts.between(transaction, person_id, start, end)
    holding = whereabouts.not_over(transaction, [person_id], start)  # one made on an earlier day may still hold
    authors = people.of(transaction, list({entry.author_id for entry in (*declared, *holding)}))
    held = (one for one in postings.of(transaction, person_id) if one.valid_on(on))
    main = next((one.unit_code for one in held if one.kind is PostingKind.MAIN), None)
    return Day(
        person, _ribbon(transaction, permit, on, start, end),
        hours_of(services, transaction).of(person_id, main, person.pattern), declared,
        {author.id: author.name for author in authors.values()},
    )  # fmt: skip


def _ribbon(transaction: Transaction, permit: Permit, on: date, start: datetime, end: datetime) -> Ribbon:
    found = days.sessions_of(transaction, permit, start, end)
    settled = days.segments_of(transaction, permit, found)
    seen = days.places_seen(transaction, permit, start, end)
    open_ = {
        (standing.journal_id, reading.open.n): reading.open.tail
        for standing in readings.of_person(transaction, permit.subject.person_id or UUID(int=0))
        if (reading := loaded(standing.reading)).open is not None
    }
    sessions: list[RibbonSession] = []
    everything: list[Segment] = []
    for one in found:
        name = one.journal_id, one.session.n
        row = until((*settled.get(name, ()), *open_.get(name, ())), one.session.ended_at)
        row = overlaid(row, seen.get(one.journal_id, []))
        sessions.append(RibbonSession(one.session, stretches_of(row)))
        everything += row
    return Ribbon(on, tuple(sessions), meetings_of(sorted(everything, key=lambda segment: segment.started_at)))
