"""Annotation pages and the collections that they belong to, in version 3 and 2.1."""

from __future__ import annotations

from collections.abc import Sequence

from ml_backends.types import BackendInfo

from .annotation import PageView, annotation, annotation2, document_context
from .links import Links
from .reading import IMPORTED
from .shape import JSON
from .vocabulary import PRESENTATION_2, PRESENTATION_3, TEXT_GRANULARITY, WEB_ANNOTATION


def page_label(info: BackendInfo) -> str:
    """What a layer's pages are called in viewers that show it."""
    return f"{info.title} ({'imported' if info.name.startswith(IMPORTED) else 'machine-generated'})"


def annotation_page(view: PageView) -> JSON:
    """An AnnotationPage of version 3, complete; `items` is empty where nothing was found, never left out.

    It names its collection in `partOf`, which names the manifest: a validator in wide use takes collections only.
    """
    items = [annotation(finding, n, view) for n, finding in view.shown()]
    label = {"en": [page_label(view.info)]}
    manifest = {"id": view.links.manifest(view.source_id), "type": "Manifest"}
    collection = {
        "id": view.links.layer(view.source_id, view.layer.name),
        "type": "AnnotationCollection",
        "label": label,
        "partOf": [manifest],
    }
    return {
        "@context": _context(items, view.links),
        "id": _page(view, view.canvas.key),
        "type": "AnnotationPage",
        "label": label,
        "partOf": [collection],
        **({"prev": {"id": _page(view, view.previous), "type": "AnnotationPage"}} if view.previous else {}),
        **({"next": {"id": _page(view, view.next), "type": "AnnotationPage"}} if view.next else {}),
        "items": items,
    }


def annotation_list(view: PageView) -> JSON:
    """The same as a sc:AnnotationList of version 2.1. Its context stands first; extensions may follow (P2, 4.5)."""
    links, label = view.links, page_label(view.info)
    layer = {"@id": links.layer(view.source_id, view.layer.name, "2"), "@type": "sc:Layer", "label": label}
    manifest = {"@id": links.manifest(view.source_id, "2"), "@type": "sc:Manifest"}
    return {
        "@context": [PRESENTATION_2, links.context()],
        "@id": links.page(view.source_id, view.canvas.key, view.layer.name, "2"),
        "@type": "sc:AnnotationList",
        "label": label,
        "within": layer | {"within": manifest},
        "resources": [annotation2(finding, n, view) for n, finding in view.shown()],
    }


def standalone(view: PageView, n: int) -> JSON:
    """Finding number `n` of the reading as a document of its own, whatever the layer shows. Raises IndexError."""
    found = annotation(view.reading.findings[n], n, view)
    return {"@context": document_context(view.links, granular="textGranularity" in found)} | found


def annotation_collection(
    pages: Sequence[str], *, source_id: str, layer: str, info: BackendInfo, links: Links, total: int | None = None
) -> JSON:
    """The AnnotationCollection of a layer. `pages` are the keys of its canvases in order; `total`, the number of
    annotations, is given only when every page is computed."""
    label = f"{page_label(info)}, {info.name} {info.version}".strip()
    found = [{"id": links.page(source_id, key, layer), "type": "AnnotationPage"} for key in pages]
    return {
        "@context": [WEB_ANNOTATION, links.context(), PRESENTATION_3],
        "id": links.layer(source_id, layer),
        "type": "AnnotationCollection",
        "label": {"en": [label]},
        "partOf": [{"id": links.manifest(source_id), "type": "Manifest"}],
        **({} if total is None else {"total": total}),
        **({"first": found[0], "last": found[-1]} if found else {}),
    }


def layer2(
    pages: Sequence[str], *, source_id: str, layer: str, info: BackendInfo, links: Links, total: int | None = None
) -> JSON:
    """The same as a sc:Layer of version 2.1, with all its lists (P2, 5.7)."""
    return {
        "@context": PRESENTATION_2,
        "@id": links.layer(source_id, layer, "2"),
        "@type": "sc:Layer",
        "label": f"{page_label(info)}, {info.name} {info.version}".strip(),
        "within": links.manifest(source_id, "2"),
        **({} if total is None else {"total": total}),
        "otherContent": [links.page(source_id, key, layer, "2") for key in pages],
    }


def _page(view: PageView, key: str) -> str:
    return view.links.page(view.source_id, key, view.layer.name)


def _context(items: Sequence[JSON], links: Links) -> list[str]:
    """Web Annotation first, extensions next, Presentation last (P3, 4.6; specs 0.2): in another order the bodies lose
    their types and the agents their names."""
    granular = [TEXT_GRANULARITY] if any("textGranularity" in item for item in items) else []
    return [WEB_ANNOTATION, *granular, links.context(), PRESENTATION_3]
