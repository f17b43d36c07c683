"""The commands as an operator types them, on the embedded default."""

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dokodemo.cli import main
from dokodemo.domain.roles import GIVERS
from tests.actions.city import HEADER, STAFF, staff_file, units_file


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOKODEMO_DATA_DIR", str(tmp_path / "var"))
    (tmp_path / "units.csv").write_bytes(units_file())
    (tmp_path / "people.csv").write_bytes(staff_file())
    return tmp_path


def run(*arguments: str | Path, code: int = 0) -> str:
    result: Result = CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.output


def settled(folder: Path) -> Path:
    run("import", "units", folder / "units.csv")
    run("import", "people", folder / "people.csv")
    return folder


def test_a_fresh_installation_takes_in_units_and_people(folder: Path) -> None:
    assert "追加 added 325" in run("import", "units", folder / "units.csv")
    preview = run("import", "people", "--preview", folder / "people.csv")
    assert "追加 added 7" in preview
    assert "A preview: nothing was changed" in preview
    assert "0000002   髙橋　恵子" in preview
    applied = run("import", "people", folder / "people.csv")
    assert "適用しました" in applied
    assert "監査証跡 audit trail" in applied  # the bar
    assert "変更なし unchanged 7" in run("import", "people", folder / "people.csv")


def test_a_wrong_file_ends_with_exit_1_and_its_reasons_in_both_languages(folder: Path) -> None:
    settled(folder)
    row = STAFF[1].replace("020300", "20300")
    (folder / "people.csv").write_text(f"{HEADER}\n{row}\n", encoding="utf-8")
    out = run("import", "people", folder / "people.csv", code=1)
    assert "✕ 2行 5列 所属コード: 「20300」は6桁ではありません。先頭の0が落ちていませんか" in out
    assert "line 2, column 5, 所属コード: '20300' is not 6 digits" in out
    assert "何も変更していません" in out


def test_many_leaving_are_refused_with_a_sentence(folder: Path) -> None:
    settled(folder)
    (folder / "people.csv").write_bytes(staff_file(without=("0000007",)))
    leaving = ("import", "people", folder / "people.csv", "--missing-left", "R8.11.30")
    assert "type 適用 and name a second person" in run(*leaving, code=1)
    assert "退職 left 1" in run(*leaving, "--confirm", "適用", "--second-person", "0000001")


def test_roles_are_given_listed_and_taken_back(folder: Path) -> None:
    settled(folder)
    assert "needs a second person" in run("roles", "grant", "0000004", "personnel", code=1)
    run("roles", "grant", "0000004", "personnel", "--second-person", "0000001", "--until", "2099-03-31")
    run("roles", "grant", "0000005", "proxy", "--unit", "020300", "--from", "令和8年11月1日")
    listed = run("roles", "list")
    assert "personnel" in listed
    assert "020300" in listed
    run("roles", "revoke", "0000005", "proxy", "--unit", "020300")
    assert "proxy" not in run("roles", "list")
    assert "proxy" in run("roles", "list", "--all")
    assert "is not a date" not in run("roles", "grant", "0000005", "it", "--from", "いつか", code=2)


def test_only_roles_that_are_given_by_grant_can_be_typed(folder: Path) -> None:
    assert "head" not in GIVERS
    run("roles", "grant", "0000004", "head", code=2)


def test_the_trail_is_exported_verified_and_found_broken(folder: Path) -> None:
    settled(folder)
    assert "連鎖 正常" in run("audit", "verify")
    run("audit", "export", "--output", folder / "trail.jsonl", "--until", "2099-12-31")
    lines = [json.loads(line) for line in (folder / "trail.jsonl").read_text(encoding="utf-8").splitlines()]
    assert lines[-1]["tag"] == "audit:exported"
    assert len(lines) == 325 + 1 + 7 + 1 + 1
    assert run("export", "audit", "--from", date(2099, 1, 1).isoformat()) == ""
    from sqlalchemy import create_engine, text

    with create_engine(f"sqlite:///{folder / 'var' / 'dokodemo.db'}").begin() as connection:
        connection.execute(text("UPDATE audit SET actor = 'x' WHERE n = 5"))
    assert "broken at entry 5" in run("audit", "verify", code=1)


def test_relinking_somebody_without_an_account_says_so(folder: Path) -> None:
    settled(folder)
    assert "has no account of https://i.example" in run(
        "people", "relink", "0000004", "--issuer", "https://i.example", code=1
    )
    run("people", "relink", "0000004", "--issuer", "https://i.example", "--subject", "s1")
    assert "binds anew" in run("people", "relink", "0000004", "--issuer", "https://i.example")


def test_an_unknown_setting_ends_the_command_with_a_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOKODEMO_NONSENSE", "1")
    assert "unknown setting DOKODEMO_NONSENSE" in run("roles", "list", code=1)
