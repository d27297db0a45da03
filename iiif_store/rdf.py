"""Our JSON-LD documents as RDF graphs, in N-Quads and Turtle."""

from __future__ import annotations

import re
from typing import Literal

from .jsonld import to_rdf
from .links import Links
from .shape import JSON

Graph = Literal["application/n-quads", "text/turtle"]
"""Media types of what a document can be written in besides JSON."""

_BLANK = re.compile(r"_:(b[0-9]+)")

PREFIXES = {
    "as": "http://www.w3.org/ns/activitystreams#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "iiif": "http://iiif.io/api/presentation/3#",
    "ldp": "http://www.w3.org/ns/ldp#",
    "oa": "http://www.w3.org/ns/oa#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
}


def serialised(document: JSON, form: Graph, links: Links) -> bytes:
    """The graph that the document is, no more and no less. Raises UnknownContext for a context that is not shipped."""
    quads = to_rdf(document, links)
    return quads.encode() if form == "application/n-quads" else _turtle(quads, links)


def _turtle(quads: str, links: Links) -> bytes:
    from rdflib import BNode  # 0.2 s, which only those pay who ask for it
    from rdflib import Graph as Triples

    graph = Triples(bind_namespaces="none")
    for prefix, namespace in {**PREFIXES, "glossator": f"{links.context()}#"}.items():
        graph.bind(prefix, namespace)
    # N-Quads of one unnamed graph are N-Triples. Names of blank nodes stay, so that the same graph is the same bytes.
    blanks = {name: BNode(name) for name in _BLANK.findall(quads)}
    graph.parse(data=quads, format="ntriples", bnode_context=blanks)
    return graph.serialize(format="turtle", encoding="utf-8")
