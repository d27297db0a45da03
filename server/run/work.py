"""Reading every canvas of one manifest, many at once, and going on where an earlier run was stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Semaphore

from iiif_store.canvas import Canvas
from iiif_store.errors import GlossatorError
from iiif_store.load import parse
from iiif_store.manifest import Manifest
from iiif_store.reading import Reading
from iiif_store.source import Source, source_id
from iiif_store.stores.base import Failure, Store
from server.engine.reader import Reader
from server.engine.types import ReadingTask
from server.recipes import Recipes
from server.sources import Sources, layer_of, now

WAITING = 4
"""Tasks that are begun for each thread: always enough for a batch, and never the whole book in memory."""

Told = Callable[["Page"], None]


@dataclass(frozen=True, slots=True)
class Page:
    """One canvas and one backend: the reading, or why there is none."""

    canvas: Canvas
    task: ReadingTask
    reading: Reading | None
    failure: Failure | None
    resumed: bool


def open_source(where: str, backends: tuple[str, ...], sources: Sources, store: Store) -> tuple[Source, Manifest]:
    """The manifest at a URL or in a file; raises NotIIIF, FetchFailed, GlossatorError for a collection."""
    path = Path(where)
    if "://" not in where and not where.startswith("local:"):
        source = _from_file(path, backends, store)
    else:
        source = sources.register(where, backends=backends)[0]
    if source.kind == "collection":
        raise GlossatorError(f"{where} is a collection. Run its manifests one by one, or add it to a server.")
    return source, sources.manifest(source)


def _from_file(path: Path, backends: tuple[str, ...], store: Store) -> Source:
    try:
        body = path.read_bytes()
    except OSError as error:
        raise GlossatorError(f"{path} cannot be read: {error.strerror}. Give a URL or a file.") from error
    found = parse(body, url=path.resolve().as_uri())
    source = Source(
        id=source_id(found.id),
        url=found.id,
        kind="manifest" if isinstance(found, Manifest) else "collection",
        label=found.label,
        layers=tuple(layer_of(name) for name in backends),
        added=now(),
        snapshot=store.put_snapshot(body),
        fetched=now(),
        presentation=found.version,
        refusal=found.refusal,
    )
    store.put_source(source)
    return source


def pages_of(source: Source, manifest: Manifest, recipes: Recipes) -> Iterator[tuple[Canvas, ReadingTask]]:
    """Every canvas with a picture, for each layer, in the manifest's order."""
    for canvas in manifest.pictured:
        for layer in source.layers:
            yield canvas, recipes.task(source, canvas, layer)


def read_all(
    todo: list[tuple[Canvas, ReadingTask]],
    reader: Reader,
    store: Store,
    *,
    threads: int,
    finish: Told,
    seen: Told,
) -> list[Page]:
    """Read what is missing; what failed in an earlier run is tried again. The pages come back in the order of `todo`.

    `finish` does what follows a reading (its crops), in the thread that read it; `seen` is told of each page from one
    thread at a time.
    """
    room, telling = Semaphore(threads * WAITING), Lock()

    def one(canvas: Canvas, task: ReadingTask) -> Page:
        try:
            page = _read(canvas, task, reader, store)
            finish(page)
        finally:
            room.release()
        with telling:
            seen(page)
        return page

    with ThreadPoolExecutor(threads, thread_name_prefix="read") as pool:
        futures: list[Future[Page]] = []
        for canvas, task in todo:
            room.acquire()
            futures.append(pool.submit(one, canvas, task))
        return [future.result() for future in futures]


def _read(canvas: Canvas, task: ReadingTask, reader: Reader, store: Store) -> Page:
    if found := store.get_reading(task.revision):
        return Page(canvas, task, found, None, resumed=True)
    _forgive(store, task.revision)
    reader.read(task)
    found = store.get_reading(task.revision)
    return Page(canvas, task, found, None if found else store.get_failure(task.revision), resumed=False)


def _forgive(store: Store, revision: str) -> None:
    """Whoever starts a run again wants failed pages tried again at once; what killed a process stays known."""
    failure = store.get_failure(revision)
    if failure and failure.kind != "killed":
        store.clear_failure(revision)
