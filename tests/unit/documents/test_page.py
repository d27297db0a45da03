"""Annotation pages, lists, collections and layers; what others' checks and JSON-LD make of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from iiif_store.content_state import decode
from iiif_store.jsonld import UnknownContext, context_document, expand, to_rdf
from iiif_store.page import annotation_collection, annotation_list, annotation_page, layer2, standalone
from iiif_store.shape import JSON
from tests.spec.presentation3 import Schema
from tests.unit.documents.readings import BOX, FINDINGS, INFO, LINKS, C, manifest, view

OA = "http://www.w3.org/ns/oa#"
BASE = "https://annotations.example.org/g"


@pytest.fixture(scope="module")
def schema(shared_data: Path) -> Schema:
    return Schema(shared_data / "schemas" / "iiif_3_0.json")


@pytest.fixture(scope="module")
def assertions(shared_data: Path) -> list[tuple[str, Any, bool]]:
    from jsonschema import Draft4Validator
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT4

    root = shared_data / "annotation-model"
    registry: Any = Registry()
    for path in (root / "definitions").glob("*.json"):
        resource = Resource.from_contents(json.loads(path.read_bytes()), default_specification=DRAFT4)
        registry = registry.with_resource(path.name, resource)
    names = json.loads((root / "annotations" / "annotationMusts.test").read_bytes())["assertions"]
    found = []
    for name in names:
        schema = json.loads((root / name).read_bytes())
        valid = schema.get("expectedResult", "valid") == "valid"
        found.append((name, Draft4Validator(schema, registry=registry), valid))
    return found


@pytest.fixture(scope="module")
def expanded() -> list[JSON]:
    (page,) = expand(annotation_page(view()), LINKS)
    items: list[JSON] = page["http://www.w3.org/ns/activitystreams#items"][0]["@list"]
    return items


def test_a_page() -> None:
    found = annotation_page(view(previous="before", next="after"))
    key = manifest().canvases[0].key
    assert found["@context"] == [
        "http://www.w3.org/ns/anno.jsonld",
        "http://iiif.io/api/extension/text-granularity/context.json",
        f"{BASE}/ns/glossator/1/context.json",
        "http://iiif.io/api/presentation/3/context.json",
    ]
    assert next(iter(found)) == "@context"
    assert found["id"] == f"{BASE}/iiif/3/abcdefghijkl/{key}/illustrations"
    assert found["label"] == {"en": ["Illustrations (machine-generated)"]}
    (collection,) = found["partOf"]
    assert collection["id"] == f"{BASE}/iiif/3/abcdefghijkl/layers/illustrations"
    assert collection["partOf"] == [{"id": f"{BASE}/iiif/3/abcdefghijkl/manifest", "type": "Manifest"}]
    assert found["prev"] == {"id": f"{BASE}/iiif/3/abcdefghijkl/before/illustrations", "type": "AnnotationPage"}
    assert found["next"] == {"id": f"{BASE}/iiif/3/abcdefghijkl/after/illustrations", "type": "AnnotationPage"}
    assert len(found["items"]) == 7
    assert len({item["id"] for item in found["items"]}) == 7
    assert not any("@context" in item for item in found["items"])


def test_an_empty_page_has_items() -> None:
    found = annotation_page(view(replace(BOX, score=0.01)))
    assert found["items"] == []
    assert "prev" not in found
    assert "next" not in found
    assert "http://iiif.io/api/extension/text-granularity/context.json" not in found["@context"]
    assert annotation_list(view(replace(BOX, score=0.01)))["resources"] == []


def test_a_list_of_version_2() -> None:
    found = annotation_list(view())
    assert found["@context"][0] == "http://iiif.io/api/presentation/2/context.json"
    assert found["@type"] == "sc:AnnotationList"
    assert found["within"]["@type"] == "sc:Layer"
    assert found["within"]["label"]
    assert [item["@id"] for item in found["resources"]] == [item["id"] for item in annotation_page(view())["items"]]


def test_the_same_reading_on_another_base_differs_by_its_base_only() -> None:
    """The link to a viewer names it within a content state, which is encoded."""
    one, other = annotation_page(view()), annotation_page(view(links=replace(LINKS, base="http://127.0.0.1:8000")))
    for page in (one, other):
        for item in page["items"]:
            for link in item["rendering"]:
                link["id"] = json.dumps(decode(link["id"].partition("iiif-content=")[2]))
    assert json.dumps(one).replace(BASE, "http://127.0.0.1:8000") == json.dumps(other)


def test_an_annotation_on_its_own_has_a_context_whatever_the_layer_shows() -> None:
    found = standalone(view(), 4)
    assert found["@context"][0] == "http://www.w3.org/ns/anno.jsonld"
    assert found["inference"]["confidence"] == 0.1
    with pytest.raises(IndexError):
        standalone(view(), 99)


@pytest.mark.parametrize("total", [None, 58])
def test_collections_count_only_when_complete(total: int | None) -> None:
    keys = [canvas.key for canvas in manifest(canvases=3).canvases]
    found = annotation_collection(keys, source_id="src", layer="illustrations", info=INFO, links=LINKS, total=total)
    assert found.get("total") == total
    assert found["first"] == {"id": f"{BASE}/iiif/3/src/{keys[0]}/illustrations", "type": "AnnotationPage"}
    assert found["last"]["id"] == f"{BASE}/iiif/3/src/{keys[2]}/illustrations"
    assert "items" not in found
    twin = layer2(keys, source_id="src", layer="illustrations", info=INFO, links=LINKS, total=total)
    assert twin["@type"] == "sc:Layer"
    assert twin.get("total") == total
    assert twin["otherContent"] == [f"{BASE}/iiif/2/src/{key}/illustrations" for key in keys]


def test_a_layer_without_pages() -> None:
    found = annotation_collection([], source_id="src", layer="x", info=INFO, links=LINKS)
    assert "first" not in found


class TestSchema:
    def test_pages_and_collections_are_valid(self, schema: Schema) -> None:
        found = annotation_collection(["a"], source_id="src", layer="x", info=INFO, links=LINKS, total=3)
        documents = [annotation_page(view(next="n")), annotation_page(view(replace(BOX, score=0.0))), found]
        assert [error for document in documents for error in schema.errors(document)] == []


class TestModel:
    """The W3C assertions on the annotation model, from web-platform-tests."""

    def test_every_annotation_satisfies_them(self, assertions: list[tuple[str, Any, bool]]) -> None:
        assert len(assertions) > 10
        for n in range(len(FINDINGS)):
            found = standalone(view(), n) | {"@context": "http://www.w3.org/ns/anno.jsonld"}
            assert [name for name, check, valid in assertions if check.is_valid(found) != valid] == [], found["id"]

    def test_they_notice(self, assertions: list[tuple[str, Any, bool]]) -> None:
        for key in ("id", "type", "target", "@context"):
            found = standalone(view(), 0) | {"@context": "http://www.w3.org/ns/anno.jsonld"}
            del found[key]
            assert [name for name, check, valid in assertions if check.is_valid(found) != valid] != [], key


class TestMeaning:
    """What is left of an annotation when JSON-LD has expanded it with the shipped contexts."""

    def test_bodies(self, expanded: list[JSON]) -> None:
        text, tag, concept = expanded[1][f"{OA}hasBody"]
        assert text["@type"] == tag["@type"] == [f"{OA}TextualBody"]
        assert "Map, 91 %" in text["http://www.w3.org/1999/02/22-rdf-syntax-ns#value"][0]["@value"]
        assert tag[f"{OA}hasPurpose"] == [{"@id": f"{OA}tagging"}]
        assert concept["@type"] == [f"{OA}SpecificResource"]
        assert concept[f"{OA}hasPurpose"] == [{"@id": f"{OA}identifying"}]
        assert concept[f"{OA}hasSource"] == [{"@id": "http://www.wikidata.org/entity/Q4006"}]

    def test_targets(self, expanded: list[JSON]) -> None:
        assert expanded[0][f"{OA}hasTarget"] == [{"@id": f"{C}#xywh=200,400,100,50"}]
        (target,) = expanded[1][f"{OA}hasTarget"]
        assert target["@type"] == [f"{OA}SpecificResource"]
        assert target[f"{OA}hasSource"] == [{"@id": C}]
        (selector,) = next(value for key, value in target.items() if key.endswith("elector"))
        assert selector["@type"] == [f"{OA}SvgSelector"]

    def test_agents_and_dates(self, expanded: list[JSON]) -> None:
        for found in expanded:
            (creator,) = found["http://purl.org/dc/terms/creator"]
            assert creator["@id"] == LINKS.model("illustrations", "1.2")
            assert creator["http://xmlns.com/foaf/0.1/name"] == [{"@value": "illustrations 1.2"}]
            (generator,) = found["http://www.w3.org/ns/activitystreams#generator"]
            assert generator["http://xmlns.com/foaf/0.1/name"] == [{"@value": "glossator 0.1.0"}]
            assert found["http://purl.org/dc/terms/created"][0]["@value"] == "2026-09-01T09:12:44Z"

    def test_motivations_and_granularity(self, expanded: list[JSON]) -> None:
        motivated = [[one["@id"] for one in found[f"{OA}motivatedBy"]] for found in expanded]
        assert motivated[0] == [f"{OA}classifying", f"{OA}tagging"]
        assert motivated[2] == ["http://iiif.io/api/presentation/3#supplementing"]
        granularity = "http://iiif.io/api/extension/text-granularity#textGranularity"
        assert expanded[2][granularity] == [{"@id": "http://iiif.io/api/extension/text-granularity#line"}]

    def test_the_score_and_its_run(self, expanded: list[JSON]) -> None:
        base = f"{BASE}/ns/glossator/1/context.json#"
        (inference,) = expanded[0][f"{base}inference"]
        assert inference[f"{base}confidence"] == [{"@value": 0.9134}]
        assert inference[f"{base}scoreType"] == [{"@value": "calibrated"}]
        assert inference[f"{base}threshold"] == [{"@value": 0.25}]
        assert inference[f"{base}run"] == [{"@id": LINKS.run(view().reading.revision)}]

    def test_version_2_keeps_them_too(self) -> None:
        (page,) = expand(annotation_list(view()), LINKS)
        found = page["http://iiif.io/api/presentation/2#hasAnnotations"][0]["@list"]
        first = found[0]
        assert first[f"{OA}hasTarget"] == [{"@id": f"{C}#xywh=200,400,100,50"}]
        assert [one["@id"] for one in first[f"{OA}motivatedBy"]] == [f"{OA}classifying", f"{OA}tagging"]
        (inference,) = first[f"{BASE}/ns/glossator/1/context.json#inference"]
        assert inference[f"{BASE}/ns/glossator/1/context.json#confidence"] == [{"@value": 0.9134}]
        assert first["http://purl.org/dc/terms/creator"][0]["@id"] == LINKS.model("illustrations", "1.2")
        assert first[f"{OA}hasBody"][1]["@type"] == [f"{OA}Tag"]

    def test_quads(self) -> None:
        quads = to_rdf(standalone(view(), 0), LINKS)
        assert f"<{OA}hasBody>" in quads
        assert '"9.134E-1"^^<http://www.w3.org/2001/XMLSchema#double>' in quads

    def test_the_forgotten_motivation(self) -> None:
        verdict = standalone(view(), 0) | {"motivation": "assessing"}
        assert expand(verdict, LINKS)[0][f"{OA}motivatedBy"] == [{"@id": f"{OA}assessing"}]


def _contexts() -> Iterator[str]:
    yield from (annotation_page(view())["@context"])


def test_our_context_has_no_fixed_base() -> None:
    told = json.dumps(context_document(LINKS))
    assert BASE in told
    assert BASE not in json.dumps(context_document(replace(LINKS, base="https://other.example.net")))


def test_no_context_is_fetched() -> None:
    with pytest.raises(UnknownContext, match=r"https://e\.org/unknown\.json is not shipped"):
        expand({"@context": "https://e.org/unknown.json", "@id": "x"}, LINKS)
    assert all(expand({"@context": uri, "@id": "https://e.org/x"}, LINKS) == [] for uri in _contexts())
