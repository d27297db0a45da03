"""Every format that users bring gives the same pages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from PIL import Image

from ml_backends.training import readers
from ml_backends.training.pages import Page, Region
from ml_backends.types import Box

BOX = Box(20, 30, 60, 40)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.jpg", "b.jpg"):
        Image.new("RGB", (200, 100), "white").save(tmp_path / name)
    return tmp_path


def regions(pages: list[Page]) -> dict[str, tuple[Region, ...]]:
    return {page.path.name: page.regions for page in pages}


def test_regions_jsonl_with_a_device_and_a_label_that_is_not_ours(folder: Path) -> None:
    marks = [{"class": "device", "xywh": [20, 30, 60, 40]}, {"class": "footnote", "xywh": [0, 0, 9, 9]}]
    row = {"image": "a.jpg", "width": 200, "height": 100, "regions": marks, "set": "s", "licence": "CC0"}
    (folder / "regions.jsonl").write_text(json.dumps(row) + "\n")
    page = readers.read(folder)[0]
    assert page.regions == (Region("illustration", BOX),)
    assert (page.group, page.licence) == ("s", "CC0")


def test_coco(folder: Path) -> None:
    document = {
        "images": [{"id": n, "file_name": f, "width": 200, "height": 100} for n, f in ((1, "a.jpg"), (2, "b.jpg"))],
        "categories": [{"id": 7, "name": "Illustration"}],
        "annotations": [{"image_id": 1, "category_id": 7, "bbox": [20, 30, 60, 40]}],
    }  # fmt: skip
    (folder / "instances.json").write_text(json.dumps(document))
    assert regions(readers.read(folder)) == {"a.jpg": (Region("illustration", BOX),), "b.jpg": ()}


def test_yolo(folder: Path) -> None:
    for part, name in (("train", "a.jpg"), ("val", "b.jpg")):
        (folder / "images" / part).mkdir(parents=True)
        (folder / "labels" / part).mkdir(parents=True)
        (folder / name).rename(folder / "images" / part / name)
    (folder / "labels" / "train" / "a.txt").write_text("0 0.25 0.5 0.3 0.4\n")
    described = {"train": "images/train", "val": "images/val", "names": {0: "illustration"}}
    (folder / "data.yaml").write_text(yaml.safe_dump(described))
    pages = readers.read(folder)
    box = regions(pages)["a.jpg"][0].box
    assert (box.x, box.y, box.width, box.height) == pytest.approx((20, 30, 60, 40))
    assert {page.path.name: page.split for page in pages} == {"a.jpg": "train", "b.jpg": "val"}


@pytest.mark.parametrize(
    "target",
    [
        "https://example.org/iiif/a.jpg#xywh=20,30,60,40",
        {"source": "a.jpg", "selector": {"type": "FragmentSelector", "value": "xywh=percent:10,30,30,40"}},
        {"source": {"id": "a.jpg"}, "selector": [{"value": "<path d='M20,30L80,30L80,70L20,70Z'/>"}]},
    ],
)  # fmt: skip
def test_web_annotations(folder: Path, target: object) -> None:
    body = {"type": "TextualBody", "purpose": "tagging", "value": "illustration"}
    annotation = {"type": "Annotation", "body": body, "target": target}
    page = {"type": "AnnotationPage", "items": [annotation]}
    (folder / "page.json").write_text(json.dumps(page))
    assert regions(readers.read(folder)) == {"a.jpg": (Region("illustration", BOX),)}


def test_pictures_in_memory_are_kept_and_split(tmp_path: Path) -> None:
    items = [(Image.new("RGB", (50, 40)), [Region("illustration", Box(1, 2, 3, 4))])] * 60
    pages = readers.pictures(items, tmp_path, group="curated")
    assert {page.split for page in pages} == {"train", "val", "test"}
    assert all(page.path.is_file() and (page.width, page.height) == (50, 40) for page in pages)
    assert readers.pictures(items, tmp_path, group="curated") == pages


def test_whole_books_are_put_aside(tmp_path: Path) -> None:
    pages = [Page(tmp_path / f"{n}.jpg", 1, 1, (), book=f"book {n % 20}") for n in range(100)]
    splits: dict[str, set[str]] = {}
    for page in readers.with_splits(pages):
        splits.setdefault(page.book, set()).add(page.split)
    assert all(len(parts) == 1 for parts in splits.values())


def test_what_cannot_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(readers.UnreadableData, match=r"no regions\.jsonl"):
        readers.read(tmp_path)
    (tmp_path / "regions.jsonl").write_text('{"image": "a.jpg"}\n')
    with pytest.raises(readers.UnreadableData, match=r"regions\.jsonl, line 1: KeyError"):
        readers.read(tmp_path)
