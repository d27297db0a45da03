"""A Web Annotation as somebody sends it, in whatever form of JSON-LD, to the one form that is kept and published.

It is expanded with the contexts that are shipped, framed into one tree, and compacted with ours, so that what follows
sees one spelling of everything. Members that no context defines are lost on that way, as JSON-LD has it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from . import bodies, iris
from .annotation import document_context
from .home import stored
from .jsonld import RELATIVE, expand, framed, unfolded
from .links import Links
from .shape import JSON, listed
from .targets import Scene, place
from .unusable import Unusable
from .vocabulary import PRESENTATION_3, WEB_ANNOTATION

LARGEST = 256 * 1024
"""Bytes of one annotation."""
DEEPEST, MOST = 32, 10_000
"""Levels and values of its JSON."""
LONGEST = 1_000
"""Values of one list: to put them together takes time with their square."""

ANNOTATION = "http://www.w3.org/ns/oa#Annotation"
_MOMENT = re.compile(
    r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?"
    r"(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])"
)
_PRESENTATION = (PRESENTATION_3, PRESENTATION_3.replace("http:", "https:"))
_DATES = ("created", "modified", "generated")


@dataclass(frozen=True, slots=True)
class Incoming:
    """A usable annotation: as it is kept, without `id`; the id that it came with; and the canvases that it targets."""

    document: JSON
    id: str | None
    canvases: tuple[str, ...]


def read(document: Any, scene: Scene, links: Links) -> Incoming:
    """Raises Unusable, with the path in our spelling of the document; UnknownContext, BadJsonLd."""
    _check_extent(document)
    told = _tree(document, scene, links)
    iri = told.pop("id", None)
    return _usable(stored(told, links), scene, iri if isinstance(iri, str) and iris.is_absolute(iri) else None)


def _tree(document: Any, scene: Scene, links: Links) -> JSON:
    """The annotation in our spelling, with our URLs as they were sent."""
    if not isinstance(document, dict | list):
        raise Unusable("it is no JSON object")
    if isinstance(document, dict) and "@context" not in document and {"type", "target"} & set(document):
        raise Unusable(f'it has no "@context"; add "@context": "{WEB_ANNOTATION}"')
    expanded = expand(_meant(document), links)
    roots = [node for node in expanded if isinstance(node, dict)]
    for node in roots:
        if str(node.get("@id", "")).startswith(RELATIVE):
            del node["@id"]
        iris.settle(node, scene)
    _check_unfolded(expanded)
    found = framed(expanded, ANNOTATION, document_context(links, granular=True), links)
    if len(found) != 1:
        told = "it is no Annotation" if not found else f"it holds {len(found)} annotations; send each by itself"
        raise Unusable(f'{told} ("type": "Annotation" of the Web Annotation model)', "$.type")
    return found[0]


def _meant(document: Any) -> Any:
    """With the annotation context in the place of Presentation 3's, which loses the bodies and targets of an annotation
    that stands alone (specs 0.2)."""
    if not isinstance(document, dict) or "@context" not in document:
        return document
    named = listed(document["@context"])
    if not any(context in _PRESENTATION for context in named if isinstance(context, str)):
        return document
    others = [context for context in named if context not in (WEB_ANNOTATION, *_PRESENTATION)]
    return document | {"@context": [WEB_ANNOTATION, *others]}


def _usable(told: JSON, scene: Scene, iri: str | None) -> Incoming:
    for name in _DATES:
        if name in told and not (isinstance(told[name], str) and _MOMENT.fullmatch(told[name])):
            raise Unusable(f"{name} is one date and time with a zone, such as 2026-01-31T12:00:00Z", f"$.{name}")
    if "bodyValue" in told and "body" in told:
        raise Unusable("it has both body and bodyValue; leave one out", "$.bodyValue")
    body = bodies.of_value(told.pop("bodyValue")) if "bodyValue" in told else told.get("body")
    placed = place(told.get("target"), scene)
    changes: JSON = {
        "type": "Annotation",
        "motivation": [_word(word) for word in listed(told.get("motivation"))] or _motivation(body),
        **({} if body is None else {"body": bodies.body(body)}),
        "target": placed.target,
    }
    return Incoming(_ordered(told | changes), iri, placed.canvases)


def _word(motivation: Any) -> str:
    if not isinstance(motivation, str):
        raise Unusable("a motivation is a word or an IRI", "$.motivation")
    return motivation


def _motivation(body: Any) -> list[str]:
    """Of an annotation that tells none: viewers list nothing that has none."""
    return ["highlighting"] if body in (None, []) else ["commenting"]


def _ordered(document: JSON) -> JSON:
    first = ("type", "motivation", "created", "modified", "creator", "generator", "body", "target")
    return {name: document[name] for name in first if name in document} | document


def _check_extent(document: Any) -> None:
    """Without recursion, so that depth is no attack."""
    level, count = [document], 0
    for _ in range(DEEPEST):
        level = [inner for value in level for inner in _inside(value)]
        count += len(level)
        if not level:
            return
        if any(isinstance(value, list) and len(value) > LONGEST for value in level):
            raise Unusable(f"one of its lists has more than {LONGEST} values")
        if count > MOST:
            raise Unusable(f"it has more than {MOST} values")
    raise Unusable(f"it is nested deeper than {DEEPEST} levels")


def _check_unfolded(expanded: list[JSON]) -> None:
    """References are written out, so that a small document can mean a huge one."""
    for count, depth in enumerate(unfolded(expanded, ANNOTATION)):
        if count > MOST:
            raise Unusable(f"with everything that it refers to in its place it has more than {MOST} values")
        if depth > DEEPEST:
            raise Unusable(f"with everything that it refers to in its place it is nested deeper than {DEEPEST} levels")


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
