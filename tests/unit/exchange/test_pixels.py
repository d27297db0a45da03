"""Regions with parts of pixels, as people draw them, keep an extent in formats of whole pixels."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iiif_store.export.formats import FORMATS
from iiif_store.export.pixels import outwards
from iiif_store.export.published import Options, Published
from iiif_store.geometry import bounds
from iiif_store.imports.formats import read
from iiif_store.imports.sheets import File
from iiif_store.written import Written
from ml_backends.types import Box
from tests.annotated import SIZE, TIME, Annotated
from tests.flows.test_exports import NOTE

DRAWN = {
    "xywh=0.1,0.2,0.4,0.3": Box(0, 0, 1, 1),
    "xywh=10.6,20.6,0.3,30": Box(10, 20, 1, 31),
    "xywh=990.7,1400.8,50.1,5": Box(990, 1400, 10, 6),
    "xywh=percent:10.1,20.2,30.3,40.4": Box(101, 303, 303, 606),
}
CANVAS = "https://library.example/canvas/1"
THIN = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M10.2 20 L10.4 20 L10.4 90 L10.2 90 Z"/></svg>'


def drawn(folder: Path, target: object) -> Published:
    """A page with one thing that a person drew, as it was kept."""
    book = Annotated(folder, [[]])
    document = {"type": "Annotation", "motivation": "tagging", "body": NOTE["body"], "target": target}
    note = Written(book.source.id, "one", document, (), "Ada", TIME, TIME)
    (page,) = book.published()
    return replace(book.published(), walk=lambda: iter([replace(page, notes=(note,))]))


def returned(book: Published, form: str) -> Box:
    """Where it is when its export is read."""
    body = b"".join(FORMATS[form].stream(book, Options()))
    (sheet,) = read([File("export", body)])[1]
    (item,) = sheet.items
    assert item.finding.region is not None, "an empty box is read as none"
    return bounds(item.finding.region)


@pytest.mark.parametrize("form", ["page", "alto", "hocr"])
@pytest.mark.parametrize(("selector", "box"), DRAWN.items())
def test_a_part_of_a_pixel_is_a_pixel(tmp_path: Path, form: str, selector: str, box: Box) -> None:
    assert returned(drawn(tmp_path, f"{CANVAS}#{selector}"), form) == box


@pytest.mark.parametrize("form", ["page", "alto", "hocr"])
def test_an_outline_thinner_than_a_pixel_is_a_box(tmp_path: Path, form: str) -> None:
    target = {"type": "SpecificResource", "source": CANVAS, "selector": {"type": "SvgSelector", "value": THIN}}
    assert returned(drawn(tmp_path, target), form) == Box(10, 20, 1, 70)


def test_tables_and_crops_say_the_same(tmp_path: Path) -> None:
    book = drawn(tmp_path, f"{CANVAS}#xywh=0.1,0.2,0.4,0.3")
    (row,) = csv.DictReader(io.StringIO(b"".join(FORMATS["csv"].stream(book, Options())).decode()))
    assert [row[name] for name in ("x", "y", "width", "height")] == ["0", "0", "1", "1"]
    (crop, _) = FORMATS["crops"].entries(book, Options())
    assert crop.name.endswith("-0-0-1-1.jpg")
    assert b'ulx="0" uly="0" lrx="1" lry="1"' in b"".join(FORMATS["tei"].stream(book, Options()))


numbers = st.floats(-100, 2000)


@given(x=numbers, y=numbers, width=st.floats(1e-3, 3000), height=st.floats(1e-3, 3000))
def test_it_is_never_empty_and_on_the_page(x: float, y: float, width: float, height: float) -> None:
    box = outwards(Box(x, y, width, height), SIZE)
    assert 0 <= box.x < box.x + box.width <= SIZE[0] and 0 <= box.y < box.y + box.height <= SIZE[1]
