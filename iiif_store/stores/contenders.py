"""What the other processes of the contract test do: functions that a spawned process can import."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from iiif_store.errors import Superseded, Taken
from iiif_store.reading import Reading
from iiif_store.search.entries import Unit
from iiif_store.source import Layer, Source
from iiif_store.stores import open_store
from iiif_store.stores.annotations import Written
from iiif_store.stores.images import ImageRecord
from iiif_store.stores.rows import transaction


def in_processes(number: int, function: Callable[..., Any], *arguments: object) -> list[Any]:
    """What `function(n, *arguments)` returned in `number` spawned processes that began at the same moment."""
    context = get_context("spawn")
    start = context.Barrier(number)
    with ProcessPoolExecutor(number, mp_context=context, initializer=start.wait) as pool:
        calls = [pool.submit(function, n, *arguments) for n in range(number)]
        return [call.result() for call in calls]


@contextmanager
def process_with_claim(url: str, revision: str) -> Iterator[tuple[BaseProcess, int | None]]:
    """A process that holds the claim, or has asked for it, until it is killed; deaths, None if it got no claim."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_hold_claim, args=(url, revision, theirs))
    process.start()
    theirs.close()
    try:
        yield process, ours.recv()
    finally:
        process.kill()
        process.join()
        process.close()
        ours.close()


def _hold_claim(url: str, revision: str, parent: Connection) -> None:
    with open_store(url).claim(revision) as claim:
        parent.send(claim and claim.deaths)
        parent.poll(None)  # for ever: the parent kills us


def compete(_: int, url: str, revision: str, times: int, arena: Path) -> int:
    """Ask for one claim until it was given so many times; how often somebody else was inside as well."""
    store, won, shared = open_store(url), 0, 0
    inside = arena / "inside"
    while won < times:
        with store.claim(revision) as claim:
            if claim is None:
                continue
            won += 1
            try:
                os.close(os.open(inside, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                shared += 1
            inside.unlink(missing_ok=True)
    return shared


def raise_often(_: int, url: str, picture: str, times: int) -> None:
    store = open_store(url)
    for _ in range(times):
        store.raise_generation(picture)


def put_sources(n: int, url: str, model: Source, times: int) -> None:
    """Sources of this process's own, and in turn with them one that all processes put."""
    store = open_store(url)
    for i in range(times):
        store.put_source(replace(model, id=f"own-{n}-{i:04}"))
        store.put_source(replace(model, id="common", label=f"{n}-{i}", repairs=(f"{n}-{i}",) * (i % 5)))


def add_layers(n: int, url: str, source: str, times: int) -> None:
    """Add layers of one's own to a source that all add to."""
    store = open_store(url)
    for i in range(times):
        store.update_source(source, partial(_with_layer, Layer(f"{n}-{i}", "probe")))


def _with_layer(layer: Layer, row: Source | None) -> Source | None:
    return row and replace(row, layers=(*row.layers, layer))


def put_same_readings(n: int, url: str, same: list[Reading]) -> list[str]:
    """Put each reading as one's own attempt; the `started` of what is stored then."""
    store, found = open_store(url), []
    for reading in same:
        store.put_reading(replace(reading, started=f"2025-01-01T{n:02}:00:00Z"))
        stored = store.get_reading(reading.revision)
        found.append(stored.started if stored else "")
    return found


def put_same_images(n: int, url: str, same: list[ImageRecord], folder: Path) -> list[tuple[str, str]]:
    """Put each image as one's own; label and content of what is stored then."""
    images, found = open_store(url).images, []
    for record in same:
        file = folder / f"{n}.tif"
        file.write_text(f"{n}")
        images.put(replace(record, label=f"{n}"), file)
        stored, path = images.get(record.id), images.path(record.id)
        found.append((stored.label if stored else "", path.read_text() if path else "nothing"))
    return found


def put_units(n: int, url: str, own: list[list[Unit]], common: Unit) -> None:
    """Put states of a unit of one's own, and each time one that all put."""
    for unit in own[n]:
        open_store(url).search.put([unit, common])


def change_annotations(n: int, url: str, note: Written, tags: dict[str, str]) -> list[str]:
    """Change each annotation from the state with that tag to one's own; those that were still in it."""
    store, won = open_store(url), []
    for name, tag in tags.items():
        with suppress(Superseded):
            store.annotations.change(replace(note, id=name, document={"process": n}), tag)
            won.append(name)
    return won


def add_annotations(_: int, url: str, note: Written, names: list[str]) -> list[str]:
    """Add an annotation under each name; those that were free."""
    store, won = open_store(url), []
    for name in names:
        with suppress(Taken):
            store.annotations.add(replace(note, id=name))
            won.append(name)
    return won


def insert_documents(n: int, path: Path, times: int) -> None:
    """Insert rows into one TinyDB file that all processes share."""
    for i in range(times):
        with transaction(path) as database:
            database.insert({"name": f"{n}-{i}"})
