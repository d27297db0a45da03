"""Keeping the search index in step with what is published."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

from iiif_store.annotation import PageView
from iiif_store.canvas import Canvas
from iiif_store.curated import LAYER
from iiif_store.errors import NoPicture
from iiif_store.links import Links
from iiif_store.reading import Reading
from iiif_store.search.entries import PORTABLE, Unit, state_of, unit_of
from iiif_store.search.notes import Note, by_canvas, state_of_notes, unit_of_notes
from iiif_store.source import Layer, Source, source_id
from iiif_store.stores.base import Store
from ml_backends.types import BackendUnavailable, UnknownBackend
from server.engine.types import ReadingTask
from server.local import public
from server.recipes import Recipes
from server.sources import Sources

log = logging.getLogger(__name__)

TOGETHER = 32
"""Units that are written in one transaction."""
DEEPEST = 8
"""Collections within collections that are searched through."""

Progress = Callable[[int, int], None]
"""(canvases done, in all)"""


@dataclass(frozen=True, slots=True)
class Due:
    """A unit as it should be in the index, made when it is needed."""

    canvas: str
    layer: str
    state: str
    make: Callable[[], Unit | None]


class Search:
    """The index follows: a reading is written there by whoever made it, and a source as a whole when its row has
    changed, or what people wrote there, in a thread. What goes wrong is logged and stands in the way of no page."""

    def __init__(self, store: Store, sources: Sources, recipes: Recipes) -> None:
        self._store, self._sources, self._recipes = store, sources, recipes
        self._thread: ThreadPoolExecutor | None = None
        self._waiting = set[tuple[str, bool]]()
        self._lock = threading.Lock()

    def read(self, task: ReadingTask) -> None:
        """A reading was made: index it wherever its source shows it."""
        try:
            source = self._store.get_source(task.source)
            if source and is_searched(source):
                canvas = self._sources.manifest(source).canvas(task.canvas)
                for layer in source.layers:
                    if layer.backend == task.recipe.backend:
                        self._show(source, canvas, layer)
        except Exception:
            log.exception("not indexed; `glossator reindex` mends that", extra={"source": task.source})

    def shown(self, source: Source, canvas: Canvas, layer: Layer) -> None:
        """A page is served: index it if that has not been done, as when another source had the picture read."""
        if layer in source.layers and is_searched(source):
            try:
                self._show(source, canvas, layer)
            except Exception:
                log.exception("not indexed; `glossator reindex` mends that", extra={"source": source.id})

    def changed(self, source: Source) -> None:
        """A source was registered, changed or deleted. What may not be found any more is gone at the return."""
        if is_searched(source):
            self._submit(source.id, notes_only=False)
        else:
            self._store.search.remove(source.id)

    def wrote(self, source: str) -> None:
        """Somebody wrote, changed or deleted an annotation."""
        self._submit(source, notes_only=True)

    def wait(self) -> None:
        """Until everything that was said to have changed is in the index."""
        if self._thread:
            self._thread.submit(lambda: None).result()

    def update(self, source: Source, progress: Progress = lambda done, total: None, *, notes_only: bool = False) -> int:
        """Bring the index in step with one source, as far as it is not; the number of units written. May be broken off
        and begun again."""
        index = self._store.search
        if not is_searched(source):
            index.remove(source.id)
            return 0
        known = {key: state for key, state in index.states(source.id).items() if not notes_only or key[1] == LAYER}
        wanted: set[tuple[str, str]] = set()
        written, fresh = 0, self._fresh(source, known, wanted, progress, notes_only)
        while units := list(islice(fresh, TOGETHER)):
            if not self._put(source.id, units):
                return written
            written += len(units)
        for canvas, layer in known.keys() - wanted:
            index.remove(source.id, canvas, layer)
        return written

    def forget(self) -> int:
        """Remove what is indexed of sources that are not searched any more; the number of sources removed."""
        gone = [source for source in self._store.search.sources() if not self._is_searched(source)]
        for source in gone:
            self._store.search.remove(source)
        return len(gone)

    def scope(self, source: Source) -> list[str]:
        """The sources that a search in this one looks in: itself, or the manifests in a collection at any depth."""
        if source.kind == "manifest":
            return [source.id]
        return sorted(self._members(source, set(self._store.search.sources()), DEEPEST))

    def _members(self, source: Source, known: set[str], depth: int) -> set[str]:
        found = set[str]()
        for member in self._sources.collection(source).members:
            name = source_id(member.id)
            if name in known:
                found.add(name)
            elif member.kind == "collection" and depth:
                row = self._store.get_source(name)
                found |= self._members(row, known, depth - 1) if row and not row.deleted else set()
        return found

    def _submit(self, source: str, *, notes_only: bool) -> None:
        """Once, however often it is said before that begins."""
        with self._lock:
            if (source, notes_only) in self._waiting:
                return
            if self._thread is None:
                self._thread = ThreadPoolExecutor(1, thread_name_prefix="search")
            self._waiting.add((source, notes_only))
            self._thread.submit(self._catch_up, source, notes_only)

    def _catch_up(self, source: str, notes_only: bool) -> None:
        with self._lock:
            self._waiting.discard((source, notes_only))
        try:
            if row := self._store.get_source(source):
                self.update(row, notes_only=notes_only)
        except Exception:
            log.exception("not indexed; `glossator reindex` mends that", extra={"source": source})

    def _show(self, source: Source, canvas: Canvas, layer: Layer) -> None:
        index = self._store.search
        due = self._reading_due(source, canvas, layer, self._sources.manifest(source).canvases.index(canvas))
        if due and index.state(source.id, due.canvas, due.layer) != due.state and (unit := due.make()):
            self._put(source.id, [unit])

    def _put(self, source: str, units: list[Unit]) -> bool:
        """False if the source is not searched any more, and then nothing of it is left. Whoever deletes it or switches
        it off has its units removed, and knows nothing of those that are being made: hence a look at the row before
        they are written, and one afterwards."""
        index = self._store.search
        if self._is_searched(source):
            index.put(units)
            if self._is_searched(source):
                return True
        index.remove(source)
        return False

    def _is_searched(self, source: str) -> bool:
        row = self._store.get_source(source)
        return row is not None and is_searched(row)

    def _fresh(
        self,
        source: Source,
        known: dict[tuple[str, str], str],
        wanted: set[tuple[str, str]],
        progress: Progress,
        notes_only: bool,
    ) -> Iterator[Unit]:
        """The units that are not in the index as they are published; the keys of all are added to `wanted`."""
        canvases = self._sources.manifest(source).canvases
        notes = by_canvas(self._store.annotations.of(source.id), [_named(canvas) for canvas in canvases])
        for position, canvas in enumerate(canvases):
            layers = () if notes_only else source.layers
            dues = [self._reading_due(source, canvas, layer, position) for layer in layers]
            dues += [_notes_due(source, canvas, position, found)] if (found := notes.get(canvas.key)) else []
            for due in filter(None, dues):
                wanted.add((due.canvas, due.layer))
                if known.get((due.canvas, due.layer)) != due.state and (unit := due.make()):
                    yield unit
            progress(position + 1, len(canvases))

    def _reading_due(self, source: Source, canvas: Canvas, layer: Layer, position: int) -> Due | None:
        """None where nothing is read."""
        try:
            recipe = self._recipes.task(source, canvas, layer).recipe
        except (NoPicture, UnknownBackend, BackendUnavailable):
            return None
        if not self._store.has_reading(recipe.revision):
            return None
        info, named = self._recipes.info_of(recipe), _named(canvas)

        def make() -> Unit | None:
            reading = self._store.get_reading(recipe.revision)
            return unit_of(_view(reading), position) if reading else None

        def _view(reading: Reading) -> PageView:
            return PageView(reading, layer, info, named, source.id, Links(PORTABLE))

        return Due(canvas.key, layer.name, state_of(recipe.revision, layer, info, named, position), make)


def is_searched(source: Source) -> bool:
    """Nothing is told of a source that may not be read by machines, nor of a deleted one. A collection has no text of
    its own."""
    return source.kind == "manifest" and not source.deleted and source.effective_policy != "off"


def _notes_due(source: Source, canvas: Canvas, position: int, notes: Sequence[Note]) -> Due:
    named = _named(canvas)
    make = partial(unit_of_notes, source.id, named, position, notes)
    return Due(canvas.key, LAYER, state_of_notes(named, position, notes), make)


def _named(canvas: Canvas) -> Canvas:
    """Of a book that lives here a canvas has our URL, which an index may not contain."""
    return replace(canvas, id=public(canvas.id, PORTABLE))
