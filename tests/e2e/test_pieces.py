"""Status marks, as-of and day ribbon in a real Chromium: what they draw, what they say, in light, dark and forced colours."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Playwright, Route

from tests.services.programs import program

EXTENSION = Path(__file__).parents[2] / "extension"
TYPES = {".js": "text/javascript", ".css": "text/css"}

FRAME = """<!doctype html><html lang="ja"><head><meta charset="utf-8"><title>pieces</title>
<link rel="stylesheet" href="/shared/tokens.css"><link rel="stylesheet" href="/shared/tokens-app.css">
<link rel="stylesheet" href="/shared/pieces.css">
<style>body { background: var(--dk-page); color: var(--dk-text); font-family: sans-serif }</style>
<script type="module">import '/shared/status_mark.js'; import '/shared/as_of.js'; import '/shared/ribbon.js';
document.documentElement.dataset.ready = 'yes';</script></head><body><main><h1>pieces</h1><div id="stage"></div></main></body></html>"""

DAY: dict[str, Any] = {
    "day": "2026-11-24T03:00:00Z", "zone": 540, "now": None, "regular": {"from": "08:30", "to": "17:15"},
    "lunch": {"from": "12:00", "to": "13:00"},
    "sessions": [
        {
            "start": {"at": "2026-11-23T23:24:00Z", "known": "reported"},
            "end": {"at": "2026-11-24T04:00:00Z", "known": "google"},
            "segments": [
                {"from": "2026-11-23T23:24:00Z", "to": "2026-11-24T02:00:00Z", "place": "desk"},
                {"from": "2026-11-24T02:00:00Z", "to": None, "place": "branch"},
            ],
        },
        {
            "start": {"at": "2026-11-24T05:00:00Z", "known": "recovered"},
            "end": {"at": "2026-11-24T08:40:00Z", "known": "silent"},
            "segments": [{"from": "2026-11-24T05:00:00Z", "to": "2026-11-24T08:40:00Z", "place": "home"}],
        },
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def browser(browsers: Playwright) -> Iterator[Browser]:
    launched = browsers.chromium.launch(executable_path=program("chromium"), args=["--no-sandbox"])
    yield launched
    launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of the pieces alone, served from the source; an error in it fails the test."""
    opened = browser.new_page(viewport={"width": 1000, "height": 700}, timezone_id="America/New_York")
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))

    def serve(route: Route) -> None:
        path = route.request.url.split("pieces.example", 1)[1]
        file = EXTENSION / path.lstrip("/")
        if path == "/":
            route.fulfill(body=FRAME, content_type="text/html")
        elif file.suffix in TYPES:
            route.fulfill(body=file.read_text("utf-8"), content_type=TYPES[file.suffix])
        else:
            route.fulfill(status=404)

    opened.route("http://pieces.example/**", serve)
    opened.goto("http://pieces.example/")
    opened.wait_for_selector("html[data-ready]")
    yield opened
    opened.close()
    assert [] == errors


def show(page: Page, markup: str, day: object = None) -> None:
    page.evaluate(
        "([markup, day]) => { const stage = document.getElementById('stage'); stage.innerHTML = markup;"
        " for (const ribbon of stage.querySelectorAll('dk-ribbon')) ribbon.day = day; }",
        [markup, day],
    )


def faults(page: Page) -> list[str]:
    return [fault["id"] for fault in Axe().run(page).response["violations"]]


EVERY_STATUS = """async () => {
  const { ROWS } = await import('/shared/status.js');
  const stage = document.getElementById('stage');
  stage.replaceChildren(...ROWS.flatMap(({ code }) => ['short', 'full', 'none'].map((word) => {
    const mark = document.createElement('dk-status');
    mark.setAttribute('status', code);
    mark.setAttribute('word', word);
    return mark;
  })));
  return [...stage.querySelectorAll('dk-status')].map((mark) => [mark.querySelector('svg').dataset.shape, mark.textContent]);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_status_has_its_shape_and_its_word_on_every_ground(page: Page, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    drawn = page.evaluate(EVERY_STATUS)
    assert 22 == len({shape for shape, _ in drawn})
    assert ["filled_circle", "在席"] == drawn[0]
    assert [] == [words for _, words in drawn if words == ""]
    assert [] == faults(page)


def test_the_ribbon_says_in_words_what_it_draws(page: Page) -> None:
    show(page, "<dk-ribbon></dk-ribbon>", DAY)
    cells = page.locator("dk-ribbon tbody tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent))"
    )
    assert [
        ["8:24", "11:00", "自席", "報告"],
        ["11:00", "13:00", "支所・出先", "Googleの記録"],
        ["14:00", "17:40", "在宅", "復元・自動終了"],
    ] == cells
    label = page.get_attribute("dk-ribbon svg", "aria-label") or ""
    assert "2026年11月24日（火）" in label
    assert "8:24–11:00 自席（報告）" in label


def test_the_ribbon_speaks_english_where_the_page_does(page: Page) -> None:
    show(page, '<div lang="en"><dk-ribbon></dk-ribbon></div>', DAY)
    assert "08:24–11:00 Desk (Reported)" in (page.get_attribute("dk-ribbon svg", "aria-label") or "")
    assert "Show as a table" == page.inner_text("dk-ribbon summary")


def test_places_differ_without_colour(page: Page) -> None:
    places = ["desk", "office", "branch", "home", "satellite", "field", "unknown"]
    segments = [
        {"from": f"2026-11-24T0{hour}:00:00Z", "to": f"2026-11-24T0{hour + 1}:00:00Z", "place": place}
        for hour, place in enumerate(places)
    ]
    session = {
        "start": {"at": "2026-11-24T00:00:00Z", "known": "reported"},
        "end": {"at": "2026-11-24T07:00:00Z", "known": "corrected"}, "segments": segments,
    }  # fmt: skip
    show(page, "<dk-ribbon></dk-ribbon>", DAY | {"sessions": [session]})
    fills = page.locator("dk-ribbon .dk-place[x]").evaluate_all("(bars) => bars.map((bar) => bar.getAttribute('fill'))")
    patterns = page.evaluate(
        "(fills) => fills.map((fill) => fill.startsWith('url') ? document.getElementById(fill.slice(5, -1)).lastChild.outerHTML : fill)",
        fills,
    )
    assert len(places) == len(set(patterns))


def test_each_kind_of_edge_is_drawn_in_its_own_way(page: Page) -> None:
    show(page, "<dk-ribbon></dk-ribbon>", DAY)
    assert 1 == page.locator("dk-ribbon .dk-ribbon-g").count()
    assert 1 == page.locator("dk-ribbon .dk-edge-zigzag").count()
    assert 1 == page.locator("dk-ribbon .dk-edge-hatch").count()


def test_the_ribbon_follows_its_width_and_keeps_its_table_open(page: Page) -> None:
    show(page, '<div id="room"><dk-ribbon></dk-ribbon></div>', DAY)
    page.click("dk-ribbon summary")
    page.evaluate("document.getElementById('room').style.width = '330px'")
    page.wait_for_function("document.querySelector('dk-ribbon svg').clientWidth <= 330")
    assert page.evaluate("document.querySelector('dk-ribbon details').open")
    assert [] == faults(page)


def test_a_day_without_a_record_says_so(page: Page) -> None:
    show(page, "<dk-ribbon></dk-ribbon>", DAY | {"sessions": []})
    assert "まだ記録がありません。端末にログインすると始まります" == page.inner_text("dk-ribbon")


def test_markup_in_a_day_stays_text(page: Page) -> None:
    odd = [{**DAY["sessions"][0], "segments": [{**DAY["sessions"][0]["segments"][0], "place": "<img src=x onerror=boom()>"}]}]
    show(page, "<dk-ribbon></dk-ribbon>", DAY | {"sessions": odd})
    assert 0 == page.locator("dk-ribbon img").count()
    assert "不明" in page.inner_text("dk-ribbon tbody", timeout=5000) or "不明" in (page.text_content("dk-ribbon tbody") or "")


def test_stale_data_says_so_in_words(page: Page) -> None:
    at = 'at="2026-11-24T01:42:07Z" zone="540"'
    show(page, f'<dk-asof {at} connection="live"></dk-asof> <dk-asof {at} connection="offline"></dk-asof>')
    said = page.locator("dk-asof").all_inner_texts()
    assert ["接続中10:42:07 時点", "切断10:42:07 時点のデータ"] == ["".join(text.split("\n")) for text in said]
    assert [] == faults(page)


def test_a_waiting_declaration_says_so_to_a_screen_reader(page: Page) -> None:
    show(page, '<dk-status status="field" waiting></dk-status>')
    assert "外出（送信待ち）" == page.text_content("dk-status")


def test_forced_colours_keep_shapes_and_edges(page: Page) -> None:
    page.emulate_media(forced_colors="active")
    show(page, '<dk-status status="field"></dk-status><dk-ribbon></dk-ribbon>', DAY)
    strokes = page.evaluate("getComputedStyle(document.querySelector('dk-status .dk-shape')).color")
    assert strokes == page.evaluate("getComputedStyle(document.body).color")
