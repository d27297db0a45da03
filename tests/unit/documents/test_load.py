"""What is read, and what is refused with a reason and a JSON path."""

from __future__ import annotations

import json
from typing import Any

import pytest

from iiif_store.errors import NotFound, NotIIIF
from iiif_store.load import parse
from iiif_store.manifest import Collection, Manifest
from iiif_store.shape import JSON

P2 = "http://iiif.io/api/presentation/2/context.json"
P3 = "http://iiif.io/api/presentation/3/context.json"
CANVAS2 = {"@id": "https://e.org/c/1", "@type": "sc:Canvas", "label": "1", "width": 10, "height": 20, "images": []}
CANVAS3 = {"id": "https://e.org/c/1", "type": "Canvas", "width": 10, "height": 20, "items": []}


def manifest2(**more: Any) -> JSON:
    sequences = [{"@type": "sc:Sequence", "canvases": [CANVAS2]}]
    return {
        "@context": P2,
        "@id": "https://e.org/m",
        "@type": "sc:Manifest",
        "label": "M",
        "sequences": sequences,
        **more,
    }


def manifest3(**more: Any) -> JSON:
    return {
        "@context": P3,
        "id": "https://e.org/m",
        "type": "Manifest",
        "label": {"en": ["M"]},
        "items": [CANVAS3],
        **more,
    }


def manifest(data: bytes | JSON, **options: Any) -> Manifest:
    found = parse(data, **options)
    assert isinstance(found, Manifest)
    return found


def test_both_versions_are_read() -> None:
    for document, version in ((manifest2(), "2"), (manifest3(), "3")):
        found = manifest(json.dumps(document).encode())
        assert (found.version, found.id, found.label, found.repairs) == (version, "https://e.org/m", "M", ())
        assert found.original == document
        assert found.document["type"] == "Manifest"
        (canvas,) = found.canvases
        assert (canvas.id, canvas.width, canvas.height) == ("https://e.org/c/1", 10, 20)
        assert found.canvas(canvas.key) is canvas


def test_what_is_given_is_copied() -> None:
    given = manifest3(label="text")
    before = json.dumps(given)
    found = manifest(given)
    assert json.dumps(given) == before
    assert found.original == given
    assert found.original is not given
    assert found.document["label"] == {"none": ["text"]}


def test_an_unknown_canvas_is_not_found() -> None:
    with pytest.raises(NotFound, match="no canvas abc"):
        manifest(manifest3()).canvas("abc")


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert manifest(b"\xef\xbb\xbf" + json.dumps(manifest3()).encode()).label == "M"


def test_a_document_without_an_id_is_called_by_its_url() -> None:
    document = manifest3()
    del document["id"]
    found = manifest(document, url="https://e.org/here")
    assert (found.id, found.repairs) == ("https://e.org/here", ("id_added",))
    with pytest.raises(NotIIIF) as caught:
        parse(document)
    assert caught.value.path == "$.id"


def test_a_repeated_canvas_id_has_a_key_of_its_own() -> None:
    found = manifest(manifest3(items=[CANVAS3, CANVAS3]))
    one, other = found.canvases
    assert one.id == other.id
    assert one.key != other.key
    assert one.key == manifest(manifest3()).canvases[0].key


def test_scenes_of_version_4_pass_through_and_are_no_canvases() -> None:
    scene = {"id": "https://e.org/s", "type": "Scene", "items": [{"x": 1}]}
    found = manifest(manifest3(items=[scene, CANVAS3]))
    assert [canvas.id for canvas in found.canvases] == ["https://e.org/c/1"]
    assert found.document["items"][0] == scene


@pytest.mark.parametrize(
    ("document", "path", "reason"),
    [
        ([], "$", "no object"),
        ("text", "$", "no object"),
        ({}, "$.type", "no type"),
        ({"type": "sc:AnnotationList"}, "$.type", "annotation page or list"),
        ({"@type": "sc:AnnotationList"}, "$.@type", "annotation page or list"),
        ({"type": "AnnotationPage", "items": []}, "$.type", "annotation page or list"),
        ({"@type": "sc:Layer"}, "$.@type", "annotation collection or layer"),
        ({"type": "Annotation"}, "$.type", "single annotation"),
        ({"@type": "sc:Canvas"}, "$.@type", "single canvas"),
        ({"@type": "sc:Sequence"}, "$.@type", "single sequence"),
        ({"@type": "sc:Range"}, "$.@type", "single range"),
        ({"type": "OrderedCollection"}, "$.type", "stream of activities"),
        ({"@context": "http://iiif.io/api/image/3/context.json", "type": "ImageService3"}, "$", "info.json"),
        ({"@context": "http://iiif.io/api/image/2/context.json", "@id": "x"}, "$", "info.json"),
        ({"type": "FeatureCollection"}, "$.type", "'FeatureCollection'"),
        (manifest2(sequences=[]), "$.sequences", "without any canvas"),
        (manifest2(sequences=[7]), "$.sequences[0]", "sequence that is no object"),
        (manifest2(sequences=[{"canvases": [CANVAS2, "x"]}]), "$.sequences[0].canvases[1]", "canvas that is no object"),
        (manifest3(items=[]), "$.items", "without any canvas"),
        (manifest3(items=None), "$.items", "without any canvas"),
        (manifest3(items=[CANVAS3, 7]), "$.items[1]", "item that is no object"),
        ({"type": "Collection", "id": "https://e.org/c"}, "$.items", "without members"),
        ({"@type": "sc:Collection", "@id": "https://e.org/c", "members": [7]}, "$.members[0]", "member"),
    ],
)
def test_refusals_name_the_path(document: Any, path: str, reason: str) -> None:
    with pytest.raises(NotIIIF, match=reason) as caught:
        parse(json.dumps(document).encode(), url="https://e.org/doc")
    assert (caught.value.path, caught.value.url) == (path, "https://e.org/doc")
    assert "https://e.org/doc" in str(caught.value)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not JSON"),
        (b"<!DOCTYPE html><html>", "HTML page"),
        (b'{"a": ', "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b'{"a": NaN}', "not JSON"),
        (b"[" * 5000 + b"]" * 5000, "not JSON"),
        (b'{"type":"Manifest","label":' + b'{"a":' * 400 + b"1" + b"}" * 401, "not JSON"),
    ],
)
def test_bytes_that_are_no_json(data: bytes, reason: str) -> None:
    with pytest.raises(NotIIIF, match=reason):
        parse(data)


def test_deep_documents_are_read_or_refused() -> None:
    for depth in (50, 120, 240):
        selector: JSON = {"@type": "oa:Choice", "default": {"@type": "oa:FragmentSelector", "value": "xywh=0,0,1,1"}}
        for _ in range(depth):
            selector = {"@type": "oa:SpecificResource", "selector": selector}
        annotation = {
            "@type": "oa:Annotation",
            "motivation": "sc:painting",
            "on": "https://e.org/c/1",
            "resource": selector,
        }
        document = manifest2(sequences=[{"canvases": [CANVAS2 | {"images": [annotation]}]}])
        try:
            assert parse(document).id == "https://e.org/m"
        except NotIIIF as error:
            assert "deep" in error.reason or "JSON" in error.reason


def test_collections_of_both_versions() -> None:
    members = [
        {
            "@id": "https://e.org/c2",
            "@type": "sc:Collection",
            "label": "Inner",
            "manifests": [{"@id": "https://e.org/m2"}],
        },
        {"@id": "https://e.org/m1", "@type": "sc:Manifest", "label": "M1"},
    ]
    found = parse(
        {"@context": P2, "@id": "https://e.org/c", "@type": "sc:Collection", "label": "C", "members": members}
    )
    assert isinstance(found, Collection)
    assert found.version == "2"
    expected = [
        ("https://e.org/c2", "collection", "Inner"),
        ("https://e.org/m2", "manifest", ""),
        ("https://e.org/m1", "manifest", "M1"),
    ]
    assert [(member.id, member.kind, member.label) for member in found.members] == expected
    again = parse(found.document)
    assert isinstance(again, Collection)
    assert again.version == "3"
    assert [(member.id, member.kind, member.label) for member in again.members] == expected


def test_an_empty_collection_is_one() -> None:
    found = parse({"@context": P2, "@id": "https://e.org/c", "@type": "sc:Collection", "label": "C"})
    assert isinstance(found, Collection)
    assert found.members == ()


def test_the_further_pages_of_a_collection_are_members() -> None:
    document = {"@context": P2, "@id": "https://e.org/c", "@type": "sc:Collection", "label": "C", "total": 9}
    found = parse(document | {"first": "https://e.org/c?page=1", "last": "https://e.org/c?page=9"})
    assert isinstance(found, Collection)
    assert [(member.id, member.kind) for member in found.members] == [
        ("https://e.org/c?page=1", "collection"),
        ("https://e.org/c?page=9", "collection"),
    ]


def test_neighbours_are_canvases_with_a_picture() -> None:
    body = {"id": "https://e.org/a.jpg", "type": "Image"}
    paint = [{"items": [{"motivation": "painting", "body": body, "target": "x"}]}]
    canvases = [CANVAS3 | {"id": f"https://e.org/c/{n}", "items": [] if n == 1 else paint} for n in range(4)]
    found = manifest(manifest3(items=canvases))
    keys = [canvas.key for canvas in found.canvases]
    assert found.neighbours(keys[0]) == (None, keys[2])
    assert found.neighbours(keys[2]) == (keys[0], keys[3])
    assert found.neighbours(keys[3]) == (keys[2], None)
    assert found.neighbours(keys[1]) == (None, None)
