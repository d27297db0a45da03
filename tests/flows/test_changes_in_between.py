"""What somebody else writes while a long piece of work is under way stays: rows, jobs, streams, layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from iiif_store.errors import Gone
from iiif_store.fetch.pictures import Pictures
from iiif_store.fetch.remote import Remote
from iiif_store.imports.sheets import File
from iiif_store.reading import Reading
from iiif_store.search.entries import Unit
from iiif_store.source import Source, source_id
from iiif_store.stores import open_store
from iiif_store.stores.base import Job, Store
from iiif_store.stream import Stream
from ml_backends.registry import Registry
from ml_backends.types import Finding
from server.errors import BadInput
from server.following import Follower
from server.local import LocalBooks
from server.recipes import Recipes
from server.refresh import Refresher
from server.services import build
from server.sources import Sources
from tests.annotated import LINKS, URL, Annotated
from tests.publisher import Publisher


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str, Callable[[], object]], None]:
    """Has something done once, just before the next call of a function."""

    def arrange(owner: Any, name: str, do: Callable[[], object]) -> None:
        original = getattr(owner, name)

        def first(*arguments: Any, **options: Any) -> Any:
            monkeypatch.setattr(owner, name, original)
            do()
            return original(*arguments, **options)

        monkeypatch.setattr(owner, name, first)

    return arrange


Meanwhile = Callable[[Any, str, Callable[[], object]], None]


class Desk:
    """Sources in a data directory, as one process has them."""

    def __init__(self, folder: Path, remote: Remote) -> None:
        self.store: Store = open_store(f"tinydb://{folder}")
        self.sources = Sources(self.store, remote, LocalBooks(self.store), layers=("illustrations",), refresh_after=0)
        self.follower = Follower(self.store, self.sources, remote)

    def now(self, source: Source) -> Source:
        found = self.store.get_source(source.id)
        assert found
        return found

    def layers(self, source: Source) -> list[str]:
        return [layer.name for layer in self.now(source).layers]


@pytest.fixture
def desk(tmp_path: Path, remote: Remote) -> Desk:
    return Desk(tmp_path / "data", remote)


@pytest.fixture
def other(tmp_path: Path, make_remote: Callable[..., Remote]) -> Desk:
    """The same directory, as another process has it."""
    return Desk(tmp_path / "data", make_remote())


class TestSources:
    def test_a_refresh_writes_nothing_but_what_the_publisher_said(
        self, desk: Desk, other: Desk, remote: Remote, publisher: Publisher, meanwhile: Meanwhile
    ) -> None:
        source, _ = desk.sources.register(publisher.manifest(3))

        def decide() -> None:
            other.sources.register(source.url, backends=("yolo",))
            other.sources.change(source, policy="off")

        meanwhile(remote, "get", decide)
        updated = desk.sources.refresh(replace(source, fetched="2020-01-01T00:00:00Z"))
        assert updated == desk.now(source)
        assert (updated.policy, desk.layers(source)) == ("off", ["illustrations", "yolo"])
        assert updated.fetched > "2020-01-01T00:00:00Z"

    def test_a_source_that_is_deleted_during_its_refresh_stays_so(
        self, desk: Desk, other: Desk, remote: Remote, publisher: Publisher, meanwhile: Meanwhile
    ) -> None:
        source, _ = desk.sources.register(publisher.manifest(3))
        meanwhile(remote, "get", lambda: other.sources.delete(source))
        with pytest.raises(Gone, match=source.id):
            desk.sources.refresh(source)
        assert desk.now(source).deleted

    @pytest.mark.parametrize("deleted", [False, True])
    def test_comparing_the_pictures_of_a_book_changes_no_row(
        self, desk: Desk, other: Desk, remote: Remote, publisher: Publisher, deleted: bool
    ) -> None:
        pictures, recipes = Pictures(remote, local=lambda url: None), Recipes(Registry(), desk.store)
        source, _ = desk.sources.register(publisher.manifest(3, images="changing"))
        for task in recipes.tasks(source, desk.sources.manifest(source), source.layers[0]):
            picture = pictures.fetch(task.view, task.recipe.parameters["max_edge"])
            desk.store.put_reading(Reading(task.recipe, *picture.image.size, (), "", "", digest=picture.digest))

        def decide(done: int, _total: int) -> None:
            if done == 1:
                other.sources.change(other.now(source), policy="off")
                if deleted:
                    other.sources.delete(other.now(source))

        found = Refresher(desk.store, desk.sources, recipes, pictures).refresh(source, decide)
        assert found.changed == 3
        assert (desk.now(source).policy, bool(desk.now(source).deleted)) == ("off", deleted)

    def test_of_two_who_register_with_other_backends_both_have_theirs(
        self, desk: Desk, other: Desk, remote: Remote, publisher: Publisher, meanwhile: Meanwhile
    ) -> None:
        url = publisher.manifest(3)
        meanwhile(remote, "get", lambda: other.sources.register(url, backends=("yolo",)))
        source, is_new = desk.sources.register(url, backends=("probe",))
        assert (desk.layers(source), is_new) == (["yolo", "probe"], False)
        meanwhile(desk.store, "get_source", lambda: other.sources.register(url, backends=("a",)))
        desk.sources.register(url, backends=("b",))
        assert desk.layers(source) == ["yolo", "probe", "a", "b"]

    def test_a_decision_changes_what_it_is_about_and_lifts_no_tombstone(
        self, desk: Desk, other: Desk, publisher: Publisher
    ) -> None:
        seen, _ = desk.sources.register(publisher.manifest(3))
        other.sources.register(seen.url, backends=("yolo",))
        desk.sources.change(seen, policy="batch")
        assert (desk.now(seen).policy, desk.layers(seen)) == ("batch", ["illustrations", "yolo"])
        other.sources.delete(seen)
        left = desk.now(seen)
        assert left.deleted and left.policy == "batch"
        with pytest.raises(Gone, match=seen.id):
            desk.sources.change(seen, policy="open")
        desk.sources.delete(seen)
        assert desk.now(seen) == left


class TestImports:
    def coco(self, *pages: int) -> list[File]:
        told = {
            "images": [{"id": n, "file_name": f"{n}.jpg", "width": 1000, "height": 1500} for n in pages],
            "categories": [{"id": 1, "name": "seal"}],
            "annotations": [{"id": n, "image_id": n, "category_id": 1, "bbox": [n, 2, 30, 40]} for n in pages],
        }
        return [File("seals.json", orjson.dumps(told))]

    def bring(self, book: Annotated, layer: str, *pages: int) -> None:
        files = self.coco(*pages)
        book.services.imports.bring(book.source, files, kind="coco", name=layer, writer="Ada", links=LINKS)

    @pytest.mark.parametrize(
        ("layer", "listed", "found"),
        [("b", ["import-b", "import-a"], [1, 0]), ("a", ["import-a"], [1, 1])],
    )
    def test_of_two_imports_at_once_both_are_published(
        self, tmp_path: Path, meanwhile: Meanwhile, layer: str, listed: list[str], found: list[int]
    ) -> None:
        book = Annotated(tmp_path, [[], []])
        meanwhile(book.services.imports, "_listed", lambda: self.bring(book, layer, 2))
        self.bring(book, "a", 1)
        assert book.layers() == ["illustrations", *listed]
        assert [len(items) for items in book.items("import-a")] == found


class TestStreams:
    def stream(self, desk: Desk, publisher: Publisher) -> Stream:
        items = [{"type": "Create", "object": {"id": publisher.manifest(n), "type": "Manifest"}} for n in (1, 2)]
        publisher.documents |= {
            "/stream": {"type": "OrderedCollection", "last": {"id": publisher.url("/last")}},
            "/last": {"type": "OrderedCollectionPage", "orderedItems": items},
        }
        return desk.follower.register(publisher.url("/stream"))

    def test_a_stream_that_is_forgotten_during_a_crawl_stays_so_and_brings_nothing_more(
        self, desk: Desk, other: Desk, publisher: Publisher
    ) -> None:
        stream = self.stream(desk, publisher)

        def forget(_done: int, _total: int) -> None:
            other.store.delete_stream(stream.id)

        desk.follower.follow(stream, forget)
        assert desk.store.streams() == []
        assert len(desk.store.sources()) == 1
        desk.follower.follow(stream)
        publisher.answer_instead = 404
        desk.follower.try_to_follow(stream)
        assert desk.store.streams() == [] and len(desk.store.sources()) == 1

    def test_what_is_decided_of_a_stream_during_a_crawl_counts_from_then_on(
        self, desk: Desk, other: Desk, publisher: Publisher
    ) -> None:
        stream = self.stream(desk, publisher)

        def decide(done: int, _total: int) -> None:
            if done == 1:
                other.follower.register(stream.url, policy="off", backends=("yolo",))

        desk.follower.follow(stream, decide)
        [row] = desk.store.streams()
        assert (row.policy, row.backends, bool(row.asked)) == ("off", ("yolo",), True)
        assert sorted(source.policy for source in desk.store.sources()) == ["off", "open"]


class TestSearch:
    """Units of a book are being made when it is deleted or switched off elsewhere, which removes what is indexed."""

    @pytest.fixture
    def book(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Annotated:
        monkeypatch.setattr("server.search.TOGETHER", 1)
        return Annotated(tmp_path, [[Finding("supplementing", text=f"word {n}")] for n in range(3)])

    @pytest.fixture(params=["off", "deleted"])
    def end(self, book: Annotated, request: pytest.FixtureRequest) -> Callable[[], object]:
        elsewhere = build(book.settings).sources
        if request.param == "off":
            return lambda: elsewhere.change(book.source, policy="off")
        return lambda: elsewhere.delete(book.source)

    def indexed(self, book: Annotated) -> int:
        return len(book.services.store.search.states(source_id(URL)))

    def test_a_book_is_not_indexed_any_further(
        self, book: Annotated, end: Callable[[], object], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        row, index = book.source, book.services.store.search
        put, written = index.put, []

        def second(units: list[Unit]) -> None:
            written.append(len(units))
            if len(written) == 2:
                end()
            put(units)

        monkeypatch.setattr(index, "put", second)
        book.services.search.update(row)
        assert (len(written), self.indexed(book)) == (2, 0)

    def test_nor_begun_with(self, book: Annotated, end: Callable[[], object], meanwhile: Meanwhile) -> None:
        row = book.source
        meanwhile(book.services.search, "_fresh", end)
        book.services.search.update(row)
        assert self.indexed(book) == 0

    @pytest.mark.parametrize("served", [False, True])
    def test_nor_is_a_single_page(
        self, book: Annotated, end: Callable[[], object], meanwhile: Meanwhile, served: bool
    ) -> None:
        search, row = book.services.search, book.source
        canvas = book.services.sources.manifest(row).canvases[0]
        task = book.services.recipes.task(row, canvas, row.layers[0])
        search.read(task)
        assert self.indexed(book) == 1
        book.services.store.search.clear()
        meanwhile(book.services.store.search, "put", end)
        if served:
            search.shown(row, canvas, row.layers[0])
        else:
            search.read(task)
        assert self.indexed(book) == 0


def test_a_job_that_has_ended_is_not_paused(tmp_path: Path) -> None:
    built = Annotated(tmp_path, [[]]).services
    seen = Job("one", (), (), "running", "2026-01-01T00:00:00Z")
    ended = replace(seen, state="done", ended="2026-01-01T00:00:01Z")
    built.store.put_job(ended)
    with pytest.raises(BadInput, match="is done"):
        built.jobs.change(seen, "pause")
    assert built.store.get_job(seen.id) == ended
