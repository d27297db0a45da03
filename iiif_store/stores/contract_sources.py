"""The part of the contract of a `Store` that is about sources; see `iiif_store.stores.testing`."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from iiif_store.errors import NotFound
from iiif_store.source import Source
from iiif_store.stores import Store, contenders, samples
from iiif_store.stores.samples import HOSTILE, SOURCE


class SourcesContract:
    """Sources, their documents, and the members of collections."""

    def test_a_source_comes_back_as_it_was_put(self, store: Store) -> None:
        store.put_source(SOURCE)
        assert store.get_source(SOURCE.id) == SOURCE

    def test_a_source_is_replaced_whole(self, store: Store) -> None:
        bare = Source(SOURCE.id, "https://example.org/b", "collection", "", (), "", "", "")
        store.put_source(SOURCE)
        store.put_source(bare)
        assert store.get_source(SOURCE.id) == bare

    @pytest.mark.parametrize("name", ["nowhere", *HOSTILE])
    def test_what_was_never_put_is_absent(self, store: Store, name: str) -> None:
        store.put_source(SOURCE)
        assert store.get_source(name) is None
        assert store.source_stamp(name) == store.source_stamp("nowhere")
        assert store.find_member(name) is None

    def test_a_tombstone_stays_but_is_not_listed(self, store: Store) -> None:
        tombstone = replace(SOURCE, deleted="2025-03-02T10:00:00Z")
        store.put_source(tombstone)
        assert store.get_source(SOURCE.id) == tombstone
        assert store.sources() == []
        store.put_source(SOURCE)
        assert store.sources() == [SOURCE]

    def test_sources_come_in_pages_ordered_by_id(self, store: Store) -> None:
        ids = [f"{n:03}" for n in range(25)]
        for name in reversed(ids):
            deleted = "2025-03-02T10:00:00Z" if name.endswith("4") else None
            store.put_source(replace(SOURCE, id=name, deleted=deleted))
        live, after = [name for name in ids if not name.endswith("4")], ""
        for expected in (live[:10], live[10:20], live[20:], []):
            assert [source.id for source in store.sources(after, limit=10)] == expected
            after = expected[-1] if expected else ""
        assert store.sources(limit=0) == []

    def test_the_stamp_changes_with_every_write_and_only_then(self, store: Store) -> None:
        stamps = [store.source_stamp(SOURCE.id)]
        for n in range(50):
            store.put_source(replace(SOURCE, canvases=n % 2))
            stamps.append(store.source_stamp(SOURCE.id))
            assert store.get_source(SOURCE.id) and store.source_stamp(SOURCE.id) == stamps[-1]
        assert len(set(stamps)) == len(stamps)

    def test_sources_put_by_many_processes_all_stay(self, store: Store, url: str) -> None:
        contenders.in_processes(4, contenders.put_sources, url, SOURCE, 25)
        listed = store.sources(limit=1000)
        assert [source.id for source in listed] == ["common"] + [f"own-{n}-{i:04}" for n in range(4) for i in range(25)]
        common = listed[0]
        assert common.repairs in ((), (common.label,) * (int(common.label.split("-")[1]) % 5))

    def test_a_source_is_updated_as_it_is_now(self, store: Store) -> None:
        assert store.update_source(SOURCE.id, lambda row: row) is None
        assert store.get_source(SOURCE.id) is None
        assert store.update_source(SOURCE.id, lambda row: row or SOURCE) == store.get_source(SOURCE.id) == SOURCE
        stamp = store.source_stamp(SOURCE.id)
        assert store.update_source(SOURCE.id, lambda row: None) is None
        assert (store.get_source(SOURCE.id), store.source_stamp(SOURCE.id)) == (SOURCE, stamp)
        changed = store.update_source(SOURCE.id, lambda row: row and replace(row, label="another"))
        assert changed == store.get_source(SOURCE.id) == replace(SOURCE, label="another")
        assert store.source_stamp(SOURCE.id) != stamp

    def test_an_update_that_fails_writes_nothing_and_lets_others_go_on(self, store: Store) -> None:
        def fail(row: Source | None) -> Source | None:
            raise RuntimeError("from the change")

        store.put_source(SOURCE)
        with pytest.raises(RuntimeError, match="from the change"):
            store.update_source(SOURCE.id, fail)
        assert store.update_source(SOURCE.id, lambda row: row) == SOURCE

    def test_a_change_may_tell_of_the_source(self, store: Store) -> None:
        def told(row: Source | None) -> Source | None:
            store.activities.touch(SOURCE.id)
            return row

        store.put_source(SOURCE)
        assert store.update_source(SOURCE.id, told) == SOURCE

    def test_what_many_processes_add_to_one_source_all_stays(self, store: Store, url: str) -> None:
        store.put_source(replace(SOURCE, layers=()))
        contenders.in_processes(4, contenders.add_layers, url, SOURCE.id, 25)
        row = store.get_source(SOURCE.id)
        assert row and {layer.name for layer in row.layers} == {f"{n}-{i}" for n in range(4) for i in range(25)}

    @given(document=samples.documents)
    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_a_snapshot_is_kept_under_its_sha256(self, store: Store, document: bytes) -> None:
        digest = hashlib.sha256(document).hexdigest()
        assert store.put_snapshot(document) == store.put_snapshot(document) == digest
        assert store.get_snapshot(digest) == document

    @pytest.mark.parametrize("digest", ["0" * 64, *HOSTILE])
    def test_a_snapshot_that_was_never_put_is_not_found(self, store: Store, digest: str) -> None:
        with pytest.raises(NotFound):
            store.get_snapshot(digest)

    def test_members_are_found_and_added(self, store: Store) -> None:
        members = {f"member{n:06}": f"https://example.org/{n}" for n in range(9)}
        store.put_members("first", members)
        store.put_members("first", {"another": "https://example.org/?x=ü"})
        assert all(store.find_member(name) == ("first", url) for name, url in members.items())
        assert store.find_member("another") == ("first", "https://example.org/?x=ü")

    def test_a_member_is_found_through_a_collection_that_is_not_deleted(self, store: Store) -> None:
        for collection in ("first", "second", "third"):
            store.put_members(collection, {"member": "https://example.org/"})
            store.put_source(replace(SOURCE, id=collection, deleted="x" if collection != "second" else None))
        assert store.find_member("member") == ("second", "https://example.org/")
        store.put_source(replace(SOURCE, id="second", deleted="x"))
        assert store.find_member("member") is None
