"""Presentation 3 to 2.1."""

from __future__ import annotations

from typing import Any

import pytest

from iiif_store.downgrade import downgrade
from iiif_store.load import parse
from iiif_store.shape import JSON

P2 = "http://iiif.io/api/presentation/2/context.json"
P3 = "http://iiif.io/api/presentation/3/context.json"
C = "https://e.org/c/1"


def manifest(*annotations: JSON, canvas: JSON | None = None, **more: Any) -> JSON:
    pages = [{"id": f"{C}/p", "type": "AnnotationPage", "items": list(annotations)}]
    whole = {
        "id": C,
        "type": "Canvas",
        "label": {"none": ["1"]},
        "width": 10,
        "height": 20,
        "items": pages,
        **(canvas or {}),
    }
    return {
        "@context": P3,
        "id": "https://e.org/m",
        "type": "Manifest",
        "label": {"none": ["M"]},
        "items": [whole],
        **more,
    }


def painting(body: Any, target: Any = C) -> JSON:
    return {"id": f"{C}/a", "type": "Annotation", "motivation": "painting", "body": body, "target": target}


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ({"summary": {"en": ["S"]}}, {"description": {"@value": "S", "@language": "en"}}),
        (
            {"requiredStatement": {"label": {"en": ["Attribution"]}, "value": {"none": ["A"]}}},
            {"attribution": "A"},
        ),
        (
            {"requiredStatement": {"label": {"en": ["Terms"]}, "value": {"none": ["A"]}}},
            {"attribution": "A", "requiredStatement": {"label": {"en": ["Terms"]}, "value": {"none": ["A"]}}},
        ),
        (
            {"rights": "http://creativecommons.org/licenses/by/4.0/"},
            {"license": "http://creativecommons.org/licenses/by/4.0/"},
        ),
        ({"behavior": ["paged", "auto-advance"]}, {"viewingHint": "paged", "behavior": ["auto-advance"]}),
        (
            {"homepage": [{"id": "https://e.org/", "type": "Text", "label": {"none": ["H"]}}]},
            {"related": {"@id": "https://e.org/", "@type": "dctypes:Text", "label": "H"}},
        ),
        ({"partOf": [{"id": "https://e.org/top", "type": "Collection"}]}, {"within": "https://e.org/top"}),
        (
            {
                "provider": [
                    {"id": "https://e.org/", "type": "Agent", "logo": [{"id": "https://e.org/l.png", "type": "Image"}]}
                ]
            },
            {
                "logo": {"@id": "https://e.org/l.png", "@type": "dctypes:Image"},
                "provider": [
                    {"id": "https://e.org/", "type": "Agent", "logo": [{"id": "https://e.org/l.png", "type": "Image"}]}
                ],
            },
        ),
        ({"navPlace": {"type": "FeatureCollection"}}, {"navPlace": {"type": "FeatureCollection"}}),
        (
            {"services": [{"id": "https://e.org/s", "type": "X"}]},
            {"services": [{"id": "https://e.org/s", "type": "X"}]},
        ),
        (
            {"metadata": [{"label": {"none": ["L"]}, "value": {"none": ["a", "b"]}}]},
            {"metadata": [{"label": "L", "value": ["a", "b"]}]},
        ),
    ],
)
def test_properties(new: JSON, old: JSON) -> None:
    found = downgrade(manifest(**new))
    own = {key: value for key, value in found.items() if key not in ("@context", "@id", "@type", "label", "sequences")}
    assert own == old


def test_a_canvas_with_an_image() -> None:
    service = [{"id": "https://i.org/a", "type": "ImageService3", "profile": "level1"},
               {"@id": "https://i.org/a", "@type": "ImageService2", "profile": "x"}]  # fmt: skip
    body = {"id": "https://i.org/a/full/max/0/default.jpg", "type": "Image", "format": "image/jpeg", "service": service}
    found = downgrade(manifest(painting(body, f"{C}#xywh=1,2,3,4")))
    assert found["@context"] == P2
    (sequence,) = found["sequences"]
    assert sequence["@type"] == "sc:Sequence"
    (canvas,) = sequence["canvases"]
    assert (canvas["@id"], canvas["@type"], canvas["label"]) == (C, "sc:Canvas", "1")
    assert canvas["images"] == [
        {
            "@id": f"{C}/a",
            "@type": "oa:Annotation",
            "motivation": "sc:painting",
            "on": f"{C}#xywh=1,2,3,4",
            "resource": {
                "@id": "https://i.org/a/full/max/0/default.jpg",
                "@type": "dctypes:Image",
                "format": "image/jpeg",
                "service": [
                    {
                        "@context": "http://iiif.io/api/image/3/context.json",
                        "@id": "https://i.org/a",
                        "@type": "ImageService3",
                        "profile": "level1",
                    },
                    {
                        "@context": "http://iiif.io/api/image/2/context.json",
                        "@id": "https://i.org/a",
                        "@type": "ImageService2",
                        "profile": "x",
                    },
                ],
            },
        }
    ]
    assert "items" not in canvas


def test_a_canvas_without_a_label_has_its_number() -> None:
    document = manifest()
    del document["items"][0]["label"]
    assert downgrade(document)["sequences"][0]["canvases"][0]["label"] == "1"


def test_a_choice() -> None:
    options = [{"id": f"https://e.org/{n}.jpg", "type": "Image", "label": {"none": [n]}} for n in "ab"]
    found = downgrade(manifest(painting({"type": "Choice", "items": options})))
    resource = found["sequences"][0]["canvases"][0]["images"][0]["resource"]
    assert resource == {
        "@type": "oa:Choice",
        "default": {"@id": "https://e.org/a.jpg", "@type": "dctypes:Image", "label": "a"},
        "item": [{"@id": "https://e.org/b.jpg", "@type": "dctypes:Image", "label": "b"}],
    }


def test_what_is_no_image_stays_in_the_words_of_version_3() -> None:
    video, image = painting({"id": "https://e.org/a.mp4", "type": "Video"}), painting({"id": "x.jpg", "type": "Image"})
    canvas = downgrade(manifest(video, image))["sequences"][0]["canvases"][0]
    assert [found["resource"]["@id"] for found in canvas["images"]] == ["x.jpg"]
    assert [page["items"] for page in canvas["items"]] == [[video]]


def test_annotation_pages() -> None:
    reference = {"id": "https://e.org/p/1", "type": "AnnotationPage", "label": {"none": ["P"]}}
    embedded = {"id": "https://e.org/p/2", "type": "AnnotationPage", "items": []}
    canvas = downgrade(manifest(canvas={"annotations": [reference, embedded]}))["sequences"][0]["canvases"][0]
    assert canvas["otherContent"] == [{"@id": "https://e.org/p/1", "@type": "sc:AnnotationList", "label": "P"}]
    assert canvas["annotations"] == [embedded]


def test_ranges() -> None:
    part = {"type": "SpecificResource", "source": C, "selector": {"type": "FragmentSelector", "value": "xywh=1,2,3,4"}}
    point = {"type": "SpecificResource", "source": C, "selector": {"type": "PointSelector", "x": 1, "y": 2}}
    ranges = [
        {
            "id": "https://e.org/r/1",
            "type": "Range",
            "label": {"none": ["All"]},
            "items": [
                {"id": "https://e.org/r/2", "type": "Range", "label": {"none": ["A"]}, "items": [part]},
                {"id": "https://e.org/r/3", "type": "Range", "items": [point]},
            ],
        }
    ]
    top, a, b = downgrade(manifest(structures=ranges))["structures"]
    assert top["viewingHint"] == "top"
    assert top["ranges"] == ["https://e.org/r/2", "https://e.org/r/3"]
    assert a["canvases"] == [f"{C}#xywh=1,2,3,4"]
    assert b["canvases"] == [C]
    assert b["members"][0]["selector"] == {"@type": "PointSelector", "x": 1, "y": 2}
    again = parse(downgrade(manifest(structures=ranges))).document["structures"]
    assert again[0]["items"][1]["items"][0]["selector"] == point["selector"]


def test_start_and_direction_go_to_the_sequence() -> None:
    found = downgrade(manifest(start={"id": C, "type": "Canvas"}, viewingDirection="right-to-left"))
    assert found["sequences"][0]["startCanvas"] == C
    assert found["sequences"][0]["viewingDirection"] == "right-to-left"
    moment = {"type": "SpecificResource", "source": C, "selector": {"type": "PointSelector", "t": 5}}
    assert downgrade(manifest(start=moment))["start"] == moment


def test_collections() -> None:
    inner = {"id": "https://e.org/c2", "type": "Collection", "label": {"none": ["C2"]}, "items": []}
    member = {"id": "https://e.org/m1", "type": "Manifest", "label": {"none": ["M1"]}}
    document = {"@context": P3, "id": "https://e.org/c", "type": "Collection", "label": {"none": ["C"]}}
    found = downgrade(document | {"items": [member, inner]})
    assert [item["@type"] for item in found["members"]] == ["sc:Manifest", "sc:Collection"]
    assert downgrade(document | {"items": [member]})["manifests"] == [
        {"@id": "https://e.org/m1", "@type": "sc:Manifest", "label": "M1"}
    ]
