"""A backup taken under load is restored after more was sent: devices refill what it lacks, and nothing is there twice."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from dokodemo.cli import main
from dokodemo.demo import contact
from dokodemo.demo.device import Device
from dokodemo.demo.history import History
from dokodemo.demo.ledger import machines, uses
from dokodemo.demo.outbox import KEPT
from dokodemo.demo.roster import people
from dokodemo.demo.wire import Wire
from dokodemo.serving import is_served
from dokodemo.store.engine import Database
from dokodemo.store.rows.journals import gaps
from tests.faults.checker import check
from tests.faults.derived import judge, tables_of
from tests.faults.dumps import dump, read_histories
from tests.faults.server import Server
from tests.services.programs import until

DEVICES, LATE = 10, 2  # those that bind before the backup, and after it
SHORT = (1, 4)  # these keep little, so that what the backup lacks is in part gone everywhere
KINDS = ("locked", "unlocked", "back", "meeting_began", "meeting_ended")


class Operator:
    """The installation's command line."""

    def __init__(self, folder: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.copy = folder / "copy.dokodemo"
        self.words = folder / "words"
        self.words.write_text("青い空と白い雲 2026", encoding="utf-8")
        monkeypatch.setenv("DOKODEMO_DATA_DIR", str(server.premises.folder))
        monkeypatch.setenv("DOKODEMO_PUBLIC_URL", server.url)
        self.environment = monkeypatch
        self.point_at(server.database_url)

    def point_at(self, database_url: str) -> None:
        """From now on this is the installation's database."""
        self.environment.setenv("DOKODEMO_DATABASE_URL", database_url)

    def run(self, *arguments: str, right: bool = True) -> str:
        """What a command says; with ``right`` it has to succeed."""
        result = CliRunner().invoke(main, arguments)
        assert not right or result.exit_code == 0, result.output
        return result.output

    def back_up(self) -> str:
        return self.run("backup", str(self.copy), "--passphrase-file", str(self.words))

    def restore(self) -> str:
        return self.run("restore", str(self.copy), "--passphrase-file", str(self.words))


class Fleet:
    """Devices that record and send, each by its own dice."""

    def __init__(self, server: Server, folder: Path) -> None:
        chosen = uses(people(year=2026), machines())[: DEVICES + LATE]
        server.settle(list({use.member.staff_number: use.member for use in chosen}.values()))
        self.path = folder / "history.jsonl"
        self.history = History(self.path)
        self.wire = Wire(server.url, timeout=10)
        self.devices = [
            Device(use, server.url, self.wire, server.tokens(), history=self.history, kept=6 if n in SHORT else KEPT)
            for n, use in enumerate(chosen)
        ]
        for n, device in enumerate(self.devices):
            device.contact.source = f"127.78.{n}.1"

    async def live(self, devices: list[Device], rounds: int) -> None:
        async def one(device: Device) -> None:
            random = Random(device.use.number)
            for _ in range(rounds):
                for _ in range(random.choice((1, 2, 3))):
                    device.record(random.choice(KINDS), datetime.now(UTC))
                await device.flush(once=True)
                await asyncio.sleep(random.uniform(0, 0.05))
            await device.flush()

        await asyncio.gather(*(one(device) for device in devices))

    async def close(self) -> None:
        await self.wire.close()
        for device in self.devices:
            self.history.waiting(device.journal, device.outbox.acknowledged, device.outbox.waiting)
        self.history.close()


@pytest.fixture
def restored_into(database_url: str, request: pytest.FixtureRequest) -> Callable[[], str]:
    """Loses the database and gives the address of the one to restore into."""

    def lose() -> str:
        if database_url.startswith("postgresql"):
            url: str = request.getfixturevalue("postgresql").fresh()
            return url
        for file in Path(database_url.removeprefix("sqlite:///")).parent.glob("dokodemo.sqlite3*"):
            file.unlink()
        return database_url

    return lose


async def story(server: Server, fleet: Fleet, operator: Operator, lose: Callable[[], str]) -> str:
    """Live, back up under load, live on, lose the database, restore, live on; what restore said."""
    loop = asyncio.get_running_loop()
    early = fleet.devices[:DEVICES]
    for device in early:
        device.record("started", datetime.now(UTC), {"how": "login"})
    await fleet.live(early, 5)
    working = asyncio.ensure_future(fleet.live(early, 10))
    await loop.run_in_executor(None, operator.back_up)
    await working
    await fleet.live(fleet.devices, 8)
    server.kill()
    until(lambda: not is_served(server.premises.folder), "the last thread of the killed server has let go of its lock")
    server.database_url = lose()
    key = server.premises.crx_key
    before = key.read_bytes()
    key.unlink()
    operator.point_at(server.database_url)
    offline = asyncio.ensure_future(fleet.live(fleet.devices, 2))  # people go on working meanwhile
    said = await loop.run_in_executor(None, operator.restore)
    assert before == key.read_bytes()
    await loop.run_in_executor(None, server.start)
    await asyncio.wait_for(offline, 90)
    for _ in range(2):  # a device that had nothing to send learns of it with its next beat
        await asyncio.gather(*(device.flush(once=True) for device in fleet.devices))
        await asyncio.gather(*(device.flush() for device in fleet.devices))
    await fleet.close()
    return said


def test_devices_refill_what_a_restored_backup_lacks_and_nothing_is_doubled(
    tmp_path: Path, database_url: str, restored_into: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contact, "BACKOFF_SECONDS", (0.1, 1.0))
    server = Server(tmp_path, database_url)
    operator = Operator(tmp_path, server, monkeypatch)
    fleet = Fleet(server, tmp_path)
    server.start()
    try:
        said = asyncio.run(story(server, fleet, operator, restored_into))
    finally:
        server.kill()
    assert f"epoch 2 has begun.\n{DEVICES} devices refill" in said
    lines = list(read_histories([fleet.path]))
    told = Counter(line["journal"] for line in lines if line["what"] == "epoch")
    assert {device.journal: 1 for device in fleet.devices} == told  # each of them learned it, once
    held = dump(server.database_url, server.url)
    assert check(lines, held) == []
    assert judge(tables_of(server.database_url)) == []
    assert [(None, 0)] * len(fleet.devices) == [(device.refusal, device.outbox.waiting) for device in fleet.devices]
    lost = lost_everywhere(server.database_url)
    assert {fleet.devices[n].binding_id for n in SHORT} == set(lost)
    recorded = Counter(line["journal"] for line in lines if line["what"] == "recorded")
    for device in fleet.devices:
        assert recorded[device.journal] == len(held[device.journal].events) + lost.get(str(device.binding_id), 0)
    assert "epoch 2 began: every device has proved its person since" in operator.run("doctor", right=False)
    assert f"{len(fleet.devices)} journals, 0 different" in operator.run("rebuild")
    assert "異常なし / nothing is wrong" in operator.run("verify-log", "--rebuild")
    assert sent_again(lines) >= DEVICES * 5, "the backup lacked next to nothing"


def lost_everywhere(database_url: str) -> dict[str, int]:
    """By binding, how many numbers lie in gaps; every gap is one that the restore left."""
    database = Database(database_url)
    with database.read() as transaction:
        rows: list[Any] = list(transaction.execute(select(gaps)))
    database.close()
    assert all(row.restored for row in rows)
    return {str(row.journal_id): row.to_seq + 1 - row.from_seq for row in rows}


def sent_again(lines: list[dict[str, Any]]) -> int:
    """How many events went out once more although they had been acknowledged."""
    acknowledged: dict[str, int] = {}
    again = 0
    for line in lines:
        below = acknowledged.get(line["journal"], 1)
        if line["what"] == "acknowledged":
            acknowledged[line["journal"]] = max(below, line["next_seq"])
        elif line["what"] == "sent":
            again += max(0, min(below - line["first_seq"], line["count"]))
    return again
