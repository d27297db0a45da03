"""Our search services beside those of a publisher."""

from __future__ import annotations

from typing import Any

import pytest

from iiif_store.links import Links
from iiif_store.search.declared import with_search

LINKS = Links("https://here")
IMAGES = {"@id": "https://there/geo", "@type": "Service", "profile": "x"}
THEIRS = {"@id": "https://there/s1", "@type": "SearchService1", "profile": "http://iiif.io/api/search/1/search"}
OLD = {"@id": "https://there/s0", "@type": "Service", "profile": "http://iiif.io/api/search/0/search"}


def ids(service: Any) -> list[str]:
    return [str(one.get("id") or one.get("@id")) for one in service]


@pytest.mark.parametrize(
    ("theirs", "first", "expected"),
    [
        ([], False, ["here/2", "here/1"]),
        ([IMAGES], True, ["there/geo", "here/2", "here/1"]),
        ([IMAGES, THEIRS], False, ["there/geo", "there/s1", "here/2", "here/1"]),
        ([IMAGES, THEIRS, OLD], True, ["there/geo", "here/2", "here/1", "there/s1", "there/s0"]),
        (["just a string", OLD], False, ["just a string", "there/s0", "here/2", "here/1"]),
    ],
)
def test_both_are_there_and_the_rule_says_whose_is_asked(theirs: list[Any], first: bool, expected: list[str]) -> None:
    document = {"id": "x", "service": theirs} if theirs else {"id": "x"}
    found = with_search(document, "abc", links=LINKS, version="3", first=first)["service"]
    short = {"https://here/iiif/search/2/abc": "here/2", "https://here/iiif/search/1/abc": "here/1"}
    told = [one if isinstance(one, str) else ids([one])[0] for one in found]
    assert [short.get(uri, uri.removeprefix("https://")) for uri in told] == expected
    assert document.get("service", []) == theirs


def test_a_service_that_stands_alone_in_version_2_is_kept_beside_ours() -> None:
    found = with_search({"@id": "x", "service": THEIRS}, "abc", links=LINKS, version="2", first=False)
    assert ids(found["service"]) == ["https://there/s1", "https://here/iiif/search/1/abc"]
    alone = with_search({"@id": "x"}, None, links=LINKS, version="2", first=False)["service"]
    assert alone["@id"] == "https://here/iiif/search/1"
    assert alone["service"]["@id"] == "https://here/iiif/search/1/autocomplete"
