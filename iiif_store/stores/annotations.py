"""Where a store keeps what people wrote, tombstones included."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Protocol

from iiif_store.written import Written

__all__ = ["Annotations", "Written"]


class Annotations(Protocol):
    """Where a store keeps them. Each write is one transaction; what it costs does not grow with what is stored.

    `expected` is the etag of the state that a writer has seen: of two writers who saw the same one, one wins, and the
    other gets `Superseded`. None overwrites whatever is there.
    """

    def add(self, written: Written) -> Written:
        """As stored, with its etag. Raises Taken for an id that this source has used, deleted ones included."""
        ...

    def change(self, written: Written, expected: str | None) -> Written:
        """Replace the whole; as stored. Raises NotFound, Gone, Superseded."""
        ...

    def delete(self, source: str, annotation: str, when: str, expected: str | None) -> Written:
        """Leave a tombstone; what was there. Raises NotFound, Gone, Superseded."""
        ...

    def get(self, source: str, annotation: str) -> Written | None:
        """Tombstones included; None if there never was one."""
        ...

    def on(self, source: str, canvas: str) -> list[Written]:
        """The live ones that target a canvas, oldest first. Costs what that canvas has, whatever the source has."""
        ...

    def of(self, source: str) -> Iterator[Written]:
        """All live ones, in no promised order."""
        ...

    def canvases(self, source: str) -> frozenset[str]:
        """Keys of the canvases that have any. One directory or one query."""
        ...

    def stamp(self, source: str) -> Hashable:
        """Another value after each write in this source, None before the first; costs no more than one `stat`."""
        ...
