"""Asking a publisher again: for the document, and for the bytes behind pictures that were read (design, section 1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from iiif_store.errors import GlossatorError
from iiif_store.fetch.pictures import Pictures
from iiif_store.reading import Reading
from iiif_store.source import Source
from iiif_store.stores.base import Store
from server.engine.types import ReadingTask
from server.recipes import Recipes
from server.sources import Sources

THREADS = 4


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What was found; pages of changed pictures are computed anew when they are asked for."""

    source: Source
    checked: int
    changed: int
    unreachable: tuple[str, ...]


class Refresher:
    """Compares what publishers deliver now with what was read."""

    def __init__(self, store: Store, sources: Sources, recipes: Recipes, pictures: Pictures) -> None:
        self._store, self._sources, self._recipes, self._pictures = store, sources, recipes, pictures

    def refresh(self, source: Source, progress: Callable[[int, int], None]) -> Refreshed:
        """Fetch the manifest again, then each picture that has a reading; `progress` is told (done, in all).

        A picture that is delivered with other bytes than those that were read gets the next generation.
        """
        fresh = self._sources.refresh(source)
        known = list(self._read(fresh)) if fresh.kind == "manifest" else []
        changed, unreachable = 0, []
        with ThreadPoolExecutor(THREADS) as pool:
            for done, result in enumerate(pool.map(self._compare, known), 1):
                changed += result is True
                unreachable += [result] if isinstance(result, str) else []
                progress(done, len(known))
        if changed and (row := self._store.update_source(fresh.id, _live)):  # another stamp ends what is kept warm
            self._sources.changed(row)
        return Refreshed(fresh, len(known), changed, tuple(unreachable))

    def _read(self, source: Source) -> Iterator[tuple[ReadingTask, Reading]]:
        """Each picture that a model was shown once, whatever the number of layers."""
        seen: set[str] = set()
        manifest = self._sources.manifest(source)
        for layer in source.layers:
            for task in self._recipes.tasks(source, manifest, layer):
                reading = self._store.get_reading(task.revision)
                if reading and reading.digest and task.recipe.picture not in seen:
                    seen.add(task.recipe.picture)
                    yield task, reading

    def _compare(self, known: tuple[ReadingTask, Reading]) -> bool | str:
        """Whether the picture has changed, or why that cannot be told."""
        task, reading = known
        try:
            found = self._pictures.fetch(task.view, task.recipe.parameters["max_edge"], fresh=True)
        except GlossatorError as error:
            return str(error)
        if found.digest == reading.digest:
            return False
        self._store.activities.touch(task.source)
        self._store.raise_generation(task.recipe.picture)
        return True


def _live(row: Source | None) -> Source | None:
    return None if row is None or row.deleted else row
