"""What a process keeps of facts and roster: never anything else than what reading them anew would give."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import update

from dokodemo.actions import board, facts
from dokodemo.actions.audit import OPERATOR, record
from dokodemo.actions.people import today, viewer_of
from dokodemo.domain.audit import Tag
from dokodemo.domain.events import Place
from dokodemo.domain.fact_documents import assembled, document_of
from dokodemo.domain.facts import State, View, narrowed
from dokodemo.domain.statuses import Status
from dokodemo.store import Transaction
from dokodemo.store.rows.people import postings
from tests.installation import build
from tests.web.city import City, found, morning

UNIT = "020300"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("kept")
    made = found(build(f"sqlite:///{folder / 'city.sqlite3'}", folder))
    facts.refill(made.installation.services)
    morning(made)
    yield made
    made.installation.services.database.close()


def seen(city: City, name: str) -> board.Board:
    services = city.installation.services
    with services.read() as transaction:
        viewer = viewer_of(transaction, city.ids[name], today(services))
    return board.board_of(services, viewer, UNIT)


def anew(city: City, views: dict[UUID, View]) -> list[dict[str, Any]]:
    """The same without anything kept."""
    services = city.installation.services
    sources = services.live.facts_of(views)
    zone = services.city.zone
    return [
        document_of(narrowed(assembled(person, sources.get(person, {}), zone=zone), view))
        for person, view in views.items()
    ]


NAMES = ("前田 聡", "渡邉 由美", "𠮷田 学")
CHANGES = some.lists(
    some.tuples(
        some.sampled_from(NAMES), some.sampled_from([*State]), some.sampled_from([None, Status.LEAVE, Status.FIELD]),
        some.sampled_from(NAMES),
    ), max_size=6,
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES)
def test_what_is_kept_is_what_reading_anew_gives_for_every_view(city: City, changes: list[Any]) -> None:
    services = city.installation.services
    for name, state, status, viewer in changes:
        city.reports(name, state, Place.DESK, since=city.installation.clock.move(seconds=1))
        if status is not None:
            city.declares(name, status, destination="県庁" if status is Status.FIELD else None)
        views = seen(city, viewer).people
        told = facts.told(services, views)
        assert anew(city, views) == [one.document for one in told]
        assert anew(city, views) == [json.loads(one.text) for one in told]


def test_a_new_life_of_the_shared_state_leaves_nothing_of_the_old_one(city: City) -> None:
    services = city.installation.services
    views = seen(city, "前田 聡").people
    facts.told(services, views)
    services.live.fill({})
    assert all(one.empty for one in facts.told(services, views))
    morning(city)
    assert anew(city, views) == [one.document for one in facts.told(services, views)]


def test_a_move_in_the_roster_is_on_the_next_board(city: City) -> None:
    services = city.installation.services
    assert city.ids["遠藤 舞"] in seen(city, "前田 聡").people

    def move(transaction: Transaction) -> None:
        row = (postings.c.person_id == city.ids["遠藤 舞"]) & (postings.c.kind == "main")
        transaction.execute(update(postings).where(row).values(unit_code="020101"))
        record(transaction, services, Tag.PERSON_CHANGED, actor=OPERATOR, subject_id=city.ids["遠藤 舞"])

    services.write(move)
    assert city.ids["遠藤 舞"] not in seen(city, "前田 聡").people


def test_a_new_day_has_a_board_of_its_own(city: City) -> None:
    services = city.installation.services

    def end(transaction: Transaction) -> None:
        row = postings.c.person_id == city.ids["石井 蓮"]
        transaction.execute(update(postings).where(row).values(valid_to=today(services) + timedelta(days=1)))
        record(transaction, services, Tag.PERSON_CHANGED, actor=OPERATOR, subject_id=city.ids["石井 蓮"])

    services.write(end)
    assert city.ids["石井 蓮"] in seen(city, "前田 聡").people
    city.installation.clock.move(days=1)
    assert city.ids["石井 蓮"] not in seen(city, "前田 聡").people
