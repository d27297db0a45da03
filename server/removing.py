"""Removing many annotations at once: layers of models, imported ones, and what people wrote."""

from __future__ import annotations

from collections.abc import Sequence

from iiif_store.curated import LAYER
from iiif_store.errors import NotFound
from iiif_store.links import Links
from iiif_store.reading import IMPORTED
from iiif_store.source import Source
from iiif_store.stores.base import Store
from server.curated import Curated
from server.findings import Findings, Part
from server.sources import Sources


class Removing:
    """Knows no HTTP."""

    def __init__(self, store: Store, sources: Sources, curated: Curated, findings: Findings) -> None:
        self._store, self._sources, self._curated, self._findings = store, sources, curated, findings

    def annotations(self, source: Source, layers: Sequence[str], links: Links) -> dict[str, int]:
        """Remove the `layers`; without any, what people wrote and what was imported. How many annotations of each were
        published. Models' readings stay, since other sources may show them. Raises NotFound."""
        names = {layer.name for layer in source.layers}
        wanted = list(layers) or [*(name for name in names if name.startswith(IMPORTED)), LAYER]
        if unknown := [name for name in wanted if name not in names and name != LAYER]:
            raise NotFound(f"Source {source.id} has no layer {unknown[0]!r}; it has {', '.join([*names, LAYER])}.")
        removed = {name: self._count(source, name, links) for name in wanted if name != LAYER}
        if removed:
            self._sources.change(source, layers=lambda now: tuple(layer for layer in now if layer.name not in removed))
        if LAYER in wanted:
            removed[LAYER] = self._people(source)
        return removed

    def _count(self, source: Source, layer: str, links: Links) -> int:
        book = self._findings.published(source, links, Part(layers=(layer,)))
        return sum(len(view.shown()) for page in book for view in page.views)

    def _people(self, source: Source) -> int:
        notes = [note.id for note in self._store.annotations.of(source.id)]
        for name in notes:
            self._curated.remove(source, name, expected=None)
        return len(notes)
