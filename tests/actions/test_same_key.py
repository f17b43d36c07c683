"""A key that an older backup does not know binds again: it is the same binding, since devices name it in what they carry over."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import delete, select

from dokodemo.actions import restores
from dokodemo.app import create_app
from dokodemo.store import Transaction
from dokodemo.store.rows.devices import bindings, challenges, orders
from dokodemo.store.rows.installation import audit, audit_head
from dokodemo.store.rows.journals import events, journals, observations, segments, sessions, signed_batches
from tests.device import Google, TestDevice
from tests.faults.derived import judge, tables_of
from tests.installation import Installation, build
from tests.people import add_person

SINCE_THE_BACKUP = (
    events, observations, sessions, segments, signed_batches, journals, orders, challenges, bindings, audit, audit_head,
)  # fmt: skip


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    built = build(database_url, tmp_path, google=Google())
    add_person(built)
    yield built
    built.services.database.close()


@pytest.fixture
def chromebook(installation: Installation) -> TestDevice:
    one = TestDevice(installation, create_app(installation.services, installation.config))
    assert 201 == one.bind().status_code
    one.record("started", how="login")
    one.record("locked")
    return one


def restore_a_backup_without_any_key(installation: Installation) -> None:
    def forget(transaction: Transaction) -> None:
        for table in SINCE_THE_BACKUP:
            transaction.execute(delete(table))

    installation.services.write(forget)
    restores.begin(installation.services, lambda _: None, "copy.dokodemo")


def test_a_key_has_the_same_binding_in_every_life_of_the_log(
    installation: Installation, chromebook: TestDevice
) -> None:
    before = chromebook.binding_id
    restore_a_backup_without_any_key(installation)
    assert "unknown_key" == chromebook.send(1).json["code"]
    assert 201 == chromebook.bind().status_code
    assert before == chromebook.binding_id


def test_what_a_disk_that_was_set_back_carries_over_from_before_the_restore_is_told_once(
    installation: Installation, chromebook: TestDevice, database_url: str
) -> None:
    known_to_the_image = chromebook.binding_id
    restore_a_backup_without_any_key(installation)
    chromebook.bind()
    assert 202 == chromebook.send(1).status_code
    successor = TestDevice(installation, chromebook.app)
    assert 201 == successor.bind(replaces=known_to_the_image).status_code
    successor.events += [
        {**event, "carried_over": f"{known_to_the_image}/{event['seq']}"} for event in chromebook.events
    ]
    assert 202 == successor.send(1).status_code
    assert [1, 2] == told(installation, chromebook)
    assert [] == told(installation, successor)
    assert [] == judge(tables_of(database_url))


def told(installation: Installation, chromebook: TestDevice) -> list[int]:
    """Numbers of this key's events that were folded."""
    folded = select(events.c.seq).where(
        events.c.journal_id == UUID(chromebook.binding_id), events.c.effective_at.is_not(None)
    )
    with installation.services.read() as transaction:
        return list(transaction.execute(folded.order_by(events.c.seq)).scalars())
