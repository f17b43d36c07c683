"""Publishing: one revision a call, all or nothing, audited, announced, and at once in the next answer."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, func, insert, select

from dokodemo.actions.effective_settings import (
    city_values,
    effective,
    known_of,
    next_beat_seconds,
    settings_etag_of,
)
from dokodemo.actions.settings import Change, choose, publish
from dokodemo.domain.audit import Actor, Via
from dokodemo.domain.errors import DokodemoError, InvalidError
from dokodemo.domain.settings import Layer, Origin, Resolved
from dokodemo.live import Change as Moved
from dokodemo.store import people
from dokodemo.store.rows.installation import announcements, audit
from dokodemo.store.rows.people import postings
from dokodemo.store.rows.settings import setting_entries, setting_revisions
from tests.installation import Installation, build
from tests.people import add_person
from tests.settled import IT, posting, put, settle

SIZE = "display.text_size"


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    built = build(database_url, tmp_path)
    yield built
    built.services.database.close()


def rows(installation: Installation, table: Any) -> list[Any]:
    with installation.services.read() as transaction:
        return list(transaction.execute(select(table)))


def etag(installation: Installation, person_id: Any) -> str:
    with installation.services.read() as transaction:
        return settings_etag_of(installation.services, transaction, person_id, None)


def test_each_call_is_one_revision(installation: Installation) -> None:
    assert (1, 1) == put(installation, SIZE, 20)
    changes = [Change(Layer.ORGANISATION, "", SIZE, 21), Change(Layer.ORGANISATION, "", "board.open", True)]
    assert (1, 2) == publish(installation.services, changes, by=IT, comment="二つ")
    assert ["試験", "二つ"] == [row.comment for row in rows(installation, setting_revisions)]
    assert {1: 2, 2: None} == {row.revision: row.ended_revision for row in rows(installation, setting_entries)}


def test_the_layers_of_the_main_posts_branch_count_in_order(installation: Installation) -> None:
    person_id = settle(installation)
    for subject, size in (("010101", 23), ("01", 21), ("0101", 22), ("0102", 40)):
        put(installation, SIZE, size, Layer.UNIT, subject)
    found = effective(installation.services, person_id, None)
    assert Resolved(23, Layer.UNIT) == found.values[SIZE]
    put(installation, SIZE, 22, Layer.UNIT, "0101", locked=True)
    assert Resolved(22, Layer.UNIT, True) == effective(installation.services, person_id, None).values[SIZE]


def test_what_the_city_knows_already_is_told_like_a_setting(installation: Installation) -> None:
    values = effective(installation.services, settle(installation), None).values
    assert Resolved("Asia/Tokyo", Layer.ORGANISATION, True) == values["city.timezone"]
    assert [] == values["networks.table"].value


def test_on_the_first_of_april_the_new_units_settings_hold_from_midnight(installation: Installation) -> None:
    person_id = settle(installation)
    put(installation, SIZE, 21, Layer.UNIT, "0101")
    put(installation, SIZE, 32, Layer.UNIT, "0102")
    installation.clock.at = datetime(2027, 3, 31, 14, 59, 59, tzinfo=UTC)
    assert 21 == effective(installation.services, person_id, None).values[SIZE].value
    before = etag(installation, person_id)
    installation.clock.move(seconds=1)
    assert 32 == effective(installation.services, person_id, None).values[SIZE].value
    assert etag(installation, person_id) not in (before, "")


def test_a_persons_own_choice_gives_way_to_what_it_decides(installation: Installation) -> None:
    person_id = settle(installation)
    me = Actor(str(person_id), "member", Via.PAGE)
    choose(installation.services, person_id, SIZE, 30, by=me)
    assert Resolved(30, Layer.PERSON) == effective(installation.services, person_id, None).values[SIZE]
    put(installation, SIZE, 12, Layer.PERSON, str(person_id))
    assert 12 == effective(installation.services, person_id, None).values[SIZE].value
    put(installation, SIZE, None, Layer.PERSON, str(person_id), remove=True)
    assert 30 == effective(installation.services, person_id, None).values[SIZE].value
    choose(installation.services, person_id, SIZE, None, by=me)
    assert SIZE not in effective(installation.services, person_id, None).values


def test_a_dated_value_stands_over_the_lasting_one_and_the_etag_follows_by_itself(installation: Installation) -> None:
    person_id = settle(installation)
    put(installation, SIZE, 10)
    begins = installation.clock() + timedelta(hours=1)
    put(installation, SIZE, 24, valid_from=begins, valid_until=begins + timedelta(hours=1))
    seen = []
    for _ in range(3):
        size = effective(installation.services, person_id, None).values[SIZE].value
        seen.append((size, etag(installation, person_id)))
        installation.clock.move(hours=1)
    assert [10, 24, 10] == [size for size, _ in seen]
    assert seen[0][1] == seen[2][1] != seen[1][1]
    put(installation, SIZE, 11)
    assert 1 == len([row for row in rows(installation, setting_entries) if row.ended_revision is None])


def test_a_publication_changes_the_names_of_those_alone_whom_it_concerns(installation: Installation) -> None:
    maeda = settle(installation)
    before = etag(installation, maeda)
    put(installation, SIZE, 20, Layer.UNIT, "0102")
    assert before == etag(installation, maeda)
    put(installation, SIZE, 20, Layer.UNIT, "0101")
    assert before != etag(installation, maeda)
    assert etag(installation, maeda) == effective(installation.services, maeda, None).etag


def test_another_process_sees_a_publication_within_a_second(installation: Installation, tmp_path: Path) -> None:
    person_id = settle(installation)
    other = build(str(installation.services.database.url.render_as_string(hide_password=False)), tmp_path)
    before = etag(other, person_id)
    put(installation, SIZE, 20)
    other.clock.move(seconds=1)
    assert etag(other, person_id) == etag(installation, person_id) != before
    other.services.database.close()


def test_a_beat_after_the_first_costs_no_question_to_the_database(installation: Installation) -> None:
    person_id = settle(installation)
    asked: list[str] = []
    engine = installation.services.database.engine
    with installation.services.read() as transaction:
        first = known_of(installation.services, transaction, person_id, None)
        event.listen(engine, "before_cursor_execute", lambda *facts: asked.append(facts[2]))
        assert first == known_of(installation.services, transaction, person_id, None)
        assert [] == asked
        installation.clock.move(seconds=1)
        assert first == known_of(installation.services, transaction, person_id, None)
        assert 1 == len(asked)


def test_devices_come_sooner_for_some_minutes_after_a_publication_that_concerns_them(
    installation: Installation,
) -> None:
    person_id = settle(installation)
    put(installation, SIZE, 20, Layer.UNIT, "0102")

    def next_beat() -> int:
        with installation.services.read() as transaction:
            known = known_of(installation.services, transaction, person_id, None)
        return next_beat_seconds(installation.clock(), known.published_at)

    assert 60 == next_beat()
    put(installation, SIZE, 20)
    assert 20 == next_beat()
    installation.clock.move(minutes=5)
    assert 60 == next_beat()
    put(installation, SIZE, None, remove=True)
    assert 20 == next_beat()


def test_a_publication_is_audited_with_before_and_after_and_announced(installation: Installation) -> None:
    person_id = settle(installation)
    put(installation, SIZE, 20, Layer.PERSON, str(person_id))
    cursor = installation.services.live.cursor()
    put(installation, SIZE, 22, Layer.PERSON, str(person_id), locked=True)
    entry = rows(installation, audit)[-1]
    assert ("settings:published", "operator", "cli", person_id) == (entry.tag, entry.actor, entry.via, entry.subject_id)
    (change,) = entry.payload["changes"]
    assert [20] == [each["value"] for each in change["before"]]
    assert (22, True) == (change["after"]["value"], change["after"]["locked"])
    assert "試験" == entry.payload["reason"]
    waited = installation.services.live.wait(cursor, 0)
    assert waited is not None
    assert [Moved("settings")] == waited[1]
    assert ["settings"] * 2 == [row.kind for row in rows(installation, announcements)]


@pytest.mark.parametrize("change", [
    Change(Layer.ORGANISATION, "", "no.such_key", 1),
    Change(Layer.ORGANISATION, "", SIZE, 4_000),
    Change(Layer.ORGANISATION, "x", SIZE, 20),
    Change(Layer.UNIT, "9999", SIZE, 20),
    Change(Layer.PERSON, "maeda", SIZE, 20),
    Change(Layer.PERSON, str(uuid4()), SIZE, 20),
    Change(Layer.DEVICE, str(uuid4()), SIZE, 20),
    Change(Layer.GROUP, "g", SIZE, 20),
    Change(Layer.DEFAULT, "", SIZE, 20),
    Change(Layer.ORGANISATION, "", "city.timezone", "Asia/Tokyo"),
    Change(Layer.UNIT, "0101", "board.open", True),
    Change(Layer.ORGANISATION, "", "board.open", True, locked=True),
    Change(Layer.ORGANISATION, "", SIZE, 20, origin=Origin.SELF),
    Change(Layer.ORGANISATION, "", SIZE, remove=True),
    Change(Layer.ORGANISATION, "", SIZE, 20, valid_from=datetime(2027, 1, 2, tzinfo=UTC),
           valid_until=datetime(2027, 1, 2, tzinfo=UTC)),
])
def test_one_wrong_change_and_nothing_is_published(installation: Installation, change: Change) -> None:
    settle(installation)
    right = Change(Layer.ORGANISATION, "", "notices.start_end", False)
    with pytest.raises(InvalidError) as caught:
        publish(installation.services, [right, change], by=IT, comment="")
    assert caught.value.detail
    for table in (setting_entries, setting_revisions, audit, announcements):
        assert [] == rows(installation, table)


def test_a_persons_own_choice_of_a_working_rule_is_refused(installation: Installation) -> None:
    person_id = settle(installation)
    with pytest.raises(DokodemoError):
        choose(installation.services, person_id, "hours.start", "10:00", by=Actor(str(person_id), "member", Via.PAGE))


def test_the_language_that_a_person_chose_in_the_web_is_their_own_choice(installation: Installation) -> None:
    person_id = settle(installation)
    before = etag(installation, person_id)
    installation.services.write(lambda transaction: people.set_language(transaction, person_id, "en"))
    installation.clock.move(minutes=10)
    assert Resolved("en", Layer.PERSON) == effective(installation.services, person_id, None).values["ui.language"]
    assert effective(installation.services, person_id, None).etag == etag(installation, person_id) != before


def test_people_of_one_unit_share_their_names_until_one_of_them_has_something_of_their_own(
    installation: Installation,
) -> None:
    maeda, mori = settle(installation), add_person(installation, "mori@city.akagi.example")
    home = posting(mori, "010101", date(2020, 4, 1), None)
    installation.services.write(lambda transaction: transaction.execute(insert(postings).values(**home)))
    assert etag(installation, maeda) == etag(installation, mori)
    choose(installation.services, mori, SIZE, 24, by=IT)
    assert etag(installation, maeda) != etag(installation, mori)
    installation.services.write(lambda transaction: people.set_language(transaction, maeda, "en"))
    installation.clock.move(minutes=10)
    for person_id in (maeda, mori):
        assert effective(installation.services, person_id, None).etag == etag(installation, person_id)


def test_publishers_at_the_same_moment_get_one_revision_each(installation: Installation) -> None:
    with ThreadPoolExecutor(8) as pool:
        revisions = list(pool.map(lambda size: put(installation, SIZE, size), range(9, 25)))
    assert [(1, n) for n in range(1, 17)] == sorted(revisions)
    with installation.services.read() as transaction:
        live = select(func.count()).select_from(setting_entries).where(setting_entries.c.ended_revision.is_(None))
        assert 1 == transaction.execute(live).scalar()


def test_the_citys_own_rules_are_read_without_a_person(installation: Installation) -> None:
    put(installation, "board.open", True)
    with installation.services.read() as transaction:
        values = city_values(installation.services, transaction)
    assert (True, 5) == (values["board.open"].value, values["session.lease_minutes"].value)
