"""What people wrote, as an index holds it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass

from iiif_store.canvas import Canvas
from iiif_store.curated import LAYER, written
from iiif_store.links import Links
from iiif_store.search.entries import PORTABLE, Entry, Frame, Unit, digest_of, frame_of, readable_of
from iiif_store.stores.annotations import Written


@dataclass(frozen=True, slots=True)
class Note:
    """An annotation with the first of its canvases."""

    written: Written
    beside: tuple[Frame, ...]
    """The other canvases that it is on."""


def by_canvas(notes: Iterable[Written], canvases: Sequence[Canvas]) -> dict[str, list[Note]]:
    """What is indexed with each canvas, by its key, oldest first. An annotation on several canvases is with the first
    of them in the manifest only, so that it is found and counted once."""
    places = {canvas.key: n for n, canvas in enumerate(canvases)}
    found: dict[str, list[Note]] = {}
    for note in sorted(notes, key=lambda note: (note.created, note.id)):
        on = [canvases[n] for n in sorted(places[key] for key in note.canvases if key in places)]
        if on:
            found.setdefault(on[0].key, []).append(Note(note, tuple(map(frame_of, on[1:]))))
    return found


def unit_of_notes(source: str, canvas: Canvas, position: int, notes: Sequence[Note]) -> Unit:
    """What people wrote on a canvas."""
    entries = tuple(map(_entry, notes))
    return Unit(source, canvas.key, LAYER, position, frame_of(canvas), entries, state_of_notes(canvas, position, notes))


def state_of_notes(canvas: Canvas, position: int, notes: Sequence[Note]) -> str:
    """What the unit of notes depends on."""
    told = [[note.written.id, note.written.etag, *map(astuple, note.beside)] for note in notes]
    return digest_of([told, position, canvas.id, canvas.width, canvas.height])


def _entry(note: Note) -> Entry:
    published = written(note.written, Links(PORTABLE))
    return Entry(published, readable_of(published), note.beside)
