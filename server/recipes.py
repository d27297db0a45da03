"""From a canvas and a layer to the reading that the layer shows there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from iiif_store.canvas import Canvas, CanvasPicture
from iiif_store.errors import NoPicture
from iiif_store.manifest import Manifest
from iiif_store.reading import IMPORTED, Recipe
from iiif_store.source import Layer, Source
from iiif_store.stores.base import Store
from ml_backends.registry import Registry
from ml_backends.types import BackendInfo, UnknownBackend
from server.engine.types import ReadingTask


class Recipes:
    """Names readings. Asks the registry for what a backend is, and the store only for a picture's generation."""

    def __init__(self, registry: Registry, store: Store) -> None:
        self._registry, self._store = registry, store

    def info(self, layer: Layer) -> BackendInfo:
        """The backend of a layer at its pinned or promoted version; raises UnknownBackend."""
        if layer.backend.startswith(IMPORTED):
            return imported(layer.backend, layer.version or "")
        return self._registry.info(layer.backend, layer.version)

    def info_of(self, recipe: Recipe) -> BackendInfo:
        """The backend that made a reading, at its version then; of a version that is gone, what is known of the
        present one. Raises UnknownBackend when the whole backend is gone."""
        if recipe.backend.startswith(IMPORTED):
            return imported(recipe.backend, recipe.version)
        try:
            return self._registry.info(recipe.backend, recipe.version)
        except UnknownBackend:
            return replace(self._registry.info(recipe.backend), version=recipe.version)

    def problem(self, layer: Layer) -> str | None:
        """Why a layer cannot be computed here, with the pip line; None if it can. Imported layers need nothing."""
        if layer.backend.startswith(IMPORTED):
            return None
        return self._registry.problem(layer.backend, layer.version)

    def recipe(self, view: CanvasPicture, info: BackendInfo) -> Recipe:
        """What the reading of `view` by a backend depends on."""
        reference = view.reference
        return Recipe(
            picture=reference,
            generation=self._store.generation(reference),
            backend=info.name,
            version=info.version,
            weights=",".join(file.sha256 for file in info.weights),
            parameters={"max_edge": info.max_edge},
        )

    def task(self, source: Source, canvas: Canvas, layer: Layer) -> ReadingTask:
        """Raises NoPicture where the canvas shows nothing that a model could look at."""
        return self._task(source, canvas, self.info(layer))

    def tasks(self, source: Source, manifest: Manifest, layer: Layer) -> Iterator[ReadingTask]:
        """One for each canvas with a picture, in the manifest's order."""
        info = self.info(layer)
        for canvas in manifest.canvases:
            try:
                yield self._task(source, canvas, info)
            except NoPicture:
                continue

    def _task(self, source: Source, canvas: Canvas, info: BackendInfo) -> ReadingTask:
        view = canvas.painted()
        return ReadingTask(self.recipe(view, info), view, source.id, canvas.key)


def imported(name: str, version: str) -> BackendInfo:
    """What stands for the backend of a layer that was brought in a file. The version is the hash of what it says."""
    title = name.removeprefix(IMPORTED)
    return BackendInfo(name, version, title[:1].upper() + title[1:], threshold=0.0, score_type="imported")
