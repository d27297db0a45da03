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


def embed(manifest: Manifest, views: Sequence[PageView], *, source: Source, links: Links) -> JSON:
    """The enriched manifest of version 3 with the pages of `views` on their canvases, complete."""
    document = enrich(manifest, (), source=source, links=links)
    if not views:
        return document
    document |= suffixed(manifest.document, links)
    pages: dict[str, list[JSON]] = {}
    contexts: list[str] = []
    for view in views:
        page = annotation_page(replace(view, links=links))
        contexts += [context for context in page.pop("@context") if context not in contexts]
        pages.setdefault(view.canvas.id, []).append(page)
    document["items"] = [_with_pages(item, pages) for item in document["items"]]
    return document | {"@context": _contexts(listed(document["@context"]) + contexts)}


def _with_pages(item: JSON, pages: dict[str, list[JSON]]) -> JSON:
    found = pages.get(str(item.get("id")), [])
    return item | {"annotations": listed(item.get("annotations")) + found} if found else item


def _contexts(found: list[str]) -> list[str]:
    """Web Annotation first, Presentation last, each once (Presentation 3, 4.6)."""
    between = [context for context in dict.fromkeys(found) if context not in (WEB_ANNOTATION, PRESENTATION_3)]
    return [WEB_ANNOTATION, *between, PRESENTATION_3]
