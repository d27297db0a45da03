"""A manifest with annotation pages inside it: one file, for those who have no server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from .annotation import PageView
from .credit import SUFFIX, suffixed
from .enrich import enrich
from .links import Links, VariantLinks
from .manifest import Manifest
from .page import annotation_page
from .shape import JSON, listed
from .source import Source
from .variant import variant
from .vocabulary import PRESENTATION_3, WEB_ANNOTATION

NOWHERE = "https://glossator.invalid"
"""Base of the ids of what is not published yet: HTTP URIs, as IIIF wants them, that say that they lead nowhere
(RFC 2606)."""


def embed(
    manifest: Manifest,
    views: Sequence[PageView],
    *,
    source: Source,
    links: Links,
    written: Mapping[str, JSON] = MappingProxyType({}),
    drawn: Mapping[str, JSON] = MappingProxyType({}),
) -> JSON:
    """The enriched manifest of version 3 with the pages of `views` on their canvases, complete; before them the pages
    of what people wrote, by canvas key. With the links of a variant: its manifest, with the images in `drawn`."""
    if isinstance(links, VariantLinks):
        document = variant(manifest, (), drawn, source=source, links=links)
    else:
        document = enrich(manifest, (), source=source, links=links)
    pages: dict[str, list[JSON]] = {}
    contexts = [*listed(document["@context"])]
    found = [*written.items(), *((view.canvas.key, annotation_page(_linked(view, links))) for view in views)]
    for key, page in found:
        contexts += page["@context"]  # only the outermost resource has one (P3, 4.6)
        pages.setdefault(key, []).append({name: value for name, value in page.items() if name != "@context"})
    keys = {id(canvas.document): canvas.key for canvas in manifest.canvases}
    items = [
        _with_pages(new, pages.get(keys.get(id(old), ""), []))
        for new, old in zip(document["items"], manifest.document["items"], strict=True)
    ]
    if not found:
        return document
    told = suffixed(document, links, suffix="" if isinstance(links, VariantLinks) else SUFFIX)
    return document | told | {"@context": _contexts(contexts), "items": items}


def _linked(view: PageView, links: Links) -> PageView:
    canvas = view.canvas
    if isinstance(links, VariantLinks):
        canvas = replace(canvas, id=links.canvas(view.source_id, canvas.key))
    return replace(view, links=links, canvas=canvas)


def _with_pages(canvas: JSON, found: list[JSON]) -> JSON:
    """After the pages that the publisher has there."""
    return canvas | {"annotations": listed(canvas.get("annotations")) + found} if found else canvas


def _contexts(found: list[str]) -> list[str]:
    """Web Annotation first, Presentation last, each once (P3, 4.6)."""
    between = [context for context in dict.fromkeys(found) if context not in (WEB_ANNOTATION, PRESENTATION_3)]
    return [WEB_ANNOTATION, *between, PRESENTATION_3]
