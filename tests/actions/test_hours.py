"""Whose working hours are which: layers of settings, shifted patterns, the main post."""

from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from dokodemo.actions.hours import hours_document, hours_of
from dokodemo.domain.settings import Layer
from tests.installation import Installation, build
from tests.settled import put, settle

LIBRARY = {"hours.start": "10:00", "hours.end": "19:00"}


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    built = build(database_url, tmp_path)
    yield built
    built.services.database.close()


def edges(installation: Installation, person_id: UUID, unit_code: str | None, pattern: str | None = None) -> tuple[time, time]:
    with installation.services.read() as transaction:
        policy = hours_of(installation.services, transaction).of(person_id, unit_code, pattern)
    return policy.starts, policy.ends


def given(installation: Installation, layer: Layer, subject: str, values: dict[str, str]) -> None:
    for key, value in values.items():
        put(installation, key, value, layer=layer, subject=subject)


def test_the_most_particular_layer_of_the_main_posts_branch_decides(installation: Installation) -> None:
    person_id = settle(installation)
    assert (time(8, 30), time(17, 15)) == edges(installation, person_id, "010101")
    given(installation, Layer.ORGANISATION, "", {"hours.start": "08:45"})
    given(installation, Layer.UNIT, "01", {"hours.end": "17:30"})
    given(installation, Layer.UNIT, "0101", LIBRARY)
    assert (time(10), time(19)) == edges(installation, person_id, "010101")
    assert (time(8, 45), time(17, 30)) == edges(installation, person_id, "0102")
    assert (time(8, 45), time(17, 15)) == edges(installation, person_id, None)
    given(installation, Layer.PERSON, str(person_id), {"hours.start": "11:00"})
    assert (time(11), time(19)) == edges(installation, person_id, "010101")
    assert (time(10), time(19)) == edges(installation, UUID(int=9), "010101")


def test_a_shifted_pattern_stands_above_the_unit_and_below_what_was_given_to_the_person(installation: Installation) -> None:
    person_id = settle(installation)
    given(installation, Layer.UNIT, "0101", LIBRARY)
    assert (time(7, 30), time(16, 15)) == edges(installation, person_id, "010101", "A")
    given(installation, Layer.PERSON, str(person_id), {"hours.end": "18:00"})
    assert (time(7, 30), time(18)) == edges(installation, person_id, "010101", "A")
    assert (time(10), time(18)) == edges(installation, person_id, "010101", "no such pattern")


def test_lunch_is_the_units_too_and_goes_to_the_page(installation: Installation) -> None:
    person_id = settle(installation)
    given(installation, Layer.UNIT, "0101", LIBRARY | {"hours.lunch_start": "13:00", "hours.lunch_end": "14:00"})
    with installation.services.read() as transaction:
        document = hours_document(hours_of(installation.services, transaction).of(person_id, "010101", None))
    assert {"starts": "10:00", "ends": "19:00", "lunch_from": "13:00", "lunch_to": "14:00"} == document


def test_hours_that_begin_to_hold_later_hold_then(installation: Installation) -> None:
    person_id = settle(installation)
    later = installation.clock() + timedelta(hours=2)
    put(installation, "hours.end", "16:00", layer=Layer.PERSON, subject=str(person_id), valid_from=later)
    assert time(17, 15) == edges(installation, person_id, "010101")[1]
    installation.clock.move(hours=2)
    assert time(16) == edges(installation, person_id, "010101")[1]
