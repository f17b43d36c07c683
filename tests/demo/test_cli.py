from pathlib import Path

from click.testing import CliRunner

from dokodemo.demo.cli import simulate


def test_the_citys_files_are_written_for_the_importers(tmp_path: Path) -> None:
    result = CliRunner().invoke(simulate, ["--files", str(tmp_path / "city")])
    assert result.exit_code == 0, result.output
    names = {path.name: len(path.read_bytes().splitlines()) for path in (tmp_path / "city").iterdir()}
    assert names == {"units.csv": 326, "roster.csv": 2_601, "networks.csv": 39, "devices.csv": 2_681}


def test_without_the_issuers_key_a_sentence_says_what_is_missing(tmp_path: Path) -> None:
    result = CliRunner().invoke(simulate, ["--issuer-key", str(tmp_path / "none.pem")])
    assert result.exit_code == 1
    assert "none.pem is not there" in result.output
    assert not (tmp_path / "none.pem").exists()


def test_more_devices_than_the_city_has_are_refused() -> None:
    assert CliRunner().invoke(simulate, ["--devices", "2681"]).exit_code == 2
