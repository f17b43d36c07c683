"""``dokodemo settings``, as somebody at the installation's command line uses it."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from dokodemo.cli import main
from dokodemo.store.engine import Database
from dokodemo.store.rows.installation import audit
from dokodemo.store.rows.settings import setting_entries
from tests.installation import build
from tests.settled import settle


class City:
    """An installation with one person, and its command line."""

    def __init__(self, tmp_path: Path) -> None:
        self.url = f"sqlite:///{tmp_path / 'dokodemo.db'}"
        self.environment = {"DOKODEMO_DATA_DIR": str(tmp_path), "DOKODEMO_DATABASE_URL": self.url}
        assert self.run("list", "--entries").exit_code == 0  # brings the tables
        installation = build(self.url, tmp_path)
        self.person_id = settle(installation)
        installation.services.database.close()

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, ["settings", *arguments], env=self.environment)

    @property
    def staff_number(self) -> str:
        return f"{self.person_id.int % 10_000_000:07d}"


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


def test_a_value_is_set_shown_with_who_decided_it_and_taken_back(city: City) -> None:
    for words in (("12", "--comment", "全庁"), ("20", "--layer", "unit", "--subject", "0101", "--lock"),
                  ("30", "--layer", "person", "--subject", city.staff_number)):
        done = city.run("set", "display.text_size", *words)
        assert (0, True) == (done.exit_code, "公開しました" in done.output), done.output
    (line,) = [each for each in city.run("show", city.staff_number).output.splitlines() if "display.text_size" in each]
    assert ["display.text_size", "20", "unit", "固定"] == line.split()[:4]
    assert "organisation 12 → unit 20" in line
    assert 3 == city.run("list", "--entries").output.count("display.text_size")
    assert city.staff_number in city.run("list", "--entries").output
    assert 0 == city.run("unset", "display.text_size", "--layer", "unit", "--subject", "0101").exit_code
    (line,) = [each for each in city.run("show", city.staff_number).output.splitlines() if "display.text_size" in each]
    assert ["display.text_size", "30", "person"] == line.split()[:3]


def test_dates_are_the_citys_and_a_last_day_is_whole(city: City) -> None:
    assert 0 == city.run("set", "notices.start_end", "false", "--from", "2026-12-29", "--until", "2027-01-03").exit_code
    assert 0 == city.run("set", "board.open", "true", "--from", "2026-12-29T08:30").exit_code
    database = Database(city.url)
    with database.read() as transaction:
        kept = transaction.execute(select(setting_entries).order_by(setting_entries.c.revision)).all()
        trail = transaction.execute(select(audit.c.tag, audit.c.via).order_by(audit.c.n)).all()
    database.close()
    assert [("2026-12-28T15:00:00+00:00", "2027-01-03T15:00:00+00:00"), ("2026-12-28T23:30:00+00:00", "None")] == [
        (row.valid_from.isoformat(), row.valid_until.isoformat() if row.valid_until else "None") for row in kept
    ]
    assert [("settings:published", "cli")] * 2 == [tuple(row) for row in trail]


@pytest.mark.parametrize("arguments", [
    ("set", "no.such", "1"), ("set", "display.text_size", "big"), ("set", "start.tabs", '["javascript:x"]'),
    ("set", "display.text_size", "20", "--layer", "unit", "--subject", "9999"),
    ("set", "display.text_size", "20", "--layer", "person", "--subject", "9999999"),
    ("set", "display.text_size", "20", "--layer", "device", "--subject", "none"),
    ("set", "display.text_size", "20", "--subject", "0101"), ("set", "board.open", "true", "--lock"),
    ("set", "display.text_size", "20", "--until", "soon"), ("unset", "display.text_size"), ("show", "9999999"),
])
def test_a_refusal_is_a_sentence_and_changes_nothing(city: City, arguments: tuple[str, ...]) -> None:
    done = city.run(*arguments)
    assert 1 == done.exit_code
    assert done.output.startswith("Error: ")
    assert "Traceback" not in done.output
    assert "display.text_size" not in city.run("list", "--entries").output


def test_the_catalogue_lists_every_key(city: City) -> None:
    from dokodemo.domain.setting_catalogue import CATALOGUE

    listed = city.run("list").output
    assert [key for key in CATALOGUE if key not in listed] == []
