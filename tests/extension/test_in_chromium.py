"""The extension in a real Chromium, installed by policy, against the real application."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.extension.city_server import CityServer
from tests.services.chromium import Device
from tests.services.xvfb import Screen

# The device's own database, for the comparison with the server's log; keys cannot leave the browser.
DATABASE = """async () => {
  const asked = indexedDB.open('dokodemo');
  const db = await new Promise(done => { asked.onsuccess = () => done(asked.result); });
  const all = store => new Promise(done => {
    const rows = db.transaction(store).objectStore(store).getAll();
    rows.onsuccess = () => done(rows.result);
  });
  const journal = await new Promise(done => {
    const row = db.transaction('meta').objectStore('meta').get('journal');
    row.onsuccess = () => done(row.result);
  });
  const found = {events: (await all('events')).map(({text}) => JSON.parse(text)), waiting: await all('waiting'), journal};
  db.close();
  return found;
}"""
PRESS = "async status => { await (await import('/declare.js')).declareWhereabouts({status}); }"
FLY = "() => chrome.runtime.sendMessage({kind: 'fly'}).catch(() => null)"
STATUSES = ("home", "field", "at_desk", "in_office")


@pytest.fixture
def city(tmp_path: Path) -> Iterator[CityServer]:
    server = CityServer(tmp_path).start()
    yield server
    server.close()


def until(true: Callable[[], Any], seconds: float = 60) -> Any:
    """Wait for a condition; the last value is in the failure."""
    ends = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < ends, f"still {value!r} after {seconds} s"
        time.sleep(0.1)
    return value


def signed_in(city: CityServer, chromebook: Device) -> Device:
    """A running Chromebook whose person is signed in, with its journal bound."""
    city.sign_in_to(chromebook)
    chromebook.policy(city.policy())
    chromebook.start()
    until(lambda: "started" in city.kinds(), 180)  # a first trial that failed is repeated with the beat, a minute later
    return chromebook


def drained(city: CityServer, page: Page) -> dict[str, Any]:
    """Wait until the device has nothing to send; gives its database."""

    def nothing_waits() -> dict[str, Any] | None:
        page.evaluate(FLY)
        found: dict[str, Any] = page.evaluate(DATABASE)
        done = found["journal"]["next_seq"] == found["journal"]["last_seq"] + 1
        return found if done else None

    found: dict[str, Any] = until(nothing_waits, 60)
    return found


def startup_is_known(chromebook: Device) -> bool:
    """Whether the browser has written down that the worker listens for the start of the profile; it takes its time."""
    files = (chromebook.profile / "Default").glob("*Preferences")
    return any("runtime.onStartup" in file.read_text("utf-8", "replace") for file in files)


def kill_worker(chromebook: Device, page: Page) -> None:
    session = chromebook.context.new_cdp_session(page)
    session.send("ServiceWorker.enable")
    session.send("ServiceWorker.stopAllWorkers")
    session.detach()


def test_a_person_is_signed_in_without_a_click_and_their_settings_come(
    city: CityServer, device: Callable[..., Device]
) -> None:
    chromebook = signed_in(city, device("a", extension_id=city.extension_id))
    assert [event["how"] for event in city.log()] == ["first_install"]
    until(lambda: "POST /api/v1/settings/results" in city.calls)
    until(lambda: chromebook.evaluate("() => chrome.action.getBadgeText({})") == "")
    key = "async () => (await chrome.alarms.getAll()).filter(({name}) => name === 'beat').map(a => a.periodInMinutes)"
    (minutes,) = until(lambda: chromebook.evaluate(key))
    assert 0.9 <= minutes <= 1.1


def test_without_a_session_a_notice_asks_and_a_click_connects(city: CityServer, device: Callable[..., Device]) -> None:
    chromebook = device("a", extension_id=city.extension_id)
    chromebook.policy(city.policy())
    chromebook.start()
    notices = "async () => Object.keys(await chrome.notifications.getAll())"
    until(lambda: "connect" in chromebook.evaluate(notices))
    until(lambda: chromebook.evaluate("() => chrome.action.getBadgeText({})") == "!")
    with chromebook.context.expect_page() as opened:
        chromebook.evaluate("() => chrome.notifications.onButtonClicked.dispatch('connect', 0)")
    opened.value.get_by_text(city.person.name).first.click()
    until(lambda: city.kinds() == ["started"])
    until(lambda: chromebook.evaluate("() => chrome.action.getBadgeText({})") == "")
    until(lambda: "connect" not in chromebook.evaluate(notices))


def test_no_death_of_the_worker_loses_or_doubles_a_press(city: CityServer, device: Callable[..., Device]) -> None:
    chromebook = signed_in(city, device("a", extension_id=city.extension_id))
    page = chromebook.open("popup/popup.html", width=360, height=560)
    for press in range(40):
        page.evaluate(PRESS, STATUSES[press % 4])
        time.sleep(press % 7 * 0.008)
        kill_worker(chromebook, page)
    found = drained(city, page)
    assert found["events"] == city.log()
    assert city.kinds() == ["started"] + ["place_declared"] * 40


def test_a_browser_killed_while_offline_loses_nothing_and_begins_a_new_session(
    city: CityServer, device: Callable[..., Device]
) -> None:
    chromebook = signed_in(city, device("a", extension_id=city.extension_id))
    page = chromebook.open("popup/popup.html", width=360, height=560)
    city.up = False
    for press in range(12):
        page.evaluate(PRESS, STATUSES[press % 4])
    until(lambda: startup_is_known(chromebook))
    chromebook.kill()
    city.up = True
    chromebook.start()
    until(lambda: len(city.log()) >= 15)
    assert city.kinds() == ["started", *["place_declared"] * 12, "ended", "started"]
    log = city.log()
    assert (log[-2]["how"], log[-1]["how"]) == ("recovered", "login")


def test_an_update_arrives_with_a_full_outbox_and_nothing_is_lost(
    city: CityServer, device: Callable[..., Device]
) -> None:
    chromebook = signed_in(city, device("a", extension_id=city.extension_id))
    page = chromebook.open("popup/popup.html", width=360, height=560)
    city.up = False
    for press in range(20):
        page.evaluate(PRESS, STATUSES[press % 4])
    page.close()
    city.release("1.1")
    assert chromebook.evaluate("() => chrome.runtime.requestUpdateCheck()")["status"] == "update_available"
    until(lambda: chromebook.evaluate("() => chrome.runtime.getManifest().version") == "1.1")
    city.up = True
    found = drained(city, chromebook.open("popup/popup.html", width=360, height=560))
    assert found["events"] == city.log()
    assert city.kinds() == ["started"] + ["place_declared"] * 20


@pytest.mark.needs("xvfb")
def test_real_idleness_is_away_and_a_hand_on_the_mouse_is_back(
    city: CityServer, device: Callable[..., Device], screen: Screen
) -> None:
    chromebook = signed_in(city, device("a", extension_id=city.extension_id, screen=screen))
    until(lambda: "POST /api/v1/settings/results" in city.calls)

    def is_away() -> bool:  # the threshold is ten minutes, and put back with each beat: nobody has that long here
        chromebook.evaluate("() => chrome.idle.setDetectionInterval(15)")
        return "away" in city.kinds()

    until(is_away, 60)

    def moved() -> bool:
        screen.touch("mousemove_relative", "--", "7", "5")
        return "back" in city.kinds()

    until(moved)
    assert city.kinds() == ["started", "away", "back"]


@pytest.mark.deep  # tests/e2e/test_no_debugger.py sees the same on the whole product, in every run
def test_with_nobody_attached_the_worker_idles_out_and_the_alarm_wakes_it(
    city: CityServer, device: Callable[..., Device]
) -> None:
    chromebook = device("a", extension_id=city.extension_id)
    city.sign_in_to(chromebook)
    chromebook.policy(city.policy())
    with chromebook.alone():
        until(lambda: "started" in city.kinds())
        before = city.calls.count("POST /api/v1/events")
        until(lambda: city.calls.count("POST /api/v1/events") >= before + 2, 180)
    assert [(event["kind"], event["how"]) for event in city.log()] == [("started", "first_install")]
