"""CHROMIUM=1: a real Chromium with the extension force-installed by policy, beside the demo."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from rich.console import Console

from dokodemo.crypto.crx import extension_id, load_or_create_key
from dokodemo.demo.cast import links
from dokodemo.demo.premises import EXTENSION_CLIENT, Premises

BROWSERS = ("chromium", "chromium-browser")
WHERE = "/etc/chromium/policies/managed/dokodemo.json"
NAMESPACE = 'mount --bind "$CHROMIUM_ETC" /etc/chromium && exec "$@"'
"""Run inside a mount namespace of its own: this browser alone sees the policy, and nothing is written to /etc."""


def policy_of(here: Premises) -> dict[str, object]:
    """The policy that installs this demo's extension and tells it where its server is."""
    extension = extension_id(load_or_create_key(here.crx_key))
    return {
        "ExtensionSettings": {
            extension: {
                "installation_mode": "force_installed",
                "update_url": f"{here.url}/extension/update.xml",
                "override_update_url": True,
                "toolbar_pin": "force_pinned",
            }
        },
        "3rdparty": {
            "extensions": {
                extension: {
                    "server_url": here.url,
                    "oidc_client_id": EXTENSION_CLIENT,
                    "oidc_authorize_url": f"{here.issuer_url}/authorize",
                    "oidc_scope": "openid email",
                    "linux_device": {"directory_id": "demo-device", "serial": "DEMO0001", "asset_id": "CB-DEMO"},
                }
            }
        },
    }


def open_browser(here: Premises, console: Console) -> "list[subprocess.Popen[bytes]]":
    """Open the browser at a link that signs the staff member in; without one say where the policy belongs."""
    folder = here.folder / "chromium"
    managed = folder / "etc" / "policies" / "managed"
    managed.mkdir(parents=True, exist_ok=True)
    text = json.dumps(policy_of(here), indent=2, ensure_ascii=False)
    (managed / "dokodemo.json").write_text(text, encoding="utf-8")
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    reason = _why_not(browser)
    if browser is None or reason:
        console.print(f"Chromium is not opened: {reason}. This policy installs the extension; put it into {WHERE}:")
        console.print(text, markup=False)
        return []
    link = next(link for role, _, _, link in links(here) if role == "staff")
    return [_start(browser, folder, link)]


def _why_not(browser: str | None) -> str:
    if browser is None:
        return "it is not on this machine"
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return "there is no screen (DISPLAY is not set)"
    probe = [*_unshare(), "true"]
    if shutil.which("unshare") is None or subprocess.run(probe, capture_output=True, check=False).returncode != 0:
        return "a mount namespace cannot be made here (unshare)"
    if not Path("/etc/chromium").is_dir():
        return "/etc/chromium does not exist"
    return ""


def _unshare() -> list[str]:
    as_root = os.geteuid() == 0
    return ["unshare", "--mount"] + ([] if as_root else ["--user", "--map-root-user"]) + ["--propagation", "private"]


def _start(browser: str, folder: Path, link: str) -> "subprocess.Popen[bytes]":
    inner = [browser, f"--user-data-dir={folder / 'profile'}", "--no-first-run", link]
    if os.geteuid() == 0:
        inner.insert(1, "--no-sandbox")
    command = [*_unshare(), "sh", "-c", NAMESPACE, "sh", *inner]
    environment = {**os.environ, "CHROMIUM_ETC": str(folder / "etc"), "LANGUAGE": "ja"}
    return subprocess.Popen(
        command, env=environment, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
