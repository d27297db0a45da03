"""One book, from its URL to the files that are left in a directory."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import orjson

from iiif_store.annotation import PageView
from iiif_store.embed import embed
from iiif_store.errors import GlossatorError
from iiif_store.fetch.pictures import Pictures
from iiif_store.links import Links
from iiif_store.source import Layer
from iiif_store.stores import open_store
from server.engine.workshop import build_reader
from server.local import SCHEME, LocalBooks, publish
from server.recipes import Recipes
from server.run.files import Folder, Row, regions
from server.run.work import Page, open_source, pages_of, read_all
from server.services import registry_of, remote_of
from server.settings import Settings
from server.sources import Sources

log = logging.getLogger(__name__)

STATE = ".glossator"
"""Where a run keeps its readings, so that it goes on where it was stopped."""
HERE = "http://localhost:8000"

Progress = Callable[[int, int], None]
"""(pages done, pages in all)"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did, for its summary and exit code."""

    pages: int
    resumed: int
    findings: int
    failed: tuple[str, ...]
    """One line for each page that has no reading."""
    uncropped: tuple[str, ...]
    """One line for each page of which a crop is missing."""


class Book:
    """One manifest that is annotated into a directory. Not for several threads."""

    def __init__(self, where: str, backends: tuple[str, ...], out: Path, settings: Settings, *, override: bool) -> None:
        """Fetches the manifest. Raises NotIIIF, FetchFailed, UnknownBackend, BackendUnavailable; GlossatorError where
        the publisher does not want machines to look and nobody overrides that."""
        self._settings = settings.model_copy(update={"data": out / STATE, "store": None})
        self._store = open_store(self._settings.store_url)
        remote, local, registry = remote_of(self._settings), LocalBooks(), registry_of(self._settings)
        self._recipes = Recipes(registry, self._store)
        sources = Sources(self._store, remote, local, layers=backends, refresh_after=settings.refresh_after)
        self.source, self.manifest = open_source(where, backends, sources, self._store)
        if self.source.refusal and not override:
            raise GlossatorError(
                f"The publisher refuses machine reading: {self.source.refusal}. See --override-refusal."
            )
        pictures = Pictures(remote, local=local.path, max_bytes=settings.max_picture)
        self._links = Links(settings.base_url or HERE)
        self._folder = Folder(out, pictures, self._links.base)
        self._numbers = {canvas.key: n for n, canvas in enumerate(self.manifest.canvases, 1)}
        self._layers = {layer.backend: layer for layer in self.source.layers}
        self._uncropped: list[str] = []

    def annotate(self, progress: Progress) -> Outcome:
        """Read every page, cut the crops, write the table, the zip and the manifest."""
        todo = list(pages_of(self.source, self.manifest, self._recipes))
        done = 0

        def seen(_page: Page) -> None:
            nonlocal done
            done += 1
            progress(done, len(todo))

        reader = build_reader(self._settings)
        try:
            threads = self._settings.engine_threads
            pages = read_all(todo, reader, self._store, threads=threads, finish=self._crop, seen=seen)
        finally:
            reader.lanes.close()
        return self._write(pages)

    def _crop(self, page: Page) -> None:
        if page.reading is None:
            return
        view = self._view(page)
        try:
            self._folder.crop(page.canvas, regions(view, self._numbers[page.canvas.key]))
        except GlossatorError as error:
            self._uncropped.append(f"{page.canvas.label or page.canvas.id}: {error}")

    def _write(self, pages: list[Page]) -> Outcome:
        views = [self._view(page) for page in pages if page.reading]
        rows: list[Row] = [
            (view.canvas, region) for view in views for region in regions(view, self._numbers[view.canvas.key])
        ]
        self._folder.table(rows)
        self._folder.pack(rows)
        document = embed(self.manifest, views, source=self.source, links=self._links)
        body = orjson.dumps(document, option=orjson.OPT_INDENT_2)
        self._folder.write(
            "manifest.json", publish(body, self._links.base) if self.source.url.startswith(SCHEME) else body
        )
        failed = tuple(_reason(page) for page in pages if page.reading is None)
        if not failed and not self._uncropped:
            shutil.rmtree(self._settings.data / "cache" / "pages", ignore_errors=True)
        return Outcome(
            pages=len(pages),
            resumed=sum(page.resumed for page in pages),
            findings=sum(len(view.shown()) for view in views),
            failed=failed,
            uncropped=tuple(self._uncropped),
        )

    def _view(self, page: Page) -> PageView:
        assert page.reading
        recipe = page.task.recipe
        layer: Layer = self._layers[recipe.backend]
        return PageView(page.reading, layer, self._recipes.info_of(recipe), page.canvas, self.source.id, self._links)


def _reason(page: Page) -> str:
    why = page.failure.reason if page.failure else "no reading and no reason was stored; see the log"
    return f"{page.canvas.label or page.canvas.id}: {why}"
