"""Annotation pages and what lists them: views of readings, made when somebody asks (design, sections 1 and 4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import orjson

from iiif_store import curated
from iiif_store.annotation import PageView
from iiif_store.canvas import Canvas
from iiif_store.enrich import LayerReference, enrich
from iiif_store.errors import NoPicture, NotFound
from iiif_store.links import Links, VariantLinks, Version
from iiif_store.manifest import Manifest
from iiif_store.page import annotation_collection, annotation_list, annotation_page, layer2, page_label, standalone
from iiif_store.reading import IMPORTED, Reading
from iiif_store.search.declared import with_search
from iiif_store.shape import JSON
from iiif_store.source import Layer, Source
from iiif_store.stores.base import Store
from iiif_store.variant import announce
from ml_backends.types import BackendUnavailable, UnknownBackend
from server.engine.types import Engine, ReadingTask
from server.layers import layer_of
from server.local import publish
from server.recipes import Recipes
from server.search import is_searched
from server.sources import Sources


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page belongs, and the reading that it shows."""

    source: Source
    manifest: Manifest
    canvas: Canvas
    layer: Layer
    task: ReadingTask


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a layer is, in pages; counted from the store."""

    total: int
    done: int
    failed: int


class Pages:
    """Finds, computes and writes. Knows no HTTP; what it returns is JSON as bytes, under the base of `links`."""

    def __init__(
        self, store: Store, sources: Sources, recipes: Recipes, engine: Engine, *, deadline: float, prefetch: int
    ) -> None:
        self._store, self._sources, self._recipes, self._engine = store, sources, recipes, engine
        self._deadline, self._prefetch = deadline, prefetch

    def find(self, source: Source, canvas: str, layer: str) -> Place:
        """Raises NotFound for an unknown canvas or layer, NoPicture, UnknownBackend, BackendUnavailable."""
        manifest, chosen = self._sources.manifest(source), self.layer(source, layer)
        return self._place(source, manifest, manifest.canvas(canvas), chosen)

    def layer(self, source: Source, name: str) -> Layer:
        """A layer of the source, or a pinned version of one ("illustrations@1.2"), which is published only if asked
        for. Raises NotFound."""
        named = {layer.name: layer for layer in source.layers}
        pinned = layer_of(name)
        if name in named:
            return named[name]
        if pinned.version and pinned.backend in {layer.backend for layer in source.layers}:
            return pinned
        raise NotFound(f"Source {source.id} has no layer {name!r}; it has {', '.join(named) or 'none'}.")

    def stored(self, place: Place) -> Reading | None:
        """The reading of a page, if it has been made."""
        return self._store.get_reading(place.task.revision)

    def compute(self, place: Place) -> Reading:
        """Wait for the model, up to the deadline, then have it read ahead. Raises what `Engine.ensure` raises, and
        NotFound for a canvas that an imported layer does not know."""
        if place.layer.backend.startswith(IMPORTED):
            raise NotFound(f"Layer {place.layer.name} was imported before the canvas {place.canvas.id} was there.")
        self._engine.ensure(place.task, wait=self._deadline)
        self._engine.prefetch(self._following(place))
        reading = self.stored(place)
        assert reading, "the engine says that it is there"
        return reading

    def page(self, place: Place, reading: Reading, links: Links, version: Version) -> bytes:
        """The AnnotationPage, or as version "2" the AnnotationList."""
        view = self.view(place, reading, links)
        return written(annotation_page(view) if version == "3" else annotation_list(view), place.source, links)

    def manifest(
        self, source: Source, links: Links, version: Version, *, layers: Sequence[str], all_pages: bool
    ) -> bytes:
        """The enriched manifest with the `layers` whose backends can be used here; without `all_pages` only with pages
        that are computed already."""
        manifest = self._sources.manifest(source)
        references = self.references(source, layers, all_pages=all_pages)
        document = enrich(manifest, references, source=source, links=links, version=version)
        known = self.variants(source)
        document = announce(document, known, source=source, links=links, version=version)
        return written(self._searchable(document, source, links, version), source, links)

    def _searchable(self, document: JSON, source: Source, links: Links, version: Version) -> JSON:
        """With our search, before a publisher's if a layer of ours reads text."""
        if not is_searched(source):
            return document
        infos = [self._recipes.info(layer) for layer in source.layers if self.usable(layer)]
        first = any("supplementing" in info.motivations for info in infos)
        return with_search(document, source.id, links=links, version=version, first=first)

    def _written(self, source: Source, layers: Sequence[str]) -> list[LayerReference]:
        """What people wrote stands first, on the canvases where they did."""
        having = self._store.annotations.canvases(source.id) if curated.LAYER in layers else frozenset()
        return [LayerReference(curated.LAYER, curated.LABEL, having)] if having else []

    def references(self, source: Source, layers: Sequence[str], *, all_pages: bool) -> list[LayerReference]:
        """What a manifest lists of the `layers`; as for `manifest`."""
        manifest = self._sources.manifest(source)
        wanted = [layer for layer in source.layers if layer.name in layers and self.usable(layer)]
        found = [self._reference(source, manifest, layer, all_pages) for layer in wanted]
        return [*self._written(source, layers), *found]

    def variants(self, source: Source) -> dict[str, str]:
        """The variants that the usable layers of a source make: what their pictures are called, by name."""
        found: dict[str, str] = {}
        for info in (self._recipes.info(layer) for layer in source.layers if self.usable(layer)):
            if info.variant:
                found.setdefault(info.variant, next(iter(info.labels), info.title))
        return found

    def collection(self, source: Source, name: str, links: Links, version: Version) -> bytes:
        """The AnnotationCollection (sc:Layer) of one layer; `total` only when every page is computed."""
        manifest, layer = self._sources.manifest(source), self.layer(source, name)
        keys, info = [canvas.key for canvas in manifest.pictured], self._recipes.info(layer)
        total = self._total(source, manifest, layer, links)
        write = annotation_collection if version == "3" else layer2
        document = write(keys, source_id=source.id, layer=layer.name, info=info, links=links, total=total)
        return written(document, source, links)

    def annotation(self, source: Source, canvas: str, revision: str, number: int, links: Links) -> bytes:
        """One annotation by the parts of its id, superseded ones too; raises NotFound."""
        place, reading = self.once(source, canvas, revision) or (None, None)
        told = reading.findings[number : number + 1] if reading else ()
        if reading is None or place is None or not told or told[0].motivation == "painting":
            raise NotFound(f"Source {source.id} has no annotation {canvas}-{revision}-{number}.")
        return written(standalone(self.view(place, reading, links), number), source, links)

    def once(self, source: Source, canvas: str, revision: str) -> tuple[Place, Reading] | None:
        """The stored reading whose revision begins so, of a picture that the canvas paints now or painted once."""
        reading = self._store.find_reading(revision)
        place = self._place_of(source, canvas, reading) if reading else None
        return (place, reading) if place and reading else None

    def progress(self, source: Source, layer: Layer) -> Progress:
        """How far a layer is; one look for each page."""
        tasks = list(self._recipes.tasks(source, self._sources.manifest(source), layer))
        open_ = [task for task in tasks if not self._store.has_reading(task.revision)]
        failed = sum(self._store.get_failure(task.revision) is not None for task in open_)
        return Progress(len(tasks), len(tasks) - len(open_), failed)

    def usable(self, layer: Layer) -> bool:
        """Whether its backend can be used here; pages of others are left out of manifests."""
        try:
            return self._recipes.problem(layer) is None
        except (UnknownBackend, BackendUnavailable):
            return False

    def _place(self, source: Source, manifest: Manifest, canvas: Canvas, layer: Layer) -> Place:
        return Place(source, manifest, canvas, layer, self._recipes.task(source, canvas, layer))

    def _place_of(self, source: Source, key: str, reading: Reading) -> Place | None:
        """Where a reading was shown: its canvas must paint that picture now, or must have painted it once."""
        recipe = reading.recipe
        named = next((layer for layer in source.layers if layer.backend == recipe.backend), None)
        layer = named or layer_of(f"{recipe.backend}@{recipe.version}")
        for manifest in (self._sources.manifest(source), *self._sources.earlier(source)):
            try:
                canvas = manifest.canvas(key)
                view = canvas.painted()
            except (NotFound, NoPicture):
                continue
            if view.reference == recipe.picture:
                return Place(source, manifest, canvas, layer, ReadingTask(recipe, view, source.id, key))
        return None

    def view(self, place: Place, reading: Reading, links: Links) -> PageView:
        """What the page of a place is a view of."""
        keys = [canvas.key for canvas in place.manifest.pictured]
        n = keys.index(place.canvas.key)
        canvas = place.canvas
        if isinstance(links, VariantLinks):
            canvas = replace(canvas, id=links.canvas(place.source.id, canvas.key))
        return PageView(
            reading=reading,
            layer=place.layer,
            info=self._recipes.info_of(reading.recipe),
            canvas=canvas,
            source_id=place.source.id,
            links=links,
            previous=keys[n - 1] if n else None,
            next=keys[n + 1] if n + 1 < len(keys) else None,
        )

    def _following(self, place: Place) -> Iterator[ReadingTask]:
        """The next canvases, whose pages the reader of a book will want."""
        pictured = place.manifest.pictured
        start = next(n for n, canvas in enumerate(pictured) if canvas.key == place.canvas.key) + 1
        for canvas in islice(pictured, start, start + self._prefetch):
            task = self._recipes.task(place.source, canvas, place.layer)
            if not self._store.has_reading(task.revision):
                yield task

    def _reference(self, source: Source, manifest: Manifest, layer: Layer, all_pages: bool) -> LayerReference:
        label = page_label(self._recipes.info(layer))
        if all_pages:
            return LayerReference(layer.name, label)
        tasks = self._recipes.tasks(source, manifest, layer)
        return LayerReference(
            layer.name, label, frozenset(task.canvas for task in tasks if self._store.has_reading(task.revision))
        )

    def _readings(self, source: Source, manifest: Manifest, layer: Layer) -> Iterator[tuple[Place, Reading]]:
        for canvas in manifest.pictured:
            place = self._place(source, manifest, canvas, layer)
            if reading := self.stored(place):
                yield place, reading

    def _total(self, source: Source, manifest: Manifest, layer: Layer, links: Links) -> int | None:
        """The number of annotations, or None as soon as one page is not computed."""
        tasks = list(self._recipes.tasks(source, manifest, layer))
        if not all(self._store.has_reading(task.revision) for task in tasks):
            return None
        found = self._readings(source, manifest, layer)
        return sum(len(self.view(place, reading, links).shown()) for place, reading in found)


def written(document: JSON, source: Source, links: Links) -> bytes:
    """A document as bytes, with what lives here under our base."""
    body = orjson.dumps(document)
    return publish(body, links.base) if source.url.startswith("local:") else body
