"""Presentation 2.0 and 2.1 (and 1.0, which differs little) to 3.0. What it does not know is kept under its name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .errors import NotIIIF
from .properties3 import content3, merge, resource3
from .ranges import nested
from .shape import JSON, identifier, kind, listed, objects
from .vocabulary import OLD_PRESENTATION, PRESENTATION_3, type3

MEMBERS = {"members": "Manifest", "collections": "Collection", "manifests": "Manifest"}
"""Where a collection of version 2 lists what, and what an entry is that does not say."""


def upgrade(document: JSON) -> JSON:
    """A Manifest or Collection of version 2 as one of version 3. Raises NotIIIF, with the path in `document`, where
    sequences, canvases or members cannot be told. Shares what needs no change with `document`."""
    is_collection = type3(kind(document)) == "Collection"
    new = {"items": []} | _collection(document, "$") if is_collection else _manifest(document)
    return {"@context": _context(document.get("@context"))} | new


def sequences(document: JSON) -> Iterator[tuple[JSON, list[JSON]]]:
    """The sequences of a manifest of version 2, each with its canvases, as upgrading reads them."""
    for n, sequence in enumerate(listed(document.get("sequences"))):
        path = f"$.sequences[{n}]"
        if not isinstance(sequence, dict):
            raise NotIIIF("a sequence that is no object", path=path)
        canvases = listed(sequence.get("canvases"))
        for m, canvas in enumerate(canvases):
            if not isinstance(canvas, dict):
                raise NotIIIF("a canvas that is no object", path=f"{path}.canvases[{m}]")
        yield sequence, canvases


def _context(value: Any) -> Any:
    others = [item for item in listed(value) if not (isinstance(item, str) and OLD_PRESENTATION.search(item))]
    others = [item for item in others if item != PRESENTATION_3]
    return [*others, PRESENTATION_3] if others else PRESENTATION_3


def _manifest(old: JSON) -> JSON:
    found = list(sequences(old))
    if not any(canvases for _, canvases in found):
        raise NotIIIF("a manifest without any canvas", path="$.sequences")
    new = resource3(old, without=frozenset({"@context", "sequences", "structures", "otherContent"}))
    new["type"] = "Manifest"
    _adopt(new, found[0][0])
    new["items"] = _canvases(found)
    structures = _structures(listed(old.get("structures"))) + _other_orders(new, found)
    if structures or "structures" in old:
        new["structures"] = structures
    return _with_other_content(new, old)


def _adopt(new: JSON, sequence: JSON) -> None:
    """Version 3 has no sequences: what the first says holds for the manifest. Its id and label are given up."""
    own = resource3(sequence, without=frozenset({"@context", "@id", "@type", "label", "canvases"}))
    for key, value in own.items():
        if key in ("viewingDirection", "behavior"):
            new[key] = value
        else:
            merge(new, key, value, f"sequence-{key}", value)


def _canvases(found: list[tuple[JSON, list[JSON]]]) -> list[JSON]:
    """Those of the first sequence, and what only a later one has."""
    first = [_canvas(old) for old in found[0][1]]
    known = {identifier(canvas) for canvas in first}
    later = [_canvas(old) for _, canvases in found[1:] for old in canvases if identifier(old) not in known]
    return first + later


def _other_orders(manifest: JSON, found: list[tuple[JSON, list[JSON]]]) -> list[JSON]:
    """Further sequences are ranges that say so (P3, 5.4)."""
    orders = []
    for n, (old, canvases) in enumerate(found[1:], 2):
        new = resource3(old, without=frozenset({"@context", "canvases"}))
        ids = [uri for canvas in canvases if (uri := identifier(canvas))]
        new |= {"id": identifier(new) or f"{identifier(manifest) or ''}/sequence/{n}", "type": "Range"}
        new["behavior"] = ["sequence", *listed(new.get("behavior"))]
        orders.append(new | {"items": [{"id": uri, "type": "Canvas"} for uri in ids]})
    return orders


def _canvas(old: JSON) -> JSON:
    new = resource3(old, without=frozenset({"images", "otherContent"}))
    new.setdefault("type", "Canvas")
    images = [_painting(content3(annotation)) for annotation in listed(old.get("images"))]
    uri = identifier(new)
    for n, annotation in enumerate(images, 1):
        if isinstance(annotation, dict) and uri:
            annotation.setdefault("id", f"{uri}/painting/{n}")
    page: JSON = {"type": "AnnotationPage", "items": images}
    new["items"] = listed(new.get("items")) + ([{"id": f"{uri}/painting"} | page if uri else page] if images else [])
    return _with_other_content(new, old)


def _painting(annotation: Any) -> Any:
    """What stands in `images` paints an image, whether or not it says so."""
    body = annotation.get("body") if isinstance(annotation, dict) else None
    if isinstance(body, str) or (isinstance(body, dict) and "type" not in body):
        annotation["body"] = {"id": body, "type": "Image"} if isinstance(body, str) else {"type": "Image"} | body
    return annotation


def _with_other_content(new: JSON, old: JSON) -> JSON:
    if "otherContent" in old:
        pages = [upgrade_page(page) for page in listed(old["otherContent"])]
        new["annotations"] = listed(new.get("annotations")) + pages
    return new


def upgrade_page(old: Any) -> Any:
    """An annotation list as an annotation page; one that is only named as version 2 wants it stays that."""
    if isinstance(old, str):
        return {"id": old, "type": "AnnotationPage"}
    if not isinstance(old, dict):
        return old
    new = resource3(old, without=frozenset({"@context", "resources"})) | {"type": "AnnotationPage"}
    if "resources" in old:
        new["items"] = [_about_canvas(content3(annotation)) for annotation in listed(old["resources"])]
    return new


def _about_canvas(annotation: Any) -> Any:
    """Text of the canvas is painted in version 2 and supplements in version 3 (P3, 5.3)."""
    if not isinstance(annotation, dict) or annotation.get("motivation") != "painting":
        return annotation
    text = any(kind(body) == "TextualBody" for body in objects(annotation.get("body")))
    return annotation | {"motivation": "supplementing"} if text else annotation


def _structures(old: list[Any]) -> list[Any]:
    ranges: list[JSON] = []
    members: dict[int, list[Any]] = {}
    for found in _all_ranges(old):
        new = resource3(found, without=frozenset({"@context", "ranges", "canvases", "members"}))
        ranges.append({**new, "type": "Range"})
        listing = ("members",) if listed(found.get("members")) else ("canvases", "ranges")
        members[id(ranges[-1])] = [item for key in listing for item in listed(found.get(key))]
    ids = {identifier(found) for found in ranges}
    for parent in (link for found in ranges for link in objects(found.get("partOf"))):
        if identifier(parent) in ids:
            parent["type"] = "Range"
    return nested(ranges, members) + [content3(item) for item in old if not _is_range(item)]


def _all_ranges(found: Any) -> Iterator[JSON]:
    """Ranges of version 2 are flat; some publishers nest them all the same."""
    for item in objects(found):
        if _is_range(item):
            yield item
            inner = [child for key in ("ranges", "members") for child in objects(item.get(key))]
            yield from _all_ranges([child for child in inner if _lists_something(child)])


def _is_range(item: Any) -> bool:
    """Some publishers call their ranges canvases."""
    return isinstance(item, dict) and (type3(kind(item) or "sc:Range") == "Range" or _lists_something(item))


def _lists_something(item: JSON) -> bool:
    return any(key in item for key in ("ranges", "canvases", "members"))


def _collection(old: JSON, path: str) -> JSON:
    new = resource3(old, without=frozenset({"@context", *MEMBERS}))
    new["type"] = "Collection"
    items = [_member(item, name, f"{path}.{key}[{n}]") for key, name in MEMBERS.items() for n, item in _of(old, key)]
    if items or any(key in old for key in MEMBERS):
        new["items"] = listed(new.get("items")) + items
    return new


def _of(old: JSON, key: str) -> Iterator[tuple[int, Any]]:
    return iter(enumerate(listed(old.get(key))))


def _member(old: Any, default: str, path: str) -> JSON:
    if isinstance(old, str):
        return {"id": old, "type": default}
    if not isinstance(old, dict):
        raise NotIIIF("a member that is neither a URI nor an object", path=path)
    if type3(kind(old) or default) == "Collection":
        return _collection(old, path)
    return {"type": default} | resource3(old, without=frozenset({"@context"}))
