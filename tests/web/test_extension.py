"""GET /extension/update.xml and /extension/<version>.crx: what Chrome's updater is told (PROTOCOL section 6)."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dokodemo.actions import extension, packages
from dokodemo.app import create_app
from tests.crypto import crx_reader
from tests.installation import build

NAMESPACE = "{http://www.google.com/update2/response}"
SOURCE = Path(__file__).parents[2] / "extension"
ASKED = "?response=updatecheck&os=cros&prodversion=156.0.0.0&acceptformat=crx3,puff&x=id%3Dabc%26v%3D0.0.0.0%26uc"


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    built = build(sqlite_url, tmp_path)
    yield create_app(built.services, built.config)
    built.services.database.close()


@pytest.fixture
def chrome(app: Flask) -> FlaskClient:
    return app.test_client()


def check_of(chrome: FlaskClient) -> tuple[str, dict[str, str]]:
    """(extension id, attributes of the update check)."""
    answer = chrome.get("/extension/update.xml" + ASKED)
    assert 200 == answer.status_code
    root = ET.fromstring(answer.data)
    assert (f"{NAMESPACE}gupdate", "2.0") == (root.tag, root.attrib["protocol"])
    (app,) = root
    (check,) = app
    assert (f"{NAMESPACE}app", f"{NAMESPACE}updatecheck") == (app.tag, check.tag)
    return app.attrib["appid"], dict(check.attrib)


def packed(chrome: FlaskClient) -> tuple[dict[str, str], bytes]:
    _, check = check_of(chrome)
    assert check["codebase"].startswith("http://127.0.0.1:8000/extension/")
    answer = chrome.get(check["codebase"].removeprefix("http://127.0.0.1:8000"))
    assert (200, "application/x-chrome-extension") == (answer.status_code, answer.content_type)
    return check, answer.data


def test_the_announced_package_is_signed_by_the_key_of_the_announced_id(chrome: FlaskClient) -> None:
    extension_id, _ = check_of(chrome)
    check, data = packed(chrome)
    assert extension_id == crx_reader.read(data).extension_id
    assert (hashlib.sha256(data).hexdigest(), str(len(data))) == (check["hash_sha256"], check["size"])


def test_all_files_but_the_manifest_are_the_extensions_own_bytes(chrome: FlaskClient) -> None:
    _, data = packed(chrome)
    with zipfile.ZipFile(io.BytesIO(crx_reader.read(data).archive)) as archive:
        shipped = {name: archive.read(name) for name in archive.namelist()}
    files = {
        path.relative_to(SOURCE).as_posix(): path.read_bytes()
        for path in SOURCE.rglob("*") if path.is_file() and not path.name.startswith(".")
    }
    ours, theirs = json.loads(files.pop("manifest.json")), json.loads(shipped.pop("manifest.json"))
    assert files == shipped
    added = {
        "key": theirs["key"], "update_url": "http://127.0.0.1:8000/extension/update.xml",
        "host_permissions": ["http://127.0.0.1/*"],
    }
    assert ours | added == theirs


def test_packing_again_gives_the_same_bytes_and_a_changed_file_others(
    app: Flask, chrome: FlaskClient, tmp_path: Path
) -> None:
    _, first = packed(chrome)
    config = app.extensions["dokodemo_config"]
    extension._packed.clear()
    assert first == extension.package(config.crx_key_file, config.public_url).data
    other = copied(tmp_path / "copy")
    app.extensions["dokodemo_extension_folder"] = other
    assert first == packed(chrome)[1]
    manifest = json.loads((other / "manifest.json").read_text("utf-8"))
    (other / "manifest.json").write_text(json.dumps(manifest | {"version": "9.1"}), "utf-8")
    check, changed = packed(chrome)
    assert ("9.1", True) == (check["version"], first != changed)


def test_the_version_and_the_least_browser_are_the_manifests(chrome: FlaskClient) -> None:
    _, check = check_of(chrome)
    manifest = json.loads((SOURCE / "manifest.json").read_text("utf-8"))
    assert manifest["version"] == check["version"]
    assert manifest["minimum_chrome_version"] == check["prodversionmin"]


def copied(folder: Path) -> Path:
    for path in SOURCE.rglob("*"):
        if path.is_file():
            (folder / path.relative_to(SOURCE)).parent.mkdir(parents=True, exist_ok=True)
            (folder / path.relative_to(SOURCE)).write_bytes(path.read_bytes())
    return folder


def publish(app: Flask, folder: Path, version: str) -> None:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    (folder / "manifest.json").write_text(json.dumps(manifest | {"version": version}), "utf-8")
    app.extensions["dokodemo_extension_folder"] = folder


def test_who_read_the_announcement_before_an_upgrade_still_gets_what_it_named(
    app: Flask, chrome: FlaskClient, tmp_path: Path
) -> None:
    folder = copied(tmp_path / "copy")
    read: dict[str, dict[str, str]] = {}
    for version in ("9.0", "9.1", "9.2", "9.3"):
        publish(app, folder, version)
        read[version] = check_of(chrome)[1]
    extension._packed.clear()  # a server that began anew
    for version, check in read.items():
        answer = chrome.get(check["codebase"].removeprefix("http://127.0.0.1:8000"))
        assert (404 if version == "9.0" else 200) == answer.status_code
        assert version == "9.0" or check["hash_sha256"] == hashlib.sha256(answer.data).hexdigest()
    again = chrome.get("/extension/9.1.crx", headers={"If-None-Match": f'"{read["9.1"]["hash_sha256"]}"'})
    assert 304 == again.status_code
    config = app.extensions["dokodemo_config"]
    assert packages.KEPT == len(list((config.data_dir / "packages").rglob("*.crx")))


def test_of_a_version_that_was_packed_twice_the_last_bytes_are_kept(app: Flask, chrome: FlaskClient, tmp_path: Path) -> None:
    folder = copied(tmp_path / "copy")
    publish(app, folder, "9.0")
    first = check_of(chrome)[1]["hash_sha256"]
    (folder / "words.js").write_text("export const words = 1;\n", "utf-8")
    second = check_of(chrome)[1]["hash_sha256"]
    publish(app, folder, "9.1")
    check_of(chrome)
    assert second != first
    assert second == hashlib.sha256(chrome.get("/extension/9.0.crx").data).hexdigest()


def test_a_disk_that_takes_nothing_keeps_no_update_from_a_device(app: Flask, chrome: FlaskClient) -> None:
    (app.extensions["dokodemo_config"].data_dir / "packages").write_text("in the way", "utf-8")
    check, data = packed(chrome)
    assert check["hash_sha256"] == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("name", ["9.9.9", "1*", "[0-9]", "..%2f..%2fsecret", "update", "0.1.0.crx"])
def test_a_version_that_is_not_handed_out_is_404(chrome: FlaskClient, name: str) -> None:
    answer = chrome.get(f"/extension/{name}.crx")
    assert (404, "not_found") == (answer.status_code, answer.get_json()["code"])


def test_who_has_the_package_already_gets_304(chrome: FlaskClient) -> None:
    check, _ = packed(chrome)
    answer = chrome.get(f"/extension/{check['version']}.crx", headers={"If-None-Match": f'"{check["hash_sha256"]}"'})
    assert (304, b"") == (answer.status_code, answer.data)


def test_the_policy_names_what_the_managed_schema_knows() -> None:
    schema = json.loads((SOURCE / "managed_schema.json").read_text("utf-8"))["properties"]
    issuer: Any = type("Issuer", (), {"client_ids": ("web", "extension"), "authorize_url": "https://i.example/a"})
    told = extension.managed_configuration("https://dokodemo.example", issuer, working_hours_only=True)
    assert set(told) <= set(schema)
    assert ("extension", "https://i.example/a") == (told["oidc_client_id"], told["oidc_authorize_url"])
    policy = extension.browser_policy("a" * 32, "https://dokodemo.example", told)
    install = policy["ExtensionSettings"]["a" * 32]
    assert ("force_installed", True) == (install["installation_mode"], install["override_update_url"])
    assert told == policy["3rdparty"]["extensions"]["a" * 32]
    assert {"Value": True} == extension.console_configuration(told)["working_hours_only"]
