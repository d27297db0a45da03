"""Imports: a region that a file gives and that is none is told and left out; it never becomes the whole page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from iiif_store.imports.sheets import File
from ml_backends.types import Box, Finding
from tests.annotated import LINKS, Annotated

VIA = 'filename,region_shape_attributes,region_attributes\n1.jpg,"{""name"":""rect"",%s}","{""label"":""map""}"\n'
ALTO = '<alto><Layout><Page WIDTH="1000" HEIGHT="1500"><Illustration %s</Page></Layout></alto>'
PAGE = '<PcGts><Page imageFilename="1.jpg" imageWidth="1000" imageHeight="1500">%s</Page></PcGts>'
HOCR = '<html><div class="ocr_page" title="bbox 0 0 1000 1500"><div class="ocr_photo"%s></div></div></html>'


def coco(**mark: Any) -> str:
    image = {"id": 1, "file_name": "1.jpg", "width": 1000, "height": 1500}
    row = {"id": 17, "image_id": 1, "category_id": 1, **mark}
    return orjson.dumps({"images": [image], "categories": [{"id": 1, "name": "map"}], "annotations": [row]}).decode()


def brought(folder: Path, name: str, text: str) -> tuple[list[Finding], tuple[str, ...]]:
    """What stands on the first page after an import, and the problems."""
    book = Annotated(folder / "data", [[]])
    files = [File(name, text.encode())]
    if name.endswith(".txt"):
        files.append(File("data.yaml", b"names: [map]"))
    told = book.services.imports.bring(book.source, files, kind="auto", name="x", writer="tester", links=LINKS)
    return [item.finding for item in book.items()[0]], told.problems


@pytest.mark.parametrize(
    ("name", "text", "row"),
    [
        ("1.json", coco(bbox=[10, 20, 0, 40]), "annotation 17"),
        ("1.json", coco(bbox=[10, 20, 30, -40]), "annotation 17"),
        ("1.json", coco(bbox=["a", 20, 30, 40]), "annotation 17"),
        ("1.json", coco(bbox=[10, 20]), "annotation 17"),
        ("1.json", coco(segmentation=[[1, 2, 3, 4]]), "annotation 17"),
        ("1.json", coco(segmentation=[[1, 2, 30, 2, 3, 40], [5, 6]]), "annotation 17"),
        ("1.json", coco(segmentation={"counts": "x", "size": [9, 9]}), "annotation 17"),
        ("1.xml", ALTO % 'HPOS="1" VPOS="2" WIDTH="0" HEIGHT="9"/>', "line 1"),
        ("1.xml", ALTO % 'HPOS="1" VPOS="2"/>', "line 1"),
        ("1.xml", ALTO % '><Shape><Polygon POINTS="1,2 3,4"/></Shape></Illustration>', "line 1"),
        ("1.xml", PAGE % '<SeparatorRegion><Coords points="1,2 90,2"/></SeparatorRegion>', "SeparatorRegion in line 1"),
        ("1.xml", PAGE % '<ImageRegion><Coords points="1,2 x,2 30,40 1,40"/></ImageRegion>', "line 1"),
        ("1.xml", PAGE % '<ImageRegion><Coords points=""/></ImageRegion>', "line 1"),
        ("1.html", HOCR % ' title="bbox 10 20 10 60"', "line 1"),
        ("1.html", HOCR % ' title="bbox 10 20 a 60; poly 1 2 3 4"', "line 1"),
        ("1.txt", "0 0.5 0.5 0 0.1", "line 1"),
        ("1.csv", VIA % '""x"":1,""y"":2,""width"":0,""height"":4', "line 2"),
    ],
)
def test_a_region_that_is_none_is_told_and_left_out(tmp_path: Path, name: str, text: str, row: str) -> None:
    findings, problems = brought(tmp_path, name, text)
    assert findings == []
    (line,) = problems
    assert name in line and f"{row} has a region that is none" in line and "import the file again" in line


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("1.json", coco()),
        ("1.json", coco(segmentation=[], bbox=[])),
        ("1.json", coco(whole_canvas=True, bbox=[0, 0, 0, 0])),
        ("1.xml", ALTO % "/>"),
        ("1.xml", PAGE % "<ImageRegion/>"),
        ("1.html", HOCR % ""),
    ],
)
def test_what_gives_no_region_is_about_the_whole_page(tmp_path: Path, name: str, text: str) -> None:
    (finding,), problems = brought(tmp_path, name, text)
    assert finding.region is None and problems == ()


def test_the_others_of_a_file_are_imported(tmp_path: Path) -> None:
    text = PAGE % (
        '<SeparatorRegion><Coords points="1,2 90,2"/></SeparatorRegion>'
        '<ImageRegion><Coords points="1,2 30,2 30,40 1,40"/></ImageRegion>'
    )
    (finding,), problems = brought(tmp_path, "1.xml", text)
    assert finding.region == Box(1, 2, 29, 38) and len(problems) == 1


def test_several_outlines_are_the_box_around_all(tmp_path: Path) -> None:
    outlines = [[10, 20, 30, 20, 10, 40], [50, 60, 70, 60, 70, 90]]
    (finding,), problems = brought(tmp_path, "1.json", coco(segmentation=outlines))
    assert finding.region == Box(10, 20, 60, 70) and problems == ()
