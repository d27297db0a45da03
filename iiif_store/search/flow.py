"""Text that goes on from one annotation to the next: lines in reading order, and words broken at their ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from iiif_store.search.folding import Word, words

GAP = "_"
"""Stands between two texts of one annotation, so that no phrase runs across; no folded word has this character."""

_HYPHENS = "-\u2010\u2011¬⸗꞊=\u00ad"


@dataclass(frozen=True, slots=True)
class Readable:
    """The texts of one annotation, as far as searching is concerned."""

    texts: tuple[str, ...]
    """What is searched, each for itself; plain text, as found."""
    flows: bool = False
    """The first text is read in one with those of the neighbours that flow too."""
    uris: tuple[str, ...] = ()
    """Of the things that its bodies name."""


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a text: the number of the annotation, that of the text, and code points."""

    entry: int
    text: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the flow, with its places: two or more if it was broken at the end of a line."""

    folded: str
    places: tuple[Place, ...]
    parts: tuple[str, ...]
    """The folded word at each place."""


@dataclass(frozen=True, slots=True)
class Row:
    """What an index keeps of one annotation: words parted by spaces."""

    words: str
    """Of the tokens that begin there, in order; behind the last one of a text that goes on, `ending` of it."""
    parts: str
    """Halves of broken words, and URIs as `uri_word`."""


def tokens(entries: Sequence[Readable], first: int = 0, last: int | None = None) -> list[Token]:
    """The words of annotations in reading order, with a gap wherever a phrase may not run on; of those from number
    `first` to before `last`."""
    found: list[Token] = []
    broken: int | None = None
    """Index of a word that goes on in the next line."""
    for n in range(first, len(entries) if last is None else min(last, len(entries))):
        for number, text in enumerate(entries[n].texts):
            fresh = [_token(n, number, word) for word in words(text)]
            if broken is not None and number == 0 and fresh:
                found[broken] = _joined(found[broken], fresh.pop(0))
                broken = None if fresh or not is_broken(entries, n) else broken
            found += fresh
            if number == 0 and fresh and is_broken(entries, n):
                broken = len(found) - 1
            if number + 1 < len(entries[n].texts) or not goes_on(entries, n):
                found.append(Token(GAP, (Place(n, number, 0, 0),), (GAP,)))
    return found


def rows(entries: Sequence[Readable]) -> list[Row]:
    """What an index keeps of each of them."""
    begun: list[list[Token]] = [[] for _ in entries]
    halves: list[list[str]] = [[] for _ in entries]
    for token in tokens(entries):
        begun[token.places[0].entry].append(token)
        if len(token.places) > 1:
            for place, part in zip(token.places, token.parts, strict=True):
                halves[place.entry].append(part)
    return [
        Row(" ".join(_words(entries, n, begun[n])), " ".join([*halves[n], *map(uri_word, entry.uris)]))
        for n, entry in enumerate(entries)
    ]


def ending(word: str) -> str:
    """The word that stands behind the last one of a text that goes on: what an index finds line ends by."""
    return GAP + word


def uri_word(uri: str) -> str:
    """A URI as a word."""
    return f"{GAP}{sha256(uri.encode('utf-8', 'surrogatepass')).hexdigest()[:20]}"


def _words(entries: Sequence[Readable], n: int, begun: list[Token]) -> list[str]:
    found = [token.folded for token in begun]
    first = sum(token.places[0].text == 0 and token.folded != GAP for token in begun)
    if first and goes_on(entries, n):
        found.insert(first, ending(found[first - 1]))
    while found and found[-1] == GAP:
        found.pop()
    return found


def goes_on(entries: Sequence[Readable], n: int) -> bool:
    """Whether annotation `n` is followed by one that it is read in one with."""
    return n + 1 < len(entries) and all(entry.flows and entry.texts for entry in entries[n : n + 2])


def _token(entry: int, text: int, word: Word) -> Token:
    return Token(word.folded, (Place(entry, text, word.start, word.end),), (word.folded,))


def _joined(one: Token, two: Token) -> Token:
    return Token(one.folded + two.folded, one.places + two.places, one.parts + two.parts)


def is_broken(entries: Sequence[Readable], n: int) -> bool:
    """Whether the last word of a line goes on in the next: a hyphen behind a letter, and a small letter there. A
    capital begins a compound ("Süd-" "Afrika"), but not behind capitals, as in a title."""
    if not goes_on(entries, n):
        return False
    end, start = entries[n].texts[0].rstrip(), entries[n + 1].texts[0].lstrip()
    stem = end.rstrip(_HYPHENS)
    if stem == end or not stem[-1:].isalpha() or not start[:1].isalpha():
        return False
    return not start[0].isupper() or (len(stem) > 1 and stem[-1].isupper() and stem[-2].isupper())
