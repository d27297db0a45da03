"""Data that cannot be used: what is told of it names the file and the row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ml_backends.training import readers
from ml_backends.training.pages import Region, UnreadableData
from ml_backends.types import Box


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Image.new("RGB", (200, 100), "white").save(tmp_path / "a.jpg")
    return tmp_path


GOOD = {"image": "a.jpg", "width": 200, "height": 100, "regions": [{"class": "stamp", "xywh": [1, 2, 3, 4]}]}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "it is no JSON"),
        ("[1, 2]", r"it is no object, but \[1, 2\]"),
        (json.dumps(GOOD | {"image": "z.jpg"}), r"its image .*z\.jpg is not there"),
        (json.dumps(GOOD | {"image": None}), "its 'image' is no text, but None"),
        (json.dumps(GOOD | {"width": "wide"}), "its 'width' is no number of pixels, but 'wide'"),
        (json.dumps({"image": "a.jpg", "width": 1, "height": 1}), "it has no 'regions'"),
        (json.dumps(GOOD | {"regions": {}}), "its 'regions' is no list"),
        (json.dumps(GOOD | {"regions": ["x"]}), "it is no object, but 'x'"),
        (json.dumps(GOOD | {"regions": [{"class": "stamp"}]}), "it has no 'xywh'"),
        (json.dumps(GOOD | {"regions": [{"class": 1, "xywh": [1, 2, 3, 4]}]}), "its 'class' is no text"),
        (
            json.dumps(GOOD | {"regions": [{"class": "stamp", "xywh": ["1", 2, 3, 4]}]}),
            "its 'xywh' is not four numbers",
        ),
        (json.dumps(GOOD | {"regions": [{"class": "stamp", "xywh": [1, 2, 3]}]}), "its 'xywh' is not four numbers"),
        (json.dumps(GOOD | {"split": 5}), "the split '5' is none of"),
    ],
)
def test_a_row_of_regions_jsonl(folder: Path, line: str, says: str) -> None:
    (folder / "regions.jsonl").write_text(f"{json.dumps(GOOD)}\n\n{line}\n")
    with pytest.raises(UnreadableData, match=rf"regions\.jsonl, line 3: {says}.*Correct it or take it out"):
        readers.read(folder)


def test_a_row_may_hold_the_rarer_separators_of_lines(folder: Path) -> None:
    row = json.dumps(GOOD | {"source": "one\u2028two\x85three"}, ensure_ascii=False)
    (folder / "regions.jsonl").write_text(row, "utf-8")
    assert readers.read(folder)[0].source == "one\u2028two\x85three"


def test_a_file_that_is_no_text(folder: Path) -> None:
    (folder / "regions.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnreadableData, match=r"regions\.jsonl cannot be read as UTF-8"):
        readers.read(folder)


COCO: dict[str, list[Any]] = {
    "images": [{"id": 1, "file_name": "a.jpg", "width": 200, "height": 100}],
    "categories": [{"id": 7, "name": "illustration"}],
    "annotations": [{"id": 5, "image_id": 1, "category_id": 7, "bbox": [20, 30, 60, 40]}],
}


def in_coco(folder: Path, key: str, **changes: Any) -> Path:
    """The file with another row of that kind behind the good one; None leaves a member out."""
    row = {name: value for name, value in {**COCO[key][0], "id": 2, **changes}.items() if value is not None}
    (folder / "train.json").write_text(json.dumps(COCO | {key: [*COCO[key], row]}))
    return folder


@pytest.mark.parametrize(
    ("key", "changes", "says"),
    [
        ("annotations", {"bbox": None}, "it has neither a 'bbox' nor a 'segmentation' of polygons"),
        ("annotations", {"bbox": []}, "it has neither"),
        ("annotations", {"bbox": [], "segmentation": []}, "it has neither"),
        ("annotations", {"bbox": None, "segmentation": {"counts": "x"}, "iscrowd": 1}, "it has neither"),
        ("annotations", {"bbox": [1, 2, 3]}, "its 'bbox' is not four numbers"),
        ("annotations", {"bbox": [1, 2, 3, "x"]}, "its 'bbox' is not four numbers"),
        ("annotations", {"bbox": "1,2,3,4"}, "its 'bbox' is not four numbers"),
        ("annotations", {"category_id": 8}, "its category 8 is none of 7"),
        ("annotations", {"category_id": None}, "it has no 'category_id'"),
        ("annotations", {"image_id": None}, "it has no 'image_id'"),
        ("annotations", {"image_id": [1]}, "its 'image_id' is neither number nor text"),
        ("images", {"file_name": None}, "it has no 'file_name'"),
        ("images", {"file_name": "z.jpg"}, r"its image z\.jpg is in none of"),
        ("images", {"width": None}, "it has no 'width'"),
        ("images", {"height": 0}, "its 'height' is no number of pixels"),
    ],
)
def test_a_row_of_coco(folder: Path, key: str, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(UnreadableData, match=rf"train\.json, {key}\[1\]: {says}"):
        readers.read(in_coco(folder, key, **changes))


def test_categories_of_coco_that_have_no_name(folder: Path) -> None:
    with pytest.raises(UnreadableData, match=r"train\.json: it has no 'name'"):
        readers.read(in_coco(folder, "categories", name=None))


@pytest.mark.parametrize("key", ["images", "categories", "annotations"])
def test_rows_of_coco_that_are_none(folder: Path, key: str) -> None:
    (folder / "train.json").write_text(json.dumps(COCO | {key: 5}))
    with pytest.raises(UnreadableData, match=rf"train\.json: its '{key}' is no list, but 5"):
        readers.read(folder)
    (folder / "train.json").write_text(json.dumps(COCO | {key: ["x"]}))
    with pytest.raises(UnreadableData, match=rf"train\.json, {key}\[0\]: it is no object, but 'x'"):
        readers.read(folder)


@pytest.mark.parametrize("box", [None, []])
def test_of_a_mark_of_coco_without_a_box_the_outline_counts(folder: Path, box: list[int] | None) -> None:
    outlines = [[20, 30, 50, 30, 50, 70], [60, 40, 80, 40, 80, 60, 60, 60]]
    page = readers.read(in_coco(folder, "annotations", bbox=box, segmentation=outlines, category_id=7))[0]
    assert page.regions == (Region("illustration", Box(20, 30, 60, 40)),)


def annotation(**changes: Any) -> dict[str, Any]:
    target = {"source": "a.jpg", "selector": {"type": "FragmentSelector", "value": "xywh=20,30,60,40"}}
    return {"type": "Annotation", "body": {"value": "illustration"}, "target": target, **changes}


@pytest.mark.parametrize(
    ("target", "says"),
    [
        (None, "it has no 'target'"),
        ([], "it has no 'target'"),
        ([5], "it has no 'target'"),
        ({"source": ["a.jpg"]}, "the source of its target is no URI"),
        ({"source": "a.jpg", "selector": "xywh=1,2,3,4"}, "the selector of its target is no object"),
        ({"source": "a.jpg", "selector": [["x"]]}, "the selector of its target is no object"),
    ],
)
def test_an_annotation(folder: Path, target: Any, says: str) -> None:
    page = {"type": "AnnotationPage", "items": [annotation(), annotation(target=target)]}
    (folder / "page.json").write_text(json.dumps([page]))
    with pytest.raises(UnreadableData, match=rf"page\.json, \$\[0\]\.items\[1\]: {says}"):
        readers.read(folder)


def test_a_page_that_only_names_its_annotations(folder: Path) -> None:
    items = [annotation(), "https://example.org/annotation/2"]
    (folder / "page.json").write_text(json.dumps({"type": "AnnotationPage", "items": items}))
    with pytest.raises(UnreadableData, match=r"page\.json, \$\.items\[1\]: it is no object"):
        readers.read(folder)


@pytest.mark.parametrize("content", ["{", "", "[" * 100_000])
def test_a_file_that_is_no_json(folder: Path, content: str) -> None:
    (folder / "page.json").write_text(json.dumps(annotation()))
    (folder / "torn.json").write_text(content)
    with pytest.raises(UnreadableData, match=r"torn\.json: it is no JSON"):
        readers.read(folder)


def test_json_that_is_something_else_and_hidden_files_are_nothing_to_talk_about(folder: Path) -> None:
    (folder / "page.json").write_text(json.dumps(annotation()), "utf-8-sig")
    (folder / "other.json").write_text('["a", 5, {"items": 5}, {"type": "Dataset"}]')
    (folder / "._page.json").write_bytes(b"\x00\x05\x16\x07")
    assert [page.regions for page in readers.read(folder)] == [(Region("illustration", Box(20, 30, 60, 40)),)]


def test_an_annotated_image_that_is_none(folder: Path) -> None:
    (folder / "a.jpg").write_bytes(b"no picture")
    (folder / "page.json").write_text(json.dumps(annotation()))
    with pytest.raises(UnreadableData, match=r"a\.jpg cannot be read as a picture"):
        readers.read(folder)


def test_a_tag_and_a_concept_of_one_name_are_one_mark(folder: Path) -> None:
    bodies = [{"value": "illustration"}, {"type": "SpecificResource", "source": "e.org/1", "label": "Illustration"}]
    (folder / "page.json").write_text(json.dumps(annotation(body=bodies)))
    assert readers.read(folder)[0].regions == (Region("illustration", Box(20, 30, 60, 40)),)
