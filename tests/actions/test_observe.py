"""Silence and contacts: what the server sees by itself (PROTOCOL section 2, Observations)."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from dokodemo.actions.observe import LEASE, flush_contacts, write_silences
from dokodemo.actions.rebuild import rebuild
from dokodemo.app import create_app
from dokodemo.live.memory import MemoryLive
from dokodemo.store.rows.journals import journals, observations, sessions
from tests.device import Google, TestDevice
from tests.installation import Installation, build
from tests.people import add_person


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    built = build(database_url, tmp_path, google=Google())
    yield built
    built.services.database.close()


@pytest.fixture
def chromebook(installation: Installation) -> TestDevice:
    add_person(installation)
    one = TestDevice(installation, create_app(installation.services, installation.config))
    one.bind()
    one.record("started", how="login")
    one.send(1)
    return one


def rows(installation: Installation, table: Any) -> list[dict[str, Any]]:
    with installation.services.read() as transaction:
        return [dict(row) for row in transaction.execute(select(table)).mappings()]


def silences(installation: Installation, *, up_for: timedelta = timedelta(hours=1)) -> int:
    return write_silences(installation.services, installation.clock() - up_for)


def test_silence_longer_than_the_lease_ends_a_session_provisionally(
    installation: Installation, chromebook: TestDevice
) -> None:
    heard = installation.clock()
    installation.clock.move(minutes=5)
    assert silences(installation) == 1
    (session,) = rows(installation, sessions)
    assert (session["ended_at"], session["end_known"], session["provisional"]) == (heard, "silent", True)
    (seen,) = rows(installation, observations)
    assert (seen["kind"], seen["last_heard"], seen["after_seq"]) == ("silent", heard, 1)


def test_a_silence_is_written_once(installation: Installation, chromebook: TestDevice) -> None:
    installation.clock.move(minutes=6)
    assert silences(installation) == 1
    installation.clock.move(minutes=6)
    assert silences(installation) == 0


def test_beats_keep_a_session_open(installation: Installation, chromebook: TestDevice) -> None:
    for _ in range(10):
        installation.clock.move(minutes=4)
        chromebook.beat()
        assert silences(installation) == 0


def test_a_servers_outage_is_nobodys_silence(installation: Installation, chromebook: TestDevice) -> None:
    installation.clock.move(hours=1)
    assert silences(installation, up_for=LEASE - timedelta(seconds=1)) == 0
    assert rows(installation, observations) == []


def test_after_a_restart_the_last_flushed_contact_counts(installation: Installation, chromebook: TestDevice) -> None:
    installation.clock.move(minutes=4)
    chromebook.beat()
    heard = installation.clock()
    assert flush_contacts(installation.services) == 1
    again = Installation(
        type(installation.services)(
            installation.services.database, MemoryLive(), Google(), installation.clock, installation.services.city
        ),
        installation.clock,
        installation.config,
    )
    installation.clock.move(minutes=10)
    assert silences(again) == 1
    assert rows(again, sessions)[0]["ended_at"] == heard


def test_a_flushed_contact_never_moves_back(installation: Installation, chromebook: TestDevice) -> None:
    installation.clock.move(minutes=1)
    chromebook.beat()
    flush_contacts(installation.services)
    later = rows(installation, journals)[0]["heard_at"]
    with_old = MemoryLive()
    with_old.heard(rows(installation, journals)[0]["id"], later - timedelta(minutes=1))
    services = type(installation.services)(
        installation.services.database, with_old, Google(), installation.clock, installation.services.city
    )
    flush_contacts(services)
    assert rows(installation, journals)[0]["heard_at"] == later


def test_contacts_are_written_a_few_at_a_time_and_all_of_them(
    installation: Installation, chromebook: TestDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dokodemo.actions.observe.FLUSHED_TOGETHER", 2)
    others = [TestDevice(installation, chromebook.app) for _ in range(4)]
    for device in others:
        assert device.bind().status_code == 201
    installation.clock.move(minutes=1)
    for device in (chromebook, *others):
        device.beat()
    assert 5 == flush_contacts(installation.services)
    assert [installation.clock()] * 5 == [row["heard_at"] for row in rows(installation, journals)]


def test_a_beat_after_silence_opens_the_session_again(installation: Installation, chromebook: TestDevice) -> None:
    installation.clock.move(minutes=20)
    silences(installation)
    chromebook.beat()
    (session,) = rows(installation, sessions)
    assert (session["ended_at"], session["provisional"]) == (None, False)
    assert [seen["kind"] for seen in rows(installation, observations)] == ["silent", "heard"]
    (facts,) = installation.services.live.facts_of([session["person_id"]]).values()
    assert [fact["state"] for fact in facts.values()] == ["active"]


def test_an_event_after_silence_opens_it_too_and_both_logs_rebuild_to_the_same(
    installation: Installation, chromebook: TestDevice
) -> None:
    installation.clock.move(minutes=20)
    silences(installation)
    chromebook.record("locked")
    chromebook.send(2)
    installation.clock.move(minutes=20)
    silences(installation)
    assert [equal for _, equal in rebuild(installation.services, repair=False)] == [True]
    (session,) = rows(installation, sessions)
    assert session["end_known"] == "silent"


def test_repair_puts_a_damaged_reading_right(installation: Installation, chromebook: TestDevice) -> None:
    chromebook.record("locked")
    installation.clock.move(minutes=3)
    chromebook.record("unlocked")
    chromebook.send(2)
    before = rows(installation, sessions), rows(installation, journals)
    installation.services.write(lambda transaction: transaction.execute(sessions.delete()))
    assert [equal for _, equal in rebuild(installation.services, repair=False)] == [False]
    assert [equal for _, equal in rebuild(installation.services, repair=True)] == [False]
    assert [equal for _, equal in rebuild(installation.services, repair=False)] == [True]
    assert (rows(installation, sessions), rows(installation, journals)) == before
