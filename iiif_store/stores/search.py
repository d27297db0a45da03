"""The search index: derived from readings and annotations, so that it may be lost and made again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from iiif_store.search.entries import Unit
from iiif_store.search.found import Found, Term
from iiif_store.search.query import Query

Scope = Sequence[str] | None
"""Ids of the sources to look in; None: all."""


class SearchIndex(Protocol):
    """What it costs to put a unit does not grow with what is there. May be used by many processes at once."""

    def put(self, units: Iterable[Unit]) -> None:
        """Each in the place of what was there for its source, canvas and layer; all of them or none."""
        ...

    def remove(self, source: str, canvas: str | None = None, layer: str | None = None) -> None:
        """What is there for a source, or for one canvas or layer of it."""
        ...

    def state(self, source: str, canvas: str, layer: str) -> str | None:
        """`Unit.state` of what is there."""
        ...

    def states(self, source: str) -> dict[tuple[str, str], str]:
        """All of a source, by canvas and layer."""
        ...

    def sources(self) -> list[str]:
        """Those with anything in the index."""
        ...

    def find(self, query: Query, scope: Scope, start: int, limit: int) -> Found:
        """Up to `limit` matches from number `start` (0 is the first)."""
        ...

    def terms(self, prefix: str, scope: Scope, *, minimum: int = 1, limit: int = 20) -> list[Term]:
        """The most frequent words that begin so, in alphabetical order. `prefix` is one folded word."""
        ...

    def clear(self) -> None:
        """Forget everything."""
        ...
