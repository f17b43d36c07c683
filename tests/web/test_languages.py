"""The two catalogues of the pages, and the sprite."""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from dokodemo.domain.audit import Tag
from dokodemo.domain.events import EventKind, Place
from dokodemo.domain.presence import Qualifier
from dokodemo.domain.readings import Known
from dokodemo.domain.roles import Role
from dokodemo.web.languages import LANGUAGES, catalogue
from dokodemo.web.pages.errors import KINDS

ROOT = Path(__file__).parents[2]
WEB = ROOT / "server" / "dokodemo" / "web"
FORBIDDEN = ("監視", "サボ", "surveillance", "slack")


def holes(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_both_languages_say_the_same_things() -> None:
    ja, en = (catalogue(language) for language in LANGUAGES)
    assert list(ja) == list(en)
    assert {key: holes(text) for key, text in ja.items()} == {key: holes(text) for key, text in en.items()}
    assert [] == [key for key in ja if not ja[key].strip() or not en[key].strip()]


def test_words_that_are_never_used_are_not_used() -> None:
    for language in LANGUAGES:
        assert [] == [key for key, text in catalogue(language).items() if any(word in text for word in FORBIDDEN)]


def test_every_text_that_templates_and_scripts_name_exists() -> None:
    named: set[str] = set()
    for path in WEB.rglob("*.html"):
        named |= set(re.findall(r"\bt\('([\w.]+)'[,)]", path.read_text(encoding="utf-8")))
    for path in (WEB / "static" / "js").glob("*.js"):
        named |= set(re.findall(r"\btext\('([\w.]+)'[,)]", path.read_text(encoding="utf-8")))
    assert len(named) > 150
    assert set() == named - set(catalogue("ja"))


@pytest.mark.parametrize(
    ("prefix", "members"),
    [
        ("tag", Tag), ("event", EventKind), ("place", Place), ("cell", Qualifier), ("known", Known), ("role", Role),
    ],
)  # fmt: skip
def test_every_member_of_a_list_has_its_words(prefix: str, members: Iterable[str]) -> None:
    assert set() == {f"{prefix}.{member}" for member in members} - set(catalogue("ja"))


def test_every_refusal_has_a_page_that_says_what_why_and_what_next() -> None:
    wanted = {f"error.{kind}.{part}" for kind in (*KINDS.values(), "refused") for part in ("title", "what", "next")}
    assert set() == wanted - set(catalogue("en"))


def test_the_sprite_of_first_paints_has_the_shapes_that_scripts_draw() -> None:
    done = subprocess.run(["node", "scripts/sprite.mjs", "--check"], cwd=ROOT, check=False, capture_output=True)
    assert 0 == done.returncode, done.stderr.decode()


def test_scripts_of_pages_never_make_markup_of_text() -> None:
    for path in (WEB / "static" / "js").rglob("*.js"):
        source = path.read_text(encoding="utf-8")
        for sink in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
            assert sink not in source, f"{path.name}: {sink}"
