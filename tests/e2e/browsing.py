"""How tests of the whole product look: at consoles, at a board that moves, at what a device has in its database."""

import json
import re
from collections.abc import Iterable
from typing import Any

from playwright.sync_api import BrowserContext, Page

from tests.services.chromium import Device
from tests.services.programs import until

RECORDED = """async () => {
  const { openDatabase } = await import('/storage.js');
  const db = openDatabase();
  const found = await db.read(async (t) => ({
    texts: (await t.all('events')).map((row) => row.text), waiting: await t.all('waiting'),
    journal: await t.get('meta', 'journal'), sender: await t.get('meta', 'sender'),
    binding: await t.get('meta', 'binding'), activity: await t.get('meta', 'activity'),
  }));
  await db.close();
  return found;
}"""

DECLARED = """async () => {
  const { openDatabase } = await import('/storage.js');
  const db = openDatabase();
  const found = await db.read((t) => t.get('meta', 'whereabouts'), ['meta']);
  await db.close();
  return found?.id ?? null;
}"""

# Changes of one person's row, as the head sees them: when (ms) and which status.
WATCH = """(person) => {
  const row = document.querySelector(`tr[data-person="${person}"]`);
  globalThis.seen ??= {};
  const changes = globalThis.seen[person] = [];
  let last = row.querySelector('[data-cell=status] dk-status').getAttribute('status');
  new MutationObserver(() => {
    const status = row.querySelector('[data-cell=status] dk-status').getAttribute('status');
    if (status !== last) changes.push({ at: Date.now(), status });
    last = status;
  }).observe(row, { attributes: true, childList: true, characterData: true, subtree: true });
}"""

PRESSED = "() => { globalThis.pressed = []; addEventListener('keydown', () => pressed.push(Date.now()), true); }"


def recorded(page: Page) -> Any:
    """What the device's own database says, asked from a page of the extension: for comparison with the log."""
    return page.evaluate(RECORDED)


def all_is_sent(page: Page) -> bool:
    """Whether the server has acknowledged whatever the device recorded or declared."""
    found = recorded(page)
    return not found["waiting"] and bool(found["journal"]["next_seq"] == found["journal"]["last_seq"] + 1)


def open_popup(device: Device) -> Page:
    """The popup as a tab, its card of the first start confirmed."""
    page = device.open("popup/popup.html", width=360, height=640)
    page.wait_for_selector("#main:not([hidden]), #first-run:not([hidden])")
    if page.is_visible("#confirm"):
        page.click("#confirm")
    page.wait_for_selector("#main:not([hidden])")
    return page


def is_kept(device: Device) -> bool:
    """Whether the browser has written down that the extension is installed and wants to be started.

    It does so some seconds after the installation; a browser that is killed before has never had the extension.
    """
    preferences = device.profile / "Default" / "Preferences"
    if not preferences.exists():
        return False
    known = json.loads(preferences.read_text("utf-8")).get("extensions", {}).get("settings", {})
    return "runtime.onStartup" in str(known.get(device.extension_id, {}).get("serviceworkerevents", ""))


def press(page: Page, key: str) -> None:
    """A person chooses a tile of the popup by its key and sends it; it is on the disk when this ends."""
    before = page.evaluate(DECLARED)
    page.keyboard.press(key)
    page.keyboard.press("Enter")
    until(lambda: page.evaluate(DECLARED) != before, f"tile {key} is on the disk")


def complaints(console: Iterable[str], *expected: str) -> list[str]:
    """Errors that a console has shown, without those that the test itself brings about."""
    wrong = [line for line in console if line.startswith(("error:", "uncaught:"))]
    return [line for line in wrong if not any(re.search(pattern, line) for pattern in expected)]


def listen(context: BrowserContext) -> list[str]:
    """What the pages of a browser that is no Chromebook say."""
    console: list[str] = []
    context.on("console", lambda message: console.append(f"{message.type}: {message.text}"))
    context.on("weberror", lambda error: console.append(f"uncaught: {error.error}"))
    return console
