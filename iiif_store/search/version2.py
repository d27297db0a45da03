"""IIIF Content Search 2.0: answers and terms as documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any
from urllib.parse import urlencode

from iiif_store.curated import LAYER
from iiif_store.links import Links
from iiif_store.search.answer import Answer, place_of
from iiif_store.search.boxes import canvas_of
from iiif_store.search.entries import Entry
from iiif_store.search.found import Match
from iiif_store.search.highlight import Quote
from iiif_store.shape import JSON
from iiif_store.vocabulary import SEARCH_2, TEXT_GRANULARITY, WEB_ANNOTATION


def annotation_page(answer: Answer, links: Links) -> JSON:
    """An AnnotationPage with the annotations as they are published (4.2), and in `annotations` what of them answers the
    question (4.3). Paged, if only to tell the total."""
    items = [_annotation(match, entry, answer, links) for match, entry in answer.annotations()]
    marks = _marks(answer)
    granular = [TEXT_GRANULARITY] if any("textGranularity" in item for item in items) else []
    return {
        "@context": [WEB_ANNOTATION, *granular, links.context(), SEARCH_2],
        "id": answer.page_uri(answer.page),
        "type": "AnnotationPage",
        **({"ignored": list(answer.ignored)} if answer.ignored else {}),
        "partOf": _collection(answer),
        **({"next": _page(answer, answer.page + 1)} if answer.page < answer.last else {}),
        **({"prev": _page(answer, answer.page - 1)} if answer.page > 1 else {}),
        "startIndex": answer.start,
        "items": items,
        **({"annotations": [marks]} if marks["items"] else {}),
    }


def term_page(
    uri: str, asked: Mapping[str, str], ignored: Sequence[str], terms: Sequence[tuple[str, int]], service: str
) -> JSON:
    """A TermPage: words and the number of annotations that have them (5.2). Each can be asked for as it is."""
    return {
        "@context": SEARCH_2,
        "id": f"{uri}?{urlencode(asked)}",
        "type": "TermPage",
        **({"ignored": list(ignored)} if ignored else {}),
        "items": [{"value": value, "total": total} for value, total in terms],
    }


def _collection(answer: Answer) -> JSON:
    """One object, not a list (specs 4.1)."""
    return {
        "id": answer.uri,
        "type": "AnnotationCollection",
        "total": answer.found.total,
        "first": _page(answer, 1),
        "last": _page(answer, answer.last),
    }


def _page(answer: Answer, number: int) -> JSON:
    return {"id": answer.page_uri(number), "type": "AnnotationPage"}


def _annotation(match: Match, entry: Entry, answer: Answer, links: Links) -> JSON:
    """As published; where the client may not have the manifest, with its name in the target (4.2.3)."""
    published = entry.annotation
    if match.layer != LAYER:
        published = published | {"rendering": [place_of(match, entry, links)]}
    if answer.container is None:
        return published
    canvases = {frame.id for frame in (match.frame, *entry.beside)}
    target = published.get("target", match.frame.id)
    return published | {"target": _within(target, canvases, answer.container(match.source))}


def _within(target: Any, canvases: Set[str], container: JSON) -> Any:
    """A target with the manifest of each canvas in it."""
    if isinstance(target, list):
        return [_within(item, canvases, container) for item in target]
    if isinstance(target, dict) and "items" in target:
        return target | {"items": _within(target["items"], canvases, container)}
    if isinstance(target, dict) and "source" in target:
        return target | {"source": _within(target["source"], canvases, container)}
    if canvas_of(target) not in canvases:
        return target
    told = target if isinstance(target, dict) else {"id": target}
    return told | {"type": "Canvas", "partOf": container}


def _marks(answer: Answer) -> JSON:
    uri = f"{answer.page_uri(answer.page)}#hits"
    items = [
        {
            "id": f"{uri}-{n}",
            "type": "Annotation",
            "motivation": "highlighting",
            "target": targets[0] if len(targets) == 1 else targets,
        }
        for n, hit in enumerate(answer.quoted(), 1)
        for targets in [[_target(annotation, quote) for annotation, quote in hit]]
    ]
    return {"id": uri, "type": "AnnotationPage", "items": items}


def _target(annotation: str, quote: Quote) -> JSON:
    prefix = {"prefix": quote.prefix} if quote.prefix else {}
    suffix = {"suffix": quote.suffix} if quote.suffix else {}
    selector = {"type": "TextQuoteSelector", **prefix, "exact": quote.exact, **suffix}
    return {"type": "SpecificResource", "source": annotation, "selector": [selector]}
