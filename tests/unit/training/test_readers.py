"""Every format that users bring gives the same pages."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
import yaml
from PIL import Image
from PIL.Image import Image as Picture

from ml_backends.training import readers
from ml_backends.training.pages import Page, Region, UnreadableData
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


def in_coco(folder: Path, *marks: tuple[int, str], file: str = "instances.json") -> Path:
    """Describes the two images, number 1 and number 2; each mark is one of these numbers and a label."""
    names = sorted({label for _, label in marks})
    document = {
        "images": [{"id": n, "file_name": f, "width": 200, "height": 100} for n, f in ((1, "a.jpg"), (2, "b.jpg"))],
        "categories": [{"id": n, "name": name} for n, name in enumerate(names)],
        "annotations": [
            {"image_id": n, "category_id": names.index(label), "bbox": [20, 30, 60, 40]} for n, label in marks
        ],
    }  # fmt: skip
    (folder / file).write_text(json.dumps(document))
    return folder


def test_coco(folder: Path) -> None:
    pages = readers.read(in_coco(folder, (1, "Illustration")))
    assert regions(pages) == {"a.jpg": (Region("illustration", BOX),), "b.jpg": ()}


@pytest.mark.parametrize(
    ("marks", "kept", "told"),
    [
        ([(1, "illustration"), (2, "Figure")], {"a.jpg": ("illustration",)}, "figure (1), and with them 1 of 2 pages"),
        ([(1, "illustration"), (2, "ornament"), (2, "figure")], {"a.jpg": ("illustration",)}, "figure (1)"),
        ([(1, "illustration"), (1, "text"), (1, "text")], {"a.jpg": ("illustration",), "b.jpg": ()}, "text (2)"),
    ],
)
def test_a_page_with_a_strange_label_and_no_picture_does_not_tell_that_there_is_none(
    folder: Path,
    marks: list[tuple[int, str]],
    kept: dict[str, tuple[str, ...]],
    told: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    pages = readers.read(in_coco(folder, *marks))
    assert {name: tuple(r.label for r in some) for name, some in regions(pages).items()} == kept
    assert told in caplog.text and str(folder) in caplog.text


def test_pages_whose_labels_are_all_known_are_nothing_to_talk_about(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        readers.read(in_coco(folder, (1, "Device")))
    assert not caplog.records


def test_a_set_of_strange_labels_only_is_refused(folder: Path) -> None:
    with pytest.raises(UnreadableData, match=r"none of its labels is known.*figure \(2\), table \(1\)"):
        readers.read(in_coco(folder, (1, "figure"), (1, "figure"), (2, "table")))


def test_a_list_of_images_without_annotations_tells_nothing(folder: Path) -> None:
    images = [{"id": 1, "file_name": "a.jpg", "width": 200, "height": 100}]
    (folder / "image_info.json").write_text(json.dumps({"images": images, "categories": []}))
    with pytest.raises(UnreadableData, match="describes no page"):
        readers.read(folder)


@pytest.mark.parametrize(
    ("name", "split"),
    [("instances_val2017", "val"), ("dev", "val"), ("my-test", "test"), ("medieval_train", "train"), ("all", "train")],
)
def test_a_coco_file_is_a_split_by_a_word_of_its_name(folder: Path, name: str, split: str) -> None:
    in_coco(folder, (1, "illustration"), file=f"{name}.json")
    assert {page.split for page in readers.read(folder, divided=False)} == {split}


def in_yolo(folder: Path, labels: str, root: str = ".", train: str = "train", val: str = "val") -> Path:
    """Moves the images below `root`/images, `labels` for the first."""
    made = folder / root
    for part, name in ((train, "a.jpg"), (val, "b.jpg")):
        (made / "images" / part).mkdir(parents=True)
        (made / "labels" / part).mkdir(parents=True)
        (folder / name).rename(made / "images" / part / name)
    (made / "labels" / train / "a.txt").write_text(labels)
    described = {train: f"images/{train}", val: f"images/{val}", "names": {0: "illustration"}}
    (made / "data.yaml").write_text(yaml.safe_dump(described))
    return made


@pytest.mark.parametrize(
    "row",
    ["0 0.25 0.5 0.3 0.4", "0 0.25 0.5 0.3 0.4 0.99", "0 0.1 0.3 0.4 0.3 0.4 0.7 0.2 0.5", "0 0.1 0.7 0.4 0.3 0.4 0.5"],
    ids=["box", "box with a score", "polygon of four", "polygon of three"],
)
def test_yolo(folder: Path, row: str) -> None:
    pages = readers.read(in_yolo(folder, f"{row}\n\n"))
    box = regions(pages)["a.jpg"][0].box
    assert (box.x, box.y, box.width, box.height) == pytest.approx((20, 30, 60, 40))
    assert {page.path.name: page.split for page in pages} == {"a.jpg": "train", "b.jpg": "val"}


@pytest.mark.parametrize("root", ["images/set", "images-of-mine/set", "my.images"])
def test_yolo_labels_are_found_below_folders_that_are_called_like_its_own(folder: Path, root: str) -> None:
    assert regions(readers.read(in_yolo(folder, "0 0.25 0.5 0.3 0.4\n", root)))["a.jpg"] != ()


def test_yolo_images_without_a_folder_of_labels_are_refused(folder: Path) -> None:
    made = in_yolo(folder, "0 0.25 0.5 0.3 0.4\n")
    (made / "labels" / "val").rename(made / "labels" / "elsewhere")
    with pytest.raises(UnreadableData, match=r"b\.jpg: there is no folder .*labels.val"):
        readers.read(made)


@pytest.mark.parametrize("row", ["0 0.5 0.5", "7 0.5 0.5 0.1 0.1", "0 left top 1 1"])
def test_yolo_labels_that_cannot_be_read_are_named(folder: Path, row: str) -> None:
    with pytest.raises(UnreadableData, match=r"labels/train/a\.txt, line 2: "):
        readers.read(in_yolo(folder, f"0 0.25 0.5 0.3 0.4\n{row}\n"))


@pytest.mark.parametrize("name", ["val", "valid", "validation", "dev"])
def test_other_names_of_the_validation_split(folder: Path, name: str) -> None:
    row = {"image": "a.jpg", "width": 200, "height": 100, "regions": [], "split": name}
    (folder / "regions.jsonl").write_text(json.dumps(row) + "\n")
    assert [page.split for page in readers.read(folder)] == ["val"]
    (folder / "regions.jsonl").unlink()
    pages = readers.read(in_yolo(folder, "", val=name))
    assert {page.path.name: page.split for page in pages} == {"a.jpg": "train", "b.jpg": "val"}


def test_a_split_that_nobody_knows_is_refused(folder: Path) -> None:
    row = {"image": "a.jpg", "width": 200, "height": 100, "regions": [], "split": "fold-3"}
    (folder / "regions.jsonl").write_text(json.dumps(row) + "\n")
    with pytest.raises(UnreadableData, match=r"line 1: .*split 'fold-3'"):
        readers.read(folder)


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
    (folder / "images").mkdir(exist_ok=True)
    (folder / "a.jpg").rename(folder / "images" / "a.jpg")
    assert regions(readers.read(folder)) == {"a.jpg": (Region("illustration", BOX),)}


@pytest.mark.parametrize(
    ("body", "target"),
    [
        ({"value": "illustration"}, "a.jpg"),
        ({"value": "illustration"}, {"source": "a.jpg", "selector": {"value": "<text>50</text>"}}),
        ({"value": "See the plate on page 9."}, "a.jpg#xywh=20,30,60,40"),
        (None, "a.jpg#xywh=20,30,60,40"),
    ],
    ids=["no region", "a region that is not understood", "a comment", "no body"],
)
def test_an_annotation_that_marks_no_region_with_a_label_is_no_page_without_pictures(
    folder: Path, body: object, target: object
) -> None:
    marked = {"type": "Annotation", "body": {"value": "illustration"}, "target": "b.jpg#xywh=20,30,60,40"}
    other = {"type": "Annotation", "body": body, "target": target}
    (folder / "page.json").write_text(json.dumps([marked, other]))
    assert regions(readers.read(folder)) == {"b.jpg": (Region("illustration", BOX),)}


MARKS = [Region("illustration", Box(1, 2, 3, 4))]


def canvases(*numbers: int, book: str = "book") -> list[tuple[str, Picture, list[Region]]]:
    """Marked canvases, each with a grey of its own."""
    return [(f"https://example.org/{book}/{n}", Image.new("L", (50, 40), n), MARKS) for n in numbers]


def test_pictures_in_memory_are_kept(tmp_path: Path) -> None:
    pages = readers.pictures(canvases(10, 20, 30), tmp_path, group="https://example.org/book")
    assert [page.regions for page in pages] == [tuple(MARKS)] * 3
    assert {(page.group, page.book, page.width, page.height) for page in pages} == {
        ("https://example.org/book", "https://example.org/book", 50, 40)
    }
    shown = [Image.open(page.path).getpixel((9, 9)) for page in pages]
    assert shown == [pytest.approx((n, n, n), abs=3) for n in (10, 20, 30)]


def test_a_page_that_is_marked_later_moves_no_other_to_another_split(tmp_path: Path) -> None:
    few, more = (
        readers.with_splits(readers.pictures(canvases(*numbers), tmp_path, group="book"))
        for numbers in (range(20, 80), range(80))
    )
    before, after = ({page.path: page.split for page in pages} for pages in (few, more))
    assert before.items() <= after.items()
    assert set(before.values()) == {"train", "val", "test"}


def test_books_differ_in_which_of_their_pages_are_put_aside(tmp_path: Path) -> None:
    books = [readers.pictures(canvases(*range(10), book=name), tmp_path / name, group=name) for name in "abcd"]
    pages = readers.with_splits([page for book in books for page in book])
    numbers = [[n for n, page in enumerate(pages[i : i + 10]) if page.split == "val"] for i in range(0, 40, 10)]
    assert len({tuple(some) for some in numbers}) > 1


@pytest.mark.parametrize("number", [2, 3, 9])
def test_of_few_pages_one_is_to_validate_on_and_one_to_train_on(tmp_path: Path, number: int) -> None:
    for start in range(40):
        pages = [Page(tmp_path / f"{n}.jpg", 1, 1, ()) for n in range(start, start + number)]
        assert {page.split for page in readers.with_splits(pages)} >= {"train", "val"}


def test_whole_books_are_put_aside(tmp_path: Path) -> None:
    pages = [Page(tmp_path / f"{n}.jpg", 1, 1, (), book=f"book {n % 20}") for n in range(100)]
    splits: dict[str, set[str]] = {}
    for page in readers.with_splits(pages):
        splits.setdefault(page.book, set()).add(page.split)
    assert all(len(parts) == 1 for parts in splits.values())


def test_a_folder_without_annotations_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableData, match=r"no regions\.jsonl"):
        readers.read(tmp_path)


def in_rows(folder: Path, *rows: dict[str, object]) -> Path:
    """Describes one new image for each row."""
    about = {"width": 200, "height": 100, "regions": []}
    told = []
    for number, row in enumerate(rows):
        Image.new("RGB", (200, 100)).save(folder / f"{number}.png")
        told.append(json.dumps(about | {"image": f"{number}.png"} | row))
    (folder / "regions.jsonl").write_text("\n".join(told))
    return folder


def test_of_a_set_without_pages_to_validate_on_some_are_put_aside_and_test_pages_stay(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"split": "test" if number % 2 else "train"} for number in range(60)]
    pages, again = (readers.read(in_rows(tmp_path, *rows)) for _ in range(2))
    assert {page.split for page in pages} == {"train", "val", "test"}
    assert {int(page.path.stem) % 2 for page in pages if page.split == "test"} == {1}
    assert sum(page.split == "test" for page in pages) == 30
    assert pages == again


@pytest.mark.parametrize("parts", [{"train", "val"}, {"train", "val", "test"}, {"test"}, {"val"}])
def test_other_parts_stay_as_the_data_declare_them(tmp_path: Path, parts: set[str]) -> None:
    wanted = sorted(parts) * 10
    pages = readers.read(in_rows(tmp_path, *({"split": split} for split in wanted)))
    assert [page.split for page in pages] == wanted


def test_a_set_without_parts_is_divided_only_where_that_is_wanted(tmp_path: Path) -> None:
    in_rows(tmp_path, *({} for _ in range(60)))
    assert {page.split for page in readers.read(tmp_path)} == {"train", "val", "test"}
    assert {page.split for page in readers.read(tmp_path, divided=False)} == {"train"}
    assert len(readers.read(tmp_path, divided=False)) == 60


def test_a_mark_that_stands_there_twice_is_one(folder: Path) -> None:
    pages = readers.read(in_coco(folder, (1, "illustration"), (1, "Device"), (1, "illustration"), (1, "stamp")))
    assert regions(pages)["a.jpg"] == (Region("illustration", BOX), Region("stamp", BOX))


def test_pictures_in_memory_are_kept_as_a_person_sees_them(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (50, 40), (0, 0, 0, 0))
    deep = Image.new("I;16", (50, 40), 0x8080)
    pages = readers.pictures([("clear", clear, MARKS), ("deep", deep, MARKS)], tmp_path)
    seen = [Image.open(page.path).getpixel((9, 9)) for page in pages]
    assert seen == [pytest.approx((n, n, n), abs=3) for n in (255, 128)]
