"""Everything that is here as a tree: collections as publishers nested them, and sub-collections where there is too much
for one document."""

from __future__ import annotations

from dataclasses import dataclass

from iiif_store.source import Source
from iiif_store.stores.base import Store

MOST = 1000
"""Members of one document."""

LETTERS = "234567abcdefghijklmnopqrstuvwxyz"
"""Of source ids (base32), in the order of their sorting."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The sources whose ids begin with a prefix: either all of them, or the longer prefixes under which they are."""

    prefix: str
    sources: tuple[Source, ...] = ()
    shelves: tuple[str, ...] = ()


class Catalogue:
    """Looks into the store only; a document costs at most `MOST` rows, whatever the number of sources."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def shelf(self, prefix: str = "") -> Shelf:
        """What lies under a prefix."""
        found = self._under(prefix, MOST + 1)
        if len(found) <= MOST:
            return Shelf(prefix, sources=tuple(found))
        longer = (prefix + letter for letter in LETTERS)
        return Shelf(prefix, shelves=tuple(name for name in longer if self._under(name, 1)))

    def is_nested(self, source: Source) -> bool:
        """Whether a collection that is here lists it, so that harvesters come to it through that one."""
        found = self._store.find_member(source.id)
        row = self._store.get_source(found[0]) if found else None
        return row is not None and not row.deleted and row.id != source.id

    def _under(self, prefix: str, limit: int) -> list[Source]:
        return [row for row in self._store.sources(prefix, limit) if row.id.startswith(prefix)]
