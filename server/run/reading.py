"""Reading every canvas of one manifest, many at once, and going on where an earlier run was stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from iiif_store.canvas import Canvas
from iiif_store.manifest import Manifest
from iiif_store.reading import Reading
from iiif_store.source import Layer, Source
from iiif_store.stores.base import Failure, Store
from ml_backends.types import BackendUnavailable
from server.engine.reader import Reader
from server.engine.types import ReadingTask
from server.recipes import Recipes


@dataclass(frozen=True, slots=True)
class Errand:
    """One canvas to be read for one layer."""

    canvas: Canvas
    layer: Layer
    task: ReadingTask


@dataclass(frozen=True, slots=True)
class Page:
    """What came of an errand: the reading, or why there is none."""

    errand: Errand
    reading: Reading | None
    failure: Failure | None
    resumed: bool
    """An earlier run made the reading."""


Told = Callable[[Page], None]


def errands(source: Source, manifest: Manifest, recipes: Recipes) -> Iterator[Errand]:
    """Every canvas with a picture, for each layer, in the manifest's order. Raises UnknownBackend, and
    BackendUnavailable for a backend that lacks what it needs."""
    for layer in source.layers:
        if problem := recipes.problem(layer):
            raise BackendUnavailable(problem)
    for canvas in manifest.pictured:
        for layer in source.layers:
            yield Errand(canvas, layer, recipes.task(source, canvas, layer))


def read_all(todo: Sequence[Errand], read: Callable[[Errand], Page], threads: int, seen: Told) -> list[Page]:
    """The pages in the order of `todo`; `seen` is told of each in the calling thread, as soon as it is there.

    What `read` raises ends all of it, as Ctrl-C does: what is begun comes to its end, nothing more is begun.
    """
    with ThreadPoolExecutor(threads, thread_name_prefix="read") as pool:
        futures = [pool.submit(read, errand) for errand in todo]
        try:
            for future in as_completed(futures):
                seen(future.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [future.result() for future in futures]


def read_one(errand: Errand, reader: Reader, store: Store) -> Page:
    """What failed in an earlier run is tried again. Raises BackendUnavailable when no model at all can be loaded, since
    every other page would fail as this one does; and what the store raises."""
    revision = errand.task.revision
    if found := store.get_reading(revision):
        return Page(errand, found, None, resumed=True)
    _forgive(store, revision)
    reader.read(errand.task)
    if found := store.get_reading(revision):
        return Page(errand, found, None, resumed=False)
    failure = store.get_failure(revision)
    if failure and failure.kind == "backend" and not reader.lanes.loaded():
        raise BackendUnavailable(failure.reason)
    return Page(errand, None, failure, resumed=False)


def _forgive(store: Store, revision: str) -> None:
    """Whoever starts a run again wants failed pages tried again at once; what killed a process stays known."""
    failure = store.get_failure(revision)
    if failure and failure.kind != "killed":
        store.clear_failure(revision)
