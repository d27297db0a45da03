"""One book, from its URL to the files that are left in a directory."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
from filelock import FileLock, Timeout

from iiif_store.annotation import PageView
from iiif_store.crops import has_regions
from iiif_store.embed import NOWHERE, embed
from iiif_store.errors import GlossatorError
from iiif_store.fetch.limits import Limits
from iiif_store.fetch.pictures import Pictures
from iiif_store.fetch.remote import Remote
from iiif_store.fetch.transport import GuardedTransport
from iiif_store.links import Links
from iiif_store.reading import Recipe
from iiif_store.shape import JSON
from iiif_store.stores import open_store
from ml_backends.lane import Lane
from ml_backends.registry import Registry
from ml_backends.runtime import choose_device
from server.engine.configuration import release
from server.engine.lanes import Lanes
from server.engine.reader import Reader
from server.local import SCHEME, LocalBooks, publish
from server.recipes import Recipes
from server.run.files import MANIFEST, Folder, Row, rows_of
from server.run.reading import Errand, Page, errands, read_all, read_one
from server.run.source import open_manifest, parsed, scan, settle, source_of
from server.run.variant import FileLinks, drawn_bodies, save_picture
from server.scans.scanner import Scanner, Told
from server.settings import HERE, Settings
from server.wiring import registry_of, remote_of

STATE = ".glossator"
"""Where a run keeps its readings, so that it goes on where it was stopped."""
Progress = Callable[[int, int], None]
"""(pages done, pages in all)"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did, for its summary and exit code. A page is one canvas for one backend."""

    pages: int
    resumed: int
    findings: int
    failed: tuple[str, ...]
    """One line for each page that has no reading."""
    uncropped: tuple[str, ...]
    """One line for each page of which a crop is missing."""


class Book:
    """One manifest that is annotated into a directory. Not for several threads."""

    def __init__(
        self,
        where: str,
        backends: tuple[str, ...],
        out: Path,
        settings: Settings,
        *,
        override: bool = False,
        crops: bool = True,
        recursive: bool = False,
        scanning: Told = lambda _done, _total, _doing: None,
    ) -> None:
        """Fetches the manifest, or makes it of the scans in a folder or zip, telling how far it is. Raises NotIIIF,
        NotScans, FetchFailed, FetchRefused, UnknownBackend, BackendUnavailable, StoreUnavailable; GlossatorError for
        what is no manifest, for a directory that is about another one, and where the publisher does not want machines
        to look and `override` does not say otherwise."""
        self._settings, self._crops, self._out = settings, crops, out
        state = settings.model_copy(update={"data": out / STATE, "store": None})
        self._store = open_store(state.store_url)
        remote, local = remote_of(state), LocalBooks(self._store)
        self.scanned = scan(where, Scanner(self._store, state), recursive=recursive, told=scanning)
        url, self.manifest = parsed(self.scanned) if self.scanned else open_manifest(where, remote, local)
        self.source = source_of(url, self.manifest, backends)
        if self.source.refusal and not override:
            raise GlossatorError(
                f"The publisher refuses machine reading: {self.source.refusal}. See --override-refusal."
            )
        settle(self.source, self._store, self.scanned)
        registry = registry_of(settings)
        self._recipes = Recipes(registry, self._store)
        self.todo = tuple(errands(self.source, self.manifest, self._recipes))
        fetching = remote if self._fetches_again() else remote_of(state, keep=False)
        self._pictures = Pictures(fetching, local=local.path, max_bytes=settings.max_picture)
        self.lanes = _lanes(registry, remote, settings.device)
        self._links = Links(settings.base_url or (HERE if url.startswith(SCHEME) else NOWHERE))
        self._folder = Folder(out, self._links.base)
        self._places = {canvas.key: place for place, canvas in enumerate(self.manifest.canvases, 1)}
        self._uncropped: list[str] = []

    def annotate(self, progress: Progress) -> Outcome:
        """Read every page, cut the crops, write the table, the zip and the manifest. Raises GlossatorError while
        another run writes to the directory, BackendUnavailable where no model can be loaded, StoreUnavailable."""
        reader, done = self._reader(), itertools.count(1)

        def read(errand: Errand) -> Page:
            page = read_one(errand, reader, self._store)
            self._crop(page)
            return page

        # a publisher is asked `per_host` things at once; threads that wait for it must not be missing in batches
        threads = self._settings.engine_threads + Limits().per_host
        with self._alone(), closing(self.lanes):
            pages = read_all(self.todo, read, threads, lambda _page: progress(next(done), len(self.todo)))
            return self._write(pages)

    def _reader(self) -> Reader:
        attempts, software = self._settings.attempts, f"glossator {release()}"
        return Reader(self._store, self._pictures.fetch, self.lanes, attempts=attempts, software=software)

    def _fetches_again(self) -> bool:
        """Whether one picture is needed twice: for two layers, or for crops that are cut out of the whole. Others are
        not kept, which saves a twentieth of the work and a disk that is as large as the book."""
        whole = not all(has_regions(errand.task.view) for errand in self.todo)
        return len(self.source.layers) > 1 or (self._crops and whole)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two runs that write the same files at once would leave neither's."""
        lock = FileLock(self._out / STATE / "run" / "lock", timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise GlossatorError(f"Another run writes to {self._out}. Wait for it, or choose another --out.") from error
        try:
            yield
        finally:
            lock.release()

    def _crop(self, page: Page) -> None:
        try:
            if view := self._view(page):
                save_picture(view, self._places[view.canvas.key], self.manifest, self._store.images, self._folder)
            self._folder.crop(self._rows(page), self._pictures)
        except GlossatorError as error:
            self._uncropped.append(f"{_name(page)}: {error}")

    def _write(self, pages: Sequence[Page]) -> Outcome:
        rows = [row for page in pages for row in self._rows(page)]
        self._folder.table(rows)
        self._folder.pack(rows)
        views = [view for page in pages if (view := self._view(page))]
        self._save(MANIFEST, embed(self.manifest, views, source=self.source, links=self._links))
        for name in dict.fromkeys(view.info.variant for view in views if view.info.variant):
            links = FileLinks(self._links.base, name)
            placed = [(view, self._places[view.canvas.key]) for view in views]
            drawn = drawn_bodies(placed, links, self._folder)
            self._save(links.file, embed(self.manifest, views, source=self.source, links=links, drawn=drawn))
        failed = tuple(f"{_name(page)}: {_reason(page)}" for page in pages if page.reading is None)
        if not failed and not self._uncropped:
            shutil.rmtree(self._out / STATE / "cache" / "http", ignore_errors=True)  # as large as the book
        return Outcome(
            pages=len(pages),
            resumed=sum(page.resumed for page in pages),
            findings=len(rows),
            failed=failed,
            uncropped=tuple(self._uncropped),
        )

    def _save(self, name: str, document: JSON) -> None:
        body = orjson.dumps(document, option=orjson.OPT_INDENT_2)
        local = self.source.url.startswith(SCHEME)
        self._folder.write(name, publish(body, self._links.base) if local else body)

    def _rows(self, page: Page) -> list[Row]:
        view = self._view(page)
        return rows_of(view, self._places[view.canvas.key], crops=self._crops) if view else []

    def _view(self, page: Page) -> PageView | None:
        if page.reading is None:
            return None
        errand, info = page.errand, self._recipes.info_of(page.errand.task.recipe)
        return PageView(page.reading, errand.layer, info, errand.canvas, self.source.id, self._links)


def _lanes(registry: Registry, remote: Remote, device: str) -> Lanes:
    """The models of one run, loaded when they are first needed."""
    transport = GuardedTransport(remote)

    def open_lane(recipe: Recipe, device: str) -> Lane:
        return Lane(registry.create(recipe.backend, recipe.version), device, transport)

    return Lanes(open_lane, choose_device(device))


def _name(page: Page) -> str:
    return page.errand.canvas.label or page.errand.canvas.id


def _reason(page: Page) -> str:
    return page.failure.reason if page.failure else "no reading and no reason was stored; see the log with --verbose"
