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
# role that looks → what must be there before a picture is taken, and the pictures: name → language
TAKEN = {
    "section head": ("table tr", {"board-ja": "ja", "board-en": "en"}),
    "staff": ("dk-ribbon", {"today-ja": "ja", "today-en": "en"}),
}
COMES_ALIVE = 60.0  # seconds: the day so far has been replayed, devices beat
SETTLES = 5.0  # seconds: sockets are up, "as of" is fresh


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
    print("starting a demo …", flush=True)
    with demo() as links, sync_playwright() as driver:
        time.sleep(COMES_ALIVE)
        browser = driver.chromium.launch(executable_path=chromium, env={**os.environ, "LANGUAGE": "ja"})
        for role, (awaited, pictures) in TAKEN.items():
            person = browser.new_context(viewport={"width": 1280, "height": 800}, locale="ja")
            page = person.new_page()
            page.goto(links[role])
            if (sign_in := page.get_by_text("市のアカウントでログイン")).is_visible():
                sign_in.click()
            page.wait_for_selector(awaited, timeout=60_000)
            for name, language in pictures.items():
                person.add_cookies([{"name": "dk-language", "value": language, "url": page.url}])
                page.reload()
                page.wait_for_selector(awaited, timeout=60_000)
                time.sleep(SETTLES)
                page.screenshot(path=PICTURES / f"{name}.png")
                print(f"docs/pictures/{name}.png ({role}, {language})", flush=True)
            person.close()
        browser.close()


if __name__ == "__main__":
    main()
