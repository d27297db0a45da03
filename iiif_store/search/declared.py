"""Search services in manifests and collections: ours, beside those that a publisher has over its own text.

Viewers use one: Mirador and Universal Viewer the first of version 1, by its profile, and Clover the first of either
version. Whose comes first is therefore whose text readers search. A publisher's index has the text of the book, so it
stays first until one of our layers reads text; then ours has the text and what was found in the pictures besides.
"""

from __future__ import annotations

from typing import Any

from iiif_store.links import Links, Version
from iiif_store.shape import JSON, kind, listed, string
from iiif_store.vocabulary import SEARCH_1

_PROFILE = "http://iiif.io/api/search/1/"


def with_search(document: JSON, source: str | None, *, links: Links, version: Version, first: bool) -> JSON:
    """The document with our services; `first`: before the publisher's. Version 2 before version 1, with the profile
    that viewers look for (specs 1.1); a document of version 2.1 has only that of version 1."""
    ours = [_service2(source, links), _service1(source, links)] if version == "3" else [_service1_alone(source, links)]
    theirs = listed(document.get("service"))
    searching = [n for n, service in enumerate(theirs) if _searches(service)]
    place = (searching[0] if first else searching[-1] + 1) if searching else len(theirs)
    found = [*theirs[:place], *ours, *theirs[place:]]
    return document | {"service": found[0] if version == "2" and len(found) == 1 else found}


def _searches(service: Any) -> bool:
    if not isinstance(service, dict):
        return False
    profiles = [string(profile) or "" for profile in listed(service.get("profile"))]
    return kind(service).startswith("SearchService") or any("/api/search/" in profile for profile in profiles)


def _service2(source: str | None, links: Links) -> JSON:
    complete = {"id": links.autocomplete(source, "2"), "type": "AutoCompleteService2"}
    return {"id": links.search(source, "2"), "type": "SearchService2", "service": [complete]}


def _service1(source: str | None, links: Links) -> JSON:
    """As version 3 has older services: typed, without a context (P3, 3.3.1)."""
    complete = {
        "@id": links.autocomplete(source, "1"),
        "@type": "AutoCompleteService1",
        "profile": f"{_PROFILE}autocomplete",
    }
    return {
        "@id": links.search(source, "1"),
        "@type": "SearchService1",
        "profile": f"{_PROFILE}search",
        "service": [complete],
    }


def _service1_alone(source: str | None, links: Links) -> JSON:
    complete = {"@id": links.autocomplete(source, "1"), "profile": f"{_PROFILE}autocomplete"}
    return {
        "@context": SEARCH_1,
        "@id": links.search(source, "1"),
        "profile": f"{_PROFILE}search",
        "service": complete,
    }
