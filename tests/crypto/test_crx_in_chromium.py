"""Chromium itself takes the package by policy, and an update of it."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from dokodemo.crypto.crx import extension_id, host_permission_of, load_or_create_key, manifest_key, pack
from tests.services.chromium import Device, force_installed

MANIFEST = {
    "manifest_version": 3,
    "name": "どこでも",
    "version": "1.0",
    "permissions": ["storage"],
    "host_permissions": ["https://somewhere.example/*"],
    "background": {"service_worker": "worker.js", "type": "module"},
}
WORKER = "chrome.runtime.onUpdateAvailable.addListener(() => chrome.runtime.reload());\n"


class UpdateServer:
    """``update.xml`` and packages of one folder, as the product serves them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "extension"
        self.folder.mkdir()
        self.key = load_or_create_key(folder / "extension.pem")
        self.server = make_server("127.0.0.1", 0, self, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.update_url = f"{self.url}/update.xml"
        self.release("1.0")

    def release(self, version: str) -> None:
        (self.folder / "worker.js").write_text(WORKER)
        (self.folder / "manifest.json").write_text(json.dumps(MANIFEST | {"version": version}, ensure_ascii=False))
        self.version = version
        hosts = [host_permission_of(self.url)]
        self.package = pack(self.folder, key=self.key, update_url=self.update_url, host_permissions=hosts)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"].endswith(".crx"):
            fields = [("Content-Type", "application/x-chrome-extension"), ("X-Content-Type-Options", "nosniff")]
            start_response("200 OK", fields)
            return [self.package]
        start_response("200 OK", [("Content-Type", "text/xml")])
        update = (
            "<?xml version='1.0' encoding='UTF-8'?>"
            "<gupdate xmlns='http://www.google.com/update2/response' protocol='2.0'>"
            f"<app appid='{extension_id(self.key)}'>"
            f"<updatecheck codebase='{self.url}/{self.version}.crx' version='{self.version}'/></app></gupdate>"
        )
        return [update.encode()]


@pytest.fixture
def updates(tmp_path: Path) -> Iterator[UpdateServer]:
    updates = UpdateServer(tmp_path)
    thread = threading.Thread(target=updates.server.serve_forever, daemon=True)
    thread.start()
    yield updates
    updates.server.shutdown()
    updates.server.server_close()
    thread.join()


def test_chromium_installs_the_package_by_policy_and_takes_its_update(
    updates: UpdateServer, device: Callable[..., Device]
) -> None:
    chromebook = device("a", extension_id=extension_id(updates.key))
    chromebook.policy(force_installed(chromebook.extension_id, updates.update_url, {}))
    chromebook.start()
    installed = chromebook.evaluate("chrome.runtime.getManifest()")
    expected = MANIFEST | {
        "host_permissions": ["http://127.0.0.1/*"],
        "key": manifest_key(updates.key),
        "update_url": updates.update_url,
    }
    assert expected == installed
    assert chromebook.evaluate("chrome.permissions.getAll()") == {
        "origins": ["http://127.0.0.1/*"],
        "permissions": ["storage"],
    }
    chromebook.evaluate("chrome.storage.local.set({kept: 'over the update'})")
    updates.release("1.1")
    assert chromebook.evaluate("chrome.runtime.requestUpdateCheck()")["status"] == "update_available"
    ends = time.monotonic() + 20
    while chromebook.evaluate("chrome.runtime.getManifest().version") != "1.1" and time.monotonic() < ends:
        time.sleep(0.1)
    assert chromebook.evaluate("chrome.runtime.getManifest().version") == "1.1"
    assert chromebook.evaluate("chrome.storage.local.get('kept')") == {"kept": "over the update"}
