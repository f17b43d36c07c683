"""Takes the picture of the popup in each language: ``make pictures``.

A founded city serves, a real Chromium has the extension by policy and its person signed in, and somebody says by
keyboard where they go. Writes ``docs/pictures/popup-*.png``, at twice the size, so that README can show it sharp.
"""

import base64
import sys
import tempfile
from datetime import datetime
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.e2e.browsing import all_is_sent, open_popup
from tests.e2e.city_server import SIGNS_IN, CityServer
from tests.services.chromium import Device
from tests.services.programs import MissingProgramError, until

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
ENTRIES = {"ja": ("県庁", "チャット可"), "en": ("Annex", "Chat is fine")}
BACK = "15:00"
HEIGHT = "document.body.getBoundingClientRect().height"


def declare(page: Page, destination: str, note: str) -> None:
    """外出, by keys, as a person does it; ends when the server has acknowledged it."""
    page.keyboard.press("4")
    page.fill("#destination", destination)
    page.fill("#return-time", BACK)
    page.fill("#note", note)
    page.press("#note", "Enter")
    page.wait_for_selector("#told:not(:empty)", state="attached")
    until(lambda: all_is_sent(page), "everything is sent")
    page.wait_for_selector("#seen-status[status=field]:not([waiting])")


def take(page: Page, language: str) -> None:
    """The popup as it opens next, without a focus in it."""
    page.reload()
    page.wait_for_selector("#main:not([hidden])")
    page.wait_for_selector("#settings .good")
    page.evaluate("document.fonts.ready.then(() => true)")
    clip = {"x": 0, "y": 0, "width": 360, "height": page.evaluate(HEIGHT), "scale": 2}
    taken = page.context.new_cdp_session(page).send("Page.captureScreenshot", {"clip": clip})
    (PICTURES / f"popup-{language}.png").write_bytes(base64.b64decode(taken["data"]))
    print(f"docs/pictures/popup-{language}.png", flush=True)


def speak(city: CityServer, chromebook: Device, language: str) -> Page:
    """The popup in this language, which is a setting of the city."""
    city.operator("settings", "set", "ui.language", language)

    def arrived() -> bool:
        page = open_popup(chromebook)
        try:
            page.evaluate("() => chrome.runtime.sendMessage({ kind: 'fly' })")
            return page.get_attribute("html", "lang") == language
        finally:
            page.close()

    until(arrived, f"the popup speaks {language}", seconds=120, pause=1)
    return open_popup(chromebook)


def main() -> None:
    """Takes each picture once; says where it lies."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        city = CityServer(Path(folder) / "city").found()
        chromebook = Device(driver, Path(folder) / "chromebook", extension_id=city.extension_id)
        chromebook.environment["TZ"] = city.premises.zone
        seat = city.seats()[0]
        try:
            city.start()
            city.sign_in_to_device(chromebook, seat)
            chromebook.start()
            until(lambda: city.texts(seat), "the person is signed in", seconds=SIGNS_IN)
            assert datetime.now(city.config.zone).hour < 15, "the day of a demo's city is young"
            for language, (destination, note) in ENTRIES.items():
                page = speak(city, chromebook, language)
                declare(page, destination, note)
                take(page, language)
                page.close()
        finally:
            chromebook.close()
            city.kill()


if __name__ == "__main__":
    try:
        main()
    except MissingProgramError as error:
        sys.exit(f"pictures: {error}")
