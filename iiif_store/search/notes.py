"""What people wrote, as an index holds it."""

from __future__ import annotations

from collections.abc import Sequence

from iiif_store.canvas import Canvas
from iiif_store.curated import LAYER, written
from iiif_store.links import Links
from iiif_store.search.entries import PORTABLE, Entry, Unit, digest_of, frame_of, readable_of
from iiif_store.stores.annotations import Written


def unit_of_notes(source: str, canvas: Canvas, position: int, notes: Sequence[Written]) -> Unit:
    """What people wrote on a canvas."""
    published = [written(note, Links(PORTABLE)) for note in notes]
    entries = tuple(Entry(note, readable_of(note)) for note in published)
    return Unit(source, canvas.key, LAYER, position, frame_of(canvas), entries, state_of_notes(canvas, position, notes))


def state_of_notes(canvas: Canvas, position: int, notes: Sequence[Written]) -> str:
    """What the unit of notes depends on."""
    return digest_of([[[note.id, note.etag] for note in notes], position, canvas.id, canvas.width, canvas.height])
