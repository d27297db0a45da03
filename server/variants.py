"""Variants: what a model drew of a book, beside its originals, in a manifest of its own (specs 1.2).

A variant is named by the backend that draws (`BackendInfo.variant`) and is there as soon as one of the source's layers
has such a backend. Its pictures are findings of readings, so that all that holds for annotation pages holds for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import orjson

from iiif_store.canvas import Canvas
from iiif_store.curated import LAYER
from iiif_store.errors import NoPicture, NotFound, StoreUnavailable
from iiif_store.language import plain
from iiif_store.links import VariantLinks
from iiif_store.manifest import Manifest
from iiif_store.reading import Reading
from iiif_store.shape import JSON
from iiif_store.source import Layer, Source
from iiif_store.stores.base import Store
from iiif_store.stores.images import ImageRecord, drawn_image
from iiif_store.variant import archived, drawn_image_body, is_offered, places, told_again, variant, variant_canvas
from ml_backends.types import Drawn
from server.pages import Pages, Place, written
from server.recipes import Recipes
from server.sources import Sources

IMAGE = re.compile(r"([a-z2-7]{12})-([a-z2-7]{12})-([0-9a-f]{16})-(0|[1-9][0-9]{0,6})")
"""The public id of a derived image: source, canvas, revision, number of the finding."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A derived image that is there."""

    canvas: Canvas
    page: int
    """The number of its canvas in the book, from 1."""
    record: ImageRecord
    """With the public id, and the rights and attribution that the manifest gives its original now."""
    file: Path
    """Its pyramid."""


class Variants:
    """As `Pages`, for pictures."""

    def __init__(self, store: Store, sources: Sources, recipes: Recipes, pages: Pages) -> None:
        self._store, self._sources, self._recipes, self._pages = store, sources, recipes, pages

    def layer(self, source: Source, name: str) -> Layer:
        """The layer whose pictures make this variant; raises NotFound."""
        for layer in source.layers:
            if self._pages.usable(layer) and self._recipes.info(layer).variant == name:
                return layer
        known = ", ".join(self._pages.variants(source)) or "none"
        raise NotFound(f"Source {source.id} has no variant {name!r}, only {known}. Add a backend that draws it.")

    def manifest(self, source: Source, links: VariantLinks, *, layers: Sequence[str], all_pages: bool) -> bytes:
        """The manifest of the variant that `links` name. Without `all_pages` only with pages and pictures that are
        computed already; never with a picture that the model declined to draw, or that failed for good."""
        manifest = self._sources.manifest(source)
        references = self._pages.references(source, layers, all_pages=all_pages)
        drawn = self._offered(source, links, all_pages)
        document = variant(manifest, references, drawn, source=source, links=links)
        if next(self.pictures(source, links.name), None):
            document = archived(document, source=source, links=links)
        return written(document, source, links)

    def canvas(self, source: Source, key: str, links: VariantLinks, *, all_pages: bool) -> bytes:
        """One of its canvases; raises NotFound."""
        manifest = self._sources.manifest(source)
        names = [LAYER, *(layer.name for layer in source.layers)]
        references = self._pages.references(source, names, all_pages=all_pages)
        drawn = self._offered(source, links, all_pages, manifest.canvas(key).key)
        return written(variant_canvas(manifest, key, references, drawn, source=source, links=links), source, links)

    def curated(self, source: Source, page: bytes, links: VariantLinks) -> bytes:
        """A page of what people wrote, about the canvases of the variant."""
        ours = places(self._sources.manifest(source), source, links)
        return orjson.dumps(told_again(orjson.loads(page), ours))

    def place(self, source: Source, canvas: str, revision: str) -> Place:
        """Where a derived image belongs, by the parts of its id: that of a reading which is stored, or of one that the
        variants of the source would make now. Raises NotFound."""
        if once := self._pages.once(source, canvas, revision):
            return once[0]
        for name in self._pages.variants(source):
            try:
                place = self._pages.find(source, canvas, self.layer(source, name).name)
            except NoPicture:
                continue
            if place.task.revision.startswith(revision):
                return place
        raise NotFound(f"Source {source.id} has no image {canvas}-{revision}. Its present ones are in its manifests.")

    def picture(self, place: Place, reading: Reading, number: int) -> Picture:
        """The picture of a finding; raises NotFound where the model drew none, StoreUnavailable where it is lost."""
        if number >= len(reading.findings) or not isinstance(reading.findings[number].picture, Drawn):
            raise NotFound(_declined(place, reading))
        name = drawn_image(reading.revision, number)
        record, file = self._store.images.get(name), self._store.images.path(name)
        if record is None or file is None:
            raise StoreUnavailable(f"image {name} is lost though its reading is there: restore blobs/ from a back-up")
        public = f"{place.source.id}-{place.canvas.key}-{reading.revision[:16]}-{number}"
        page = next(n for n, canvas in enumerate(place.manifest.canvases, 1) if canvas.key == place.canvas.key)
        return Picture(place.canvas, page, credited(replace(record, id=public), place.manifest, place.canvas), file)

    def pictures(self, source: Source, name: str) -> Iterator[Picture]:
        """The pictures of a variant that are computed, in canvas order."""
        for place in self._places(source, self.layer(source, name)):
            reading = self._pages.stored(place)
            if reading and (found := painted_by(reading)):
                yield self.picture(place, reading, found[0])

    def _places(self, source: Source, layer: Layer) -> Iterator[Place]:
        """Where pictures of a variant are or can be, in canvas order."""
        manifest = self._sources.manifest(source)
        for task in self._recipes.tasks(source, manifest, layer):
            yield Place(source, manifest, manifest.canvas(task.canvas), layer, task)

    def _offered(
        self, source: Source, links: VariantLinks, all_pages: bool, only: str | None = None
    ) -> dict[str, JSON]:
        """The bodies of the pictures that can be had, by canvas; of one canvas only, if that is given."""
        layer = self.layer(source, links.name)
        label = self._pages.variants(source)[links.name]
        found: dict[str, JSON] = {}
        for place in self._places(source, layer):
            canvas = place.canvas
            if only in (None, canvas.key) and is_offered(canvas) and (drawing := self._drawing(place, all_pages)):
                uri = links.drawn(source.id, canvas.key, place.task.revision, drawing[0], links.version)
                found[canvas.key] = drawn_image_body(uri, label, drawing[1], links.version)
        return found

    def _drawing(self, place: Place, may_be_drawn: bool) -> tuple[int, tuple[int, int]] | None:
        """Number and size of the picture that can be had, as it is or as it is going to be."""
        if reading := self._pages.stored(place):
            return painted_by(reading)
        failure = self._store.get_failure(place.task.revision)
        if not may_be_drawn or (failure and failure.next_try is None):
            return None
        return 0, _expected(place)


def painted_by(reading: Reading) -> tuple[int, tuple[int, int]] | None:
    """Number and size of the first picture that a reading has to be painted in place of its original."""
    for n, finding in enumerate(reading.findings):
        if finding.motivation == "painting" and isinstance(finding.picture, Drawn):
            return n, (finding.picture.width, finding.picture.height)
    return None


def _declined(place: Place, reading: Reading) -> str:
    said = ", ".join(finding.label for finding in reading.findings if finding.label and finding.picture is None)
    told = f", since it is {said}" if said else ""
    return f"{reading.recipe.backend} drew no such picture of {place.canvas.id}{told}."


def _expected(place: Place) -> tuple[int, int]:
    """The size of the picture that the model will be given, as far as the manifest tells."""
    view = place.task.view
    shape = (view.images[0].shape if view.fills else None) or (view.width, view.height)
    scale = min(1.0, place.task.recipe.parameters["max_edge"] / max(shape))
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))


def credited(record: ImageRecord, manifest: Manifest, canvas: Canvas) -> ImageRecord:
    """With the rights and attribution that the manifest gives the original: those of its canvas, else of the whole."""
    told = [canvas.document, manifest.document]
    rights = (one for document in told if isinstance(one := document.get("rights"), str) and one)
    statements = (one for document in told if isinstance(one := document.get("requiredStatement"), dict))
    attribution = (text for one in statements if (text := plain(one.get("value"))))
    return replace(record, rights=next(rights, None), attribution=next(attribution, None))
