"""The layer of what people wrote: its annotations, pages and collection, in version 3 and 2.1."""

from __future__ import annotations

from collections.abc import Sequence

from .annotation import document_context
from .canvas import Canvas
from .home import published
from .links import Links, Version
from .properties2 import content2
from .shape import JSON, listed
from .vocabulary import PRESENTATION_2, PRESENTATION_3, TEXT_GRANULARITY, WEB_ANNOTATION
from .written import Written

LAYER = "curated"
LABEL = "Annotations by people"


def written(note: Written, links: Links) -> JSON:
    """An annotation of a person under our base, without a context of its own."""
    return {"id": links.written(note.source, note.id), **published(note.document, links)}


def written_document(note: Written, links: Links) -> JSON:
    """The same as a document of its own."""
    return {"@context": document_context(links, granular="textGranularity" in note.document)} | written(note, links)


def curated_page(notes: Sequence[Written], canvas: Canvas, *, source_id: str, links: Links) -> JSON:
    """The AnnotationPage of one canvas."""
    manifest = {"id": links.manifest(source_id), "type": "Manifest"}
    collection = {"id": links.layer(source_id, LAYER), "type": "AnnotationCollection", "label": {"en": [LABEL]}}
    granular = [TEXT_GRANULARITY] if any("textGranularity" in note.document for note in notes) else []
    return {
        "@context": [WEB_ANNOTATION, *granular, links.context(), PRESENTATION_3],
        "id": links.page(source_id, canvas.key, LAYER),
        "type": "AnnotationPage",
        "label": {"en": [LABEL]},
        "partOf": [collection | {"partOf": [manifest]}],
        "items": [written(note, links) for note in notes],
    }


def curated_list(notes: Sequence[Written], canvas: Canvas, *, source_id: str, links: Links) -> JSON:
    """The same as a sc:AnnotationList of version 2.1."""
    layer = {"@id": links.layer(source_id, LAYER, "2"), "@type": "sc:Layer", "label": LABEL}
    manifest = {"@id": links.manifest(source_id, "2"), "@type": "sc:Manifest"}
    return {
        "@context": [PRESENTATION_2, links.context()],
        "@id": links.page(source_id, canvas.key, LAYER, "2"),
        "@type": "sc:AnnotationList",
        "label": LABEL,
        "within": layer | {"within": manifest},
        "resources": [_note2(note, links) for note in notes],
    }


def curated_collection(keys: Sequence[str], total: int, *, source_id: str, links: Links, version: Version) -> JSON:
    """The AnnotationCollection of the layer, or its sc:Layer; `keys` of the canvases that have any, in order."""
    uris = [links.page(source_id, key, LAYER, version) for key in keys]
    if version == "2":
        return {
            "@context": PRESENTATION_2,
            "@id": links.layer(source_id, LAYER, "2"),
            "@type": "sc:Layer",
            "label": LABEL,
            "within": links.manifest(source_id, "2"),
            "total": total,
            "otherContent": uris,
        }
    ends = {"first": uris[0], "last": uris[-1]} if uris else {}
    return {
        "@context": [WEB_ANNOTATION, links.context(), PRESENTATION_3],
        "id": links.layer(source_id, LAYER),
        "type": "AnnotationCollection",
        "label": {"en": [LABEL]},
        "partOf": [{"id": links.manifest(source_id), "type": "Manifest"}],
        "total": total,
        **{name: {"id": uri, "type": "AnnotationPage"} for name, uri in ends.items()},
    }


def _note2(note: Written, links: Links) -> JSON:
    """Dates and names with prefixes that the context of version 2 knows, as for what models find."""
    told = written(note, links)
    dates = {f"dcterms:{name}": told.pop(name) for name in ("created", "modified") if name in told}
    creators = [
        {"foaf:name": agent["name"]} if isinstance(agent, dict) and "name" in agent else agent
        for agent in listed(told.pop("creator", None))
    ]
    new: JSON = content2(told)
    return new | dates | ({"dcterms:creator": creators} if creators else {})
