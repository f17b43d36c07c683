"""The popup in a real Chromium, as a part of the extension, with the network off and no server anywhere."""

import itertools
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, Playwright

from dokodemo.demo.clock import demo_zone
from tests.services.programs import program

EXTENSION = Path(__file__).parents[2] / "extension"
TILES = ["at_desk", "in_office", "meeting", "field", "home", "branch", "direct_return", "leave"]

READ = """async () => {
  const { openDatabase } = await import('/storage.js');
  const db = openDatabase();
  const rows = await db.read(async (t) => ({
    whereabouts: await t.get('meta', 'whereabouts'), first_run: await t.get('meta', 'first_run'),
    waiting: await t.all('waiting'), events: (await t.all('events')).map((row) => JSON.parse(row.text)),
  }));
  await db.close();
  return rows;
}"""

PUT = """async (rows) => {
  const { openDatabase } = await import('/storage.js');
  const db = openDatabase();
  await db.change(async (t) => { for (const [store, key, value] of rows) await t.put(store, value, key); });
  await db.close();
}"""


def settings_of(**values: Any) -> dict[str, Any]:
    named = {key.replace("__", "."): {"value": value, "layer": "person", "locked": False} for key, value in values.items()}
    return {"revision": [1, 1], "etag": "e", "values": named}


RESULTS = [
    {"key": "portal.links", "state": "applied"},
    {"key": "display.text_size", "state": "overruled"},
    {"key": "start.tabs", "state": "unsupported"},
]


@pytest.fixture(scope="module")
def chromebook(browsers: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """One browser with the extension as it ships; nobody has configured it, and it has no network."""
    context = browsers.chromium.launch_persistent_context(
        tmp_path_factory.mktemp("popup"), executable_path=program("chromium"), headless=True, timezone_id="UTC",
        args=["--no-sandbox", f"--load-extension={EXTENSION}", f"--disable-extensions-except={EXTENSION}"],
    )
    context.set_offline(True)
    yield context
    context.close()


@pytest.fixture(scope="module")
def address(chromebook: BrowserContext) -> str:
    worker = chromebook.service_workers[0] if chromebook.service_workers else chromebook.wait_for_event("serviceworker")
    return f"chrome-extension://{worker.url.split('/')[2]}/popup/popup.html"


@pytest.fixture
def popup(chromebook: BrowserContext, address: str) -> Iterator[Callable[..., Page]]:
    """Opens the popup over a database in which ``rows`` have been put; what goes wrong in the page fails the test."""
    pages: list[Page] = []
    errors: list[str] = []

    def opened(*rows: list[Any], confirmed: bool = True, scheme: Any = "light", **settings: Any) -> Page:
        page = chromebook.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.set_default_timeout(60_000)
        page.set_viewport_size({"width": 360, "height": 560})
        page.emulate_media(color_scheme=scheme)
        page.goto(address)
        version = 1 if confirmed else 0
        page.evaluate(
            PUT,
            [
                ["meta", "first_run", {"version": version, "at": "2026-11-20T00:00:00.000Z"}],
                ["meta", "whereabouts", None],
                ["settings", "last_good", settings_of(**{"city__timezone": "Asia/Tokyo"} | settings)],
                ["settings", "results", RESULTS],
                *rows,
            ],
        )
        page.reload()
        page.wait_for_selector("#main:not([hidden])" if confirmed else "#first-run:not([hidden])")
        pages.append(page)
        return page

    yield opened
    for page in pages:
        page.close()
    assert [] == errors


def saved(page: Page, status: str) -> Any:
    """What is on the disk, once the popup says so: the mark shows a press at once, before it is written."""
    page.wait_for_selector(f"#seen-status[status={status}]")
    page.wait_for_selector("#told:not(:empty)", state="attached")
    return page.evaluate(READ)


def faults(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{fault['id']}: {node['html'][:120]}" for fault in found for node in fault["nodes"]]


def test_the_card_comes_first_and_its_confirmation_is_kept_with_version_and_time(popup: Callable[..., Page]) -> None:
    page = popup(confirmed=False)
    page.click("#confirm")
    page.wait_for_selector("#main:not([hidden])")
    kept = page.evaluate(READ)
    assert 1 == kept["first_run"]["version"]
    told = [row["body"] for row in kept["waiting"] if row["kind"] == "acknowledgement"]
    assert {"document": "recording_notice", "version": 1, "at": kept["first_run"]["at"]} == told[-1]


def test_a_tile_is_two_keys_and_waits_on_the_device_without_a_network(popup: Callable[..., Page]) -> None:
    page = popup()
    page.keyboard.press("5")
    page.keyboard.press("Enter")
    kept = saved(page, "home")
    assert page.get_attribute("#seen-status", "waiting") is not None
    assert "home" == kept["whereabouts"]["status"]
    assert kept["whereabouts"]["id"] in {row["id"] for row in kept["waiting"]}
    assert "home" == [event["place"] for event in kept["events"] if event["kind"] == "place_declared"][-1]


def test_going_out_needs_a_destination_and_a_return_and_says_so_at_the_field(popup: Callable[..., Page]) -> None:
    page = popup()
    page.keyboard.press("4")
    page.click("#update")
    assert "行先を入れてください" == page.inner_text("#destination-error")
    assert "戻りの予定を選んでください" == page.inner_text("#return-error")
    assert "destination" == page.evaluate("document.activeElement.id")
    page.keyboard.type("県庁")
    page.click("#choices button:first-child")
    page.click("#update")
    declared = saved(page, "field")["whereabouts"]
    assert ("field", "県庁") == (declared["status"], declared["destination"])
    assert declared["back_at"] > declared["made_at"]
    page.reload()
    page.wait_for_selector("#main:not([hidden])")
    assert "県庁" in page.inner_text("#recent")


def test_a_note_goes_with_the_entry_and_is_there_again_on_the_same_day(popup: Callable[..., Page]) -> None:
    page = popup(city__timezone=demo_zone(datetime.now(UTC)))  # where the day has hours left
    page.keyboard.press("5")
    page.fill("#note", " チャット　可 ")
    page.press("#note", "Enter")
    kept = saved(page, "home")
    assert "チャット 可" == kept["whereabouts"]["note"]
    assert "チャット 可" in {row["body"].get("note") for row in kept["waiting"]}
    page.reload()
    page.wait_for_selector("#main:not([hidden])")
    assert "チャット 可" == page.input_value("#note")
    page.keyboard.press("8")
    assert page.is_disabled("#note")  # the reason of an absence is not asked for, and not kept
    page.keyboard.press("Enter")
    assert "note" not in saved(page, "leave")["whereabouts"]


def test_a_note_of_another_day_is_not_said_again(popup: Callable[..., Page]) -> None:
    page = popup(["meta", "whereabouts", {
        "id": "w", "status": "home", "note": "チャット可", "made_at": "2026-11-20T00:58:00.000Z",
    }])  # fmt: skip
    assert (True, "") == (page.is_checked("#tile-home"), page.input_value("#note"))


def test_a_return_that_lies_ahead_is_there_again_and_can_be_sent_as_it_is(popup: Callable[..., Page]) -> None:
    page = popup(city__timezone=demo_zone(datetime.now(UTC)))  # where the day has hours left
    page.keyboard.press("4")
    page.fill("#destination", "県庁")
    page.click("#choices button:first-child")
    page.press("#destination", "Enter")
    declared = saved(page, "field")["whereabouts"]
    page.reload()
    page.wait_for_selector("#main:not([hidden])")
    page.click("#update")
    page.wait_for_selector("#told:not(:empty)", state="attached")
    again = page.evaluate(READ)["whereabouts"]
    assert declared["id"] != again["id"]
    assert ("field", "県庁", declared["back_at"]) == (again["status"], again["destination"], again["back_at"])


@pytest.mark.parametrize(("text", "words"), [
    ("𠮷" * 40, None), ("字" * 41, "40文字までです（いま41文字）"), ("\ue000", "使えない文字（外字や絵文字の一部）が入っています"),
])  # fmt: skip
def test_a_note_that_the_server_would_refuse_is_said_at_the_field(
    popup: Callable[..., Page], text: str, words: str | None
) -> None:
    page = popup()
    page.keyboard.press("1")
    page.fill("#note", text)
    page.click("#update")
    if words is None:
        assert text == saved(page, "at_desk")["whereabouts"]["note"]
        return
    assert words == page.inner_text("#note-error")
    assert ("note", "true") == (page.evaluate("document.activeElement.id"), page.get_attribute("#note", "aria-invalid"))
    page.fill("#note", "チャット可")
    assert page.is_hidden("#note-error")
    page.keyboard.press("Enter")
    assert "チャット可" == saved(page, "at_desk")["whereabouts"]["note"]


def test_the_end_of_duty_is_one_press(popup: Callable[..., Page]) -> None:
    page = popup()
    page.click("#end-duty")
    assert "left" == saved(page, "left")["whereabouts"]["status"]


def test_a_meeting_begins_with_a_return_and_can_be_ended(popup: Callable[..., Page]) -> None:
    page = popup()
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    page.wait_for_selector("#meeting:not([hidden])")
    page.click("#meeting-end")
    page.wait_for_selector("#meeting", state="hidden")
    kinds = [event["kind"] for event in page.evaluate(READ)["events"]]
    assert ["meeting_began", "meeting_ended"] == [kind for kind in kinds if kind.startswith("meeting_")][-2:]


def test_digits_in_a_field_are_text(popup: Callable[..., Page]) -> None:
    page = popup()
    page.keyboard.press("4")
    page.keyboard.type("301会議室")
    assert "301会議室" == page.input_value("#destination")
    assert page.is_checked("#tile-field")


def test_times_are_the_citys_whatever_the_browsers_zone_is(popup: Callable[..., Page]) -> None:
    page = popup(["meta", "whereabouts", {
        "id": "w", "status": "branch", "destination": "東支所", "made_at": "2026-11-24T00:58:00.000Z",
        "back_at": "2126-11-24T06:00:00.000Z", "from": "2026-11-24T00:58:00.000Z",
    }])  # fmt: skip
    assert "9:58から" in page.inner_text("#seen-since")


def test_tab_goes_in_the_order_of_reading(popup: Callable[..., Page]) -> None:
    page = popup(["meta", "recent", ["県庁", "東支所"]])
    page.click("#tile-field")
    boxes, visited = [], []
    for _ in range(24):
        page.keyboard.press("Tab")
        box = page.evaluate("document.activeElement.getBoundingClientRect().toJSON()")
        boxes.append(box)
        visited.append(page.evaluate("document.activeElement.id"))
        if page.evaluate("document.activeElement.id") == "about":
            break
    assert "about" == visited[-1]
    assert "note" in visited
    for box, after in itertools.pairwise(boxes):
        same_line = (after["top"] + after["bottom"]) / 2 < box["bottom"]
        assert after["left"] >= box["left"] if same_line else after["top"] > box["top"], visited
        assert after["bottom"] > box["top"], visited


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_state_of_the_popup_shuts_anybody_out(popup: Callable[..., Page], language: str, scheme: str) -> None:
    card = popup(confirmed=False, scheme=scheme, ui__language=language)
    assert [] == faults(card)
    page = popup(["meta", "recent", ["県庁", "東支所"]], scheme=scheme, ui__language=language)
    assert language == page.get_attribute("html", "lang")
    assert [] == faults(page)
    page.keyboard.press("4")
    page.click("#update")
    assert [] == faults(page)
    page.keyboard.press("Escape")
    page.click("#tile-leave")
    page.click("#settings button")
    assert [] == faults(page)


FULL: list[list[Any]] = [
    ["meta", "recent", ["県庁", "東支所"]],
    ["meta", "whereabouts", {
        "id": "w", "status": "field", "destination": "県庁", "note": "字" * 40, "made_at": "2026-11-24T00:58:00.000Z",
        "back_at": "2126-11-24T06:00:00.000Z",
    }],
]  # fmt: skip
# An input whose hint does not fit scrolls when the hint is its value.
CUT = """() => [...document.querySelectorAll('input[placeholder]')].filter((input) => {
  const was = input.value;
  input.value = input.placeholder;
  const cut = input.scrollWidth > input.clientWidth;
  input.value = was;
  return cut;
}).map((input) => input.placeholder)"""


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_popup_fits_into_360_by_560(popup: Callable[..., Page], language: str) -> None:
    for confirmed, rows in ((True, []), (True, FULL), (False, [])):
        page = popup(*rows, confirmed=confirmed, ui__language=language)
        if confirmed:
            page.keyboard.press("4")
            assert [] == page.evaluate(CUT)
        width, height = page.evaluate("[document.documentElement.scrollWidth, document.body.scrollHeight]")
        assert width <= 360
        assert height <= 560


def test_every_tile_names_itself_to_a_screen_reader(popup: Callable[..., Page]) -> None:
    page = popup()
    names = [page.locator(f"label[for=tile-{code}]").inner_text().split("\n")[0] for code in TILES]
    assert ["在席", "庁内", "会議", "外出", "在宅", "支所", "直帰", "休暇"] == names


def test_the_popup_asks_nobody(popup: Callable[..., Page], chromebook: BrowserContext) -> None:
    asked: list[str] = []
    chromebook.on("request", lambda request: asked.append(request.url))
    page = popup()
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    saved(page, "at_desk")
    elsewhere = [url for url in asked if not url.startswith("chrome-extension://")]
    assert [] == elsewhere


def test_words_come_from_the_catalogue_of_the_persons_language(popup: Callable[..., Page]) -> None:
    catalogue = json.loads((EXTENSION / "_locales" / "en" / "messages.json").read_text("utf-8"))
    page = popup(ui__language="en")
    assert catalogue["popup_end_duty"]["message"] == page.inner_text("#end-duty")
