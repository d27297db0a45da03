"""Which form of a document a client wants (specs 0.3; RFC 9110, 12.5). Headers repeat, so what they mean is kept."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple, get_args

from werkzeug.http import parse_accept_header

from iiif_store.links import Version
from iiif_store.rdf import Graph

Form = Literal["3", "2", "anno", "image", "image-2", "discovery", "search"]
"""Presentation 3 and 2, the Web Annotation model, Image API 3 and 2, Change Discovery, Content Search 2."""

PROFILES: dict[Form, str] = {
    "3": "http://iiif.io/api/presentation/3/context.json",
    "2": "http://iiif.io/api/presentation/2/context.json",
    "anno": "http://www.w3.org/ns/anno.jsonld",
    "image": "http://iiif.io/api/image/3/context.json",
    "image-2": "http://iiif.io/api/image/2/context.json",
    "discovery": "http://iiif.io/api/discovery/1/context.json",
    "search": "http://iiif.io/api/search/2/context.json",
}
JSON, JSON_LD = "application/json", "application/ld+json"
PROFILE_PATTERN = re.compile(r"presentation/([23])/context\.json")


class Preference(NamedTuple):
    """JSON-LD rather than plain JSON by the rule of version 3, by that of version 2, and whether gzip is taken."""

    linked: bool
    linked_in_2: bool
    zipped: bool
    graph: Graph | None = None
    """RDF asked for rather than JSON, where a document can be had as such."""


@lru_cache(maxsize=1024)
def preference(accept: str, encoding: str) -> Preference:
    """Version 3 prefers JSON-LD, plain JSON where only that is acceptable; version 2 the other way round.

    Nothing acceptable counts as no preference: a viewer with an odd header still gets its document.
    """
    weights = _weights(accept)
    fallback = max(weights.get("*/*", 0.0), weights.get("application/*", 0.0))
    ld, plain = weights.get(JSON_LD, fallback), weights.get(JSON, fallback)
    codings = {name.lower(): weight for name, weight in parse_accept_header(encoding)}
    zipped = codings.get("gzip", codings.get("*", 0.0)) > 0
    return Preference(ld >= plain, weights.get(JSON_LD, 0.0) > plain, zipped, _graph(weights, fallback))


def acceptable(accept: str) -> bool:
    """Whether any form of an annotation is acceptable, for doors whose protocol has 406 (Web Annotation Protocol)."""
    weights = _weights(accept)
    ranges = ("*/*", "application/*", "text/*", JSON, JSON_LD, *get_args(Graph))
    return not weights or any(weights.get(name, 0.0) > 0 for name in ranges)


def _graph(weights: dict[str, float], fallback: float) -> Graph | None:
    """The form of RDF that is named and wanted more than JSON is, by name or by a range."""
    named = max(weights.get(JSON_LD, 0.0), weights.get(JSON, 0.0))
    best: Graph = max(get_args(Graph), key=lambda form: weights.get(form, 0.0))
    weight = weights.get(best, 0.0)
    return best if weight > named and weight >= fallback else None


def media_type(wanted: Preference, form: Form) -> str:
    """The Content-Type of a document in this form."""
    linked = wanted.linked_in_2 if form in ("2", "image-2") else wanted.linked
    return f'{JSON_LD};profile="{PROFILES[form]}"' if linked else JSON


def presentation_version(accept: str) -> Version:
    """The version asked for by a profile, the newest without one (cookbook 0057)."""
    asked = {
        match[1]: weight for name, weight in parse_accept_header(accept) if (match := PROFILE_PATTERN.search(name))
    }
    return "2" if asked.get("2", 0.0) > asked.get("3", 0.0) else "3"


def _weights(accept: str) -> dict[str, float]:
    """The highest weight of every media range, its parameters left out."""
    weights: dict[str, float] = {}
    for name, weight in parse_accept_header(accept):
        bare = name.partition(";")[0].strip().lower()
        weights[bare] = max(weight, weights.get(bare, 0.0))
    return weights
