"""What a job stands for: every canvas of its sources, and of the manifests in its collections, for each backend."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from iiif_store.errors import FetchFailed, FetchRefused, GlossatorError, Gone, NotFound, NotIIIF
from iiif_store.source import Layer, Source, source_id
from iiif_store.stores.base import Job, Store
from server.engine.types import ReadingTask
from server.layers import layer_of
from server.recipes import Recipes
from server.sources import Sources

log = logging.getLogger(__name__)

PASSED_OVER = (FetchFailed, FetchRefused, Gone, NotFound, NotIIIF)
"""A member of a collection that cannot be had does not stop the job for the others."""


class PolicyForbids(GlossatorError):
    """Nothing may be computed for this source."""


class SourcePlan:
    """Implements `jobs.Plan`."""

    def __init__(self, store: Store, sources: Sources, recipes: Recipes) -> None:
        self._store, self._sources, self._recipes = store, sources, recipes

    def tasks(self, job: Job, *, fetch: bool) -> Iterator[ReadingTask]:
        for name in job.sources:
            source = self._sources.open(name)
            if source.effective_policy == "off":
                reason = source.refusal or "its policy is off"
                raise PolicyForbids(f"Nothing may be computed for source {source.id}: {reason}.")
            for book in self._manifests(source, fetch, {source.id}):
                for backend in job.backends:
                    yield from self._recipes.tasks(book, self._sources.manifest(book), _layer(book, backend))

    def _manifests(self, source: Source, fetch: bool, seen: set[str]) -> Iterator[Source]:
        """`source` itself, or the members of the collection that it is, each once."""
        if source.kind == "manifest":
            yield source
            return
        for member in self._sources.collection(source).members:
            name = source_id(member.id)
            if name in seen:
                continue
            seen.add(name)
            if found := self._member(name, fetch):
                yield from self._manifests(found, fetch, seen)

    def _member(self, name: str, fetch: bool) -> Source | None:
        if not fetch and self._store.get_source(name) is None:
            return None
        try:
            source = self._sources.open(name)
        except PASSED_OVER as error:
            log.warning("member passed over", extra={"source": name, "reason": str(error)})
            return None
        return None if source.effective_policy == "off" else source


def _layer(source: Source, name: str) -> Layer:
    """As the source shows it, so that a pinned version is what is computed."""
    return next((layer for layer in source.layers if layer.name == name), layer_of(name))
