"""What was found, on its way to becoming a document: where its pages are, and the quotes that go with each match."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from iiif_store.annotation import place_in_viewer
from iiif_store.links import Links
from iiif_store.search.boxes import box_of
from iiif_store.search.entries import PORTABLE, Entry
from iiif_store.search.found import Found, Match
from iiif_store.search.highlight import Hit, Quote, hits
from iiif_store.search.query import Query
from iiif_store.shape import JSON

PAGE = 50
"""Matches on a page of an answer: Universal Viewer fetches every page there is, one after the other."""

Container = Callable[[str], JSON]
"""From the id of a source to the manifest that its canvases are in: id, type, label, in the version asked for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One page of what was found."""

    service: str
    """URL of the search service."""
    asked: Mapping[str, str]
    """The parameters that count, as the client wrote them."""
    ignored: Sequence[str]
    """The names of those that do not."""
    page: int
    """From 1."""
    found: Found
    hits: Sequence[Sequence[Hit]]
    """Of each match, as `hits_of` says them."""
    container: Container | None = None
    """None: the client has the manifest that everything is in, since it searches in that."""

    @property
    def uri(self) -> str:
        """Of the whole answer."""
        return f"{self.service}?{urlencode(self.asked)}"

    def page_uri(self, number: int) -> str:
        return f"{self.service}?{urlencode({**self.asked, 'page': number})}"

    @property
    def last(self) -> int:
        """The number of pages; 1 when nothing was found."""
        return max(1, -(-self.found.total // PAGE))

    @property
    def start(self) -> int:
        """The number of the first match here, from 0."""
        return (self.page - 1) * PAGE

    def annotations(self) -> Iterator[tuple[Match, Entry]]:
        """Each annotation that answers, once: where a hit goes on, the next lines too."""
        seen = set()
        for match, found in zip(self.found.matches, self.hits, strict=True):
            for n in sorted({quote.entry for hit in found for quote in hit} | {match.n}):
                uri = match.entries[n].annotation["id"]
                if uri not in seen:
                    seen.add(uri)
                    yield match, match.entries[n]

    def quoted(self) -> Iterator[list[tuple[str, Quote]]]:
        """Each hit as the ids of its annotations with what of them answers."""
        for match, found in zip(self.found.matches, self.hits, strict=True):
            for hit in found:
                yield [(str(match.entries[quote.entry].annotation["id"]), quote) for quote in hit]


def place_of(match: Match, entry: Entry, links: Links) -> JSON:
    """The link to an annotation in a viewer."""
    uri = match.frame.id
    canvas = uri.replace(PORTABLE, links.base, 1) if uri.startswith(PORTABLE) else uri
    return place_in_viewer(canvas, match.source, box_of(entry.annotation.get("target"), uri), links)


def hits_of(query: Query, found: Found) -> list[list[Hit]]:
    """What of each match answers the question."""
    return [hits(query, [entry.readable for entry in match.entries], match.n) for match in found.matches]
