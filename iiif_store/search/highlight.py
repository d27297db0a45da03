"""Where a text answers a question: parts of it as they were found, with what stands before and after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from iiif_store.search.flow import GAP, Place, Readable, Token, is_broken, tokens
from iiif_store.search.folding import spellings
from iiif_store.search.query import Query

CONTEXT = 60
"""Characters before and after a hit, at most; cut between words."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A part of the text of one annotation (TextQuoteSelector of the Web Annotation model, 4.2.4), as found."""

    entry: int
    prefix: str
    exact: str
    suffix: str


Hit = tuple[Quote, ...]
"""One occurrence; several quotes where it runs over several annotations."""


def hits(query: Query, entries: Sequence[Readable], n: int) -> list[Hit]:
    """What of the question begins in annotation `n`, in the order of the text; each place once."""
    longest = max((len(clause.words) for clause in query.clauses), default=0)
    first = n - 1 if n and is_broken(entries, n - 1) else n
    last = n + (longest + 2 if longest > 1 or is_broken(entries, n) else 1)
    flow = tokens(entries, first, last) if longest else []
    found = {places for clause in query.clauses for places in _places(clause.words, flow, n)}
    ordered = sorted(found, key=lambda places: [(place.entry, place.text, place.start, -place.end) for place in places])
    return [tuple(_quote(entries, place) for place in places) for places in ordered]


def form(word: str, entries: Sequence[Readable], n: int) -> str | None:
    """How the folded word is written in annotation `n`, put together if it was broken."""
    for token in tokens(entries):
        for folded, places in (
            (token.folded, token.places),
            *zip(token.parts, ((p,) for p in token.places), strict=True),
        ):
            if folded == word and places[0].entry == n:
                return "".join(_text(entries, place) for place in places)
    return None


def _places(words: tuple[str, ...], flow: list[Token], n: int) -> Iterator[tuple[Place, ...]]:
    wanted = set(spellings(words)) if words else set()
    for i, token in enumerate(flow):
        if token.folded == GAP:
            continue
        if len(words) == 1:
            yield from _halves(token, wanted, n)
        here = tuple(each.folded for each in flow[i : i + len(words)])
        if token.places[0].entry == n and here in wanted:
            yield _merged([place for each in flow[i : i + len(words)] for place in each.places])


def _halves(token: Token, wanted: set[tuple[str, ...]], n: int) -> Iterator[tuple[Place, ...]]:
    """The part of a broken word on the line, if that itself was asked for."""
    if len(token.places) > 1:
        for part, place in zip(token.parts, token.places, strict=True):
            if place.entry == n and (part,) in wanted:
                yield (place,)


def _merged(places: list[Place]) -> tuple[Place, ...]:
    """One place for each annotation: from the first word to the last."""
    merged: list[Place] = []
    for place in places:
        if merged and merged[-1].entry == place.entry:
            merged[-1] = replace(merged[-1], end=place.end)
        else:
            merged.append(place)
    return tuple(merged)


def _quote(entries: Sequence[Readable], place: Place) -> Quote:
    text = entries[place.entry].texts[place.text]
    before, after = text[: place.start], text[place.end :]
    if len(before) > CONTEXT:
        before = before[-CONTEXT:].partition(" ")[2] or before[-CONTEXT:]
    if len(after) > CONTEXT:
        after = after[:CONTEXT].rpartition(" ")[0] or after[:CONTEXT]
    return Quote(place.entry, before, text[place.start : place.end], after)


def _text(entries: Sequence[Readable], place: Place) -> str:
    return entries[place.entry].texts[place.text][place.start : place.end]
