"""Names, lengths, addresses and words: what holds for every file, whoever wrote it."""

import statistics
from pathlib import PurePath

import pytest

from tests.architecture.files import (
    LONGEST,
    NEVER_SAID,
    SILENT_CATCH,
    addresses,
    code,
    drawer,
    found,
)
from tests.architecture.sources import ROOT, lines, of_kind, written

SOURCE = (".py", ".js", ".css", ".html", ".sh")
PRODUCT = ("server", "extension", "kiosk_app")


def text_of(path: PurePath) -> str:
    """Empty for what is no text (pictures, fonts)."""
    try:
        return (ROOT / path).read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return ""


def test_no_file_is_longer_than_its_noun() -> None:
    files = list(of_kind(*SOURCE))
    assert [] == [f"{path}: {lines(path)}" for path in files if lines(path) > LONGEST]


@pytest.mark.parametrize("parts", [("server",), ("extension",), ()], ids=["server", "extension", "everything"])
def test_half_of_the_modules_are_short(parts: tuple[str, ...]) -> None:
    lengths = [lines(path) for path in of_kind(".py", ".js", under=parts)]
    assert lengths
    assert statistics.median(lengths) < 100


def test_no_file_is_a_drawer() -> None:
    assert [] == [str(path) for path in of_kind(*SOURCE) if drawer(path)]


def test_no_file_holds_a_registrys_address_or_a_place_of_one_machine() -> None:
    assert [] == [f"{path}: {address}" for path in written() for address in addresses(text_of(path))]


def test_nobody_is_shown_a_word_of_surveillance() -> None:
    shown = of_kind(".py", ".js", ".json", ".html", ".md", under=(*PRODUCT, "docs", "README.md", "README.ja.md"))
    assert shown
    assert [] == [each for path in shown for each in found(NEVER_SAID, path, text_of(path))]


def test_no_error_is_swallowed_in_javascript() -> None:
    modules = of_kind(".js")
    assert modules
    assert [] == [each for path in modules for each in found(SILENT_CATCH, path, code(text_of(path)))]


@pytest.mark.parametrize("name", ["server/dokodemo/web/utils.py", "extension/common/events.js", "tests/Base.py"])
def test_a_drawer_is_found(name: str) -> None:
    assert drawer(PurePath(name))


@pytest.mark.parametrize(
    ("template", "filling"),  # in pieces: this file must not hold what the rule looks for
    [
        ("see https://{}pi.org/simple for it", "py"), ("https://registry.{}js.org/x/-/x.tgz", "npm"),
        ("http://deb.{}an.org/debian", "debi"), ('"{}": "x"', "resolved"), ("cd /{}/project", "root"),
        ("open('/{}/yuki/x')", "home"),
    ],
)
def test_an_address_is_found(template: str, filling: str) -> None:
    assert addresses(template.format(filling))


@pytest.mark.parametrize("text", ["/homework/all", "docs/home/page", "https://example.jp/work/plan", "route /root"])
def test_a_path_of_a_page_is_no_place_of_a_machine(text: str) -> None:
    assert [] == addresses(text)


def test_a_swallowed_error_is_found() -> None:
    sample = "try { a() } catch (error) {\n  // nothing\n}"
    assert ["x.js:1: catch (error) {\n  \n}"] == found(SILENT_CATCH, PurePath("x.js"), code(sample))
