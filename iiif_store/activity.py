"""The change stream as IIIF Change Discovery 1.0 writes it: level 2, oldest first, an activity for each URI."""

from __future__ import annotations

from collections.abc import Sequence

from .links import Links, Version
from .shape import JSON
from .stores.activities import ROWS_PER_PAGE, Activity
from .vocabulary import PRESENTATION_3

DISCOVERY = "http://iiif.io/api/discovery/1/context.json"

VERSIONS: tuple[tuple[Version, str], ...] = (
    ("3", f'application/ld+json;profile="{PRESENTATION_3}"'),
    ("2", "application/json"),
)
"""Each version has a URI of its own, and so an activity of its own (4.3), with the media type that it is served as."""


def ordered_collection(rows: int, links: Links) -> JSON:
    """The stream (3.1); `rows` is at least 1, since a page must not be empty."""
    last = (rows - 1) // ROWS_PER_PAGE
    return {
        "@context": DISCOVERY,
        "id": links.activities(),
        "type": "OrderedCollection",
        "totalItems": _before(rows),
        "first": _reference(0, links),
        "last": _reference(last, links),
    }


def ordered_page(rows: Sequence[Activity], number: int, *, more: bool, links: Links) -> JSON:
    """One page (3.2). `more`: another page follows, so that this one never changes again."""
    first = number * ROWS_PER_PAGE
    return {
        "@context": DISCOVERY,
        "id": links.activity_page(number),
        "type": "OrderedCollectionPage",
        "partOf": {"id": links.activities(), "type": "OrderedCollection"},
        "startIndex": _before(first),
        **({"prev": _reference(number - 1, links)} if number else {}),
        **({"next": _reference(number + 1, links)} if more else {}),
        "orderedItems": [told for n, row in enumerate(rows, first) for told in _activities(row, n, links)],
    }


def _before(rows: int) -> int:
    """Activities in the first `rows` rows: the first Refresh is one, every other row one for each version."""
    return 0 if rows == 0 else 1 + (rows - 1) * len(VERSIONS)


def _reference(number: int, links: Links) -> JSON:
    return {"id": links.activity_page(number), "type": "OrderedCollectionPage"}


def _activities(row: Activity, n: int, links: Links) -> list[JSON]:
    actor = {"id": links.software(), "type": "Application"}
    if row.type == "Refresh":  # 3.3: a startTime in place of the endTime, and no object
        return [{"id": links.activity(n), "type": "Refresh", "startTime": row.time, "actor": actor}]
    return [
        {
            "id": f"{links.activity(n)}-{version}",
            "type": row.type,
            "object": _object(row, version, media, links),
            "endTime": row.time,
            "actor": actor,
        }
        for version, media in VERSIONS
    ]


def _object(row: Activity, version: Version, media: str, links: Links) -> JSON:
    """`canonical` is shared by both versions; it is never the publisher's URI, which names another resource."""
    is_manifest = row.kind == "manifest"
    told: JSON = {
        "id": (links.manifest if is_manifest else links.collection)(row.source, version),
        "type": "Manifest" if is_manifest else "Collection",
        "canonical": links.neutral(row.source),
    }
    if row.type == "Delete":
        return told
    told["format"] = media
    return told | ({"seeAlso": [_dataset(row.source, links)]} if is_manifest else {})


def _dataset(source: str, links: Links) -> JSON:
    return {
        "id": links.download(source),
        "type": "Dataset",
        "label": {"en": ["All annotations in one file"]},
        "format": "application/ld+json",
        "profile": "http://www.w3.org/ns/anno.jsonld",
    }
