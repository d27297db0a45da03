"""What people mistype, and what the command line says to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from iiif_store.source import source_id
from server.cli import main
from server.services import build
from server.settings import Settings
from tests.publisher import Publisher


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, publisher: Publisher) -> CliRunner:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GLOSSATOR_ALLOW_HOSTS", publisher.host)
    return CliRunner()


def test_a_backend_that_is_mistyped_is_refused_before_anything_is_added(
    shell: CliRunner, publisher: Publisher, tmp_path: Path
) -> None:
    scans = tmp_path / "scans"
    scans.mkdir()
    Image.new("RGB", (40, 60)).save(scans / "1.png")
    stream = ["--follow", publisher.manifest(3)]
    for what in ([publisher.manifest(3)], [str(scans)], stream):
        done = shell.invoke(main, ["add", *what, "--backend", "ilustrations"])
        assert done.exit_code == 1, done.output
        assert "ilustrations" in done.output and "illustrations" in done.output.replace("ilustrations", "", 1)
    assert build(Settings()).store.get_source(source_id(publisher.manifest(3))) is None


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("GLOSSATOR_DEADLINE", "abc", "GLOSSATOR_DEADLINE, or deadline in glossator.toml, is 'abc': "),
        ("GLOSSATOR_THREADS", "1", "GLOSSATOR_THREADS, or threads in glossator.toml, is '1': "),
    ],
)
def test_a_setting_that_cannot_be_meant_is_named(
    shell: CliRunner, monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    done = shell.invoke(main, ["backends"])
    assert done.exit_code == 1 and done.output.startswith(f"Error: {says}"), done.output


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("deadlin = 3", "glossator.toml says 'deadlin', and there is no setting of that name."),
        ("deadline = ", "glossator.toml is no TOML: "),
    ],
)
def test_a_file_of_settings_with_a_mistake_is_named(shell: CliRunner, tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "glossator.toml").write_text(text)
    done = shell.invoke(main, ["backends"])
    assert done.exit_code == 1 and done.output.startswith(f"Error: {says}"), done.output


def test_a_base_url_without_a_scheme_is_refused(shell: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLOSSATOR_BASE_URL", "iiif.example.org/glossator")
    done = shell.invoke(main, ["check"])
    assert done.exit_code == 1 and "GLOSSATOR_BASE_URL" in done.output and "begin with http://" in done.output


def test_check_tells_a_setting_that_there_is_not(shell: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLOSSATOR_DEADLINES", "3")
    monkeypatch.setenv("GLOSSATOR_SERVE_PORT", "8001")  # an option of a command, as click reads it
    done = shell.invoke(main, ["check"])
    assert "GLOSSATOR_DEADLINES is set, and there is no such setting; GLOSSATOR_DEADLINE is one." in done.output
    assert "SERVE_PORT" not in done.output


def test_a_folder_that_is_not_there_and_a_file_that_is_no_scan_are_named(shell: CliRunner, tmp_path: Path) -> None:
    done = shell.invoke(main, ["add", "postcards"])
    assert done.exit_code == 1 and "no file or folder postcards on this machine" in done.output
    (tmp_path / "book.json").write_text("{}")
    done = shell.invoke(main, ["add", "book.json"])
    assert done.exit_code == 1 and "'glossator run'" in done.output


def test_weights_under_the_name_of_a_shipped_backend_are_not_what_it_means(shell: CliRunner) -> None:
    weights = Path(__file__).parents[1] / "data" / "networks" / "shapes-detect.pt"
    line = ["backends", "add", str(weights), "--name", "illustrations", "--version", "shapes"]
    done = shell.invoke(main, line)
    assert done.exit_code == 0, done.output
    assert "--backend illustrations@shapes; illustrations alone is " in " ".join(done.output.split())
