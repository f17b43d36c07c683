"""Settings reach a person's Chromebook at login and while it runs, read back through the browser, never from storage."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from dokodemo.domain.settings import Layer
from dokodemo.store.rows.settings import setting_results
from tests.e2e.office import Office
from tests.services.chromium import Device
from tests.services.programs import until
from tests.settled import put

LINKS = [{"title": "市のホームページ", "url": "https://city.akagi.example/"}]
OWN_LINKS = [{"title": "県庁", "url": "https://pref.example/"}]
PLAIN = "data:text/html,<p id=p>文字</p>"

BOOKMARKS = """async () => {
  const [root] = await chrome.bookmarks.getTree();
  const all = (node) => [node, ...(node.children ?? []).flatMap(all)];
  const folder = all(root).find((node) => node.title === '部署リンク');
  return folder ? folder.children.map(({ title, url }) => [title, url]) : null;
}"""

UNLOCK = "() => { chrome.idle.onStateChanged.dispatch('locked'); chrome.idle.onStateChanged.dispatch('active'); }"


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[Office]:
    made = Office(sqlite_url, tmp_path / "office")
    yield made
    made.close()


def text_size(chromebook: Device) -> str:
    """As a page is really drawn."""
    page = chromebook.open(PLAIN)
    try:
        return str(page.evaluate("() => getComputedStyle(document.getElementById('p')).fontSize"))
    finally:
        page.close()


def results(office: Office) -> dict[str, str]:
    with office.services.read() as transaction:
        rows = transaction.execute(select(setting_results.c.key, setting_results.c.state)).all()
    return {row.key: row.state for row in rows}


def opened(chromebook: Device, office: Office) -> int:
    """How many tabs show the start page."""
    chromebook.evaluate("() => true")  # the driver hears of new pages while it asks something
    return len([page for page in chromebook.context.pages if page.url == f"{office.url}/healthz"])


def bookmarks(chromebook: Device) -> Any:
    return chromebook.evaluate(BOOKMARKS)


def test_settings_are_there_after_login_follow_a_publication_and_need_no_server_at_the_next_start(
    office: Office, device: Callable[..., Device]
) -> None:
    put(office, "display.text_size", 24)
    put(office, "portal.links", LINKS)
    put(office, "start.tabs", [f"{office.url}/healthz"])
    chromebook = device("a", extension_id=office.extension_id)
    chromebook.policy(office.policy())
    chromebook.start()
    until(lambda: bookmarks(chromebook) == [list(link.values()) for link in LINKS], "the links are there")
    until(lambda: text_size(chromebook) == "24px", "the text has its size")
    told = dict.fromkeys(("display.text_size", "portal.links", "start.tabs"), "applied")
    until(lambda: told.items() <= results(office).items(), "the server was told of all three")
    until(lambda: opened(chromebook, office) == 1, "the start page is open")

    put(office, "display.text_size", 30, Layer.PERSON, str(office.person_id))
    put(office, "portal.links", OWN_LINKS, Layer.PERSON, str(office.person_id))
    chromebook.evaluate(UNLOCK)  # whatever is sent next brings the new etag
    until(lambda: text_size(chromebook) == "30px", "the new size has come")
    both = [list(link.values()) for link in [*LINKS, *OWN_LINKS]]
    until(lambda: bookmarks(chromebook) == both, "the links of both layers stand together")
    assert 1 == opened(chromebook, office)  # nobody's screen is taken over at work

    chromebook.close()
    office.closed = True
    chromebook.start()
    until(lambda: text_size(chromebook) == "30px" and bookmarks(chromebook) == both, "last good values, no server")

    office.closed = False
    put(office, "display.text_size", None, Layer.PERSON, str(office.person_id), remove=True)
    put(office, "display.text_size", None, remove=True)
    chromebook.evaluate(UNLOCK)
    until(lambda: text_size(chromebook) == "16px", "the browser has its own size again")
