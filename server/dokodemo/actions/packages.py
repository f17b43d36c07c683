"""Packages of the extension that were handed out before: a Chromium that read the announcement just before an upgrade
asks for the version that it read.

They lie in the data directory, each as it was first handed out, the newest ``KEPT`` versions of this installation's
extension. Nothing is lost with them: whoever gets 404 asks again within hours and takes the current one.
"""

import re
from pathlib import Path

from dokodemo.actions.extension import Package

KEPT = 3  # versions, the current one among them
_VERSION = re.compile(r"[0-9]{1,5}(\.[0-9]{1,5}){0,3}")


def keep(data_dir: Path, package: Package) -> None:
    """Keep a package that is handed out now, and let the oldest go. Raises ``OSError`` when the disk refuses."""
    path = _folder(data_dir, package.extension_id) / f"{package.version}-{package.sha256[:16]}.crx"
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_suffix(".new")
    written.write_bytes(package.data)
    written.replace(path)
    newest: dict[str, Path] = {}
    for each in sorted(path.parent.glob("*.crx"), key=lambda file: file.stat().st_mtime_ns):
        newest.pop(_version_of(each), None)
        newest[_version_of(each)] = each
    kept = set(list(newest.values())[-KEPT:])
    for each in path.parent.glob("*.crx"):
        if each not in kept:
            each.unlink(missing_ok=True)


def kept(data_dir: Path, extension_id: str, version: str) -> bytes | None:
    """The package of a version as it was handed out last; None when it is not (or no longer) kept."""
    if not _VERSION.fullmatch(version):
        return None
    found = sorted(
        _folder(data_dir, extension_id).glob(f"{version}-*.crx"), key=lambda file: file.stat().st_mtime_ns
    )  # fmt: skip
    return found[-1].read_bytes() if found else None


def _folder(data_dir: Path, extension_id: str) -> Path:
    return data_dir / "packages" / extension_id


def _version_of(path: Path) -> str:
    return path.name.split("-")[0]
