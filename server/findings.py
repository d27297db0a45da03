"""Everything that is published of a source, canvas by canvas: what exports, bulk answers and static sites walk over."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import orjson

from iiif_store import curated
from iiif_store.annotation import PageView
from iiif_store.canvas import Canvas
from iiif_store.errors import NoPicture, NotFound
from iiif_store.export.published import CanvasAnnotations, Published
from iiif_store.links import Links
from iiif_store.manifest import Manifest
from iiif_store.shape import string
from iiif_store.source import Layer, Source
from iiif_store.stores.annotations import Written
from iiif_store.stores.base import Store
from ml_backends.registry import CARD
from ml_backends.types import BackendUnavailable, UnknownBackend
from server.engine.configuration import release
from server.local import SCHEME, public, publish
from server.recipes import Recipes
from server.sources import Sources


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a source is meant; by default all of it."""

    layers: tuple[str, ...] = ()
    """Names, `curated` among them; empty: all that the source publishes."""
    first: str = ""
    last: str = ""
    """Canvases by key, id or place from 1; empty: from the beginning, to the end."""


class Findings:
    """Knows no HTTP. What it gives may be walked any number of times, and holds one canvas in memory."""

    def __init__(self, store: Store, sources: Sources, recipes: Recipes, models: Path) -> None:
        """`models`: where the cards of registered models are."""
        self._store, self._sources, self._recipes, self._models = store, sources, recipes, models

    def published(self, source: Source, links: Links, part: Part | None = None) -> Published:
        """What is computed and shown, and what people wrote. Raises NotFound for a collection, and for a layer or
        canvas that the source does not have."""
        walk = _Walk(self._store, self._sources, self._recipes, source, links, part or Part())
        manifest = walk.manifest
        return Published(
            source=source.id,
            title=source.label,
            manifest=public(manifest.id, links.base) if source.url.startswith(SCHEME) else source.url,
            links=links,
            software=f"glossator {release()}",
            walk=walk.canvases,
            canvases=walk.count,
            loose=walk.loose,
            rights=string(manifest.document.get("rights")),
            original=lambda: publish(self._store.get_snapshot(source.snapshot), links.base),
            cards=self._cards,
        )

    def state(self, source: Source, links: Links, part: Part | None = None) -> str:
        """Another text whenever `published` would say something else; one look for each page, none into it."""
        walk = _Walk(self._store, self._sources, self._recipes, source, links, part or Part())
        digest = hashlib.sha256(f"{release()} {source.snapshot} {links.base} {source.label}".encode())
        for line in walk.state():
            digest.update(orjson.dumps(line))
        return digest.hexdigest()

    def _cards(self, view: PageView) -> Mapping[str, bytes]:
        """The card of a registered model. Those that packages bring are told by the agent."""
        path = self._models / view.info.name / view.info.version / CARD
        return {CARD: path.read_bytes()} if path.is_file() else {}


class _Walk:
    """One part of one source under one base."""

    def __init__(
        self, store: Store, sources: Sources, recipes: Recipes, source: Source, links: Links, part: Part
    ) -> None:
        self._store, self._recipes, self._source, self._links = store, recipes, source, links
        self.manifest = sources.manifest(source)
        self._layers = [layer for layer in source.layers if self._usable(layer)]
        self._curated = not part.layers or curated.LAYER in part.layers
        if part.layers:
            self._layers = _chosen(self._layers, part.layers, source)
        self._span = slice(*_span(self.manifest, part))
        self._whole = not (part.first or part.last)

    @property
    def count(self) -> int:
        return self._span.stop - self._span.start

    def canvases(self) -> Iterator[CanvasAnnotations]:
        having = self._store.annotations.canvases(self._source.id) if self._curated else frozenset[str]()
        numbered = enumerate(self.manifest.canvases, 1)
        for number, canvas in islice(numbered, self._span.start, self._span.stop):
            notes = tuple(self._store.annotations.on(self._source.id, canvas.key)) if canvas.key in having else ()
            shown = self._public(canvas)
            views = tuple(self._views(canvas, shown))
            yield CanvasAnnotations(number, shown, self._links, self._image(canvas), views, notes)

    def loose(self) -> Iterator[Written]:
        if self._curated and self._whole:
            found = (note for note in self._store.annotations.of(self._source.id) if not note.canvases)
            yield from sorted(found, key=lambda note: (note.created, note.id))

    def state(self) -> Iterator[object]:
        yield [[layer.name, layer.threshold, *layer.classes] for layer in self._layers]
        yield [self._span.start, self._span.stop, str(self._store.annotations.stamp(self._source.id))]
        for canvas in self.manifest.canvases[self._span]:
            for layer in self._layers:
                if (revision := self._revision(canvas, layer)) and self._store.has_reading(revision):
                    yield revision

    def _views(self, canvas: Canvas, shown: Canvas) -> Iterator[PageView]:
        previous, following = self.manifest.neighbours(canvas.key)
        for layer in self._layers:
            revision = self._revision(canvas, layer)
            reading = self._store.get_reading(revision) if revision else None
            if reading:
                info = self._recipes.info_of(reading.recipe)
                yield PageView(reading, layer, info, shown, self._source.id, self._links, previous, following)

    def _revision(self, canvas: Canvas, layer: Layer) -> str | None:
        try:
            return self._recipes.task(self._source, canvas, layer).revision
        except NoPicture:
            return None

    def _usable(self, layer: Layer) -> bool:
        """Whether it is known here: of a model that cannot run here what it found is still published."""
        try:
            self._recipes.info(layer)
        except (UnknownBackend, BackendUnavailable):
            return False
        return True

    def _public(self, canvas: Canvas) -> Canvas:
        return replace(canvas, id=public(canvas.id, self._links.base)) if canvas.id.startswith(SCHEME) else canvas

    def _image(self, canvas: Canvas) -> str:
        try:
            return public(canvas.painted().images[0].url, self._links.base)
        except NoPicture:
            return ""


def _chosen(layers: Sequence[Layer], names: Sequence[str], source: Source) -> list[Layer]:
    known = {layer.name: layer for layer in layers}
    if unknown := [name for name in names if name not in known and name != curated.LAYER]:
        has = ", ".join([*known, curated.LAYER])
        raise NotFound(f"Source {source.id} has no layer {unknown[0]!r}; it has {has}.")
    return [known[name] for name in names if name in known]


def _span(manifest: Manifest, part: Part) -> tuple[int, int]:
    """Where the part begins and ends among the canvases, from 0."""
    places = {name: n for n, canvas in enumerate(manifest.canvases) for name in (canvas.key, canvas.id)}
    first = _place(part.first, places, manifest) if part.first else 0
    last = _place(part.last, places, manifest) if part.last else len(manifest.canvases) - 1
    if part.first and last < first:
        raise NotFound(f"{manifest.id} has {part.last!r} before {part.first!r}; exchange the two.")
    return first, last + 1


def _place(name: str, places: Mapping[str, int], manifest: Manifest) -> int:
    if name in places:
        return places[name]
    if name.isascii() and name.isdecimal() and len(name) < 10 and 1 <= int(name) <= len(manifest.canvases):
        return int(name) - 1
    raise NotFound(f"{manifest.id} has no canvas {name!r}; name one by key, id or place from 1.")
