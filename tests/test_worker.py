"""The worker's duties when what they stand on is gone for a while."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from dokodemo.actions.observe import LEASE
from dokodemo.app import create_app
from dokodemo.domain.changes import LiveLostError
from dokodemo.live.memory import MemoryLive
from dokodemo.store.rows.journals import observations
from dokodemo.worker import Worker
from tests.device import Google, TestDevice
from tests.installation import Installation, build
from tests.people import add_person


class Unreachable(MemoryLive):
    """A shared state that can be out of reach, and comes back empty."""

    lost = False

    def contacts(self) -> dict[UUID, datetime]:
        if self.lost:
            raise LiveLostError
        return {}


@pytest.fixture
def installation(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    built = build(sqlite_url, tmp_path, live=Unreachable(), google=Google())
    yield built
    built.services.database.close()


def test_a_lost_shared_state_is_nobodys_silence(installation: Installation) -> None:
    live = installation.services.live
    assert isinstance(live, Unreachable)
    add_person(installation)
    chromebook = TestDevice(installation, create_app(installation.services, installation.config))
    chromebook.bind()
    chromebook.record("started", how="login")
    chromebook.send(1)
    worker = Worker(installation.services, installation.clock() - timedelta(hours=1))
    silences = next(duty for duty in worker.duties() if duty.name == "write_silences")

    def written() -> list[str]:
        with installation.services.read() as transaction:
            return list(transaction.execute(select(observations.c.kind)).scalars())

    live.lost = True
    installation.clock.move(minutes=30)
    worker._do(silences)
    live.lost = False
    installation.clock.move(minutes=1)
    worker._do(silences)
    assert written() == []
    installation.clock.move(seconds=LEASE.total_seconds())
    worker._do(silences)
    assert written() == ["silent"]
