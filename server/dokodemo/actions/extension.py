"""The extension as this installation hands it out: packed and signed, announced to Chrome, made obligatory by policy.

The package is made from the folder of the extension with this installation's key and address. Whoever packs the same
folder with the same key gets the same bytes, so several processes need no common place for them.
"""

import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import dokodemo
from dokodemo.crypto import crx
from dokodemo.domain.errors import ErrorCode, InvalidError, MissingError
from dokodemo.google.issuers import IssuerProfile

UPDATE_PATH = "/extension/update.xml"
SCOPE = "openid email profile"

_packed: dict[tuple[str, str, str], "Package"] = {}
_packing = threading.Lock()


@dataclass(frozen=True, slots=True)
class Package:
    """One version as Chrome takes it. ``etag`` names the bytes; ``least_browser`` is the manifest's, or ""."""

    extension_id: str
    version: str
    data: bytes
    sha256: str
    least_browser: str

    @property
    def path(self) -> str:
        """Where it is served, below the public URL."""
        return f"/extension/{self.version}.crx"


def folder() -> Path:
    """The extension that came with this program: in a checkout beside ``server/``, in a wheel inside the package."""
    inside = Path(dokodemo.__file__).parent
    for place in (inside.parents[1] / "extension", inside / "extension"):
        if (place / crx.MANIFEST).is_file():
            return place
    raise MissingError(ErrorCode.NOT_FOUND, "this installation has no folder of the extension")


def package(key_file: Path, public_url: str, source: Path | None = None) -> Package:
    """The package of the folder as it is now, kept until a file in it changes. The key is made when there is none.

    Raises ``InvalidError`` when the manifest or the key cannot be used.
    """
    source = source or folder()
    key = crx.load_or_create_key(key_file)
    name = crx.extension_id(key), public_url, _state(source)
    with _packing:
        if name not in _packed:
            if len(_packed) > 8:
                _packed.clear()
            _packed[name] = _pack(source, key, public_url)
        return _packed[name]


def _state(source: Path) -> str:
    """What changes when a file of the folder does."""
    facts = [
        (str(path.relative_to(source)), stat.st_size, stat.st_mtime_ns)
        for path in sorted(source.rglob("*"))
        if path.is_file() and (stat := path.stat())
    ]
    return hashlib.sha256(repr((str(source), facts)).encode()).hexdigest()


def _pack(source: Path, key: Any, public_url: str) -> Package:
    data = crx.pack(
        source, key=key, update_url=public_url + UPDATE_PATH, host_permissions=[crx.host_permission_of(public_url)]
    )
    manifest = json.loads((source / crx.MANIFEST).read_text("utf-8"))
    version = str(manifest.get("version", ""))
    if not all(part.isdecimal() for part in version.split(".")):
        raise InvalidError(ErrorCode.INVALID, f"{version!r} is no version of an extension")
    least = str(manifest.get("minimum_chrome_version", ""))
    return Package(crx.extension_id(key), version, data, hashlib.sha256(data).hexdigest(), least)


def update_manifest(of: Package, public_url: str) -> str:
    """What Chrome reads to learn of a new version (the Omaha response, protocol 2.0)."""
    least = f" prodversionmin={quoteattr(of.least_browser)}" if of.least_browser else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gupdate xmlns="http://www.google.com/update2/response" protocol="2.0">\n'
        f"  <app appid={quoteattr(of.extension_id)}>\n"
        f"    <updatecheck codebase={quoteattr(public_url + of.path)} version={quoteattr(of.version)}"
        f" hash_sha256={quoteattr(of.sha256)} size={quoteattr(str(len(of.data)))}{least} />\n"
        "  </app>\n"
        "</gupdate>\n"
    )


def managed_configuration(public_url: str, issuer: IssuerProfile | None, **more: Any) -> dict[str, Any]:
    """What ``chrome.storage.managed`` has to hold for this installation (``managed_schema.json``).

    Of an issuer's clients the last one is the extension's; with one client it is everybody's.
    """
    configuration: dict[str, Any] = {"server_url": public_url}
    if issuer is not None:
        configuration |= {
            "oidc_client_id": issuer.client_ids[-1], "oidc_authorize_url": issuer.authorize_url, "oidc_scope": SCOPE,
        }  # fmt: skip
    return configuration | more


def console_configuration(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """The same as the Admin console wants it pasted: every value inside a ``Value``."""
    return {name: {"Value": value} for name, value in configuration.items()}


def browser_policy(extension_id: str, public_url: str, configuration: Mapping[str, Any]) -> dict[str, Any]:
    """A managed policy that installs the extension by force: a file for ``/etc/chromium/policies/managed``.

    Without ``override_update_url`` Chromium would never ask for a new version.
    """
    install = {
        "installation_mode": "force_installed", "update_url": public_url + UPDATE_PATH, "override_update_url": True,
        "toolbar_pin": "force_pinned",
    }  # fmt: skip
    return {
        "ExtensionSettings": {extension_id: install},
        "3rdparty": {"extensions": {extension_id: dict(configuration)}},
    }
