"""The one shape of an annotation (design, section 6)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iiif_store.annotation import annotation, annotation2
from iiif_store.content_state import Place, decode, place
from iiif_store.source import Layer
from ml_backends.types import Box, Finding, Polygon
from tests.unit.documents.readings import BOX, FINDINGS, INFO, LAYER, LINKS, C, view


@pytest.mark.parametrize(("canvas", "public"), [(C, C), ("local:3/book/1", f"{LINKS.base}/iiif/3/book/1")])
def test_it_links_to_its_place_in_our_manifest(canvas: str, public: str) -> None:
    found = view(BOX)
    link = annotation(BOX, 0, replace(found, canvas=replace(found.canvas, id=canvas)))["rendering"][0]["id"]
    state = decode(link.removeprefix(f"{LINKS.base}/open?iiif-content="))
    assert place(state) == Place(LINKS.manifest(found.source_id), public, (200, 400, 100, 50))


def test_a_detection() -> None:
    found = view(BOX)
    revision = found.reading.revision
    key = found.canvas.key
    told = annotation(BOX, 0, found)
    assert [link["format"] for link in told.pop("rendering")] == ["text/html"]
    assert told == {
        "id": f"https://annotations.example.org/g/annotations/abcdefghijkl/{key}-{revision[:16]}-0",
        "type": "Annotation",
        "motivation": ["classifying", "tagging"],
        "created": "2026-09-01T09:12:44Z",
        "creator": {
            "id": "https://annotations.example.org/g/models/illustrations/1.2",
            "type": "Software",
            "name": "illustrations 1.2",
        },
        "generator": {
            "id": "https://annotations.example.org/g/#glossator",
            "type": "Software",
            "name": "glossator 0.1.0",
        },
        "inference": {
            "confidence": 0.9134,
            "scoreType": "calibrated",
            "threshold": 0.25,
            "run": f"https://annotations.example.org/g/runs/{revision}",
        },
        "body": [
            {
                "type": "TextualBody",
                "value": "<p>Illustration, 91 %, illustrations 1.2, machine-made</p>",
                "format": "text/html",
                "language": "en",
            },
            {"type": "TextualBody", "purpose": "tagging", "value": "illustration", "format": "text/plain"},
        ],
        "target": f"{C}#xywh=200,400,100,50",
    }


def test_a_polygon_is_one_svg_selector() -> None:
    found = annotation(FINDINGS[1], 1, view())
    assert found["target"]["type"] == "SpecificResource"
    assert found["target"]["source"] == C
    selector = found["target"]["selector"]
    assert selector["type"] == "SvgSelector"
    assert 'd="M20 20 L180 40 L100 140 Z"' in selector["value"]


def test_a_concept_stands_under_a_purpose_of_its_own_beside_two_motivations() -> None:
    found = annotation(FINDINGS[1], 1, view())
    assert found["body"][2] == {
        "type": "SpecificResource",
        "purpose": "identifying",
        "source": "http://www.wikidata.org/entity/Q4006",
    }
    assert len(found["motivation"]) == 2
    assert all(body["type"] == "TextualBody" for body in found["body"] if body.get("purpose") == "tagging")


def test_read_text() -> None:
    found = annotation(FINDINGS[2], 2, view())
    assert found["motivation"] == ["supplementing"]
    assert found["textGranularity"] == "line"
    assert found["body"] == [
        {
            "type": "TextualBody",
            "value": "<p>Ex libris &lt;Joannis&gt; &amp; Co</p>",
            "format": "text/html",
            "language": "la",
        }
    ]
    assert found["target"] == f"{C}#xywh=2,2,160,16"


def test_text_that_needs_no_escaping_is_plain() -> None:
    found = annotation(FINDINGS[3], 3, view())
    assert found["body"] == [{"type": "TextualBody", "value": "plain", "format": "text/plain"}]
    assert found["textGranularity"] == "page"
    assert found["target"] == C
    assert "confidence" not in found["inference"]


def test_a_label_is_escaped_for_people_and_bare_as_a_tag() -> None:
    found = annotation(FINDINGS[5], 5, view())
    assert found["motivation"] == ["classifying", "tagging"], "tagging alone makes Mirador take every body for a tag"
    assert found["body"][0]["value"] == '<p>A "tag" &lt;b&gt;, illustrations 1.2, machine-made</p>'
    assert found["body"][1]["value"] == 'a "tag" <b>'


@pytest.mark.parametrize(
    ("motivation", "label", "expected"),
    [
        ("classifying", "x", ["classifying", "tagging"]),
        ("tagging", "x", ["classifying", "tagging"]),
        ("identifying", "x", ["identifying", "tagging"]),
        ("describing", None, ["describing"]),
        ("highlighting", None, ["highlighting"]),
    ],
)
def test_motivations(motivation: str, label: str | None, expected: list[str]) -> None:
    assert annotation(Finding(motivation, label=label), 0, view())["motivation"] == expected


def test_what_has_nothing_to_say_has_no_body() -> None:
    assert "body" not in annotation(FINDINGS[7], 7, view())


def test_a_score_outside_its_range_is_brought_inside() -> None:
    assert annotation(replace(BOX, score=1.2), 0, view())["inference"]["confidence"] == 1.0


def test_the_threshold_hides_and_ids_stay() -> None:
    shown = dict(view().shown())
    assert set(shown) == {0, 1, 2, 3, 5, 6, 7}
    assert set(dict(view(layer=replace(LAYER, threshold=0.05)).shown())) == set(range(8))
    assert set(dict(view(layer=replace(LAYER, threshold=0.95)).shown())) == {3, 5, 6}
    assert [n for n, _ in view(layer=Layer("maps", "illustrations", classes=("map",))).shown()] == [1]


def test_a_derived_image_alone_is_no_annotation() -> None:
    from PIL import Image

    picture = Image.new("RGB", (1, 1))
    painted = Finding("painting", label="colourised", picture=picture)
    assert [
        n for n, _ in view(painted, replace(BOX, picture=picture), Finding("tagging", picture=picture)).shown()
    ] == [1]


def test_the_version_is_that_of_the_reading() -> None:
    assert INFO.version == "2.0"
    assert annotation(BOX, 0, view())["creator"]["name"] == "illustrations 1.2"


def test_a_region_that_is_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be placed"):
        annotation(replace(BOX, region=Box(float("nan"), 0, 1, 1)), 0, view())


class TestVersion2:
    def test_a_detection(self) -> None:
        found = annotation2(BOX, 0, view(BOX))
        one = annotation(BOX, 0, view(BOX))
        assert found == {
            "@id": one["id"],
            "@type": "oa:Annotation",
            "motivation": ["oa:classifying", "oa:tagging"],
            "dcterms:created": "2026-09-01T09:12:44Z",
            "dcterms:creator": {
                "@id": LINKS.model("illustrations", "1.2"),
                "@type": "as:Application",
                "foaf:name": "illustrations 1.2",
            },
            "as:generator": {"@id": LINKS.software(), "@type": "as:Application", "foaf:name": "glossator 0.1.0"},
            "inference": one["inference"],
            "resource": [
                {
                    "@type": "cnt:ContentAsText",
                    "chars": "<p>Illustration, 91 %, illustrations 1.2, machine-made</p>",
                    "format": "text/html",
                    "language": "en",
                },
                {"@type": "oa:Tag", "chars": "illustration", "format": "text/plain"},
            ],
            "on": f"{C}#xywh=200,400,100,50",
        }

    def test_a_polygon_is_a_choice_of_its_box_and_its_outline(self) -> None:
        on = annotation2(FINDINGS[1], 1, view())["on"]
        assert (on["@type"], on["full"]) == ("oa:SpecificResource", C)
        assert on["selector"]["@type"] == "oa:Choice"
        assert on["selector"]["default"]["value"] == "xywh=20,20,160,120"
        assert on["selector"]["item"]["@type"] == "oa:SvgSelector"

    def test_read_text_paints(self) -> None:
        assert annotation2(FINDINGS[2], 2, view())["motivation"] == ["sc:painting"]

    def test_a_collapsed_polygon_is_a_box(self) -> None:
        tiny = replace(BOX, region=Polygon(((5, 5), (5.1, 5), (5.2, 5.1))))
        assert annotation2(tiny, 0, view(tiny))["on"] == f"{C}#xywh=10,10,1,1"
