"""Vendored files are what their lock says, byte for byte; beside them lie only types of our own for the checker."""

import base64
import hashlib
import json
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGE

VENDOR = PACKAGE / "web" / "static" / "vendor"


def faults(vendor: Path) -> list[str]:
    """Files that are missing, changed or not in the lock."""
    lock = json.loads((vendor / "vendor.lock.json").read_text("utf-8"))
    listed = {f"{folder}/{name}": digest for folder, each in lock.items() for name, digest in each["files"].items()}
    there = {path.relative_to(vendor).as_posix(): path for path in vendor.rglob("*")
             if path.is_file() and not path.name.endswith(".d.ts")}
    there.pop("vendor.lock.json")
    unequal = [name for name, path in there.items() if listed.get(name) != digest_of(path)]
    return sorted([*unequal, *(listed.keys() - there.keys())])


def digest_of(path: Path) -> str:
    """As a page's ``integrity`` has it."""
    return "sha384-" + base64.b64encode(hashlib.sha384(path.read_bytes()).digest()).decode()


def test_vendored_files_are_what_the_lock_says() -> None:
    assert [] == faults(VENDOR)


def test_every_vendored_package_brings_its_licence() -> None:
    lock = json.loads((VENDOR / "vendor.lock.json").read_text("utf-8"))
    assert lock
    assert [] == [name for name, each in lock.items() if not each["license"] or "LICENSE" not in each["files"]]


@pytest.mark.parametrize("change", ["changed", "missing", "extra"])
def test_a_difference_is_found(tmp_path: Path, change: str) -> None:
    folder = tmp_path / "a@1"
    folder.mkdir()
    (folder / "a.js").write_text("1")
    lock = {"a@1": {"license": "MIT", "files": {"a.js": digest_of(folder / "a.js")}}}
    (tmp_path / "vendor.lock.json").write_text(json.dumps(lock))
    assert [] == faults(tmp_path)
    if change == "missing":
        (folder / "a.js").unlink()
    else:
        (folder / ("a.js" if change == "changed" else "b.js")).write_text("2")
    assert 1 == len(faults(tmp_path))
