"""A canvas, a model and a reading that the tests of annotations share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from iiif_store.annotation import PageView
from iiif_store.canvas import Canvas
from iiif_store.links import Links
from iiif_store.load import parse
from iiif_store.manifest import Manifest
from iiif_store.reading import Reading, Recipe
from iiif_store.shape import JSON
from iiif_store.source import Layer
from ml_backends.types import BackendInfo, Box, Finding, Polygon

LINKS = Links("https://annotations.example.org/g")
INFO = BackendInfo("illustrations", "2.0", "Illustrations", threshold=0.25)
LAYER = Layer("illustrations", "illustrations")
C = "https://e.org/c/1"

BOX = Finding("classifying", Box(100, 200, 50, 25), "illustration", score=0.9134)
FINDINGS = (
    BOX,
    replace(
        BOX, region=Polygon(((10, 10), (90, 20), (50, 70))), label="map", concept="http://www.wikidata.org/entity/Q4006"
    ),
    Finding("supplementing", Box(1, 1, 80, 8), text="Ex libris <Joannis> & Co", language="la", score=0.5),
    Finding("supplementing", None, text="plain"),
    replace(BOX, score=0.1),
    Finding("tagging", None, label='a "tag" <b>'),
    Finding("describing", None, text="A map of an island.", language="en"),
    Finding("highlighting", Box(0, 0, 10, 10), score=0.3),
)


def manifest(*, canvases: int = 1) -> Manifest:
    """Canvases of 2000 x 1000, each with one image."""
    body = {"id": "https://e.org/a.jpg", "type": "Image", "width": 2000, "height": 1000}

    def canvas(n: int) -> JSON:
        uri = f"https://e.org/c/{n}"
        painting = {"id": f"{uri}/a", "type": "Annotation", "motivation": "painting", "body": body, "target": uri}
        page = {"id": f"{uri}/p", "type": "AnnotationPage", "items": [painting]}
        return {"id": uri, "type": "Canvas", "width": 2000, "height": 1000, "items": [page]}

    found = parse(
        {
            "@context": "http://iiif.io/api/presentation/3/context.json",
            "id": "https://e.org/m",
            "type": "Manifest",
            "label": {"en": ["M"]},
            "items": [canvas(n + 1) for n in range(canvases)],
        }
    )
    assert isinstance(found, Manifest)
    return found


def view(*findings: Finding, canvas: Canvas | None = None, **changes: Any) -> PageView:
    """Of a reading of a picture of 1000 x 500, half as large as its canvas."""
    recipe = Recipe("ref", 0, "illustrations", "1.2", "weights")
    ended = "2026-09-01T09:12:44Z"
    found_by = "glossator 0.1.0"
    reading = Reading(recipe, 1000, 500, findings or FINDINGS, "2026-09-01T09:12:40Z", ended, software=found_by)
    found = PageView(reading, LAYER, INFO, canvas or manifest().canvases[0], "abcdefghijkl", LINKS)
    return replace(found, **changes)
