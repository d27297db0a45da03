"""Presentation 2 to 3: what each property becomes."""

from __future__ import annotations

from typing import Any

import pytest

from iiif_store.load import parse
from iiif_store.shape import JSON
from iiif_store.upgrade import upgrade

P2 = "http://iiif.io/api/presentation/2/context.json"
P3 = "http://iiif.io/api/presentation/3/context.json"


def manifest(sequence: JSON | None = None, canvas: JSON | None = None, **more: Any) -> JSON:
    first = {
        "@id": "https://e.org/c/1",
        "@type": "sc:Canvas",
        "label": "1",
        "width": 10,
        "height": 20,
        **(canvas or {}),
    }
    second = {"@id": "https://e.org/c/2", "@type": "sc:Canvas", "label": "2", "width": 10, "height": 20}
    whole = {"@id": "https://e.org/s", "@type": "sc:Sequence", "canvases": [first, second], **(sequence or {})}
    return {
        "@context": P2,
        "@id": "https://e.org/m",
        "@type": "sc:Manifest",
        "label": "M",
        "sequences": [whole],
        **more,
    }


def range_(name: str, **more: Any) -> JSON:
    return {"@id": f"https://e.org/r/{name}", "@type": "sc:Range", "label": name, **more}


def uris(names: str) -> list[str]:
    return [f"https://e.org/r/{name}" for name in names]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"description": "D"}, {"summary": {"none": ["D"]}}),
        (
            {"attribution": ["A", "B"]},
            {"requiredStatement": {"label": {"en": ["Attribution"]}, "value": {"none": ["A", "B"]}}},
        ),
        (
            {"metadata": [{"label": [{"@value": "Titel", "@language": "de"}], "value": "X", "more": 1}]},
            {"metadata": [{"label": {"de": ["Titel"]}, "value": {"none": ["X"]}, "more": 1}]},
        ),
        (
            {"license": "https://creativecommons.org/licenses/by/4.0/"},
            {"rights": "http://creativecommons.org/licenses/by/4.0/"},
        ),
        (
            {"license": "https://rightsstatements.org/page/NoC-NC/1.0/"},
            {"rights": "http://rightsstatements.org/vocab/NoC-NC/1.0/"},
        ),
        (
            {"license": "https://e.org/terms", "metadata": []},
            {"metadata": [{"label": {"en": ["License"]}, "value": {"none": ["https://e.org/terms"]}}]},
        ),
        ({"viewingHint": "paged"}, {"behavior": ["paged"]}),
        ({"viewingHint": "odd"}, {"viewingHint": "odd"}),
        (
            {"thumbnail": "https://e.org/t.jpg"},
            {"thumbnail": [{"id": "https://e.org/t.jpg", "type": "Image"}]},
        ),
        (
            {"related": {"@id": "https://e.org/", "format": "text/html"}},
            {"homepage": [{"id": "https://e.org/", "format": "text/html", "type": "Text", "label": {"none": ["https://e.org/"]}}]},
        ),
        (
            {"rendering": [{"@id": "https://e.org/x.pdf", "label": "PDF", "format": "application/pdf"}]},
            {"rendering": [{"id": "https://e.org/x.pdf", "label": {"none": ["PDF"]}, "format": "application/pdf",
                            "type": "Text"}]},
        ),
        ({"seeAlso": "https://e.org/x.xml"}, {"seeAlso": [{"id": "https://e.org/x.xml", "type": "Dataset"}]}),
        ({"within": "https://e.org/top"}, {"partOf": [{"id": "https://e.org/top", "type": "Collection"}]}),
        ({"within": ""}, {"partOf": []}),
        (
            {"logo": "https://e.org/logo.png"},
            {
                "provider": [
                    {
                        "id": "https://e.org/",
                        "type": "Agent",
                        "label": {"none": ["e.org"]},
                        "logo": [{"id": "https://e.org/logo.png", "type": "Image"}],
                    }
                ]
            },
        ),
        ({"navDate": "1900-01-01T00:00:00Z"}, {"navDate": "1900-01-01T00:00:00Z"}),
        ({"unknown": {"@id": "x"}}, {"unknown": {"@id": "x"}}),
        ({"requiredStatement": {"value": "R"}, "attribution": "R"}, {"requiredStatement": {"value": "R"}}),
        (
            {"requiredStatement": {"value": "R"}, "attribution": "A"},
            {"requiredStatement": {"value": "R"}, "attribution": "A"},
        ),
        (
            {"service": {"@context": "http://iiif.io/api/search/1/context.json", "@id": "https://e.org/s",
                         "profile": "http://iiif.io/api/search/1/search"}},
            {"service": [{"@id": "https://e.org/s", "@type": "SearchService1", "profile": "http://iiif.io/api/search/1/search"}]},
        ),
        (
            {"service": [{"@context": "https://e.org/own.json", "@id": "https://e.org/s", "label": "L"}]},
            {"service": [{"@context": "https://e.org/own.json", "@id": "https://e.org/s", "label": "L",
                          "@type": "Service"}]},
        ),
    ],
)  # fmt: skip
def test_properties(old: JSON, new: JSON) -> None:
    found = upgrade(manifest(**old))
    own = {key: value for key, value in found.items() if key not in ("@context", "id", "type", "label", "items")}
    assert own == new


def test_many_licences_are_told_once_each() -> None:
    names = [f"https://e.org/licence/{n}" for n in range(20_000)]
    found = upgrade(manifest({"license": names, "metadata": [{"label": "L", "value": "V"}] * 3}, license=names + names))
    values = [entry["value"]["none"][0] for entry in found["metadata"]]
    assert (values[:20_000], set(values[20_000:])) == (names, {"V"})


def test_identity() -> None:
    found = upgrade(manifest())
    assert {key: found[key] for key in ("@context", "id", "type", "label")} == {
        "@context": P3,
        "id": "https://e.org/m",
        "type": "Manifest",
        "label": {"none": ["M"]},
    }
    assert next(iter(found)) == "@context"


def test_other_contexts_stay_before_the_last() -> None:
    found = upgrade({**manifest(), "@context": [P2, "https://e.org/own.json"]})
    assert found["@context"] == ["https://e.org/own.json", P3]


def test_images() -> None:
    service = {"@context": "http://iiif.io/api/image/2/context.json", "@id": "https://i.org/a",
               "profile": "http://iiif.io/api/image/2/level1.json"}  # fmt: skip
    resource = {"@id": "https://i.org/a/full/full/0/default.jpg", "@type": "dctypes:Image", "service": service}
    image = {"@type": "oa:Annotation", "motivation": "sc:painting", "resource": resource, "on": "https://e.org/c/1"}
    found = upgrade(manifest(canvas={"images": [image]}))["items"][0]
    assert found["items"] == [
        {
            "id": "https://e.org/c/1/painting",
            "type": "AnnotationPage",
            "items": [
                {
                    "id": "https://e.org/c/1/painting/1",
                    "type": "Annotation",
                    "motivation": "painting",
                    "target": "https://e.org/c/1",
                    "body": {
                        "id": "https://i.org/a/full/full/0/default.jpg",
                        "type": "Image",
                        "service": [
                            {
                                "@id": "https://i.org/a",
                                "@type": "ImageService2",
                                "profile": "http://iiif.io/api/image/2/level1.json",
                            }
                        ],
                    },
                }
            ],
        }
    ]


def test_choice_crop_and_style() -> None:
    choice = {
        "@type": "oa:Choice",
        "item": [{"@id": "https://e.org/b.jpg", "@type": "dctypes:Image"}, "rdf:nil"],
        "default": {
            "@type": "oa:SpecificResource",
            "full": {"@id": "https://e.org/a.jpg", "@type": "dctypes:Image"},
            "selector": {"@type": "iiif:ImageApiSelector", "region": "0,0,5,5"},
            "style": "turned",
        },
    }
    sheet = {"@type": ["oa:CssStyle", "cnt:ContentAsText"], "chars": ".turned {}"}
    annotation = {
        "@type": "oa:Annotation",
        "motivation": "sc:painting",
        "resource": choice,
        "on": "x",
        "stylesheet": sheet,
    }
    found = parse(manifest(canvas={"images": [annotation]}))
    told = found.document["items"][0]["items"][0]["items"][0]
    assert told["body"] == {
        "type": "Choice",
        "items": [
            {
                "type": "SpecificResource",
                "source": {"id": "https://e.org/a.jpg", "type": "Image"},
                "selector": {"type": "ImageApiSelector", "region": "0,0,5,5"},
                "styleClass": "turned",
            },
            {"id": "https://e.org/b.jpg", "type": "Image"},
            "rdf:nil",
        ],
    }
    assert told["stylesheet"] == {"type": "CssStylesheet", "value": ".turned {}"}


def test_other_content_is_annotations() -> None:
    embedded = {
        "@id": "https://e.org/l/2",
        "@type": "sc:AnnotationList",
        "resources": [
            {
                "@type": "oa:Annotation",
                "motivation": "sc:painting",
                "resource": {"@type": "cnt:ContentAsText", "chars": "text", "format": "text/plain"},
                "on": "https://e.org/c/1#xywh=1,2,3,4",
            },
            {"@type": "oa:Annotation", "motivation": ["oa:tagging"], "resource": {"@type": "oa:Tag", "chars": "tag"}},
        ],
    }
    lists = [{"@id": "https://e.org/l/1", "@type": "sc:AnnotationList", "label": "L"}, "https://e.org/l/3", embedded]
    found = upgrade(manifest(canvas={"otherContent": lists}))["items"][0]["annotations"]
    assert found[:2] == [
        {"id": "https://e.org/l/1", "type": "AnnotationPage", "label": {"none": ["L"]}},
        {"id": "https://e.org/l/3", "type": "AnnotationPage"},
    ]
    text, tag = found[2]["items"]
    assert text["motivation"] == "supplementing"
    assert text["body"] == {"type": "TextualBody", "value": "text", "format": "text/plain"}
    assert text["target"] == "https://e.org/c/1#xywh=1,2,3,4"
    assert tag["body"] == {"type": "TextualBody", "value": "tag", "purpose": "tagging"}


def test_what_the_sequence_says_holds_for_the_manifest() -> None:
    sequence = {
        "viewingDirection": "right-to-left",
        "viewingHint": "paged",
        "startCanvas": "https://e.org/c/2",
        "label": "S",
    }
    found = upgrade(manifest(sequence, viewingDirection="left-to-right", rendering=[]))
    assert found["viewingDirection"] == "right-to-left"
    assert found["behavior"] == ["paged"]
    assert found["start"] == {"id": "https://e.org/c/2", "type": "Canvas"}


def test_further_sequences_are_ranges_and_their_canvases_are_kept() -> None:
    document = manifest()
    extra = {"@id": "https://e.org/c/3", "@type": "sc:Canvas", "label": "3", "width": 1, "height": 1}
    order = [extra, *reversed(document["sequences"][0]["canvases"])]
    document["sequences"].append(
        {"@id": "https://e.org/s/2", "@type": "sc:Sequence", "label": "Other", "canvases": order}
    )
    document["sequences"].append({"@id": "https://e.org/s/3", "@type": "sc:Sequence"})
    found = upgrade(document)
    assert [item["id"] for item in found["items"]] == ["https://e.org/c/1", "https://e.org/c/2", "https://e.org/c/3"]
    second, third = found["structures"]
    assert (second["id"], second["behavior"], second["label"]) == (
        "https://e.org/s/2",
        ["sequence"],
        {"none": ["Other"]},
    )
    assert [item["id"] for item in second["items"]] == ["https://e.org/c/3", "https://e.org/c/2", "https://e.org/c/1"]
    assert third["items"] == []


class TestRanges:
    def test_flat_ones_are_nested(self) -> None:
        ranges = [
            range_("top", viewingHint="top", ranges=uris("ab"), within="https://e.org/m"),
            range_("b", canvases=["https://e.org/c/2#xywh=0,0,1,1"], within="https://e.org/r/top"),
            range_("a", members=[{"@id": "https://e.org/c/1", "@type": "sc:Canvas", "label": "1"}]),
        ]
        (top,) = upgrade(manifest(structures=ranges))["structures"]
        assert [item["id"] for item in top["items"]] == uris("ab")
        a, b = top["items"]
        assert a["items"] == [{"type": "Canvas", "id": "https://e.org/c/1", "label": {"none": ["1"]}}]
        assert b["items"] == [{"id": "https://e.org/c/2#xywh=0,0,1,1", "type": "Canvas"}]
        assert b["partOf"] == [{"id": "https://e.org/r/top", "type": "Range"}]
        assert top["partOf"] == [{"id": "https://e.org/m", "type": "Manifest"}]
        assert "viewingHint" not in top

    def test_one_that_two_name_stands_in_the_first(self) -> None:
        ranges = [range_("a", ranges=uris("c")), range_("b", ranges=uris("c")), range_("c", canvases=[])]
        a, b = upgrade(manifest(structures=ranges))["structures"]
        assert a["items"][0]["items"] == []
        assert b["items"] == [{"id": "https://e.org/r/c", "type": "Range"}]

    def test_circles_end(self) -> None:
        ranges = [range_("a", ranges=uris("b")), range_("b", ranges=uris("a")), range_("c", ranges=uris("c"))]
        found = upgrade(manifest(structures=ranges))["structures"]
        assert [one["id"] for one in found] == uris("ac")
        assert found[0]["items"][0]["items"] == [{"id": "https://e.org/r/a", "type": "Range"}]
        assert found[1]["items"] == [{"id": "https://e.org/r/c", "type": "Range"}]

    def test_a_long_chain_is_cut_and_nothing_is_lost(self) -> None:
        ranges = [range_(str(n), ranges=[f"https://e.org/r/{n + 1}"]) for n in range(3000)]
        found = parse(manifest(structures=ranges)).document["structures"]

        def count(one: JSON) -> int:
            return 1 + sum(count(item) for item in one["items"] if "items" in item)

        assert sum(map(count, found)) == 3000

    def test_embedded_ones_and_those_called_canvases_are_read(self) -> None:
        inner = range_("b", canvases=["https://e.org/c/1"])
        mislabelled = range_("c", canvases=["https://e.org/c/2"]) | {"@type": "sc:Canvas"}
        found = upgrade(manifest(structures=[range_("a", ranges=[inner]), mislabelled]))["structures"]
        assert found[0]["items"][0]["items"] == [{"id": "https://e.org/c/1", "type": "Canvas"}]
        assert found[1]["type"] == "Range"


def test_nothing_given_is_changed() -> None:
    document = manifest(
        structures=[range_("a", ranges=uris("b")), range_("b")], license="x", logo="https://e.org/l.png"
    )
    before = repr(document)
    upgrade(document)
    assert repr(document) == before
