"""Variants of the manifests of some fifty institutions: new canvases, the original first, nothing that leads back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from iiif_store.jsonld import expand
from iiif_store.links import VariantLinks, Version
from iiif_store.load import parse
from iiif_store.manifest import Manifest
from iiif_store.painting import contents, paintings
from iiif_store.shape import JSON, identifier, listed
from iiif_store.variant import drawn_image_body, is_offered, variant
from tests.spec.corpus import LAYERS, LINKS, SELECTION, Corpus, Entry
from tests.spec.presentation3 import Schema, made_by_publisher

VERSIONS: tuple[Version, ...] = ("3", "2")
MAY_NAME = {"seeAlso", "via", "body", "homepage", "related", "resource", "service", "thumbnail"}
"""Properties in which a canvas of the publisher may be named, some of them since it is called as its image service."""


@pytest.fixture(scope="session", params=["selection", "everything"])
def corpus(request: pytest.FixtureRequest) -> Corpus:
    """The small selection of this repository, then all of the large corpus where it is."""
    if request.param == "selection":
        return Corpus(SELECTION)
    shared: Path = request.getfixturevalue("shared_data")
    return Corpus(shared / "manifests")


def links(version: Version) -> VariantLinks:
    return VariantLinks(LINKS.base, "colorized", version)


def made(entry: Entry, found: Manifest, version: Version = "3") -> JSON:
    """With a picture of every canvas that can offer one."""
    names = links(version)
    drawn = {
        canvas.key: drawn_image_body(
            names.drawn(entry.source.id, canvas.key, "a" * 64, 0, version), "colourised", (800, 600), version
        )
        for canvas in found.canvases
        if is_offered(canvas)
    }
    return variant(found, LAYERS, drawn, source=entry.source, links=names)


def manifests(corpus: Corpus) -> Iterator[tuple[Entry, Manifest]]:
    for entry, found in corpus.manifests:
        if found.canvases:
            yield entry, found


def test_every_canvas_is_a_new_one_of_the_same_size_that_names_its_original(corpus: Corpus) -> None:
    for entry, found in manifests(corpus):
        new = [item for item in made(entry, found)["items"] if item["type"] == "Canvas"]
        for old, item in zip(found.canvases, new, strict=True):
            assert item["id"] == links("3").canvas(entry.source.id, old.key), entry.name
            assert (item.get("width"), item.get("height")) == (old.document.get("width"), old.document.get("height"))
            assert identifier(item["seeAlso"][-1]) == old.id
        assert len({item["id"] for item in new}) == len(new)


def test_the_original_is_the_first_choice_and_stays_what_it_was(corpus: Corpus) -> None:
    offered = 0
    for entry, found in manifests(corpus):
        new = [item for item in made(entry, found)["items"] if item["type"] == "Canvas"]
        for old, item in zip(found.canvases, new, strict=True):
            assert _seen(old.document) == _seen(item), (entry.name, old.id)
            choices = [one["body"] for one in paintings(item) if LINKS.base in str(one.get("body"))]
            assert len(choices) == is_offered(old)
            offered += len(choices)
            assert all(one["target"] == item["id"] for one in paintings(item) if one.get("body") in choices)
    assert offered > 100


def test_nothing_in_it_targets_a_canvas_of_the_publisher(corpus: Corpus) -> None:
    for entry, found in manifests(corpus):
        theirs = {canvas.id for canvas in found.canvases}
        for version in VERSIONS:
            for path, value in _strings(made(entry, found, version)):
                if value.partition("#")[0] in theirs:
                    told = [step for step in path if isinstance(step, str)]
                    assert MAY_NAME & set(told), (entry.name, path)


def test_version_2_has_the_same_choices(corpus: Corpus) -> None:
    for entry, found in manifests(corpus):
        document = made(entry, found, "2")
        assert document["@id"] == links("2").manifest(entry.source.id)
        canvases = document["sequences"][0]["canvases"]
        assert [canvas["@id"] for canvas in canvases] == [
            links("2").canvas(entry.source.id, canvas.key) for canvas in found.canvases
        ]
        choices = [image["resource"] for canvas in canvases for image in canvas["images"] if "/image/2/" in str(image)]
        ours = [one for one in choices if f"{LINKS.base}/iiif/image/2/" in str(one)]
        assert len(ours) == sum(map(is_offered, found.canvases)), entry.name
        for one in _choices(ours):
            assert one["default"] and LINKS.base not in str(one["default"].get("@id"))
            assert one["item"][0]["service"]["profile"] == "http://iiif.io/api/image/2/level2.json"


def test_it_reads_as_the_same_book_again(corpus: Corpus) -> None:
    for entry, found in manifests(corpus):
        for version in VERSIONS:
            again = parse(made(entry, found, version))
            assert isinstance(again, Manifest)
            pairs = zip(found.canvases, again.canvases, strict=True)
            if "drafts_read" in found.repairs and version == "2":
                continue
            for old, new in pairs:
                assert old.has_picture == new.has_picture, (entry.name, version, old.id)
                if is_offered(old) and version == "3":
                    assert old.painted().reference == new.painted().reference, (entry.name, old.id)


def test_no_schema_error_that_the_publisher_did_not_make(corpus: Corpus, shared_data: Path) -> None:
    schema, new = Schema(shared_data / "schemas" / "iiif_3_0.json"), {}
    for entry, found in manifests(corpus):
        errors = list(schema.errors(made(entry, found)))
        if found.version == "3":
            known = {error[:2] for error, _ in schema.errors(entry.enriched("3"))}
            fresh = [error for error, _ in errors if error[:2] not in known]
        else:
            fresh = [error for error, value in errors if not made_by_publisher(error, value, found.original)]
        if fresh:
            new[entry.name] = fresh[:3]
    assert new == {}


def test_iiif_prezi3_reads_what_it_could_read_before(corpus: Corpus) -> None:
    model, read = pytest.importorskip("iiif_prezi3").Manifest, 0
    for entry, found in manifests(corpus):
        if _loads(model, entry.enriched("3")):
            assert _loads(model, made(entry, found)), entry.name
            read += 1
    assert read > 10


def test_as_json_ld_the_choice_keeps_its_order() -> None:
    entry, found = next(manifests(Corpus(SELECTION)))
    document = made(entry, found)
    [choice, *_] = [one["body"] for item in document["items"] for one in paintings(item) if "items" in one["body"]]
    context = ["http://www.w3.org/ns/anno.jsonld", "http://iiif.io/api/presentation/3/context.json"]
    [expanded] = expand({"@context": context, "id": "urn:x", "type": "Annotation", "body": choice}, LINKS)
    [body] = expanded["http://www.w3.org/ns/oa#hasBody"]
    assert body["@type"] == ["http://www.w3.org/ns/oa#Choice"]
    [items] = body["http://www.w3.org/ns/activitystreams#items"]
    assert [one["@id"] for one in items["@list"]] == [one["id"] for one in choice["items"]]


def _strings(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(inner, (*path, key))
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from _strings(inner, (*path, n))


def _seen(canvas: JSON) -> list[JSON]:
    """What is shown when the canvas opens, but for labels."""
    bodies = [one.get("body") for one in paintings(canvas)]
    return [{**one, "label": None} for body in bodies for one in contents(body)]


def _choices(resources: list[Any]) -> Iterator[JSON]:
    for resource in resources:
        yield from (one for one in listed(resource) if one.get("@type") == "oa:Choice")


def _loads(model: Any, document: JSON) -> bool:
    try:
        model(**document)
    except Exception:  # noqa: BLE001 - whatever makes it fail
        return False
    return True
