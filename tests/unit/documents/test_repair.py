"""The closed list of named repairs: each once, and that nothing else is touched."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from iiif_store.load import parse
from iiif_store.repair import REPAIRS
from iiif_store.shape import JSON

P3 = "http://iiif.io/api/presentation/3/context.json"
C = "https://e.org/c/1"


def painting(**more: Any) -> JSON:
    body = {"id": "https://e.org/a.jpg", "type": "Image", "width": 30, "height": 40}
    return {"id": f"{C}/a", "type": "Annotation", "motivation": "painting", "body": body, "target": C, **more}


def manifest(annotation: JSON | None = None, canvas: JSON | None = None, **more: Any) -> JSON:
    page = {"id": f"{C}/p", "type": "AnnotationPage", "items": [annotation or painting()]}
    whole = {"id": C, "type": "Canvas", "width": 10, "height": 20, "items": [page], **(canvas or {})}
    items = [{key: value for key, value in whole.items() if value != "absent"}]
    return {"@context": P3, "id": "https://e.org/m", "type": "Manifest", "label": {"en": ["M"]}, "items": items, **more}


def at(document: JSON, *path: str | int) -> Any:
    value: Any = document
    for step in path:
        value = value[step]
    return value


CANVAS = ("items", 0)
PAINTING = (*CANVAS, "items", 0, "items", 0)
EXPECTED: list[tuple[str, JSON, tuple[str | int, ...], Any]] = [
    ("nulls_removed", manifest(navDate=None, rights="x"), ("rights",), "x"),
    ("drafts_read", {**manifest(), "items": [{"id": C, "type": "Canvas", "content": [{"id": "p", "items": []}]}]},
     (*CANVAS, "items"), [{"id": "p", "items": [], "type": "AnnotationPage"}]),
    ("keywords_renamed", manifest(thumbnail=[{"@id": "https://e.org/t.jpg", "@type": "dctypes:Image"}]),
     ("thumbnail",), [{"id": "https://e.org/t.jpg", "type": "Image"}]),
    ("images_wrapped", manifest({"id": "https://e.org/a.jpg", "type": "Image"}), (*PAINTING, "body"),
     {"id": "https://e.org/a.jpg", "type": "Image"}),
    ("id_added", manifest(canvas={"id": "absent"}), (*CANVAS, "id"), "https://e.org/m/canvas/1"),
    ("type_added", manifest(thumbnail=[{"id": "https://e.org/t.jpg"}]), ("thumbnail", 0, "type"), "Image"),
    ("context_added", {key: value for key, value in manifest().items() if key != "@context"}, ("@context",), P3),
    ("texts_mapped", manifest(label="M"), ("label",), {"none": ["M"]}),
    ("texts_mapped", manifest(summary={"@none": ["S"]}), ("summary",), {"none": ["S"]}),
    ("texts_mapped", manifest(metadata=[{"label": "L", "value": ["a", "b"]}]), ("metadata", 0),
     {"label": {"none": ["L"]}, "value": {"none": ["a", "b"]}}),
    ("texts_mapped", manifest(metadata=[{"value": {"en": ["v"]}}]), ("metadata", 0, "label"), {"none": [""]}),
    ("texts_mapped", manifest(requiredStatement="Museum"), ("requiredStatement",),
     {"label": {"en": ["Attribution"]}, "value": {"none": ["Museum"]}}),
    ("lists_made", manifest(homepage={"id": "https://e.org/", "type": "Text", "label": {"en": ["H"]}}), ("homepage",),
     [{"id": "https://e.org/", "type": "Text", "label": {"en": ["H"]}}]),
    ("links_made", manifest(seeAlso=["https://e.org/x"]), ("seeAlso",), [{"id": "https://e.org/x", "type": "Dataset"}]),
    ("links_made", manifest(canvas={"annotations": ["https://e.org/p"]}), (*CANVAS, "annotations"),
     [{"id": "https://e.org/p", "type": "AnnotationPage"}]),
    ("unusable_left_out", manifest(seeAlso=[7, {"id": "https://e.org/x", "type": "Dataset"}]), ("seeAlso",),
     [{"id": "https://e.org/x", "type": "Dataset"}]),
    ("label_added", manifest(label={}), ("label",), {"none": ["https://e.org/m"]}),
    ("label_added", manifest(rendering=[{"id": "https://e.org/x", "type": "Text"}]), ("rendering", 0, "label"),
     {"none": ["https://e.org/x"]}),
    ("services_typed", manifest(painting(body={"id": "https://e.org/a.jpg", "type": "Image", "service": [
        {"@id": "https://i.org/a", "profile": "http://iiif.io/api/image/2/level1.json"}]})),
     (*PAINTING, "body", "service", 0, "@type"), "ImageService2"),
    ("numbers_read", manifest(canvas={"width": "10"}), (*CANVAS, "width"), 10),
    ("numbers_read", manifest(canvas={"width": 10.0}), (*CANVAS, "width"), 10),
    ("motivation_read", manifest(painting(motivation="sc:painting")), (*PAINTING, "motivation"), "painting"),
    ("motivation_read", manifest(painting(motivation=None)), (*PAINTING, "motivation"), "painting"),
    ("painting_targets_made_strings", manifest(painting(target={"id": C, "type": "Canvas"})), (*PAINTING, "target"), C),
    ("painting_targets_made_strings", manifest(painting(target=None)), (*PAINTING, "target"), C),
    ("painting_targets_made_strings", manifest(painting(target={
        "type": "SpecificResource", "source": {"id": C, "type": "Canvas"},
        "selector": [{"type": "FragmentSelector", "value": "xywh=1,2,3,4"}]})),
     (*PAINTING, "target"), f"{C}#xywh=1,2,3,4"),
    ("canvas_size_taken_from_image", manifest(canvas={"width": "absent", "height": "absent"}), (*CANVAS, "height"), 40),
]  # fmt: skip


@pytest.mark.parametrize(("name", "document", "path", "expected"), EXPECTED)
def test_each_repair(name: str, document: JSON, path: tuple[str | int, ...], expected: Any) -> None:
    found = parse(document)
    assert name in found.repairs
    assert at(found.document, *path) == expected
    again = parse(found.document)
    assert again.repairs == (), "what was repaired needs no repair"
    assert again.document == found.document


def test_the_list_is_closed() -> None:
    assert {mend.__name__ for mend in REPAIRS} == {name for name, *_ in EXPECTED}
    assert all(mend.__doc__ for mend in REPAIRS)


def test_a_sound_document_is_not_touched() -> None:
    service = [{"@id": "https://i.org/a", "@type": "ImageService2", "profile": ["x", {"supports": ["y"]}]}]
    unknown: JSON = {"unknown": {"@none": [1, None]}, "navPlace": {"features": [{"label": "x"}]}}
    annotations = [{"id": "https://e.org/p", "type": "AnnotationPage", "items": [{"target": {"id": C}, "body": None}]}]
    svg = {"type": "SpecificResource", "source": C, "selector": [{"type": "SvgSelector", "value": "<svg/>"}]}
    document = manifest(painting(target=svg), {"annotations": annotations, "service": service, **unknown}, **unknown)
    before = copy.deepcopy(document)
    found = parse(document)
    assert found.document == before
    assert found.repairs == ()


def test_a_target_elsewhere_is_left_alone() -> None:
    document = manifest(painting(target="https://other.org/c#xywh=1,2,3,4"))
    assert parse(document).document == document
