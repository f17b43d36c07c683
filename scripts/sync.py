"""Copies ``extension/shared/`` to its mirrors, so that extension, pages and kiosk run the very same modules.

The extension ships its folder as it is and the pages are served from theirs; a build step would stand between what is
read and what runs. ``tests/architecture/test_mirrors.py`` holds the copies byte-equal.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "extension" / "shared"
MIRRORS = [ROOT / "server" / "dokodemo" / "web" / "static" / "js" / "shared", ROOT / "kiosk_app" / "shared"]


def contents(folder: Path) -> dict[str, bytes]:
    """The files below ``folder``: path inside it → bytes."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def sync(source: Path, mirror: Path) -> list[str]:
    """Makes ``mirror`` equal to ``source``; gives what it wrote or removed, as lines for a person."""
    wanted, present = contents(source), contents(mirror)
    lines = []
    for name, data in wanted.items():
        if present.get(name) != data:
            (mirror / name).parent.mkdir(parents=True, exist_ok=True)
            (mirror / name).write_bytes(data)
            lines.append(f"wrote {name}")
    for name in present.keys() - wanted.keys():
        (mirror / name).unlink()
        lines.append(f"removed {name}")
    return lines


def main() -> None:
    """Brings every mirror up to date whose part of the product exists, and says what changed."""
    for mirror in MIRRORS:
        if not mirror.parent.is_dir():
            continue
        lines = sync(SOURCE, mirror)
        print(f"{mirror.relative_to(ROOT)}: {', '.join(lines) if lines else 'nothing to do'}")


if __name__ == "__main__":
    main()
