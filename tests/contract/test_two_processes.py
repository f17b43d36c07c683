"""Two processes against one journal: each event once, and whoever loses a race is served after it."""

import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update

from dokodemo.app import create_app
from dokodemo.crypto import signatures
from dokodemo.crypto.signatures import SignedRequest
from dokodemo.domain import base64url
from dokodemo.store.engine import Database
from dokodemo.store.rows.journals import journals
from dokodemo.store.schema import migrate
from tests.device import Google, TestDevice
from tests.faults.derived import judge, tables_of
from tests.installation import Installation, build
from tests.people import add_person
from tests.services.programs import free_port, start, until

ROOT = Path(__file__).parents[2]
PROCESSES = 2
BATCHES = 60
OUR_PATH = {**os.environ, "PYTHONPATH": str(ROOT)}


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    built = build(database_url, tmp_path, google=Google())
    built.clock.at = datetime.now(UTC)  # the racing processes have the real clock
    yield built
    built.services.database.close()


def signed_batches(device: TestDevice) -> list[dict[str, Any]]:
    """Batches of one to three events, each overlapping the one before, as bodies with their signatures."""
    batches = []
    first = 1
    for n in range(BATCHES):
        last = first + n % 3
        while len(device.events) < last:
            device.record("locked" if len(device.events) % 2 else "unlocked")
        body = json.dumps(device.batch(max(first - n % 2, 1), last)).encode()
        request = SignedRequest("POST", "127.0.0.1:8000", "/api/v1/events", None, {}, body)
        headers = signatures.sign(device.key, request, int(datetime.now(UTC).timestamp()))
        batches.append({"body": base64.b64encode(body).decode(), "headers": headers})
        first = last + 1
    return batches


def test_two_processes_that_send_the_same_numbers_leave_each_event_once(
    installation: Installation, database_url: str, tmp_path: Path
) -> None:
    add_person(installation)
    device = TestDevice(installation, create_app(installation.services, installation.config))
    device.bind()
    (tmp_path / "batches.json").write_text(json.dumps(signed_batches(device)))
    racers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.contract.racer", database_url, str(tmp_path)], cwd=ROOT, env=OUR_PATH
        )
        for _ in range(PROCESSES)
    ]
    until(lambda: len(list(tmp_path.glob("ready.*"))) == PROCESSES, "both processes are ready", seconds=60)
    (tmp_path / "go").touch()
    assert [racer.wait(60) for racer in racers] == [0] * PROCESSES
    told = [json.loads(path.read_text()) for path in tmp_path.glob("answers.*.json")]
    assert len(told) == PROCESSES
    # The only refusal that a race may cause is to be behind: the other process' batch was not there yet.
    codes = {(status, body.get("code")) for answers in told for status, body in answers}
    assert (202, None) in codes
    assert codes <= {(202, None), (409, "journal_gap")}
    # Nobody forked: every answer that took something names a head of the device's own chain.
    heads = [base64url.encode(head) for head in device.heads]
    assert all(body["head"] == heads[body["next_seq"] - 1] for answers in told for _, body in answers)
    assert all(answers[-1][1]["next_seq"] == len(device.events) + 1 for answers in told)
    tables = tables_of(database_url)
    assert [row["seq"] for row in tables["events"]] == list(range(1, len(device.events) + 1))
    assert [bytes(row["head"]) for row in tables["events"]] == device.heads[1:]
    assert judge(tables) == []


def test_a_second_server_on_the_same_sqlite_data_refuses_with_a_sentence(tmp_path: Path) -> None:
    port = free_port()
    environment = {**OUR_PATH, "DOKODEMO_DATA_DIR": str(tmp_path), "DOKODEMO_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    command = [sys.executable, "-m", "dokodemo", "serve", "--bind", f"127.0.0.1:{port}"]
    with (tmp_path / "log").open("wb") as log:
        first = start(command, output=log, env=environment, cwd=ROOT)
    try:
        until(lambda: (tmp_path / "serving.lock").exists() and _answers(port), "the first one serves", seconds=60)
        command[-1] = f"127.0.0.1:{free_port()}"
        second = subprocess.run(
            command, capture_output=True, text=True, env=environment, cwd=ROOT, timeout=60, check=False
        )
    finally:
        first.terminate()
        first.wait(20)
    assert second.returncode == 1
    assert "is being served by another process already" in second.stderr
    assert "Traceback" not in second.stderr
    assert first.returncode == 0


def _answers(port: int) -> bool:
    import urllib.request

    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


# ------------------------------------------------------------------------------------------ failures that PostgreSQL makes


@pytest.fixture
def two_journals(postgres_url: str, tmp_path: Path) -> Iterator[tuple[Database, list[Any]]]:
    database = Database(postgres_url)
    migrate(database)
    installation = build(postgres_url, tmp_path, google=Google())
    app = create_app(installation.services, installation.config)
    add_person(installation)
    for _ in range(2):
        TestDevice(installation, app).bind()
    installation.services.database.close()
    with database.read() as transaction:
        ids = list(transaction.execute(select(journals.c.id).order_by(journals.c.id)).scalars())
    yield database, ids
    database.close()


def in_threads(*works: Any) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


def test_a_deadlock_is_tried_again_and_both_get_through(two_journals: tuple[Database, list[Any]]) -> None:
    database, (one, other) = two_journals
    met = threading.Barrier(2)
    runs = {"ab": 0, "ba": 0}
    done: list[str] = []

    def crossing(name: str, first: Any, second: Any) -> None:
        def work(transaction: Any) -> None:
            runs[name] += 1
            plus = {"observations": journals.c.observations + 1}
            transaction.execute(update(journals).where(journals.c.id == first).values(plus))
            if runs[name] == 1:
                met.wait(10)  # each holds its first row: whoever asks for the second one now waits for the other
            transaction.execute(update(journals).where(journals.c.id == second).values(plus))

        database.write(work)
        done.append(name)

    in_threads(lambda: crossing("ab", one, other), lambda: crossing("ba", other, one))
    assert sorted(done) == ["ab", "ba"]
    assert sorted(runs.values()) == [1, 2]  # PostgreSQL broke one of them off, and it was run again
    with database.read() as transaction:
        assert list(transaction.execute(select(journals.c.observations)).scalars()) == [2, 2]


def test_a_serialization_failure_is_tried_again(two_journals: tuple[Database, list[Any]]) -> None:
    database, (one, _) = two_journals
    runs = 0

    def work(transaction: Any) -> None:
        nonlocal runs
        runs += 1
        transaction.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        seen = transaction.execute(select(journals.c.observations).where(journals.c.id == one)).scalar_one()
        if runs == 1:  # somebody else is quicker
            database.write(lambda other: other.execute(
                update(journals).where(journals.c.id == one).values(observations=journals.c.observations + 10)
            ))  # fmt: skip
        transaction.execute(update(journals).where(journals.c.id == one).values(observations=seen + 1))

    database.write(work)
    assert runs == 2
    with database.read() as transaction:
        assert transaction.execute(select(journals.c.observations).where(journals.c.id == one)).scalar_one() == 11


def test_a_failure_that_no_repeat_can_mend_is_raised(two_journals: tuple[Database, list[Any]]) -> None:
    from sqlalchemy.exc import IntegrityError

    database, (one, _) = two_journals
    runs = 0

    def work(transaction: Any) -> None:
        nonlocal runs
        runs += 1
        transaction.execute(update(journals).where(journals.c.id == one).values(person_id=None))

    with pytest.raises(IntegrityError):
        database.write(work)
    assert runs == 1
