"""A manifest with annotation pages inside it: one file, for those who have no server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .annotation import PageView
from .credit import suffixed
from .enrich import enrich
from .links import Links
from .manifest import Manifest
from .page import annotation_page
from .shape import JSON, listed
from .source import Source
from .vocabulary import PRESENTATION_3, WEB_ANNOTATION

NOWHERE = "https://glossator.invalid"
"""Base of the ids of what is not published yet: HTTP URIs, as IIIF wants them, that say that they lead nowhere
(RFC 2606)."""


def embed(manifest: Manifest, views: Sequence[PageView], *, source: Source, links: Links) -> JSON:
    """The enriched manifest of version 3 with the pages of `views` on their canvases, complete."""
    document = enrich(manifest, (), source=source, links=links)
    pages: dict[str, list[JSON]] = {}
    contexts = [*listed(document["@context"])]
    for view in views:
        page = annotation_page(replace(view, links=links))
        contexts += page.pop("@context")  # only the outermost resource has one (P3, 4.6)
        pages.setdefault(view.canvas.key, []).append(page)
    keys = {id(canvas.document): canvas.key for canvas in manifest.canvases}
    items = [
        _with_pages(new, pages.get(keys.get(id(old), ""), []))
        for new, old in zip(document["items"], manifest.document["items"], strict=True)
    ]
    if not views:
        return document
    return document | suffixed(manifest.document, links) | {"@context": _contexts(contexts), "items": items}


def _with_pages(canvas: JSON, found: list[JSON]) -> JSON:
    """After the pages that the publisher has there."""
    return canvas | {"annotations": listed(canvas.get("annotations")) + found} if found else canvas


def _contexts(found: list[str]) -> list[str]:
    """Web Annotation first, Presentation last, each once (P3, 4.6)."""
    between = [context for context in dict.fromkeys(found) if context not in (WEB_ANNOTATION, PRESENTATION_3)]
    return [WEB_ANNOTATION, *between, PRESENTATION_3]
