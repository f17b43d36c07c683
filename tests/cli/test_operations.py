"""What an operator does: migrate, look for what is wrong, back up, restore, serve once."""

import fcntl
import shutil
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dokodemo.cli import main
from dokodemo.store import restores
from tests.services.postgresql import PostgreSQL

PASSPHRASE = "青い空と白い雲 2026"


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOKODEMO_DATA_DIR", str(tmp_path / "data"))
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def passphrase_file(folder: Path, text: str = PASSPHRASE) -> str:
    path = folder / "passphrase"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_migrate_brings_an_empty_database_to_this_version(environment: Path) -> None:
    assert "empty →" in run("migrate").output
    assert run("migrate").exit_code == 0


def test_an_unknown_name_of_configuration_is_an_error(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOKODEMO_DATABSE_URL", "sqlite://")
    answer = run("migrate")
    assert answer.exit_code == 1
    assert "unknown setting DOKODEMO_DATABSE_URL" in answer.output


@pytest.mark.parametrize("url", ["http://dokodemo.city.example", "ftp://127.0.0.1", "dokodemo"])
def test_plain_http_elsewhere_than_on_this_machine_is_refused(
    environment: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("DOKODEMO_PUBLIC_URL", url)
    assert "DOKODEMO_PUBLIC_URL" in run("migrate").output


def test_an_issuer_reached_by_http_is_refused(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = environment / "issuers.toml"
    members = {"kind": "demo", "issuer": "http://issuer.example", "authorize_url": "http://issuer.example/a",
               "token_url": "http://issuer.example/t", "certs_url": "http://issuer.example/c"}  # fmt: skip
    lines = [f'{name} = "{value}"' for name, value in members.items()]
    table.write_text("[[issuer]]\nclient_ids = ['x']\n" + "\n".join(lines), encoding="utf-8")
    monkeypatch.setenv("DOKODEMO_ISSUERS", str(table))
    assert "must be https" in run("migrate").output


def test_doctor_says_what_is_missing_in_sentences(environment: Path) -> None:
    run("migrate")
    answer = run("doctor")
    assert answer.exit_code == 1
    for sentence in ("nobody can sign in", "no backup was ever taken", "the roster is empty"):
        assert sentence in answer.output
    assert "the audit chain holds over" in answer.output


def test_doctor_finds_tables_of_another_version(environment: Path) -> None:
    run("migrate")
    with sqlite3.connect(environment / "data" / "dokodemo.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '0000'")
    assert "run `dokodemo migrate`" in run("doctor").output


def test_a_backup_holds_the_database_and_the_extensions_key_and_opens_elsewhere(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("migrate")
    key = environment / "data" / "extension.pem"
    key.write_text("the key", encoding="utf-8")
    target = environment / "copy.dokodemo"
    words = passphrase_file(environment)
    assert run("backup", str(target), "--passphrase-file", words).exit_code == 0
    assert b"the key" not in target.read_bytes()
    assert b"SQLite format 3" not in target.read_bytes()
    monkeypatch.setenv("DOKODEMO_DATA_DIR", str(environment / "elsewhere"))
    answer = run("restore", str(target), "--passphrase-file", words)
    assert answer.exit_code == 0, answer.output
    assert (environment / "elsewhere" / "extension.pem").read_text(encoding="utf-8") == "the key"
    assert "the last backup is 0 days old" in run("doctor").output


def test_a_backup_with_another_passphrase_stays_closed(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("migrate")
    target = environment / "copy.dokodemo"
    run("backup", str(target), "--passphrase-file", passphrase_file(environment))
    monkeypatch.setenv("DOKODEMO_DATA_DIR", str(environment / "elsewhere"))
    answer = run("restore", str(target), "--passphrase-file", passphrase_file(environment, "another passphrase"))
    assert answer.exit_code == 1
    assert "cannot be opened" in answer.output
    assert list((environment / "elsewhere").iterdir()) == []


def test_nothing_is_restored_over_an_installation(environment: Path) -> None:
    run("migrate")
    target = environment / "copy.dokodemo"
    words = passphrase_file(environment)
    run("backup", str(target), "--passphrase-file", words)
    assert "move it away first" in run("restore", str(target), "--passphrase-file", words).output


def test_a_restore_begins_a_new_epoch_audited_and_told_by_doctor(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("migrate")
    target = environment / "copy.dokodemo"
    words = passphrase_file(environment)
    run("backup", str(target), "--passphrase-file", words)
    monkeypatch.setenv("DOKODEMO_DATA_DIR", str(environment / "elsewhere"))
    assert "epoch 2 has begun" in run("restore", str(target), "--passphrase-file", words).output
    assert ["dokodemo.db"] == sorted(path.name for path in (environment / "elsewhere").iterdir())
    told = run("doctor").output
    assert "epoch 2 began: every device has proved its person since" in told
    assert "the audit chain holds over" in told
    with sqlite3.connect(environment / "elsewhere" / "dokodemo.db") as database:
        (tags,) = zip(*database.execute("SELECT tag FROM audit ORDER BY n"), strict=True)
    assert tags[-2:] == ("database:backed_up", "database:restored")
    again = environment / "again.dokodemo"
    run("backup", str(again), "--passphrase-file", words)
    monkeypatch.setenv("DOKODEMO_DATA_DIR", str(environment / "third"))
    assert "epoch 3 has begun" in run("restore", str(again), "--passphrase-file", words).output


def test_a_restore_that_is_broken_off_leaves_no_database(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("migrate")
    target = environment / "copy.dokodemo"
    words = passphrase_file(environment)
    run("backup", str(target), "--passphrase-file", words)
    monkeypatch.setenv("DOKODEMO_DATA_DIR", str(environment / "elsewhere"))
    with monkeypatch.context() as broken:
        broken.setattr(restores, "end_sign_ins", lambda _transaction: 1 / 0)
        assert run("restore", str(target), "--passphrase-file", words).exit_code == 1
    assert list((environment / "elsewhere").iterdir()) == []
    assert "epoch 2 has begun" in run("restore", str(target), "--passphrase-file", words).output


def test_a_short_passphrase_is_refused(environment: Path) -> None:
    run("migrate")
    answer = run("backup", str(environment / "x"), "--passphrase-file", passphrase_file(environment, "kurz"))
    assert "12 characters" in answer.output


def test_a_second_serving_process_refuses_with_a_sentence(environment: Path) -> None:
    (environment / "data").mkdir()
    with (environment / "data" / "serving.lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        answer = run("serve")
        assert answer.exit_code == 1
        assert "served by another process already" in answer.output
        assert "stop it first" in run("migrate").output


def test_sqlite_is_served_by_one_process(environment: Path) -> None:
    assert "SQLite is served by one process" in run("serve", "--workers", "2").output


def test_the_embedded_server_needs_no_worker(environment: Path) -> None:
    assert "the serving process does this itself" in run("worker").output


def test_rebuild_of_an_empty_installation_finds_nothing_different(environment: Path) -> None:
    run("migrate")
    assert "0 journals, 0 different" in run("rebuild").output


@pytest.mark.needs("postgresql")
def test_postgresql_is_backed_up_and_restored_by_its_own_tools(
    environment: Path, monkeypatch: pytest.MonkeyPatch, postgres_url: str, postgresql: PostgreSQL
) -> None:
    assert shutil.which("pg_dump")
    monkeypatch.setenv("DOKODEMO_DATABASE_URL", postgres_url)
    assert run("migrate").exit_code == 0
    target = environment / "copy.dokodemo"
    words = passphrase_file(environment)
    assert run("backup", str(target), "--passphrase-file", words).exit_code == 0
    monkeypatch.setenv("DOKODEMO_DATA_DIR", str(environment / "elsewhere"))
    assert "has tables already" in run("restore", str(target), "--passphrase-file", words).output
    url = postgresql.fresh()
    monkeypatch.setenv("DOKODEMO_DATABASE_URL", url)
    try:
        with monkeypatch.context() as broken:
            broken.setattr(restores, "end_sign_ins", lambda _transaction: 1 / 0)
            assert run("restore", str(target), "--passphrase-file", words).exit_code == 1
        assert "is not of this version" in run("serve").output  # half restored, and nothing takes it for whole
        assert run("migrate").exit_code == 1
    finally:
        postgresql.drop(url)
    url = postgresql.fresh()
    monkeypatch.setenv("DOKODEMO_DATABASE_URL", url)
    try:
        assert "epoch 2 has begun" in run("restore", str(target), "--passphrase-file", words).output
        assert "epoch 2 began: every device has proved its person since" in run("doctor").output
        monkeypatch.setenv("DOKODEMO_DATABASE_URL", f"sqlite:///{environment}/new.db")
        assert "this is a backup of postgresql" in run("restore", str(target), "--passphrase-file", words).output
    finally:
        postgresql.drop(url)
