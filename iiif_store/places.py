"""Where resources stand in a document of version 3, and what stands there by the rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .errors import NotIIIF
from .shape import JSON, identifier, kind, listed, objects

LINKS = {
    "seeAlso": "Dataset",
    "homepage": "Text",
    "rendering": "Text",
    "thumbnail": "Image",
    "logo": "Image",
    "provider": "Agent",
    "partOf": "Collection",
    "annotations": "AnnotationPage",
}
"""Properties that hold links to resources, and what a link is that does not say."""

ARRAYS = (*LINKS, "items", "structures", "metadata", "behavior", "service", "services")
"""Properties that are arrays even with one value."""

_CANVASES = {"placeholderCanvas": "Canvas", "accompanyingCanvas": "Canvas"}
_PARTS = {
    "Manifest": {"items": "Canvas", "structures": "Range", **_CANVASES},
    "Collection": {"items": "Manifest", **_CANVASES},
    "Canvas": {"items": "AnnotationPage", **_CANVASES},
    "AnnotationPage": {"items": "Annotation"},
    "Range": {"items": "Range", "supplementary": "AnnotationCollection", **_CANVASES},
}
"""What a resource consists of, and is looked into. Annotation pages of `annotations` are not: they pass through."""


_WORDS = {
    "Canvas": "canvas",
    "AnnotationPage": "painting",
    "Annotation": "annotation",
    "Range": "range",
    "AnnotationCollection": "layer",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a resource stands."""

    name: str
    """The property that holds it; "" for the document itself."""
    type: str
    """What stands here by the rules: Canvas in `items` of a Manifest, "" for a body, which may be anything."""
    id: str | None
    """What it is to be called if it does not say; None: it need not be called anything."""
    path: str
    canvas: str | None = None
    """The id of the canvas that it is on."""


def resources(document: JSON, url: str | None) -> Iterator[tuple[JSON, Place]]:
    """Every resource that may be in need of repair with its place, parents before their parts, so that a caller may
    mend each before its parts are looked for. Raises NotIIIF where the items of the document are none."""
    place = Place("", kind(document), url, "$")
    yield document, place
    if identifier(document) is None:
        raise NotIIIF("no id, and no URL that could be one", path="$.id")
    items = document.get("items")
    if not isinstance(items, list) or not (items or place.type == "Collection"):
        reason = "a manifest without any canvas" if place.type == "Manifest" else "a collection without members"
        raise NotIIIF(reason, path="$.items")
    for n, item in enumerate(items):
        if not isinstance(item, dict):
            raise NotIIIF("an item that is no object", path=f"$.items[{n}]")
    yield from _inside(document, place)


def _inside(resource: JSON, place: Place) -> Iterator[tuple[JSON, Place]]:
    for name, type_ in LINKS.items():
        for n, link in enumerate(objects(resource.get(name)) if name in resource else ()):
            uri = f"{identifier(resource) or place.id}/annotations/{n + 1}" if name == "annotations" else None
            inner = Place(name, type_, uri, f"{place.path}.{name}[{n}]")
            yield link, inner
            if name in ("provider", "thumbnail"):
                yield from _inside(link, inner)
    for name, type_ in _PARTS.get(place.type, {}).items():
        if name in resource:
            yield from _parts(resource, place, name, type_)
    if place.type == "Annotation":
        for body in _bodies(resource.get("body")):
            inner = Place("body", "", None, f"{place.path}.body")
            yield body, inner
            yield from _inside(body, inner)


def _parts(resource: JSON, place: Place, name: str, type_: str) -> Iterator[tuple[JSON, Place]]:
    for n, part in enumerate(objects(resource[name])):
        found = kind(part)
        if place.type == "Collection" and found == "Collection":
            inner = Place(name, found, None, f"{place.path}.{name}[{n}]")
        elif found in ("", type_, f"sc:{type_}") or (type_, found) == ("Annotation", "Image"):
            canvas = identifier(resource) if place.type == "Canvas" else place.canvas
            inner = Place(name, type_, _name(resource, place, type_, n), f"{place.path}.{name}[{n}]", canvas)
        else:
            continue  # a Scene or a Timeline of version 4, a reference: not ours to judge
        yield part, inner
        yield from _inside(part, inner)


def _name(resource: JSON, place: Place, type_: str, n: int) -> str | None:
    """An id for a part of a manifest that has none; a member of a collection cannot be guessed."""
    if place.type == "Collection":
        return None
    above = identifier(resource) or place.id or ""
    return f"{above}/{_WORDS[type_]}/{n + 1}"


def _bodies(value: Any) -> Iterator[JSON]:
    for body in objects(value):
        inner = body.get("items") if kind(body) == "Choice" else body.get("source")
        if kind(body) != "SpecificResource":
            yield body
        yield from _bodies([item for item in listed(inner) if isinstance(item, dict)])
