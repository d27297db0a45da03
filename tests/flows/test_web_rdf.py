"""Every annotation, page and collection is a graph: the same one in JSON-LD, N-Quads and Turtle."""

from __future__ import annotations

import hashlib

import orjson
import pytest
from pyld import jsonld
from rdflib import Graph, Literal, URIRef
from rdflib.compare import isomorphic

from iiif_store.jsonld import context_document, expand, to_rdf
from iiif_store.links import Links
from tests.web import WebRoom

OA = "http://www.w3.org/ns/oa#"
LINKS = Links("http://localhost")


@pytest.fixture(scope="module")
def documents(web: WebRoom) -> dict[str, str]:
    """Paths by what they lead to."""
    source = web.register()
    canvas = web.services.sources.manifest(web.services.sources.open(source)).canvases[0]
    machine = web.client.get(web.page(source)).get_json(force=True)["items"][0]["id"]
    outline = "<svg><path d='M1 1 L5 1 L5 5 Z'/></svg>"
    sent = {
        "@context": ["http://www.w3.org/ns/anno.jsonld", {"mood": "https://a.example/mood"}],
        "type": "Annotation",
        "mood": "happy",
        "motivation": ["commenting", "tagging"],
        "body": [
            {"type": "TextualBody", "value": "Größe <b>", "language": "de"},
            {"type": "Choice", "items": ["https://a.example/1", {"type": "TextualBody", "value": "x"}]},
        ],
        "target": [
            {"type": "SpecificResource", "source": canvas.id, "selector": {"type": "SvgSelector", "value": outline}},
            f"{canvas.id}#xywh=1,2,3,4",
        ],
        "rights": "http://creativecommons.org/licenses/by/4.0/",
    }
    made = web.client.post(f"/annotations/{source}/", json=sent)
    assert made.status_code == 201, made.text
    return {
        "of a model": machine,
        "of a person": made.headers["Location"],
        "page of a model": web.page(source),
        "list of version 2": web.page(source, version="2"),
        "page of people": f"/iiif/3/{source}/{canvas.key}/curated",
        "list of people": f"/iiif/2/{source}/{canvas.key}/curated",
        "collection of a model": f"/iiif/3/{source}/layers/probe",
        "collection of people": f"/iiif/3/{source}/layers/curated",
        "container": f"/annotations/{source}/",
        "container whole": f"/annotations/{source}/?iris=0",
        "page of the container": f"/annotations/{source}/?iris=1&page=0",
    }


NAMES = ("of a model", "of a person", "page of a model", "list of version 2", "page of people", "list of people")
NAMES += ("collection of a model", "collection of people", "container", "container whole", "page of the container")


def graph(data: bytes | str, form: str) -> Graph:
    return Graph().parse(data=data, format=form)


@pytest.mark.parametrize("name", NAMES)
def test_all_forms_are_the_same_graph(web: WebRoom, documents: dict[str, str], name: str) -> None:
    told = web.client.get(documents[name])
    answers = {
        form: web.client.get(documents[name], headers={"Accept": form})
        for form in ("application/n-quads", "text/turtle")
    }
    wanted = graph(to_rdf(told.get_json(force=True), LINKS), "nt")
    assert len(wanted) >= 4
    tags = {told.headers["ETag"]}
    for form, answer in answers.items():
        assert (answer.status_code, answer.mimetype) == (200, form)
        assert isomorphic(graph(answer.data, "nt" if form == "application/n-quads" else "turtle"), wanted), form
        assert "Accept" in answer.headers["Vary"] and answer.headers["Access-Control-Allow-Origin"] == "*"
        tags.add(answer.headers["ETag"])
        assert web.client.get(documents[name], headers={"Accept": form}).data == answer.data  # warm as well
    assert len(tags) == 3


@pytest.mark.parametrize("name", NAMES)
def test_to_rdf_and_back_keeps_the_graph(web: WebRoom, documents: dict[str, str], name: str) -> None:
    quads = web.client.get(documents[name], headers={"Accept": "application/n-quads"}).text
    back = jsonld.from_rdf(quads, {"format": "application/n-quads"})
    again = jsonld.to_rdf(back, {"format": "application/n-quads"})
    assert isomorphic(graph(again, "nt"), graph(quads, "nt"))


def test_an_annotation_says_in_rdf_what_it_says(web: WebRoom, documents: dict[str, str]) -> None:
    found = graph(web.client.get(documents["of a person"], headers={"Accept": "text/turtle"}).data, "turtle")
    uri = URIRef(documents["of a person"])
    targets = list(found.objects(uri, URIRef(OA + "hasTarget")))
    assert len(targets) == 2
    selectors = list(found.subject_objects(URIRef(OA + "hasSelector")))
    assert len(selectors) == 1, "not lost to another property, as with the context of Presentation 3"
    assert (uri, URIRef("https://a.example/mood"), Literal("happy")) in found
    assert {str(word).removeprefix(OA) for word in found.objects(uri, URIRef(OA + "motivatedBy"))} == {
        "commenting",
        "tagging",
    }


def test_iris_that_are_none_are_encoded() -> None:
    document = {"@context": "http://www.w3.org/ns/anno.jsonld", "id": "urn:a:1", "type": "Annotation"}
    quads = to_rdf(document | {"target": 'https://a.example/a b"c'}, LINKS)
    assert "<https://a.example/a%20b%22c>" in quads
    graph(quads, "nt")


def test_our_context_is_served_and_its_first_version_never_changes(web: WebRoom) -> None:
    answer = web.client.get("/ns/glossator/1/context.json")
    document = answer.get_json(force=True)
    assert document == context_document(LINKS)
    assert document["@context"]["assessing"] == OA + "assessing"
    digest = hashlib.sha256(orjson.dumps(context_document(Links("https://a.example")), option=orjson.OPT_SORT_KEYS))
    assert digest.hexdigest() == "9ff7f1848cfe9d1cf362362af2ddf37c8b33d95033dbf7f10fe51f4578697859", (
        "documents everywhere name version 1 and mean what it said; what is new belongs into a version 2"
    )
    told = {"@context": LINKS.context(), "assessing": "x"}
    assert expand(told, LINKS) == [{OA + "assessing": [{"@value": "x"}]}]
