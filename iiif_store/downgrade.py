"""Presentation 3.0 to 2.1. What version 2 has no place for is kept under its name of version 3."""

from __future__ import annotations

from typing import Any

from .painting import paintings
from .properties2 import content2, resource2
from .ranges import flat, is_embedded
from .shape import JSON, identifier, kind, listed, objects, string
from .vocabulary import PRESENTATION_2, PRESENTATION_3


def downgrade(document: JSON) -> JSON:
    """A repaired Manifest or Collection of version 3 as one of version 2.1. Shares what needs no change."""
    new = _collection(document) if kind(document) == "Collection" else _manifest(document)
    others = [item for item in listed(document.get("@context")) if item != PRESENTATION_3]
    return {"@context": [PRESENTATION_2, *others] if others else PRESENTATION_2} | new


def _manifest(old: JSON) -> JSON:
    new = resource2(old, without=frozenset({"@context", "items", "structures", "start", "annotations"}))
    canvases = [item for item in objects(old.get("items")) if kind(item) == "Canvas"]
    sequence: JSON = {"@type": "sc:Sequence"}
    if "viewingDirection" in old:
        sequence["viewingDirection"] = old["viewingDirection"]
    start = old.get("start")
    if isinstance(start, dict) and kind(start) == "Canvas" and identifier(start):
        sequence["startCanvas"] = identifier(start)
    elif "start" in old:  # a moment or a region: no place in version 2
        new["start"] = start
    new["sequences"] = [sequence | {"canvases": [_canvas(item, n) for n, item in enumerate(canvases, 1)]}]
    if others := [item for item in objects(old.get("items")) if kind(item) != "Canvas"]:
        new["items"] = others
    if "structures" in old:
        new["structures"] = _structures(old["structures"])
    return new | _other_content(old)


def _canvas(old: JSON, n: int) -> JSON:
    """A canvas has to have a label in version 2 (P2, 5.3): its number, as viewers show it anyway."""
    new: JSON = {"label": str(n)} | resource2(old, without=frozenset({"items", "annotations"}))
    images = [annotation for annotation in paintings(old) if _shows_image(annotation.get("body"))]
    new["images"] = [content2(annotation) for annotation in images]
    if others := _without(objects(old.get("items")), images):
        new["items"] = others
    return {key: new[key] for key in ("@id", "@type") if key in new} | new | _other_content(old)


def _shows_image(body: Any) -> bool:
    inner = [item for part in objects(body) for key in ("items", "source") for item in listed(part.get(key))]
    return any(kind(part) == "Image" for part in objects(body)) or (bool(inner) and _shows_image(inner))


def _without(pages: list[JSON], images: list[JSON]) -> list[JSON]:
    """The pages with what paints no image: version 2 knows images only."""
    taken = {id(annotation) for annotation in images}
    left = [(page, [item for item in listed(page.get("items")) if id(item) not in taken]) for page in pages]
    return [page | {"items": items} for page, items in left if items]


def _other_content(old: JSON) -> JSON:
    """Annotation pages by reference. Version 2 never embeds them (P2, 5.5), so one that is embedded stays as it is."""
    pages = objects(old.get("annotations"))
    lists = [resource2(page) for page in pages if "items" not in page]
    embedded = [page for page in pages if "items" in page]
    kept = {"annotations": embedded} if embedded or old.get("annotations") == [] else {}
    return {"otherContent": lists} | kept if lists else kept


def _structures(ranges: Any) -> list[JSON]:
    found = [_range(old, items) for old, items in flat(ranges)]
    roots = objects(ranges)
    if found and len(roots) == 1 and any(kind(item) == "Range" for item in objects(roots[0].get("items"))):
        found[0]["viewingHint"] = "top"  # P2, 5.6
    return found


def _range(old: JSON, items: list[JSON]) -> JSON:
    new = resource2(old, without=frozenset({"items", "annotations"})) | _other_content(old)
    ranges = [uri for item in items if kind(item) == "Range" and (uri := identifier(item))]
    canvases = [uri for item in items if kind(item) != "Range" and (uri := _canvas_uri(item))]
    if (ranges and canvases) or len(ranges) + len(canvases) < len(items) or any(map(_says_more, items)):
        new["members"] = [_range_member(item) for item in items]
    return new | ({"ranges": ranges} if ranges else {}) | ({"canvases": canvases} if canvases else {})


def _canvas_uri(item: JSON) -> str | None:
    if kind(item) != "SpecificResource":
        return identifier(item)
    uri = identifier(item.get("source"))
    selectors = objects(item.get("selector"))
    value = string(selectors[0].get("value")) if [kind(one) for one in selectors] == ["FragmentSelector"] else None
    return f"{uri}#{value}" if uri and value else uri


def _says_more(item: JSON) -> bool:
    """Whether a reference to a canvas says more than its URI and fragment."""
    if kind(item) == "SpecificResource":
        return any(kind(selector) != "FragmentSelector" for selector in objects(item.get("selector")))
    return kind(item) != "Range" and bool(set(item) - {"id", "type"})


def _range_member(item: JSON) -> JSON:
    return resource2({"id": item.get("id"), "type": "Range"} if is_embedded(item) else item)


def _collection(old: JSON) -> JSON:
    new = resource2(old, without=frozenset({"@context", "items", "annotations"})) | _other_content(old)
    items = [_member(item) for item in objects(old.get("items"))]
    names = {kind(item) for item in items}
    key = {"sc:Manifest": "manifests", "sc:Collection": "collections"}.get(str(*names)) if len(names) == 1 else None
    return new | {key or "members": items} if "items" in old else new


def _member(item: JSON) -> JSON:
    return _collection(item) if kind(item) == "Collection" else resource2(item)
