"""Imports: a URI is of one canvas in the world, and of no page that has only a similar name."""

from __future__ import annotations

import orjson
import pytest

from iiif_store.imports.formats import read
from iiif_store.imports.matching import Matched, match
from iiif_store.imports.sheets import File, Sheet
from iiif_store.load import parse
from iiif_store.manifest import Manifest
from tests.annotated import SIZE, URL, manifest

LABELS = ("cover", "flyleaf", "1", "2", "3", "4")


def book() -> Manifest:
    """Canvas n is called as the leaves of a book are: canvas/3 is page 1, and page 3 is canvas/5. Its image is
    leaf-n.jpg."""
    document = orjson.loads(manifest(len(LABELS)).replace(b"/images/", b"/images/leaf-"))
    for n, (canvas, label) in enumerate(zip(document["items"], LABELS, strict=True), 1):
        canvas |= {"id": f"https://ex.org/b1/canvas/{n}", "label": {"none": [label]}}
    found = parse(orjson.dumps(document), url=URL)
    assert isinstance(found, Manifest)
    return found


def note(target: str) -> Sheet:
    body = {"type": "TextualBody", "value": "a note"}
    file = File("notes.json", orjson.dumps({"type": "Annotation", "body": body, "target": target}))
    (sheet,) = read([file])[1]
    return sheet


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_canvas_is_the_same_under_http_and_https(scheme: str) -> None:
    matched = match([note(f"{scheme}://ex.org/b1/canvas/3#xywh=1,2,3,4")], book())
    ((canvas, _),), strays = matched.pairs, matched.strays
    assert (canvas.id, strays) == ("https://ex.org/b1/canvas/3", [])


@pytest.mark.parametrize("canvas", ["https://other.org/quite-another-book/canvas/3", "urn:book:canvas/3"])
def test_a_canvas_of_another_book_has_no_place(canvas: str) -> None:
    stray = note(canvas)
    assert match([stray], book()) == Matched([], [stray])
    numbered = parse(manifest(3), url=URL)
    assert isinstance(numbered, Manifest)
    assert match([stray], numbered) == Matched([], [stray]), "its third image is 3.jpg"
    labelled = Sheet("x", (canvas, "3"), SIZE, ())
    assert match([labelled], book()) == Matched([], [labelled])


def test_a_canvas_of_another_book_has_no_place_in_order() -> None:
    stray = note("https://other.org/quite-another-book/canvas/3")
    one = parse(manifest(1), url=URL)
    assert isinstance(one, Manifest)
    assert match([stray], one) == Matched([], [stray])
    plain = Sheet("scan", ("scan",), None, ())
    assert [canvas for canvas, _ in match([plain], one).pairs] == [*one.canvases]


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("http://library.example/images/leaf-3.jpg", 2),
        ("https://elsewhere.example/x/leaf-3.tif?full", 2),
        ("leaf-3.jpg", 2),
        ("flyleaf", 1),
    ],
)
def test_pictures_and_plain_names_are_found_as_before(name: str, place: int) -> None:
    there = book()
    ((canvas, _),) = match([Sheet("x", (name,), None, ())], there).pairs
    assert canvas.key == there.canvases[place].key
