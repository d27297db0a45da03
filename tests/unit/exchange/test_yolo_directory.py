"""A YOLO data set that is exported into one directory more than once, and read from any other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from PIL import Image

from iiif_store.export.archive import unpacked
from iiif_store.export.formats import FORMATS
from iiif_store.export.published import Options, Published
from iiif_store.export.yolo_earlier import NotContinued
from iiif_store.load import parse
from iiif_store.manifest import Manifest
from ml_backends.quiet import quiet_ultralytics
from ml_backends.training.formats.yolo import yolo
from ml_backends.types import Box, Finding
from tests.annotated import URL, made_up, manifest

PAGES = [[Finding("classifying", Box(100, 200, 300, 400), name)] for name in ("map", "portrait", "map")]


def book(*numbers: int) -> Published:
    """These pages of a made-up book."""
    whole = parse(manifest(len(PAGES)), url=URL)
    assert isinstance(whole, Manifest)
    made = made_up(whole, PAGES)
    return replace(made, walk=lambda: (page for page in made if page.number in numbers))


def export(found: Published, folder: Path, **told: object) -> list[str]:
    options = Options(folder=folder, **told)  # type: ignore[arg-type]
    return unpacked(FORMATS["yolo"].entries(found, options), folder)


def classes(folder: Path) -> dict[int, str]:
    """What the one label of each page says."""
    names = yaml.safe_load((folder / "data.yaml").read_text())["names"]
    return {int(path.name[:4]): names[int(path.read_text().split()[0])] for path in folder.glob("labels/train/*.txt")}


def test_classes_stay_those_of_the_labels_that_are_there(tmp_path: Path) -> None:
    export(book(1), tmp_path)
    export(book(2, 3), tmp_path)
    assert classes(tmp_path) == {1: "map", 2: "portrait", 3: "map"}


def test_an_export_that_was_stopped_is_continued(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        unpacked(FORMATS["yolo"].entries(book(1, 3), Options(folder=tmp_path)), tmp_path, _stopped)
    assert len(list(tmp_path.glob("labels/train/*.txt"))) == 1
    export(book(2), tmp_path)
    assert classes(tmp_path) == {1: "map", 2: "portrait"}


def _stopped(name: str) -> None:
    if name.startswith("labels/"):
        raise KeyboardInterrupt


def test_what_its_owner_wrote_into_it_is_kept(tmp_path: Path) -> None:
    described = {"path": ".", "train": "images/train", "val": "images/val", "names": ["seal"]}
    (tmp_path / "data.yaml").write_text(yaml.safe_dump(described))
    export(book(1), tmp_path)
    found = yaml.safe_load((tmp_path / "data.yaml").read_text())
    assert found == {"train": "images/train", "val": "images/val", "names": {0: "seal", 1: "map"}}


@pytest.mark.parametrize(
    "text",
    [
        "names: [map",
        "[]",
        "train: images/elsewhere\nnames: [map]",
        "train: images/train",
        "train: images/train\nnames: {1: map}",
        "train: images/train\nnames: [map, map]",
        "train: images/train\nnames: [[map]]",
        "\0",
    ],
)
def test_another_data_set_is_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / "data.yaml").write_text(text)
    with pytest.raises(NotContinued, match=r"data\.yaml .*Name an empty directory, or mend"):
        export(book(1), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["data.yaml"]
    assert (tmp_path / "data.yaml").read_text() == text


def test_labels_that_nothing_describes_are_left_alone(tmp_path: Path) -> None:
    export(book(1), tmp_path)
    (tmp_path / "data.yaml").unlink()
    with pytest.raises(NotContinued, match="missing"):
        export(book(2), tmp_path)


def test_ultralytics_and_we_find_it_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, elsewhere = tmp_path / "set", tmp_path / "elsewhere"
    export(book(1, 2), folder)
    for path in (folder / "labels" / "train").iterdir():
        image = folder / "images" / "train" / f"{path.stem}.jpg"
        image.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (100, 150)).save(image)
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    quiet_ultralytics(tmp_path / "ultralytics")
    from ultralytics.data.utils import check_det_dataset

    found = check_det_dataset(folder / "data.yaml", autodownload=False)
    assert (found["train"], found["names"]) == (str(folder / "images" / "train"), {0: "map", 1: "portrait"})
    assert {region.label for page in yolo(folder) for region in page.regions} == {"map", "portrait"}
