"""``dokodemo extension``: what an operator does before the first Chromebook is handed out."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dokodemo.cli import main
from tests.crypto import crx_reader

ISSUER = """
[[issuer]]
kind = "google"
client_ids = ["web.apps.example", "extension.apps.example"]
hosted_domain = "city.akagi.example"

[[issuer]]
kind = "entra"
client_ids = ["everybody"]
tenant = "5d4e9a2e-1111-2222-3333-444455556666"
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "issuers.toml").write_text(ISSUER, "utf-8")
    return {
        "DOKODEMO_DATA_DIR": str(tmp_path), "DOKODEMO_PUBLIC_URL": "https://dokodemo.akagi.example",
        "DOKODEMO_ISSUERS": str(tmp_path / "issuers.toml"),
    }  # fmt: skip


def run(environment: dict[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(main, ["extension", *arguments], env=environment)


def test_the_packed_file_has_the_id_that_is_said_and_the_citys_address(
    environment: dict[str, str], tmp_path: Path
) -> None:
    done = run(environment, "pack", "--out", str(tmp_path / "dokodemo.crx"))
    assert 0 == done.exit_code, done.output
    data = (tmp_path / "dokodemo.crx").read_bytes()
    assert run(environment, "id").output.strip() == crx_reader.read(data).extension_id
    assert b"https://dokodemo.akagi.example/extension/update.xml" in data
    assert 0o600 == (tmp_path / "extension.pem").stat().st_mode & 0o777


def test_the_policy_holds_everything_that_a_chromebook_needs(environment: dict[str, str]) -> None:
    policy = json.loads(run(environment, "policy", "--json").output)
    extension_id = run(environment, "id").output.strip()
    assert {
        "server_url": "https://dokodemo.akagi.example", "oidc_client_id": "extension.apps.example",
        "oidc_authorize_url": "https://accounts.google.com/o/oauth2/v2/auth", "oidc_scope": "openid email profile",
    } == policy["3rdparty"]["extensions"][extension_id]
    install = policy["ExtensionSettings"][extension_id]
    assert "https://dokodemo.akagi.example/extension/update.xml" == install["update_url"]


def test_what_is_pasted_into_the_admin_console_is_the_same_in_its_form(environment: dict[str, str]) -> None:
    told = run(environment, "policy").output
    assert run(environment, "id").output.strip() in told
    pasted, _ = json.JSONDecoder().raw_decode(told[told.index("{") :])
    assert {"Value": "extension.apps.example"} == pasted["oidc_client_id"]


def test_another_issuer_is_named_and_an_unknown_one_refused(environment: dict[str, str]) -> None:
    policy = json.loads(run(environment, "policy", "--json", "--issuer", "entra").output)
    (managed,) = policy["3rdparty"]["extensions"].values()
    assert "everybody" == managed["oidc_client_id"]
    refused = run(environment, "policy", "--issuer", "okta")
    assert (1, "Error: no issuer is called 'okta'\n") == (refused.exit_code, refused.output)


def test_a_key_file_that_holds_something_else_is_said_in_a_sentence(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "extension.pem").write_text("nonsense")
    refused = run(environment, "id")
    assert 1 == refused.exit_code
    assert "does not hold an unencrypted RSA private key" in refused.output
