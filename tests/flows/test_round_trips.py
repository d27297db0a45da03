"""What is exported and imported again says the same, in each format as far as that has a place for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iiif_store.export.formats import FORMATS
from iiif_store.export.markup import legal
from iiif_store.export.published import Options
from iiif_store.geometry import bounds
from iiif_store.imports.formats import read
from iiif_store.imports.matching import match
from iiif_store.imports.sheets import File, ring
from iiif_store.item import Item
from iiif_store.links import Links
from iiif_store.load import parse
from iiif_store.manifest import Manifest
from ml_backends.types import Box, Finding, Polygon
from server.placing import Placed
from tests.annotated import SIZE, URL, Annotated, made_up, manifest

WIDTH, HEIGHT = SIZE
ELSEWHERE = Links("https://another.example")
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
words = texts.filter(str.strip)
scores = st.none() | st.floats(0, 1)
languages = st.sampled_from([None, "de", "zh-Hant"])
concepts = st.sampled_from([None, "http://www.wikidata.org/entity/Q178659"])


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x, y = draw(st.integers(0, WIDTH - 1)), draw(st.integers(0, HEIGHT - 1))
    return Box(x, y, draw(st.integers(1, WIDTH - x)), draw(st.integers(1, HEIGHT - y)))


corners = st.tuples(st.integers(0, WIDTH), st.integers(0, HEIGHT))
polygons = st.lists(corners, min_size=3, max_size=6, unique=True).map(lambda points: Polygon(tuple(points)))
regions = boxes() | polygons
found = st.builds(
    Finding,
    motivation=st.just("classifying"),
    region=st.none() | regions,
    label=words,
    concept=concepts,
    score=scores,
)
described = st.builds(Finding, st.just("describing"), st.none() | regions, st.none() | words, words, languages)
lines = st.builds(
    Finding, st.just("supplementing"), st.none() | regions, st.none(), words, languages, st.none(), scores
)
findings = st.lists(found | described | lines, max_size=4)


def said(item: Item) -> Item:
    """Without what names it here: id, layer and run."""
    return replace(item, id="", layer="", run="", finding=replace(item.finding, region=_region(item.finding)))


def _region(finding: Finding) -> Box | Polygon | None:
    """A rectangle is one however it is written."""
    region = finding.region
    if isinstance(region, Box):
        return Box(float(region.x), float(region.y), float(region.width), float(region.height))
    return ring([n for point in region.points for n in point]) if isinstance(region, Polygon) else region


def everything(item: Item) -> Item | None:
    return item


def in_pages(item: Item) -> Item | None:
    """PAGE, hOCR: what is about the whole canvas and no text has no place, and "all of it" is the box of the page."""
    finding = replace(item.finding, text=item.finding.text and legal(item.finding.text))
    finding = replace(finding, label=finding.label and legal(finding.label))
    if finding.region == Box(0, 0, WIDTH, HEIGHT):
        finding = replace(finding, region=None)
    return replace(item, finding=finding) if item.is_text or item.finding.region else None


def in_alto(item: Item) -> Item | None:
    """ALTO: text is words; only text has a language, and an illustration no text."""
    kept = in_pages(item)
    if kept is None:
        return None
    if not item.is_text:
        return replace(kept, finding=replace(kept.finding, text=None, language=None))
    words = " ".join(map(legal, (item.finding.text or "").split()))
    sure = kept.finding.score if words else None
    return replace(kept, finding=replace(kept.finding, text=words, score=sure))


def in_yolo(item: Item) -> Item | None:
    """YOLO: boxes and classes of what is on a part of the canvas and no text."""
    finding = item.finding
    if finding.region is None or item.is_text:
        return None
    label = finding.label or finding.motivation
    return Item(Finding("classifying", bounds(finding.region), label))


def grouped(items: list[Item]) -> list[Item]:
    """Page formats put regions before text."""
    return sorted((said(item) for item in items), key=lambda item: (item.is_text, repr(item)))


KEEP: dict[str, Callable[[Item], Item | None]] = {
    "w3c": everything,
    "jsonl": everything,
    "pages": everything,
    "coco": everything,
    "page": in_pages,
    "hocr": in_pages,
    "alto": in_alto,
    "yolo": in_yolo,
}


def brought(pages: list[list[Finding]], form: str) -> tuple[list[list[Item]], list[list[Item]]]:
    """What stood on each canvas, and what comes back."""
    there = parse(manifest(len(pages)), url=URL)
    assert isinstance(there, Manifest)
    book = made_up(there, pages)
    body = b"".join(FORMATS[form].stream(book, Options()))
    kind, sheets = read([File("export", body)])
    matched = match(list(sheets), there)
    pairs, strays = matched.pairs, matched.strays
    assert not strays
    placed = Placed(kind, "", ELSEWHERE, lambda uri: False)
    for canvas, sheet in pairs:
        assert placed.take(canvas, sheet) == []
    assert not placed.people
    layers = [*placed.layers.values()]
    assert len(layers) <= 1
    return [list(page.items()) for page in book], [
        [item for found in layers for item in found[canvas.key]] for canvas in there.canvases
    ]


@pytest.mark.parametrize("form", KEEP)
@settings(max_examples=50)
@given(pages=st.lists(findings, min_size=2, max_size=2).filter(any))
def test_an_export_says_the_same_when_it_is_imported(form: str, pages: list[list[Finding]]) -> None:
    before, after = brought(pages, form)
    expected = [[kept for item in items if (kept := KEEP[form](item))] for items in before]
    assert [grouped(items) for items in after] == [grouped(items) for items in expected]


@pytest.mark.parametrize("form", KEEP)
def test_importing_again_doubles_nothing(form: str, tmp_path: Path) -> None:
    pages = [
        [Finding("classifying", Box(10, 20, 30, 40), "map", score=0.5)],
        [Finding("supplementing", Box(1, 2, 300, 40), text="Zum erſten Mal")],
    ]
    body = b"".join(FORMATS[form].stream(Annotated(tmp_path / "from", pages).published(), Options()))
    other = Annotated(tmp_path / "to", [[], []])

    def bring() -> list[list[str]]:
        told = other.services.imports.bring(
            other.source, [File("export", body)], kind="auto", name="", writer="tester", links=ELSEWHERE
        )
        assert told.problems == ()
        return [[item.id for item in items] for items in other.items()]

    first = bring()
    assert sum(map(len, first)) == (1 if form == "yolo" else 2)
    assert bring() == first
