"""A publisher's manifest with our annotation pages, republished: a new resource that names the original and keeps all
of it (specs 1.1; cookbook recipe 0464). Only what changes is copied."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .credit import attribution2, credit, credit2, suffixed, suffixed2
from .downgrade import downgrade
from .links import Links, Version
from .manifest import Collection, Manifest
from .shape import JSON, identifier, kind, listed, objects, string
from .source import Source, source_id
from .upgrade import MEMBERS
from .vocabulary import type2, type3

_FOLLOWED = ("first", "last", "next", "prev")
"""Further pages of a long collection."""


@dataclass(frozen=True, slots=True)
class LayerReference:
    """A layer whose pages are listed on every canvas that shows a picture, or on those that it names."""

    name: str
    label: str
    """What its pages are called, as `page.page_label` says it."""
    canvases: frozenset[str] | None = None
    """Keys of the canvases that list it; None: all that show a picture."""

    def on(self, key: str) -> bool:
        """Whether the canvas with this key lists it."""
        return self.canvases is None or key in self.canvases


def enrich(
    manifest: Manifest, layers: Sequence[LayerReference], *, source: Source, links: Links, version: Version = "3"
) -> JSON:
    """The enriched manifest. As version "2", what the publisher wrote in 2.x stays as written, and 3.0 is converted."""
    return (_enriched3 if version == "3" else _enriched2)(manifest, layers, source, links)


def enrich_collection(collection: Collection, *, source: Source, links: Links, version: Version = "3") -> JSON:
    """The collection with its members, at any depth, and its further pages led to our enriched ones."""
    if version == "3":
        own = credit(collection.document, collection, source) | {"id": links.collection(source.id)}
        return _members3(collection.document, links) | own
    document = collection.original if collection.version == "2" else downgrade(collection.document)
    own = credit2(document, collection, source) | {"@id": links.collection(source.id, "2")}
    return _members2(document, links) | own


def _enriched3(manifest: Manifest, layers: Sequence[LayerReference], source: Source, links: Links) -> JSON:
    document = manifest.document
    new = document | credit(document, manifest, source) | {"id": links.manifest(source.id)}
    if layers:
        new |= suffixed(document, links)
    pictured = {canvas.key for canvas in manifest.pictured}
    by_document = {id(canvas.document): canvas.key for canvas in manifest.canvases}
    home = {"id": manifest.id, "type": "Manifest"} if _is_http(manifest.id) else None
    items = []
    for item in document["items"]:
        key = by_document.get(id(item))
        changes = _with_home(item, home) if key and home else {}
        on = [layer for layer in layers if _lists(layer, key, pictured)] if key else []
        if key and on:
            pages = [_page3(layer, links.page(source.id, key, layer.name)) for layer in on]
            changes["annotations"] = listed(item.get("annotations")) + pages
        items.append(item | changes if changes else item)
    return new | {"items": items}


def _lists(layer: LayerReference, key: str, pictured: set[str]) -> bool:
    """A layer that names its canvases is listed on those, whatever they show: people write about sound too."""
    return layer.on(key) and (layer.canvases is not None or key in pictured)


def _page3(layer: LayerReference, uri: str) -> JSON:
    """By reference: no `items`, which is what tells a client to fetch it (P3, 5.5)."""
    return {"id": uri, "type": "AnnotationPage", "label": {"en": [layer.label]}}


def _with_home(canvas: JSON, home: JSON) -> JSON:
    parents = listed(canvas.get("partOf"))
    return {} if home["id"] in map(identifier, parents) else {"partOf": [*parents, home]}


def _enriched2(manifest: Manifest, layers: Sequence[LayerReference], source: Source, links: Links) -> JSON:
    document = manifest.original if manifest.version == "2" else downgrade(manifest.document)
    new = document | credit2(document, manifest, source) | {"@id": links.manifest(source.id, "2")}
    if layers:
        new |= suffixed2(document, manifest, links) | attribution2(document, links)
    keys: dict[str, list[str | None]] = {}
    pictured = {canvas.key for canvas in manifest.pictured}
    listing = {
        canvas.key for canvas in manifest.canvases if any(_lists(layer, canvas.key, pictured) for layer in layers)
    }
    for canvas in manifest.canvases:
        keys.setdefault(canvas.id, []).append(canvas.key if canvas.key in listing else None)

    def pages(key: str) -> list[JSON]:
        on = [layer for layer in layers if _lists(layer, key, pictured)]
        return [_page2(layer, links.page(source.id, key, layer.name, "2")) for layer in on]

    return new | {"sequences": [_sequence2(found, keys, pages) for found in listed(document["sequences"])]}


def _page2(layer: LayerReference, uri: str) -> JSON:
    return {"@id": uri, "@type": "sc:AnnotationList", "label": layer.label}


def _sequence2(sequence: Any, keys: dict[str, list[str | None]], pages: Callable[[str], list[JSON]]) -> Any:
    """A sequence with our lists on its canvases; one that only refers to its canvases is left as it is."""
    if not isinstance(sequence, dict) or "canvases" not in sequence:
        return sequence
    seen: Counter[str] = Counter()
    canvases = []
    for canvas in objects(sequence["canvases"]):
        uri = identifier(canvas) or ""
        known = keys.get(uri, [])
        key = known[seen[uri]] if seen[uri] < len(known) else None
        seen[uri] += 1
        canvases.append(canvas | {"otherContent": listed(canvas.get("otherContent")) + pages(key)} if key else canvas)
    return sequence | {"canvases": canvases}


def _members3(collection: JSON, links: Links) -> JSON:
    new = collection | {key: _followed(collection[key], links, "3") for key in _FOLLOWED if key in collection}
    if "items" not in collection:
        return new
    return new | {"items": [_member(item, kind(item), links, "3") for item in collection["items"]]}


def _members2(collection: JSON, links: Links) -> JSON:
    new = collection | {key: _followed(collection[key], links, "2") for key in _FOLLOWED if key in collection}
    for key, default in MEMBERS.items():
        if key in collection:
            members = listed(collection[key])
            new[key] = [_member(item, _type(item, default), links, "2") for item in members]
    return new


def _type(item: Any, default: str) -> str:
    return type3(kind(item) or default) if isinstance(item, dict) else default


def _member(item: Any, name: str, links: Links, version: Version) -> Any:
    """A member at our address, with the publisher's in `seeAlso`."""
    if isinstance(item, str):  # which only version 2 has, and not by the rules
        item = {"@id": item, "@type": type2(name), "label": item}
    elif not isinstance(item, dict):
        return item
    uri = string(identifier(item))
    ours = _ours(uri, name, links, version)
    new = item
    if name == "Collection":
        new = _members3(item, links) if version == "3" else _members2(item, links)
    if ours is None or uri is None:
        return new
    if version == "3":
        return new | {"id": ours, "seeAlso": [*listed(item.get("seeAlso")), {"id": uri, "type": name}]}
    return new | {"@id": ours, "seeAlso": [*listed(item.get("seeAlso")), {"@id": uri}]}


def _followed(value: Any, links: Links, version: Version) -> Any:
    ours = _ours(string(identifier(value)), "Collection", links, version)
    if ours is None or not isinstance(value, dict):
        return ours or value
    return value | {"id" if "id" in value else "@id": ours}


def _ours(uri: str | None, name: str, links: Links, version: Version) -> str | None:
    if uri is None or not _is_http(uri) or name not in ("Manifest", "Collection"):
        return None
    mint = links.collection if name == "Collection" else links.manifest
    return mint(source_id(uri), version)


def _is_http(uri: str) -> bool:
    return uri.startswith(("http://", "https://"))
