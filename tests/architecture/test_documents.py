"""What people are told is complete: settings, configuration, codes and commands stand in the documents."""

import re
from pathlib import Path

import pytest

from dokodemo.config import NAMES, PREFIX
from dokodemo.domain.errors import ErrorCode
from dokodemo.domain.setting_catalogue import CATALOGUE
from scripts.documents import DOCUMENTS
from tests.architecture.sources import ROOT

TOLD = {
    "docs/settings.md": set(CATALOGUE),
    "docs/operations.md": {PREFIX + name for name in NAMES},
    "docs/protocol.md": {str(code) for code in ErrorCode},
}


def missing(document: str, words: set[str]) -> list[str]:
    """Those that the document does not have in code marks."""
    return sorted(words - set(re.findall(r"`([^`\n]+)`", document)))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_that_is_a_table_of_the_code_is_up_to_date(path: Path) -> None:
    assert path.read_text("utf-8") == DOCUMENTS[path](), "run `make sync`"


@pytest.mark.parametrize("name", TOLD)
def test_a_document_tells_all(name: str) -> None:
    assert [] == missing((ROOT / name).read_text("utf-8"), TOLD[name])


def test_the_readmes_commands_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for name in ("README.md", "README.ja.md", "CONTRIBUTING.md"):
        named = set(re.findall(r"\bmake ([a-z-]+)\b", (ROOT / name).read_text("utf-8")))
        assert named, name
        assert set() == named - targets, name


def test_a_word_that_is_not_told_is_found() -> None:
    assert ["hours.end"] == missing("`hours.start` begins the day; hours.end ends it", {"hours.start", "hours.end"})
