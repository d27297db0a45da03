"""Web Annotations: a lone one, a list, an AnnotationPage, an AnnotationCollection with its pages, or one a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from ..item import Item, item_of, source_of
from ..shape import JSON, identifier, kind, listed, objects
from .sheets import File, Sheet, Sheets, Unreadable

_HOLDERS = ("AnnotationPage", "AnnotationCollection")


def read(files: Sequence[File]) -> Sheets:
    """A sheet for each canvas that is a target, in the order of the file. Regions are in canvas units; annotations come
    along whole. Raises Unreadable."""
    for file in files:
        found: dict[str, list[tuple[Item, JSON]]] = {}
        document = _document(file)
        for layer, annotation in _annotations(document, ""):
            canvas = source_of(annotation.get("target"))
            found.setdefault(canvas, []).append((item_of(annotation, None, layer=layer), annotation))
        if not found and not any(kind(item) in _HOLDERS for item in objects(document)):
            raise Unreadable(f"{file.name} holds no Web Annotation: no object in it has the type Annotation.")
        for canvas, pairs in found.items():
            items, documents = zip(*pairs, strict=True)
            yield Sheet(f"{file.name}: {canvas or 'no target'}", (canvas,) if canvas else (), None, items, documents)


def is_one(document: Any) -> bool:
    """Whether there is an annotation to read. Not of a manifest: its pictures are annotations too."""
    found = objects(document)
    inner = [item for one in found if not kind(one) for item in objects(one.get("items"))]
    return any(kind(item) in ("Annotation", *_HOLDERS) for item in [*found, *inner])


def _document(file: File) -> Any:
    try:
        return orjson.loads(file.body)
    except orjson.JSONDecodeError:
        lines = [line for line in file.body.splitlines() if line.strip()]
    try:
        return [orjson.loads(line) for line in lines]
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"{file.name} is neither JSON nor JSON Lines: {error}") from error


def _annotations(value: Any, layer: str) -> Iterator[tuple[str, JSON]]:
    """(layer, annotation); the layer is the last part of the URL of the collection that holds it."""
    for item in listed(value):
        if not isinstance(item, dict):
            continue
        name = next((_last(identifier(part)) for part in objects(item.get("partOf"))), "") or layer
        if kind(item) == "Annotation":
            yield name, item
        elif kind(item) == "AnnotationCollection" and "items" not in item:
            yield from _annotations(item.get("first"), name)
        else:
            yield from _annotations(item.get("items"), name)


def _last(uri: str | None) -> str:
    return (uri or "").rstrip("/").rpartition("/")[2]
