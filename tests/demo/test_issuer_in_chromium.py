"""A real extension asks the demo's issuer by ``chrome.identity.launchWebAuthFlow``; a real person chooses by keyboard."""

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from dokodemo.crypto.crx import extension_id, load_or_create_key, manifest_key
from tests.demo.issuer_city import KATO, SATO, City
from tests.services.chromium import Device

expect.set_options(timeout=30_000)

SILENT = """async url => {
  try {
    return await chrome.identity.launchWebAuthFlow(
      {url, interactive: false, abortOnLoadForNonInteractive: false, timeoutMsForNonInteractive: 60000});
  } catch (error) { return `refused: ${error.message}`; }
}"""
INTERACTIVE = """url => {
  globalThis.answer = chrome.identity.launchWebAuthFlow({url, interactive: true}).catch(error => error.message);
}"""


def extension(folder: Path) -> tuple[Path, str]:
    """The smallest extension that may ask who somebody is, unpacked, and its id."""
    folder.mkdir()
    key = load_or_create_key(folder.parent / "asking.pem")
    manifest = {
        "manifest_version": 3,
        "name": "asks",
        "version": "1.0",
        "key": manifest_key(key),
        "permissions": ["identity"],
        "background": {"service_worker": "worker.js"},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "worker.js").write_text("chrome.runtime.onInstalled.addListener(() => {});\n")
    return folder, extension_id(key)


def test_an_extension_is_told_who_is_there_without_a_click_and_asks_when_nobody_is(
    city: City, device: Callable[..., Device], tmp_path: Path
) -> None:
    folder, its_id = extension(tmp_path / "asking")
    chromebook = device("a", extension_id=its_id)
    chromebook.start(f"--load-extension={folder}", f"--disable-extensions-except={folder}")
    redirect_uri = chromebook.evaluate("chrome.identity.getRedirectURL('oidc')")
    city.register(redirect_uri)
    silent = city.fragment_url(redirect_uri=redirect_uri)

    assert f"{redirect_uri}#error=login_required&state=s-2" == chromebook.evaluate(SILENT, silent)

    # The ChromeOS login, which leaves a session of the person's issuer in their profile.
    chromebook.open(city.link(SATO))
    answer = parse_qs(urlsplit(chromebook.evaluate(SILENT, silent)).fragment)
    assert city.identity(answer["id_token"][0], "n-2").subject == SATO.number

    with chromebook.context.expect_page() as opened:
        chromebook.evaluate(INTERACTIVE, city.fragment_url(redirect_uri=redirect_uri, prompt="select_account"))
    choose(opened.value, "かとう")
    answer = parse_qs(urlsplit(chromebook.evaluate("globalThis.answer")).fragment)
    assert city.identity(answer["id_token"][0], "n-2").subject == KATO.number


def choose(page: Page, kana: str) -> None:
    """Find somebody and choose them, with the keyboard alone."""
    expect(page.locator("#q")).to_be_focused()
    assert [violation["id"] for violation in Axe().run(page).response["violations"]] == []
    page.keyboard.type(kana)
    expect(page.locator("#found button")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(page.locator("#found button")).to_be_focused()
    page.keyboard.press("Enter")
