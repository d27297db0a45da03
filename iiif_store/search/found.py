"""What an index finds."""

from __future__ import annotations

from dataclasses import dataclass

from iiif_store.search.entries import Entry, Frame


@dataclass(frozen=True, slots=True)
class Match:
    """An annotation in which something that was asked for begins, among its neighbours."""

    source: str
    canvas: str
    """Its key."""
    layer: str
    frame: Frame
    entries: tuple[Entry, ...]
    """Some annotations of its unit in reading order, `n` among them; enough of them for what goes over line ends."""
    n: int


@dataclass(frozen=True, slots=True)
class Found:
    """One page of an answer, in the order of sources, canvases, layers and annotations."""

    total: int
    """Of all pages."""
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the index."""

    value: str
    """As one text has it."""
    total: int
    """Annotations that it begins in."""
