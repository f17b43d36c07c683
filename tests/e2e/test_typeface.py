"""The typeface comes from the installation alone, in the slices that a page needs."""

from pathlib import Path

import pytest
from playwright.sync_api import Playwright, Response

from tests.web.city import morning
from tests.web.serving import serve

DRAWN = """async () => {
  const faces = await document.fonts.load("700 16px 'Noto Sans JP Variable'", '前田髙橋𠮷﨑 Dokodemo 10:42');
  return [faces.length, faces.every((face) => face.status === 'loaded')];
}"""
WITHOUT_THE_MACHINES_OWN = "document.documentElement.style.setProperty('--dk-font', \"'Noto Sans JP Variable'\")"


@pytest.mark.parametrize("path", ["/board/020300", "/"])
def test_a_page_draws_with_the_slices_that_it_needs_from_its_own_server(
    browsers: Playwright, tmp_path: Path, path: str
) -> None:
    with serve(f"sqlite:///{tmp_path / 'city.sqlite3'}", tmp_path) as served:
        morning(served.city)
        chromium = browsers.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        try:
            context = chromium.new_context(viewport={"width": 1366, "height": 768})
            if path != "/":
                context.add_cookies([{"name": "dk", "value": served.city.cookie("前田 聡"), "url": served.origin}])
            page = context.new_page()
            answers: list[Response] = []
            page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - a bound builtin takes no mark
            page.goto(served.origin + path)
            page.wait_for_load_state("load")
            page.evaluate(WITHOUT_THE_MACHINES_OWN)
            page.evaluate("() => document.fonts.ready.then(() => true)")
            count, loaded = page.evaluate(DRAWN)
            assert (True, True) == (count >= 3, loaded)
            slices = [answer for answer in answers if answer.url.endswith(".woff2")]
            assert 3 <= len({answer.url for answer in slices}) < 60
            assert {served.origin} == {answer.url.split("/static/")[0] for answer in slices}
            assert {"public, max-age=31536000, immutable"} == {answer.headers["cache-control"] for answer in slices}
        finally:
            chromium.close()
