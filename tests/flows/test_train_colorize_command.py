"""`glossator train colorize` and `glossator evaluate colorize` as they are typed, from a folder and from IIIF."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from ml_backends.types import Drawn
from ml_backends.weights import Offline
from server.cli import main
from server.photographs import photographs
from server.settings import Settings
from server.wiring import registry_of
from tests.landscapes import landscape
from tests.publisher import Publisher

QUICK = ["--epochs", "1", "--size", "64", "--imgsz", "64", "--batch", "4", "--threads", "1"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Nine landscapes and a grey one; by their hashes some are kept apart."""
    made = tmp_path / "photographs"
    made.mkdir()
    for number in range(9):
        landscape(number).save(made / f"p{number}.png")
    landscape(9).convert("L").save(made / "p9.png")
    return made


@pytest.fixture
def coloured(folder: Path) -> Iterator[Publisher]:
    with Publisher(folder) as publisher:
        yield publisher


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GLOSSATOR_DATA", str(tmp_path / "data"))
    return CliRunner()


def test_a_version_is_trained_registered_promoted_and_measured(shell: CliRunner, folder: Path, tmp_path: Path) -> None:
    done = shell.invoke(main, ["train", "colorize", "--from", str(folder), "--version", "7", *QUICK])
    assert done.exit_code == 0, done.output
    assert "10 pictures" in done.output and "1 grey and skipped" in done.output
    card = json.loads((tmp_path / "data" / "models" / "colorize" / "7" / "card.json").read_text())
    assert card["training"]["base"] is not None  # the weights in use, not random ones
    assert (tmp_path / "runs" / "colorize-7" / "trained" / "before-after.png").is_file()
    assert shell.invoke(main, ["backends", "promote", "colorize", "7"]).exit_code == 0
    backend = registry_of(Settings()).create("colorize")
    backend.load("cpu", Offline())
    assert backend.info.version == "7"
    (found,) = backend.predict([landscape(30).convert("L")])[0]
    assert found.picture is not None and not isinstance(found.picture, Drawn)
    measured = shell.invoke(main, ["evaluate", "colorize", "--data", str(folder), "--split", "all", "--out", "out"])
    assert measured.exit_code == 0, measured.output
    assert "CIEDE2000" in measured.output and "best constant tint" in measured.output
    told = json.loads((tmp_path / "out" / "report.json").read_text())
    assert told["all"]["grey"]["pictures"] == 9 and (tmp_path / "out" / "before-after.png").is_file()


def test_a_version_that_exists_is_refused_before_training(shell: CliRunner, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "data" / "models" / "colorize" / "7").mkdir(parents=True)
    done = shell.invoke(main, ["train", "colorize", "--from", str(folder), "--version", "7", *QUICK])
    assert done.exit_code == 1 and "registered already" in done.output
    assert not (tmp_path / "runs").exists()


def test_a_collection_is_trained_on(shell: CliRunner, coloured: Publisher, tmp_path: Path) -> None:
    where = coloured.url("/iiif/3/collection?books=book,book-2")
    command = ["train", "colorize", "--from", where, "--version", "8", "--from-scratch", "--allow-host", coloured.host]
    done = shell.invoke(main, [*command, *QUICK])
    assert done.exit_code == 0, done.output
    assert "12 pictures" in done.output and "1 grey and skipped" in done.output
    card = json.loads((tmp_path / "data" / "models" / "colorize" / "8" / "card.json").read_text())
    assert card["training"]["base"] is None
    assert all(row["from"].startswith(coloured.base) for row in card["training"]["data"])


def test_two_folders_with_files_of_the_same_name_are_trained_on(shell: CliRunner, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for number in range(3):
        landscape(20 + number).save(other / f"p{number}.png")
    places = ["--from", str(folder), "--from", str(other)]
    done = shell.invoke(main, ["train", "colorize", *places, "--version", "9", "--from-scratch", *QUICK])
    assert done.exit_code == 0, done.output
    assert "13 pictures" in done.output
    card = (tmp_path / "data" / "models" / "colorize" / "9" / "card.json").read_text()
    assert str(tmp_path) not in card


def test_every_canvas_of_a_collection_is_offered_once(coloured: Publisher, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data", allow_hosts=(coloured.host,))
    coloured.documents["/circle"] = collection(coloured, "/circle", coloured.manifest(3), coloured.url("/missing"))
    offered = list(photographs(coloured.url("/circle"), settings))
    assert len(offered) == 3 and len({one.name for one in offered}) == 3
    assert coloured.count("/image/") == 0  # nothing is fetched before it is opened
    picture = offered[0].open()
    assert np.abs(np.asarray(picture, np.int16) - np.asarray(landscape(0), np.int16)).mean() < 8


def test_what_its_publisher_keeps_from_machines_is_left_out(coloured: Publisher, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data", allow_hosts=(coloured.host,))
    refused = {"label": {"en": ["Rights"]}, "value": {"en": ["These images may not be used for machine learning."]}}
    coloured.documents["/refused"] = collection(coloured, "/refused", coloured.manifest(2)) | {
        "requiredStatement": refused
    }
    done = CliRunner().invoke(
        main,
        ["train", "colorize", "--from", coloured.url("/refused"), "--version", "mine-1", "--from-scratch"],
        env={"GLOSSATOR_DATA": str(settings.data), "GLOSSATOR_ALLOW_HOSTS": coloured.host},
    )
    assert done.exit_code == 1 and "no picture that may be trained on" in done.output


def test_pictures_that_cannot_be_had_are_told(shell: CliRunner, coloured: Publisher) -> None:
    where = coloured.manifest(3, images="missing")
    command = ["train", "colorize", "--from", where, "--version", "mine-1", "--allow-host", coloured.host]
    done = shell.invoke(main, [*command, *QUICK])
    assert done.exit_code == 1
    assert "not enough photographs in colour" in done.output and "3 could not be had" in done.output


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--base", "weights.pt", "--from-scratch"], "exclude each other"),
        (["--base", "weights.pt"], "holds no weights of a colouriser"),
    ],
)
def test_weights_to_start_from_are_checked(
    shell: CliRunner, folder: Path, tmp_path: Path, options: list[str], reason: str
) -> None:
    (tmp_path / "weights.pt").write_bytes(b"nothing")
    done = shell.invoke(main, ["train", "colorize", "--from", str(folder), "--version", "mine-1", *QUICK, *options])
    assert done.exit_code != 0 and reason in done.output


def test_a_folder_without_pictures(shell: CliRunner, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = shell.invoke(main, ["train", "colorize", "--from", str(tmp_path / "empty"), "--version", "mine-1", *QUICK])
    assert done.exit_code == 1 and "no images to train on" in done.output
    measured = shell.invoke(main, ["evaluate", "colorize", "--data", str(tmp_path / "empty")])
    assert measured.exit_code == 1 and "no images" in measured.output


def test_a_folder_that_is_not_there_is_named(shell: CliRunner, tmp_path: Path) -> None:
    done = shell.invoke(main, ["train", "colorize", "--from", "photos", "--version", "mine-1", *QUICK])
    assert done.exit_code == 1 and "no folder or file photos" in done.output


def collection(publisher: Publisher, path: str, *members: str) -> dict[str, object]:
    """With itself among its members."""
    kinds = {publisher.url(path): "Collection"} | dict.fromkeys(members, "Manifest")
    items = [{"id": uri, "type": kind, "label": {"en": ["A member"]}} for uri, kind in kinds.items()]
    context = "http://iiif.io/api/presentation/3/context.json"
    return {
        "@context": context,
        "id": publisher.url(path),
        "type": "Collection",
        "label": {"en": ["All"]},
        "items": items,
    }


def test_the_contact_sheet_shows_three_pictures_for_each(shell: CliRunner, folder: Path, tmp_path: Path) -> None:
    shell.invoke(main, ["evaluate", "colorize", "--data", str(folder), "--split", "all", "--out", "out"])
    with Image.open(tmp_path / "out" / "before-after.png") as sheet:
        assert sheet.width > 3 * 3 * 200 and sheet.height > 3 * 200
