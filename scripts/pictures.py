"""Takes the pictures of README and docs from a running demo: ``make pictures``.

Starts a demo of its own on a free port, walks in by the links it prints, waits until the pages are alive, and writes
``docs/pictures/*.png``. Needs Debian's Chromium and a Japanese font (apt-packages.txt).
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
# picture → who looks, what must be there before it is taken, language
TAKEN = {
    "board.ja": ("section head", "tbody tr", "ja"),
    "board.en": ("section head", "tbody tr", "en"),
    "today.ja": ("staff", "dk-ribbon", "ja"),
}
SETTLES = 20.0  # seconds: sockets are up and some presses have moved the board


@contextmanager
def demo() -> Iterator[dict[str, str]]:
    """A running demo: role → its one-use link."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    command = [str(Path(sys.executable).parent / "dokodemo"), "demo", "--data-dir", str(ROOT / "var" / "pictures")]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PORT": port}, start_new_session=True
    )
    try:
        assert process.stdout is not None
        links = {}
        for line in process.stdout:
            cells = line.rstrip("\n").split("\t")
            if len(cells) == 4:
                links[cells[0]] = cells[3]
            if len(links) == 4:
                break
        if len(links) < 4:
            raise SystemExit("pictures: the demo did not print its four links; its last words are above")
        yield links
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def main() -> None:
    """Takes each picture once; says where it lies."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("pictures: chromium is missing (apt-packages.txt)")
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name, (role, awaited, language) in TAKEN.items():
        with demo() as links, sync_playwright() as driver:
            print(f"{name}: {role} …", flush=True)
            browser = driver.chromium.launch(executable_path=chromium, env={**os.environ, "LANGUAGE": language})
            page = browser.new_page(viewport={"width": 1280, "height": 800}, locale=language)
            page.goto(links[role])
            page.wait_for_selector(awaited, timeout=60_000)
            time.sleep(SETTLES)
            page.screenshot(path=PICTURES / f"{name}.png")
            browser.close()
        print(f"docs/pictures/{name}.png", flush=True)


if __name__ == "__main__":
    main()
