"""Registering, refreshing, opening and deleting, against a real publisher and a real store."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from iiif_store.errors import FetchFailed, FetchRefused, Gone, NotFound, NotIIIF
from iiif_store.fetch.remote import Remote
from iiif_store.source import Layer, Source, source_id
from iiif_store.stores import open_store
from iiif_store.stores.base import Store
from server.local import SAMPLE, LocalBooks
from server.sources import Sources
from tests.annotated import manifest
from tests.publisher import Publisher


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(f"tinydb://{tmp_path / 'data'}")


@pytest.fixture
def sources(store: Store, remote: Remote) -> Sources:
    return Sources(store, remote, LocalBooks(), layers=("illustrations",), refresh_after=3600)


def book(publisher: Publisher, name: str = "book-3", version: str = "3") -> str:
    return publisher.url(f"/iiif/{version}/{name}/manifest")


def test_registering_keeps_the_document_and_a_second_time_adds_backends(
    sources: Sources, store: Store, publisher: Publisher
) -> None:
    source, new = sources.register(book(publisher))
    assert new and (source.kind, source.canvases, source.presentation) == ("manifest", 3, "3")
    assert store.get_source(source.id) == source
    assert len(store.get_snapshot(source.snapshot)) > 100
    again, new = sources.register(book(publisher), backends=("illustrations", "yolo@1"))
    assert not new
    assert again.layers == (Layer("illustrations", "illustrations"), Layer("yolo@1", "yolo", "1"))
    assert publisher.count("/manifest") == 1


def test_what_cannot_be_registered_leaves_nothing(sources: Sources, store: Store, publisher: Publisher) -> None:
    with pytest.raises(NotIIIF):
        sources.register(publisher.url("/invalid-json/iiif/3/book-3/manifest"))
    with pytest.raises(FetchFailed):
        sources.register(publisher.url("/404/iiif/3/book-3/manifest"))
    with pytest.raises(FetchRefused):
        sources.register("http://169.254.169.254/latest/meta-data")
    with pytest.raises(NotFound):
        sources.register("local:nothing")
    assert store.sources() == []


def test_a_changed_manifest_becomes_a_second_snapshot_and_an_unchanged_one_does_not(
    sources: Sources, store: Store, publisher: Publisher
) -> None:
    source, _ = sources.register(book(publisher))
    same = sources.refresh(replace(source, fetched="2020-01-01T00:00:00Z"))
    assert (same.snapshot, same.snapshots) == (source.snapshot, ())
    assert same.fetched > "2020-01-01T00:00:00Z"
    elsewhere = book(publisher, "book-5")
    changed = sources.refresh(replace(source, url=elsewhere))
    assert changed.canvases == 5
    assert changed.snapshots == (source.snapshot,)
    assert [len(state.canvases) for state in sources.earlier(changed)] == [3]


def test_the_copy_stays_while_the_publisher_is_down_and_he_is_left_alone(
    sources: Sources, publisher: Publisher
) -> None:
    source, _ = sources.register(book(publisher))
    overdue = replace(source, fetched="2020-01-01T00:00:00Z")
    assert sources.due(overdue) and not sources.due(source)
    publisher.down = True
    assert sources.refresh(overdue) == overdue
    assert not sources.due(overdue)
    assert len(sources.manifest(overdue).canvases) == 3


def test_the_copy_stays_while_the_publishers_host_has_no_name_that_can_be(sources: Sources, store: Store) -> None:
    url = "http://example..org/manifest"
    digest, time = store.put_snapshot(manifest(2)), "2020-01-01T00:00:00Z"
    row = Source(source_id(url), url, "manifest", "A book", (), time, digest, time, canvases=2)
    store.put_source(row)
    assert sources.refresh(row) == row
    assert len(sources.manifest(row).canvases) == 2


def test_a_deleted_source_is_gone_until_it_is_added_again(sources: Sources, publisher: Publisher) -> None:
    source, _ = sources.register(book(publisher))
    sources.delete(source)
    with pytest.raises(Gone):
        sources.open(source.id)
    again, new = sources.register(book(publisher))
    assert new and sources.open(source.id) == again


def test_what_was_shown_before_a_deletion_is_an_earlier_state_of_what_is_added_again(
    sources: Sources, publisher: Publisher
) -> None:
    publisher.documents["/book"] = orjson.loads(manifest(2))
    source, _ = sources.register(publisher.url("/book"))
    sources.delete(source)
    publisher.documents["/book"] = orjson.loads(manifest(3))
    again, _ = sources.register(source.url)
    assert [len(state.canvases) for state in sources.earlier(again)] == [2]
    sources.delete(again)
    publisher.documents["/book"] = orjson.loads(manifest(2))
    third, _ = sources.register(source.url)
    assert (third.snapshot, third.snapshots) == (source.snapshot, (again.snapshot,))


def test_a_member_of_a_collection_is_registered_when_it_is_opened(
    sources: Sources, store: Store, publisher: Publisher
) -> None:
    url = publisher.url("/iiif/3/collection?books=a-2,b-4")
    collection, _ = sources.register(url, backends=("yolo",), policy="batch")
    assert collection.kind == "collection"
    member = source_id(book(publisher, "b-4"))
    assert store.get_source(member) is None
    opened = sources.open(member)
    assert (opened.canvases, opened.policy) == (4, "batch")
    assert [layer.name for layer in opened.layers] == ["yolo"]
    with pytest.raises(NotFound):
        sources.open("aaaaaaaaaaaa")
    with pytest.raises(NotFound):
        sources.manifest(collection)


def test_the_sample_is_a_source_that_never_asks_a_network(sources: Sources, publisher: Publisher) -> None:
    source, _ = sources.register(SAMPLE)
    assert source.canvases == 10
    assert not sources.due(replace(source, fetched="2020-01-01T00:00:00Z"))
    assert all(canvas.has_picture for canvas in sources.manifest(source).canvases)
