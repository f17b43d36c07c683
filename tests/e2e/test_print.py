"""A board on paper: one 課 on one page, heads on every page, no row torn."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Playwright

from tests.web.city import morning
from tests.web.serving import Served, serve

# Chromium puts a text in the page where Blink would paint it: what each row is on paper is asked of the layout itself.
MORE = """count => {
  const body = document.querySelector('#board tbody:last-of-type');
  const last = body.querySelector('tr[data-person]:last-child');
  for (let n = 0; n < count; n += 1) body.append(last.cloneNode(true));
}"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("print")
    with serve(f"sqlite:///{folder / 'city.sqlite3'}", folder) as running:
        morning(running.city)
        yield running


@pytest.fixture(scope="module")
def opened(served: Served, browsers: Playwright) -> Iterator[Any]:
    chromium = browsers.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])

    def open_(unit: str, who: str, language: str) -> Any:
        context = chromium.new_context(viewport={"width": 1366, "height": 768})
        context.add_cookies([
            {"name": "dk-language", "value": language, "url": served.origin},
            {"name": "dk", "value": served.city.cookie(who), "url": served.origin},
        ])  # fmt: skip
        page = context.new_page()
        page.goto(f"{served.origin}/board/{unit}")
        page.wait_for_selector("dk-asof[connection=live]")
        return page

    yield open_
    chromium.close()


def pages(page: Any) -> int:
    """How many sheets of paper it takes."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True)))


@pytest.mark.parametrize("language", ["ja", "en"])
def test_thirty_people_of_a_section_stand_on_one_sheet_and_each_section_begins_one(opened: Any, language: str) -> None:
    assert 1 == pages(opened("020300", "前田 聡", language))
    assert 3 == pages(opened("020000", "大野 隆", language))  # the 部's own people, then its two 課


def test_a_longer_section_goes_on_with_its_heads_and_tears_no_row(opened: Any) -> None:
    page = opened("020300", "前田 聡", "en")
    page.evaluate(MORE, 30)
    assert 2 == pages(page)
    page.emulate_media(media="print")
    style = """([part, name]) => getComputedStyle(document.querySelector(`#board ${part}`))[name]"""
    assert "table-header-group" == page.evaluate(style, ["thead", "display"])
    assert "table-footer-group" == page.evaluate(style, ["tfoot", "display"])
    assert "avoid" == page.evaluate(style, ["tr[data-person]", "breakInside"])
    assert "table-row" == page.evaluate(style, ["tr[data-person]", "display"])
    assert "あかぎ市" in page.locator("#board tfoot").inner_text()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_row_of_the_sheet_is_one_line_with_its_tags(opened: Any, language: str) -> None:
    page = opened("020300", "前田 聡", language)
    page.set_viewport_size({"width": 1047, "height": 718})  # A4 landscape within its margins, in CSS pixels
    page.emulate_media(media="print")
    heights = page.evaluate("[...document.querySelectorAll('#board tr[data-person]')].map(tr => tr.getBoundingClientRect().height)")
    assert 30 < len(heights)
    assert max(heights) < 22  # 9 pt, 1.2 of it, the tag's border
