"""YOLO data sets as they are published: where their images and labels are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

from ml_backends.training import readers
from ml_backends.training.pages import Page, UnreadableData
from ml_backends.types import Box

ROW = "0 0.25 0.5 0.3 0.4\n"


def image_in(folder: Path, name: str, labels: str | None = ROW) -> Path:
    """An image below `folder`/images and its labels below `folder`/labels."""
    path = folder / "images" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (200, 100), "white").save(path)
    file = folder / "labels" / Path(name).with_suffix(".txt")
    file.parent.mkdir(parents=True, exist_ok=True)
    if labels is not None:
        file.write_text(labels)
    return path


def described(folder: Path, **about: Any) -> Path:
    """Writes data.yaml; None leaves something out."""
    told = {"names": ["illustration"]} | about
    (folder / "data.yaml").write_text(yaml.safe_dump({key: value for key, value in told.items() if value is not None}))
    return folder


def splits(pages: list[Page]) -> dict[str, str]:
    return {page.path.name: page.split for page in pages}


def assert_marked(pages: list[Page]) -> None:
    """On every page stands what ROW says."""
    for page in pages:
        (region,) = page.regions
        box: Box = region.box
        assert (region.label, round(box.x), round(box.y)) == ("illustration", 20, 30)
        assert (round(box.width), round(box.height)) == (60, 40)


@pytest.fixture
def simple(tmp_path: Path) -> Path:
    """Two images, images/train/a.jpg and images/val/b.jpg."""
    image_in(tmp_path, "train/a.jpg")
    image_in(tmp_path, "val/b.jpg")
    return tmp_path


@pytest.mark.parametrize("where", [".", "..", "images"])
def test_the_folder_may_be_relative(simple: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    described(simple, train="images/train", val="images/val")
    monkeypatch.chdir({".": simple, "..": simple / "images", "images": simple.parent}[where])
    pages = readers.read(Path(simple.name if where == "images" else where))
    assert splits(pages) == {"a.jpg": "train", "b.jpg": "val"}
    assert_marked(pages)


def test_a_set_without_a_single_label_file_is_refused(tmp_path: Path) -> None:
    image_in(tmp_path, "train/a.jpg", None)
    described(tmp_path, train="images/train")
    with pytest.raises(UnreadableData, match=r"none of the 1 images has a file of labels; .*labels/train/a\.txt"):
        readers.read(tmp_path)


def test_an_image_without_labels_beside_one_that_has_some_shows_nothing(simple: Path) -> None:
    image_in(simple, "train/c.jpg", None)
    pages = readers.read(described(simple, train="images/train", val="images/val"))
    assert {page.path.name: len(page.regions) for page in pages} == {"a.jpg": 1, "b.jpg": 1, "c.jpg": 0}


def test_as_roboflow_writes_it(tmp_path: Path) -> None:
    for part in ("train", "valid", "test"):
        image_in(tmp_path / part, f"{part}.jpg")
    described(tmp_path, train="../train/images", val="../valid/images", test="../test/images", nc=1)
    pages = readers.read(tmp_path)
    assert splits(pages) == {"train.jpg": "train", "valid.jpg": "val", "test.jpg": "test"}
    assert_marked(pages)


def test_a_folder_above_the_description_counts_where_there_is_one(simple: Path) -> None:
    inner = simple / "config"
    inner.mkdir()
    pages = readers.read(described(inner, train="../images/train", val="../images/val"))
    assert splits(pages) == {"a.jpg": "train", "b.jpg": "val"}
    assert_marked(pages)


@pytest.mark.parametrize("absolute", [True, False])
def test_a_path_is_where_the_images_are(tmp_path: Path, absolute: bool) -> None:
    image_in(tmp_path / "elsewhere", "train/a.jpg")
    image_in(tmp_path / "elsewhere", "val/b.jpg")
    (tmp_path / "set").mkdir()
    path = str(tmp_path / "elsewhere") if absolute else "../elsewhere"
    pages = readers.read(described(tmp_path / "set", path=path, train="images/train", val=["images/val"]))
    assert splits(pages) == {"a.jpg": "train", "b.jpg": "val"}
    assert_marked(pages)


def test_of_a_path_of_another_machine_the_folder_takes_the_place(simple: Path) -> None:
    pages = readers.read(described(simple, path="/content/datasets/set", train="images/train", val="images/val"))
    assert splits(pages) == {"a.jpg": "train", "b.jpg": "val"}


def test_files_may_list_the_images(simple: Path) -> None:
    (simple / "lists").mkdir()
    (simple / "lists" / "train.txt").write_text("./../images/train/a.jpg\n\n")
    (simple / "val.txt").write_text(f"images/val/b.jpg\n{image_in(simple, 'more/c.jpg')}\n")
    pages = readers.read(described(simple, path=".", train="lists/train.txt", val="val.txt"))
    assert splits(pages) == {"a.jpg": "train", "b.jpg": "val", "c.jpg": "val"}
    assert_marked(pages)


def test_a_listed_image_that_is_not_there_is_named(simple: Path) -> None:
    (simple / "train.txt").write_text("./images/train/a.jpg\n./images/train/z.jpg\n")
    with pytest.raises(UnreadableData, match=r"train\.txt, line 2: the image, '\./images/train/z\.jpg', is not"):
        readers.read(described(simple, train="train.txt", val="images/val"))


@pytest.mark.parametrize("entry", ["images/test", "../images/test", "test.txt"])
def test_a_split_that_is_nowhere_is_named(simple: Path, entry: str) -> None:
    described(simple, train="images/train", val="images/val", test=entry)
    with pytest.raises(UnreadableData, match=rf"data\.yaml: its 'test', '{entry}', is not there; .*{simple}/"):
        readers.read(simple)


def test_a_split_without_images_is_named(simple: Path) -> None:
    (simple / "images" / "test").mkdir()
    described(simple, train="images/train", val="images/val", test="images/test")
    with pytest.raises(UnreadableData, match=r"its 'test', 'images/test', is .*, which holds no image"):
        readers.read(simple)


@pytest.mark.parametrize(
    "names", [["illustration"], {0: "illustration"}, {"0": "illustration"}, ["illustration", 1890]]
)
def test_names_are_a_list_or_numbered(simple: Path, names: object) -> None:
    assert_marked(readers.read(described(simple, names=names, train="images/train", val="images/val")))


def test_numbers_may_be_names(simple: Path) -> None:
    with pytest.raises(UnreadableData, match=r"none of its labels is known here: 1890 \(2\)"):
        readers.read(described(simple, names=[1890], train="images/train", val="images/val"))


@pytest.mark.parametrize("names", [None, [], "illustration", 1])
def test_a_set_that_names_no_classes_is_refused(simple: Path, names: object) -> None:
    with pytest.raises(UnreadableData, match=r"data\.yaml: it has no 'names'"):
        readers.read(described(simple, names=names, nc=1, train="images/train", val="images/val"))


def test_a_class_that_has_no_name_is_refused(simple: Path) -> None:
    image_in(simple, "val/b.jpg", f"{ROW}3 0.5 0.5 0.1 0.1\n")
    described(simple, train="images/train", val="images/val")
    with pytest.raises(UnreadableData, match=r"labels/val/b\.txt, line 2: its class 3 is none of the 'names' 0"):
        readers.read(simple)


def test_train_and_test_give_pages_to_validate_on(tmp_path: Path) -> None:
    for number in range(8):
        image_in(tmp_path, f"{'test' if number < 4 else 'train'}/{number}.jpg")
    pages = readers.read(described(tmp_path, train="images/train", test="images/test"))
    assert {page.split for page in pages} == {"train", "val", "test"}
    assert {page.path.stem for page in pages if page.split == "test"} == set("0123")


@pytest.mark.parametrize(
    ("content", "says"),
    [("names: [", "it is no YAML"), ("- a\n- b\n", "it does not tell"), ("", "it does not tell")],
)
def test_a_description_that_is_none_is_named(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "data.yaml").write_text(content)
    with pytest.raises(UnreadableData, match=rf"data\.yaml: {says}"):
        readers.read(tmp_path)


def test_an_image_that_is_none_is_named(simple: Path) -> None:
    (simple / "images" / "val" / "b.jpg").write_bytes(b"no picture")
    (simple / "images" / "val" / "._b.jpg").write_bytes(b"hidden, and nobody's business")
    described(simple, train="images/train", val="images/val")
    with pytest.raises(UnreadableData, match=r"val/b\.jpg cannot be read as a picture"):
        readers.read(simple)


def test_an_image_to_train_on_is_not_one_to_measure_on_too(tmp_path: Path) -> None:
    for name in ("train/a.jpg", "train/b.jpg"):
        image_in(tmp_path, name)
    described(tmp_path, train="images/train", val="images/train")
    assert splits(readers.read(tmp_path, divided=False)) == {"a.jpg": "train", "b.jpg": "train"}
    assert sorted(splits(readers.read(tmp_path)).values()) == ["train", "val"]
