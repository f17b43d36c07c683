"""``dokodemo verify-log`` at the command line: what it prints, how it ends, what doctor says afterwards."""

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dokodemo.app import create_app
from dokodemo.cli import main
from tests.device import Google, TestDevice
from tests.installation import build
from tests.people import add_person


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation's database with one journal of three events."""
    monkeypatch.setenv("DOKODEMO_DATA_DIR", str(tmp_path / "data"))
    assert 0 == run("migrate").exit_code
    file = tmp_path / "data" / "dokodemo.db"
    city = build(f"sqlite:///{file}", tmp_path / "data", google=Google())
    add_person(city)
    device = TestDevice(city, create_app(city.services, city.config))
    device.bind()
    device.record("started", how="login")
    for kind in ("locked", "unlocked"):
        city.clock.move(minutes=20)
        device.record(kind)
    assert 202 == device.send(1).status_code
    city.services.database.close()
    return file


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def alter(file: Path) -> str:
    """Change the second event behind the product's back; the journal's id."""
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE events SET text = replace(text, '2026', '2025') WHERE seq = 2")
        ((journal,),) = connection.execute("SELECT hex(id) FROM journals")
    return str(journal).lower()


def test_a_sound_log_ends_with_zero_and_its_counts(database: Path) -> None:
    answer = run("verify-log", "--rebuild")
    assert 0 == answer.exit_code, answer.output
    assert "異常なし / nothing is wrong" in answer.stdout
    assert "1 journals, 3 events (0 erased), 0 gaps, 1 signed batches" in answer.stdout
    assert "記録帳 journals" in answer.stderr
    assert "went through 3 events" in run("doctor").output


def test_an_altered_log_ends_with_one_a_sentence_and_its_cure(database: Path) -> None:
    journal = alter(database)
    answer = run("verify-log")
    assert 1 == answer.exit_code
    first, cure, *_ = answer.stdout.splitlines()
    assert first.replace("-", "").startswith(f"✕ {journal}: 2番の本文と連鎖の値が合いません / the text of event 2 ")
    assert cure.startswith("  → ")
    assert "restore" in cure
    assert "days ago: found wrong: 2" in run("doctor").output


def test_json_is_a_line_for_each_finding_and_one_with_the_counts(database: Path) -> None:
    (sound,) = map(json.loads, run("verify-log", "--json").stdout.splitlines())
    assert (True, 3, 0) == (sound["ok"], sound["events"], sound["findings"])
    alter(database)
    answer = run("verify-log", "--json")
    assert 1 == answer.exit_code
    *findings, counts = map(json.loads, answer.stdout.splitlines())
    assert (False, 2) == (counts["ok"], counts["findings"])
    assert ["chain_broken", "batch_differs"] == [one["fault"] for one in findings]
    assert all(one["sentence"]["ja"] and one["cure"]["en"] and 2 == one["seq"] for one in findings)


def test_tables_of_another_version_are_not_judged(database: Path) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
    answer = run("verify-log")
    assert 1 == answer.exit_code
    assert "run `dokodemo migrate` first" in answer.output


def test_it_changes_nothing_but_when_it_was_done(database: Path) -> None:
    def dumped() -> list[str]:
        with sqlite3.connect(database) as connection:
            return [line for line in connection.iterdump() if "log_verified" not in line]

    before = dumped()
    run("verify-log", "--rebuild")
    assert before == dumped()
