"""IIIF Content Search 1.0, which is what Mirador and Universal Viewer ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from iiif_store.properties2 import content2
from iiif_store.search.answer import Answer
from iiif_store.search.boxes import box_of
from iiif_store.search.entries import Entry, Frame
from iiif_store.search.found import Match
from iiif_store.shape import JSON, identifier, listed
from iiif_store.vocabulary import PRESENTATION_2, SEARCH_1, motivation2


def annotation_list(answer: Answer) -> JSON:
    """A sc:AnnotationList: all annotations in `resources`, and in `hits` what of them answers (3.4). Both contexts,
    that of Presentation first; links are bare strings (specs 4.2)."""
    layer = {
        "@type": "sc:Layer",
        "total": answer.found.total,
        **({"ignored": list(answer.ignored)} if answer.ignored else {}),
        "first": answer.page_uri(1),
        "last": answer.page_uri(answer.last),
    }
    return {
        "@context": [PRESENTATION_2, SEARCH_1],
        "@id": answer.page_uri(answer.page),
        "@type": "sc:AnnotationList",
        "within": layer,
        **({"next": answer.page_uri(answer.page + 1)} if answer.page < answer.last else {}),
        **({"prev": answer.page_uri(answer.page - 1)} if answer.page > 1 else {}),
        "startIndex": answer.start,
        "resources": [
            _annotation(match, entry, frame, answer)
            for match, entry in answer.annotations()
            for frame in (match.frame, *entry.beside)
        ],
        "hits": _hits(answer),
    }


def term_list(
    uri: str, asked: Mapping[str, str], ignored: Sequence[str], terms: Sequence[tuple[str, int]], service: str
) -> JSON:
    """A search:TermList (4.2): each word with the search for it."""
    found = [{"match": value, "url": f"{service}?{urlencode({'q': value})}", "count": total} for value, total in terms]
    return {
        "@context": SEARCH_1,
        "@id": f"{uri}?{urlencode(asked)}",
        "@type": "search:TermList",
        **({"ignored": list(ignored)} if ignored else {}),
        "terms": found,
    }


def _hits(answer: Answer) -> list[JSON]:
    """Plain text. Where a hit goes over line ends, `match` is the whole of it (3.4.4)."""
    return [
        {
            "@type": "search:Hit",
            "annotations": [annotation for annotation, _ in hit],
            "match": " ".join(quote.exact for _, quote in hit),
            "before": hit[0][1].prefix,
            "after": hit[-1][1].suffix,
        }
        for hit in answer.quoted()
    ]


def _annotation(match: Match, entry: Entry, frame: Frame, answer: Answer) -> JSON:
    """What an annotation is on one canvas: viewers of this version read one, so that one on two is told twice."""
    told = entry.annotation
    bodies = [_body(body) for body in listed(told.get("body"))]
    motivations = [motivation2(name) for name in listed(told.get("motivation")) if isinstance(name, str)]
    return {
        "@id": told["id"],
        "@type": "oa:Annotation",
        "motivation": motivations[0] if len(motivations) == 1 else motivations,
        **({"resource": bodies[0] if len(bodies) == 1 else bodies} if bodies else {}),
        "on": _on(match, frame, told.get("target"), answer),
    }


def _body(body: Any) -> Any:
    if isinstance(body, dict) and body.get("type") == "SpecificResource":
        return {"@id": identifier(body.get("source")) or identifier(body), "@type": "oa:SemanticTag"}
    return content2(body) if isinstance(body, dict) else body


def _on(match: Match, frame: Frame, target: Any, answer: Answer) -> Any:
    """Always a box in a fragment: Universal Viewer fails on anything else, so that an outline becomes the box around it
    and a whole canvas a box of its size (specs 4.3)."""
    box = ",".join(map(str, box_of(target, frame.id) or (0, 0, frame.width, frame.height)))
    uri = f"{frame.id}#xywh={box}"
    return uri if answer.container is None else {"@id": uri, "within": answer.container(match.source)}
