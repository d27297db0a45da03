"""What was found in a book as a book of its own: one canvas for each region, a range for each kind, each leading back
to its page. This is how the result looks in viewers that show no annotations."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import shorten
from typing import Any

from .content_state import canvas_state, encode
from .credit import credit, suffixed
from .crops import has_regions, region_url
from .downgrade import downgrade
from .errors import NoPicture, NotFound
from .export.published import CanvasAnnotations, Published
from .geometry import bounds
from .item import Item
from .links import Links, Version
from .manifest import Manifest
from .shape import JSON
from .source import Source
from .vocabulary import PRESENTATION_3

_SUFFIX = " (what was found)"
_ADDED = "regions that software or people marked, each on a canvas of its own"
_MADE = "Regions marked by software are not checked by a person"
_THUMBNAIL = 200
"""Pixels of the longer side, as viewers show them in a row."""
_KEPT = ("requiredStatement", "rights", "provider", "homepage", "navDate", "viewingDirection")
"""What the publisher says of the whole book and is true of its parts."""


def crop_manifest(book: Published, manifest: Manifest, source: Source, version: Version = "3") -> JSON:
    """Raises NotFound where nothing was found, or where no publisher's service cuts regions out."""
    links = book.links
    canvases = [(_kind(item), canvas) for page in book for item, canvas in _canvases(page, source, links)]
    if not canvases:
        raise NotFound(
            f"No region of source {source.id} can be shown on its own: nothing was found yet, or the pictures "
            "are behind no Image API. Open its pages, or ask for all of them with POST /api/jobs."
        )
    document = {key: manifest.document[key] for key in _KEPT if key in manifest.document}
    document |= {"type": "Manifest", "label": manifest.document["label"]}
    new = {
        "@context": PRESENTATION_3,
        "id": links.crops(source.id),
        **document,
        **suffixed(document, links, suffix=_SUFFIX, made=_MADE),
        **credit(document, manifest, source, added=_ADDED),
        "items": [canvas for _, canvas in canvases],
        "structures": _ranges(canvases, source, links),
    }
    return new if version == "3" else downgrade(new) | {"@id": links.crops(source.id, "2")}


def crop_canvas(document: JSON, name: str, source: Source, links: Links) -> JSON:
    """One canvas of it as a document of its own; raises NotFound."""
    uri = links.crop(source.id, name)
    for canvas in document["items"]:
        if canvas["id"] == uri:
            return {"@context": PRESENTATION_3, **canvas}
    raise NotFound(f"{document['id']} has no canvas for {name}.")


def _canvases(page: CanvasAnnotations, source: Source, links: Links) -> Iterator[tuple[Item, JSON]]:
    """In the order of the annotations; not of text, of which there would be thousands."""
    try:
        view = page.canvas.painted()
    except NoPicture:
        return
    if not has_regions(view):
        return
    for item in page.items():
        if item.finding.region is not None and not item.is_text:
            box = bounds(item.finding.region)
            pictures = _image(*region_url(view, box)), _image(*region_url(view, box, _THUMBNAIL))
            yield item, _canvas(page, item, *pictures, source, links)


def _image(url: str, size: tuple[int, int]) -> JSON:
    return {"id": url, "type": "Image", "format": "image/jpeg", "width": size[0], "height": size[1]}


def _canvas(page: CanvasAnnotations, item: Item, image: JSON, small: JSON, source: Source, links: Links) -> JSON:
    uri = links.crop(source.id, item.id.rpartition("/")[2])
    painting = {"id": f"{uri}/painting", "type": "Annotation", "motivation": "painting", "body": image, "target": uri}
    return {
        "id": uri,
        "type": "Canvas",
        "label": {"none": [_label(page, item)]},
        "width": image["width"],
        "height": image["height"],
        "thumbnail": [small],
        "metadata": _metadata(page, item),
        "rendering": [_back(page, item, source, links)],
        "seeAlso": [{"id": item.id, "type": "Annotation", "format": "application/ld+json"}],
        "items": [{"id": f"{uri}/page", "type": "AnnotationPage", "items": [painting]}],
    }


def _back(page: CanvasAnnotations, item: Item, source: Source, links: Links) -> JSON:
    box = bounds(item.finding.region) if item.finding.region else None
    region = (round(box.x), round(box.y), round(box.width), round(box.height)) if box else None
    state = canvas_state(page.canvas.id, links.manifest(source.id), region)
    label = {"en": ["On its page"]}
    return {"id": links.opening(encode(state)), "type": "Text", "label": label, "format": "text/html"}


def _label(page: CanvasAnnotations, item: Item) -> str:
    kind = item.finding.label or _short(item.finding.text) or item.finding.motivation
    return f"{kind[:1].upper()}{kind[1:]}, {page.canvas.label or f'page {page.number}'}"


def _short(text: str | None) -> str:
    return shorten(text or "", 60, placeholder="…")


def _metadata(page: CanvasAnnotations, item: Item) -> list[JSON]:
    told = {
        "Page": page.canvas.label or str(page.number),
        "Marked by": item.maker,
        "Confidence": "" if item.finding.score is None else f"{item.finding.score:.0%}".replace("%", " %"),
    }
    return [{"label": {"en": [name]}, "value": {"none": [value]}} for name, value in told.items() if value]


def _kind(item: Item) -> str:
    return item.finding.label or item.finding.motivation


def _ranges(canvases: list[tuple[str, JSON]], source: Source, links: Links) -> list[JSON]:
    """One for each kind, the most frequent first."""
    kinds: dict[str, list[JSON]] = {}
    for kind, canvas in canvases:
        kinds.setdefault(kind, []).append({"id": canvas["id"], "type": "Canvas"})
    ordered: list[tuple[str, list[Any]]] = sorted(kinds.items(), key=lambda entry: -len(entry[1]))
    base = links.crops(source.id).removesuffix("/manifest")
    return [
        {"id": f"{base}/range/{n}", "type": "Range", "label": {"none": [f"{kind} ({len(items)})"]}, "items": items}
        for n, (kind, items) in enumerate(ordered, 1)
    ]
