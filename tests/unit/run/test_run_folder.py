"""The files that a run leaves, and what becomes of those of an earlier run."""

from __future__ import annotations

import csv
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from iiif_store.errors import StoreUnavailable
from ml_backends.types import Box, Finding
from server.run.files import COLUMNS, Folder, Row, rows_of
from tests.unit.documents.readings import BOX, C, manifest, view

HERE = "https://glossator.invalid"
CANVAS = manifest().canvases[0]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "crops").mkdir()
    return Folder(tmp_path, HERE)


def row(name: str, label: str = "map") -> Row:
    return Row(CANVAS, Finding("classifying", Box(1, 2, 3, 4), label, score=0.5), Box(1, 2, 3, 4), f"crops/{name}.jpg")


def cut(folder: Folder, *rows: Row) -> None:
    for one in rows:
        Image.new("RGB", (3, 4)).save(folder.path / str(one.crop))


def table(folder: Folder) -> list[dict[str, str]]:
    with (folder.path / "findings.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_rows_are_in_canvas_units_and_name_their_crops() -> None:
    (first, outline, *_) = rows_of(view(), 7, crops=True)
    shown = view()
    scale = 2000 / shown.reading.width
    assert first.box == Box(*(round(value * scale) for value in (100, 200, 50, 25)))
    assert (
        first.crop
        == f"crops/0007-page-illustrations-{first.box.x}-{first.box.y}-{first.box.width}-{first.box.height}.jpg"
    )
    assert outline.box, "the box around an outline"


def test_what_is_said_of_the_whole_page_is_in_the_table_without_a_crop(folder: Folder) -> None:
    rows = rows_of(view(Finding("tagging", None, "blank page", score=0.9)), 1, crops=True)
    folder.table(rows)
    assert table(folder) == [dict(zip(COLUMNS, ("", C, "", "blank page", "0.9000", ""), strict=True))]


def test_without_crops_no_file_is_named(folder: Folder) -> None:
    folder.table(rows_of(view(BOX), 1, crops=False))
    assert [line["crop"] for line in table(folder)] == [""]


def test_the_zip_holds_the_table_and_each_crop_once(folder: Folder) -> None:
    rows = [row("a"), row("a", "ornament"), row("b"), row("never-cut")]
    cut(folder, rows[0], rows[2])
    folder.table(rows)
    folder.pack(rows)
    assert [line["crop"] for line in table(folder)] == ["crops/a.jpg", "crops/a.jpg", "crops/b.jpg", ""]
    with zipfile.ZipFile(folder.path / "crops.zip") as archive:
        assert archive.namelist() == ["findings.csv", "crops/a.jpg", "crops/b.jpg"]
        assert archive.testzip() is None
        assert archive.read("findings.csv") == (folder.path / "findings.csv").read_bytes()


def test_crops_that_only_an_earlier_table_names_go_and_others_stay(folder: Folder) -> None:
    old, kept = row("old"), row("kept")
    cut(folder, old, kept)
    mine = folder.path / "crops" / "mine.jpg"
    mine.write_bytes(b"put there by hand")
    folder.table([old, kept])
    folder.table([kept])
    assert not (folder.path / "crops" / "old.jpg").exists()
    assert (folder.path / "crops" / "kept.jpg").exists()
    assert mine.exists()


def test_what_cannot_be_written_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "findings.csv.part").mkdir()
    with pytest.raises(StoreUnavailable, match=r"findings\.csv\.part: cannot be used \(Is a directory\)"):
        Folder(tmp_path, HERE).table([])


@pytest.mark.parametrize(
    "name", ["../precious.jpg", "crops/../precious.jpg", "/precious.jpg", "crops/sub/precious.jpg"]
)
def test_a_table_that_was_tampered_with_makes_nothing_else_go(folder: Folder, name: str) -> None:
    precious = folder.path / "precious.jpg"
    precious.write_bytes(b"")
    (folder.path / "findings.csv").write_text(f"page,crop\n1,{name}\n")
    folder.table([])
    assert precious.exists()


def test_a_table_that_is_none_is_replaced(folder: Folder) -> None:
    (folder.path / "findings.csv").write_bytes(b"\xff\xfe\x00")
    folder.table([row("a")])
    assert len(table(folder)) == 1


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("f. 12r", "f-12r"),
        ("", "page"),
        ("../../etc", "etc"),
        ("頁一", "頁一"),
        ("x" * 90, "x" * 40),
        ("a/b\\c:d", "a-b-c-d"),
    ],
)
def test_labels_become_parts_of_file_names(label: str, name: str) -> None:
    (first,) = rows_of(replace(view(BOX), canvas=replace(CANVAS, label=label)), 1, crops=True)
    assert str(first.crop).startswith(f"crops/0001-{name}-illustrations-")
