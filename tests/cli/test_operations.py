"""What an operator does: migrate, look for what is wrong, back up, restore, serve once."""

import fcntl
import shutil
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dokodemo.cli import main

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
def test_postgresql_is_backed_up_by_its_own_tool(
    environment: Path, monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    assert shutil.which("pg_dump")
    monkeypatch.setenv("DOKODEMO_DATABASE_URL", postgres_url)
    assert run("migrate").exit_code == 0
    target = environment / "copy.dokodemo"
    words = passphrase_file(environment)
    assert run("backup", str(target), "--passphrase-file", words).exit_code == 0
    monkeypatch.setenv("DOKODEMO_DATA_DIR", str(environment / "elsewhere"))
    assert run("restore", str(target), "--passphrase-file", words).exit_code == 0
    assert (environment / "elsewhere" / "dokodemo.dump").read_bytes().startswith(b"PGDMP")
