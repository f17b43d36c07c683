"""The files of the project as its rules see them."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "server" / "dokodemo"
NOT_OURS = ("vendor", "node_modules")


def written() -> list[Path]:
    """Every file that is, or would be, in git: relative to the root. Vendored files are somebody else's."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    paths = (Path(name) for name in sorted(set(listed.split("\0"))) if name)
    return [path for path in paths if (ROOT / path).is_file() and not set(path.parts) & set(NOT_OURS)]


def of_kind(*suffixes: str, under: tuple[str, ...] = ()) -> list[Path]:
    """Those with one of these suffixes, in one of these top folders (all when none is named)."""
    return [path for path in written() if path.suffix in suffixes and (not under or path.parts[0] in under)]


def modules() -> Iterator[tuple[str, str]]:
    """Each module of the package: its dotted name and its source."""
    for path in sorted(PACKAGE.rglob("*.py")):
        relative = path.relative_to(PACKAGE.parent).with_suffix("")
        parts = relative.parts[:-1] if relative.name == "__init__" else relative.parts
        yield ".".join(parts), path.read_text("utf-8")


def lines(path: Path) -> int:
    """How long a file is."""
    return len((ROOT / path).read_bytes().splitlines())
