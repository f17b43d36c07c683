"""Extension, pages and kiosk run the very same shared modules."""

from pathlib import Path

import pytest

from scripts.sync import MIRRORS, SOURCE, contents, sync


@pytest.mark.parametrize("mirror", MIRRORS, ids=lambda mirror: mirror.parent.name)
def test_a_mirror_equals_its_source(mirror: Path) -> None:
    source = contents(SOURCE)
    assert source
    if mirror.parent.is_dir():  # the part of the product exists
        assert source == contents(mirror), "run `make sync`"


def test_sync_writes_what_changed_and_removes_what_is_gone(tmp_path: Path) -> None:
    source, mirror = tmp_path / "source", tmp_path / "mirror"
    for folder, name, text in ((source, "a.js", "new"), (mirror, "a.js", "old"), (mirror, "gone.js", "x")):
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    assert contents(source) != contents(mirror)
    assert ["wrote a.js", "removed gone.js"] == sync(source, mirror)
    assert contents(source) == contents(mirror)
    assert [] == sync(source, mirror)
