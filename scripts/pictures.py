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

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
SIZE: ViewportSize = {"width": 1366, "height": 768}  # of the city's Chromebooks
LANGUAGES = ("ja", "en")
COMES_ALIVE = 300_000  # milliseconds: the day so far has been replayed, the section is at work
SETTLES = 4.0  # seconds: sockets are up, figures beside the tree are counted
AT_WORK = """() => {
  const rows = [...document.querySelectorAll('tr[data-person]')];
  const waiting = rows.filter((row) => ['not_in', 'unknown', ''].includes(row.dataset.status));
  return document.querySelector('dk-asof[connection=live]') && waiting.length <= 2 && rows[0].dataset.status !== 'not_in';
}"""


@contextmanager
def demo() -> Iterator[dict[str, tuple[str, str]]]:
    """A running demo: role → the name and its one-use link."""
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
                links[cells[0]] = cells[1], cells[3]
            if len(links) == 4:
                break
        if len(links) < 4:
            raise SystemExit("pictures: the demo did not print its four links; its last words are above")
        yield links
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def walk_in(browser: Browser, link: str) -> Page:
    """A page of somebody who came by a one-use link."""
    page = browser.new_context(viewport=SIZE, locale="ja").new_page()
    page.goto(link)
    if (sign_in := page.get_by_text("市のアカウントでログイン")).is_visible():
        sign_in.click()
    page.wait_for_selector("main h1")
    return page


def take(page: Page, name: str, awaited: str) -> None:
    """The page as it stands now, in each language; the board also without colours, as proof that none is needed."""
    for language in LANGUAGES:
        page.context.add_cookies([{"name": "dk-language", "value": language, "url": page.url}])
        page.reload()
        page.wait_for_selector(awaited)
        page.wait_for_selector("dk-asof[connection=live]")
        time.sleep(SETTLES)
        page.screenshot(path=PICTURES / f"{name}-{language}.png")
        print(f"docs/pictures/{name}-{language}.png", flush=True)
        if (name, language) == ("board", "ja"):
            grey = page.context.new_cdp_session(page)
            grey.send("Emulation.setEmulatedVisionDeficiency", {"type": "achromatopsia"})
            page.screenshot(path=PICTURES / "board-greyscale.png")
            grey.send("Emulation.setEmulatedVisionDeficiency", {"type": "none"})
            print("docs/pictures/board-greyscale.png", flush=True)


def main() -> None:
    """Takes each picture once; says where it lies."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("pictures: chromium is missing (apt-packages.txt)")
    PICTURES.mkdir(parents=True, exist_ok=True)
    print("starting a demo …", flush=True)
    with demo() as links, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, env={**os.environ, "LANGUAGE": "ja"})
        head, member = (walk_in(browser, links[role][1]) for role in ("section head", "staff"))
        print("waiting until the section is at work …", flush=True)
        head.wait_for_function(AT_WORK, timeout=COMES_ALIVE, polling=1000)
        take(head, "board", "#board[data-ready]")
        # the head opens the member's day, which the member then sees
        head.locator(f"tr[data-name='{links['staff'][0]}'] a[data-day]").first.click()
        head.wait_for_selector("dk-ribbon svg")
        take(member, "today", "dk-ribbon svg")
        browser.close()


if __name__ == "__main__":
    main()
