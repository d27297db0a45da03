"""`/search`: what models read and people wrote, for people; each hit leads to its place in a viewer."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from iiif_store.search.answer import PAGE, hits_of, place_of
from iiif_store.search.found import Match
from iiif_store.search.highlight import Hit
from iiif_store.search.query import parse
from server import respond
from server.context import links, services
from server.web.search import number_of

door = Blueprint("search_page", __name__)


@door.get("/search")
def search() -> Response:
    """A form, and below it 50 matches in all books here."""
    asked, number = request.args.get("q", "").strip(), number_of("page", 1)
    query = parse({"q": asked}, links().base)
    found = services().store.search.find(query, None, (number - 1) * PAGE, PAGE) if asked else None
    pairs = zip(found.matches, hits_of(query, found), strict=True) if found else ()
    total = found.total if found else 0
    return respond.page(
        "search.html",
        q=asked,
        total=total,
        first=(number - 1) * PAGE + 1,
        hits=[_row(match, hits) for match, hits in pairs],
        previous=_page(asked, number - 1) if number > 1 else None,
        next=_page(asked, number + 1) if number * PAGE < total else None,
    )


def _row(match: Match, hits: list[Hit]) -> dict[str, Any]:
    source = services().store.get_source(match.source)
    entry = match.entries[match.n]
    quotes = hits[0] if hits else ()
    return {
        "href": place_of(match, entry, links())["id"],
        "book": (source.label or source.url) if source else match.source,
        "before": quotes[0].prefix if quotes else "",
        "match": " ".join(quote.exact for quote in quotes) or " ".join(entry.readable.texts)[:200],
        "after": quotes[-1].suffix if quotes else "",
        "layer": match.layer,
    }


def _page(asked: str, number: int) -> str:
    return f"{links().base}/search?{urlencode({'q': asked, 'page': number})}"
