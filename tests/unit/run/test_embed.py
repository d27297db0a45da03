"""A manifest with the pages inside it."""

from __future__ import annotations

import copy
from dataclasses import replace

from iiif_store.embed import embed
from iiif_store.load import parse
from iiif_store.manifest import Manifest
from iiif_store.shape import JSON
from iiif_store.source import Source
from tests.unit.documents.readings import LINKS, manifest, view

STAMP = "2026-09-01T09:00:00Z"
SOURCE = Source("abcdefghijkl", "https://e.org/m", "manifest", "M", (), STAMP, "", STAMP)


def parsed(document: JSON) -> Manifest:
    found = parse(document)
    assert isinstance(found, Manifest)
    return found


def test_pages_are_embedded_whole_and_without_a_context() -> None:
    book = manifest(canvases=3)
    before = copy.deepcopy(book.document)
    found = embed(book, [replace(view(), canvas=book.canvases[1])], source=SOURCE, links=LINKS)
    assert ["annotations" in canvas for canvas in found["items"]] == [False, True, False]
    (page,) = found["items"][1]["annotations"]
    assert page["items"]
    assert "@context" not in page
    assert page["id"] == LINKS.page("abcdefghijkl", book.canvases[1].key, "illustrations")
    assert found["@context"] == [
        "http://www.w3.org/ns/anno.jsonld",
        "http://iiif.io/api/extension/text-granularity/context.json",
        LINKS.context(),
        "http://iiif.io/api/presentation/3/context.json",
    ]
    assert book.document == before, "the publisher's document is shared and stays as it was"


def test_two_layers_and_what_the_publisher_has_there() -> None:
    document = copy.deepcopy(manifest().original)
    theirs = {"id": "https://e.org/theirs", "type": "AnnotationPage"}
    document["items"][0]["annotations"] = [theirs]
    book = parsed(document)
    first = replace(view(), canvas=book.canvases[0])
    second = replace(first, layer=replace(first.layer, name="illustrations@1"))
    found = embed(book, [first, second], source=SOURCE, links=LINKS)
    pages = found["items"][0]["annotations"]
    assert pages[0] == theirs
    assert [page["id"].rpartition("/")[2] for page in pages[1:]] == ["illustrations", "illustrations@1"]


def test_of_two_canvases_with_one_id_the_right_one_gets_the_page() -> None:
    document = copy.deepcopy(manifest(canvases=2).original)
    document["items"][1]["id"] = document["items"][0]["id"]
    book = parsed(document)
    found = embed(book, [replace(view(), canvas=book.canvases[1])], source=SOURCE, links=LINKS)
    assert ["annotations" in canvas for canvas in found["items"]] == [False, True]


def test_without_pages_nothing_is_said_of_a_machine() -> None:
    found = embed(manifest(), [], source=SOURCE, links=LINKS)
    assert found["label"] == {"en": ["M"]}
    assert "annotations" not in found["items"][0]
    assert "machine" not in str(found)
