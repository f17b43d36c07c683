"""Few packages, each locked with hashes, none from a named index, none used without being asked for."""

import ast
import re
import sys
import tomllib
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.files import INDEX_OPTIONS
from tests.architecture.imports import imported
from tests.architecture.sources import ROOT, modules

MOST = 40  # packages that `pip install dokodemo` brings, all of them counted
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def locked(path: Path) -> dict[str, str]:
    """Name → version; AssertionError for a requirement without a version or a hash."""
    versions: dict[str, str] = {}
    for entry in re.split(r"\n(?=[^\s#])", path.read_text("utf-8").strip()):
        name, _, rest = entry.partition("==")
        assert rest, entry
        assert "--hash=sha256:" in rest, entry
        versions[canonicalize_name(name)] = rest.split()[0]
    return versions


def brought_by(requirements: list[str]) -> set[str]:
    """Every package that these bring on this machine, themselves included, by what the installed ones say."""
    seen: dict[str, set[str]] = {}
    waiting = [Requirement(each) for each in requirements]
    while waiting:
        each = waiting.pop()
        name = canonicalize_name(each.name)
        extras = {"", *each.extras}
        if extras <= seen.get(name, set()) or (each.marker and not each.marker.evaluate({"extra": ""})):
            continue
        seen[name] = seen.get(name, set()) | extras
        for text in distribution(name).requires or []:
            further = Requirement(text)
            if further.marker is None or any(further.marker.evaluate({"extra": extra}) for extra in extras):
                further.marker = None
                waiting.append(further)
    return set(seen)


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)
def test_a_lock_has_hashes_and_no_index(path: Path) -> None:
    assert locked(path)
    assert [] == INDEX_OPTIONS.findall(path.read_text("utf-8"))


def test_the_locks_agree_on_every_version() -> None:
    runtime, production, development = (locked(ROOT / "requirements" / f"{name}.txt")
                                        for name in ("runtime", "production", "development"))
    assert runtime.items() <= production.items() <= development.items()


def test_the_locks_satisfy_what_the_project_asks_for() -> None:
    groups = PROJECT["dependency-groups"]
    project = PROJECT["project"]
    runtime = [*project["dependencies"], *groups["build"]]
    asked = {
        "runtime": runtime,
        "production": runtime + project["optional-dependencies"]["production"],
        "development": runtime + project["optional-dependencies"]["production"] + groups["test"] + groups["dev"],
    }
    for lock, requirements in asked.items():
        versions = locked(ROOT / "requirements" / f"{lock}.txt")
        wrong = [each for each in map(Requirement, requirements)
                 if not each.specifier.contains(versions.get(canonicalize_name(each.name), "0"), prereleases=True)]
        assert [] == wrong, f"run `make lock` ({lock})"


def test_an_installation_brings_few_packages() -> None:
    brought = brought_by(PROJECT["project"]["dependencies"])
    assert len(brought) <= MOST, sorted(brought)


def test_the_package_imports_only_what_it_asks_for() -> None:
    asked: set[str] = {canonicalize_name(Requirement(each).name) for each in [
        *PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["production"],
    ]}
    # Flask's and alembic's own foundations: they cannot be there without them
    asked |= {"werkzeug", "jinja2", "markupsafe"}
    providers = packages_distributions()
    wrong = set()
    for module, source in modules():
        for line, target, _ in imported(ast.parse(source)):
            top = target.split(".")[0]
            if top == "dokodemo" or top in sys.stdlib_module_names:
                continue
            if not {canonicalize_name(name) for name in providers.get(top, ())} & asked:
                wrong.add(f"{module}:{line} imports {top}")
    assert set() == wrong


@pytest.mark.parametrize("line", ["--index-url x", "  --extra-index-url=x", "-i x", "--find-links x"])
def test_an_index_in_a_lock_is_found(line: str) -> None:
    assert INDEX_OPTIONS.search(f"a==1 \\\n{line}\n")


def test_a_lock_without_a_hash_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text("a==1 \\\n    --hash=sha256:00\nb==2\n")
    with pytest.raises(AssertionError, match="b==2"):
        locked(lock)
