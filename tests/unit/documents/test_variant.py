"""The manifest with derived images beside the originals."""

from __future__ import annotations

from typing import Any

import pytest

from iiif_store.embed import embed
from iiif_store.enrich import LayerReference
from iiif_store.errors import NotFound
from iiif_store.links import VariantLinks
from iiif_store.load import parse
from iiif_store.manifest import Manifest
from iiif_store.shape import JSON
from iiif_store.source import Source, source_id
from iiif_store.variant import announce, archived, drawn_image_body, is_offered, variant, variant_canvas
from tests.unit.documents.readings import LINKS, view
from tests.unit.documents.readings import manifest as plain_manifest

URL = "https://museum.example.net/iiif/album7/manifest"
SOURCE = Source(source_id(URL), URL, "manifest", "Album 7", (), "2026-09-01T00:00:00Z", "", "2026-09-01T09:00:00Z")
OURS = VariantLinks(LINKS.base, "colorized")
LAYERS = (LayerReference("colorize", "Colourise (machine-generated)"),)
FIRST, SECOND = "https://e.org/c/1", "https://e.org/c/2"


def manifest(first: JSON | None = None, **more: Any) -> Manifest:
    """Two canvases, the first with other properties."""
    document = plain_manifest(canvases=2).document
    items = [document["items"][0] | (first or {}), document["items"][1]]
    found = parse(document | {"items": items} | more)
    assert isinstance(found, Manifest)
    return found


def body(key: str) -> JSON:
    return drawn_image_body(OURS.drawn(SOURCE.id, key, "a" * 64, 0), "colourised", (2000, 1000), "3")


def made(found: Manifest, links: VariantLinks = OURS) -> JSON:
    drawn = {canvas.key: body(canvas.key) for canvas in found.canvases if is_offered(canvas)}
    return variant(found, LAYERS, drawn, source=SOURCE, links=links)


def painting(canvas: JSON, n: int = 0) -> JSON:
    found: JSON = canvas["items"][0]["items"][n]
    return found


def paints(*annotations: JSON) -> JSON:
    items = [
        {"id": f"{FIRST}/a{n}", "type": "Annotation", "motivation": "painting", **one}
        for n, one in enumerate(annotations)
    ]
    return {"items": [{"id": f"{FIRST}/p", "type": "AnnotationPage", "items": items}]}


IMAGE = {"id": "https://e.org/a.jpg", "type": "Image", "width": 2000, "height": 1000}


def test_a_body_becomes_a_choice_with_the_original_first() -> None:
    found = manifest()
    canvas = made(found)["items"][0]
    uri = OURS.canvas(SOURCE.id, found.canvases[0].key)
    assert (canvas["id"], painting(canvas)["target"]) == (uri, uri)
    assert painting(canvas)["body"] == {
        "type": "Choice",
        "items": [IMAGE | {"label": {"en": ["Original"]}}, body(found.canvases[0].key)],
    }


def test_a_choice_of_the_publisher_grows_and_keeps_its_words() -> None:
    options = [
        IMAGE | {"label": {"en": ["Daylight"]}},
        IMAGE | {"id": "https://e.org/b.jpg", "label": {"en": ["X-ray"]}},
    ]
    choice = {"id": "https://e.org/choice", "type": "Choice", "items": options}
    found = manifest(paints({"target": FIRST, "body": choice}))
    new = painting(made(found)["items"][0])["body"]
    assert new["id"] == "https://e.org/choice"
    assert [one["label"]["en"][0][:9] for one in new["items"]] == ["Daylight", "Colourise", "X-ray"]


@pytest.mark.parametrize(
    "annotations",
    [
        pytest.param([{"target": FIRST, "body": IMAGE}] * 2, id="two images"),
        pytest.param([{"target": f"{FIRST}#xywh=0,0,100,100", "body": IMAGE}], id="a part of the canvas"),
        pytest.param([{"target": FIRST, "body": {"type": "TextualBody", "value": "words"}}], id="no image"),
    ],
)
def test_what_is_no_choice_between_images_keeps_the_original(annotations: list[JSON]) -> None:
    found = manifest(paints(*annotations))
    assert not is_offered(found.canvases[0])
    drawn = {found.canvases[0].key: body(found.canvases[0].key)}
    canvas = variant(found, (), drawn, source=SOURCE, links=OURS)["items"][0]
    assert [one["body"] for one in canvas["items"][0]["items"]] == [one["body"] for one in annotations]
    fragments = [one["target"].removeprefix(canvas["id"]) for one in canvas["items"][0]["items"]]
    assert fragments == [str(one["target"]).removeprefix(FIRST) for one in annotations]


def test_annotations_of_the_publisher_come_along_as_derived_ones() -> None:
    comment = {
        "id": "https://e.org/n",
        "type": "Annotation",
        "motivation": "commenting",
        "target": f"{FIRST}#xywh=1,2,3,4",
    }
    embedded = {"id": "https://e.org/np", "type": "AnnotationPage", "items": [comment]}
    elsewhere = {"id": "https://e.org/far", "type": "AnnotationPage"}
    canvas = made(manifest({"annotations": [embedded, elsewhere]}))["items"][0]
    theirs, ours = canvas["annotations"]
    assert theirs["id"].startswith(canvas["id"])
    assert theirs["items"] == [
        comment | {"id": f"{theirs['id']}/1", "target": f"{canvas['id']}#xywh=1,2,3,4", "via": "https://e.org/n"}
    ]
    assert ours["id"] == OURS.page(SOURCE.id, canvas["id"].rpartition("/")[2], "colorize") and "items" not in ours


def test_ranges_and_start_lead_to_the_new_canvases() -> None:
    part = {
        "type": "SpecificResource",
        "source": FIRST,
        "selector": {"type": "FragmentSelector", "value": "xywh=1,2,3,4"},
    }
    inner = {
        "id": "https://e.org/r/2",
        "type": "Range",
        "items": [{"id": f"{SECOND}#xywh=1,2,3,4", "type": "Canvas"}, part],
    }
    outer = {
        "id": "https://e.org/r/1",
        "type": "Range",
        "items": [inner],
        "thumbnail": [{"id": FIRST, "type": "Image"}],
    }
    document = made(manifest(structures=[outer], start={"id": SECOND, "type": "Canvas"}))
    one, two = (canvas["id"] for canvas in document["items"])
    assert document["start"]["id"] == two
    [found] = document["structures"]
    assert found["thumbnail"][0]["id"] == FIRST and found["id"] == "https://e.org/r/1"
    assert found["items"][0]["items"][0]["id"] == f"{two}#xywh=1,2,3,4"
    assert found["items"][0]["items"][1]["source"] == one


def test_canvases_with_one_id_get_two() -> None:
    found = manifest({"id": SECOND} | paints({"target": SECOND, "body": IMAGE}))
    first, second = made(found)["items"]
    assert first["id"] != second["id"]
    assert [painting(canvas)["target"] for canvas in (first, second)] == [first["id"], second["id"]]


def test_it_says_what_it_is_and_where_it_comes_from() -> None:
    document = made(manifest(requiredStatement={"label": {"en": ["Credit"]}, "value": {"en": ["The museum"]}}))
    assert document["label"] == {"en": ["M (with machine-made pictures)"]}
    host = "(annotations.example.org)"
    assert document["requiredStatement"]["value"]["en"] == [
        "The museum",
        f"Annotations generated by software and not checked by a person {host}",
        f"Pictures labelled as made by software were derived from the originals and are no historical evidence {host}",
    ]
    assert [link["id"] for link in document["seeAlso"]] == [URL]
    assert "canvases renamed" in document["metadata"][-1]["value"]["en"][0]


def test_the_original_is_not_changed() -> None:
    found, again = manifest(), manifest()
    made(found)
    assert found.document == again.document


def test_one_canvas_as_a_document() -> None:
    found = manifest()
    key, drawn = found.canvases[1].key, {found.canvases[1].key: body(found.canvases[1].key)}
    for links in (OURS, VariantLinks(LINKS.base, "colorized", "2")):
        canvas = variant_canvas(found, key, LAYERS, drawn, source=SOURCE, links=links)
        assert next(iter(canvas)) == "@context"
        assert canvas.get("id", canvas.get("@id")) == links.canvas(SOURCE.id, key)
    with pytest.raises(NotFound):
        variant_canvas(found, "a" * 12, LAYERS, drawn, source=SOURCE, links=OURS)


def test_links_to_it_and_to_its_files() -> None:
    enriched = {"seeAlso": [{"id": URL, "type": "Manifest"}]}
    known = {"colorized": "colourised"}
    told = announce(enriched, known, source=SOURCE, links=LINKS, version="3")["seeAlso"]
    assert [link["id"] for link in told] == [URL, OURS.manifest(SOURCE.id)]
    assert told[1]["label"] == {"en": ["With pictures colourised by software"]}
    assert announce(enriched, {}, source=SOURCE, links=LINKS, version="3") is enriched
    [link] = archived({}, source=SOURCE, links=OURS)["rendering"]
    assert link["id"] == OURS.archive(SOURCE.id) and link["format"] == "application/zip"


def test_embedded_pages_are_on_its_canvases_and_name_the_annotations_they_repeat() -> None:
    found = manifest()
    first = found.canvases[0]
    document = embed(
        found, [view(canvas=first, source_id=SOURCE.id)], source=SOURCE, links=OURS, drawn={first.key: body(first.key)}
    )
    canvas = document["items"][0]
    [page] = canvas["annotations"]
    assert all(str(item["target"]).find(FIRST) < 0 for item in page["items"])
    assert page["items"][0]["target"].startswith(canvas["id"] + "#xywh=")
    assert page["items"][0]["canonical"].startswith(f"{LINKS.base}/annotations/{SOURCE.id}/")
    assert document["label"] == {"en": ["M (with machine-made pictures)"]}
    assert len(document["requiredStatement"]["value"]["en"]) == 2
