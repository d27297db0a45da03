"""A picture that a publisher has replaced is read again; its earlier reading stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from iiif_store.fetch.pictures import Pictures
from iiif_store.fetch.remote import Remote
from iiif_store.reading import Reading
from iiif_store.source import Layer, Source
from iiif_store.stores import open_store
from iiif_store.stores.base import Store
from ml_backends.registry import Registry
from server.local import LocalBooks
from server.recipes import Recipes
from server.refresh import Refresher
from server.sources import Sources
from tests.publisher import Publisher


class Desk:
    """What `glossator refresh` is made of, with readings of a model that found nothing."""

    def __init__(self, folder: Path, remote: Remote, publisher: Publisher) -> None:
        self.store: Store = open_store(f"tinydb://{folder}")
        self.pictures = Pictures(remote, local=lambda url: None)
        self.sources = Sources(self.store, remote, LocalBooks(), layers=("illustrations",), refresh_after=3600)
        self.recipes = Recipes(Registry(), self.store)
        self.refresher = Refresher(self.store, self.sources, self.recipes, self.pictures)
        self.publisher = publisher

    def read(self, query: str) -> Source:
        source, _ = self.sources.register(self.publisher.url(f"/iiif/3/book-3/manifest{query}"))
        for task in self.recipes.tasks(source, self.sources.manifest(source), source.layers[0]):
            found = self.pictures.fetch(task.view, task.recipe.parameters["max_edge"])
            when = "2026-01-01T00:00:00Z"
            self.store.put_reading(Reading(task.recipe, *found.image.size, (), when, when, digest=found.digest))
        return source

    def revisions(self, source: Source) -> list[str]:
        tasks = self.recipes.tasks(source, self.sources.manifest(source), source.layers[0])
        return [task.revision for task in tasks]


@pytest.fixture
def desk(tmp_path: Path, remote: Remote, publisher: Publisher) -> Desk:
    return Desk(tmp_path / "data", remote, publisher)


def test_nothing_changes_where_the_bytes_are_the_same(desk: Desk) -> None:
    source = desk.read("")
    before, told = desk.revisions(source), []
    found = desk.refresher.refresh(source, lambda done, total: told.append((done, total)))
    assert (found.checked, found.changed, found.unreachable) == (3, 0, ())
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert desk.revisions(source) == before


def test_other_bytes_raise_the_generation_and_end_what_is_kept_warm(desk: Desk) -> None:
    source = desk.read("?images=changing")
    before, stamp = desk.revisions(source), desk.store.source_stamp(source.id)
    found = desk.refresher.refresh(source, lambda done, total: None)
    assert (found.checked, found.changed) == (3, 3)
    after = desk.revisions(source)
    assert not set(before) & set(after)
    assert all(desk.store.has_reading(revision) for revision in before)
    assert not any(desk.store.has_reading(revision) for revision in after)
    assert desk.store.source_stamp(source.id) != stamp


def test_what_somebody_brought_in_a_file_was_seen_in_no_picture_and_stays(desk: Desk) -> None:
    source, _ = desk.sources.register(desk.publisher.url("/iiif/3/book-3/manifest"))
    source = desk.sources.change(source, layers=lambda now: (Layer("import-seals", "import-seals", "1"),))
    for task in desk.recipes.tasks(source, desk.sources.manifest(source), source.layers[0]):
        desk.store.put_reading(Reading(task.recipe, 10, 10, (), "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"))
    before = desk.revisions(source)
    assert desk.refresher.refresh(source, lambda done, total: None).changed == 0
    assert desk.revisions(source) == before


def test_a_publisher_who_is_down_changes_nothing_and_is_told(desk: Desk) -> None:
    source = desk.read("")
    before = desk.revisions(source)
    desk.publisher.answer_instead = 404
    found = desk.refresher.refresh(source, lambda done, total: None)
    assert (found.changed, len(found.unreachable)) == (0, 3)
    assert desk.revisions(source) == before
