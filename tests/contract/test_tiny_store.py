"""The embedded store keeps the contract of every store, and what it promises beyond that."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from iiif_store.stores import Store, contenders
from iiif_store.stores.contract_annotations import NOTE
from iiif_store.stores.rows import transaction
from iiif_store.stores.samples import SOURCE
from iiif_store.stores.testing import StoreContract


class TestTinyStore(StoreContract):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"tinydb://{tmp_path / 'data'}"

    def test_the_stamp_changes_even_when_the_clock_was_set_back(self, store: Store, tmp_path: Path) -> None:
        path = tmp_path / "data" / "sources" / f"{SOURCE.id}.json"
        store.put_source(SOURCE)
        future = path.stat().st_mtime_ns + 10**12
        os.utime(path, ns=(future, future))
        store.put_source(SOURCE)
        assert path.stat().st_mtime_ns > future

    def test_rows_inserted_into_one_file_by_many_processes_all_stay(self, tmp_path: Path) -> None:
        path = tmp_path / "rows.json"
        contenders.in_processes(4, contenders.insert_documents, path, 50)
        with transaction(path) as database:
            assert {row["name"] for row in database} == {f"{n}-{i}" for n in range(4) for i in range(50)}

    def test_a_transaction_that_fails_writes_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / "rows.json"
        with transaction(path) as database:
            database.insert({"name": "before"})
        with pytest.raises(RuntimeError), transaction(path) as database:
            database.insert({"name": "during"})
            raise RuntimeError
        with transaction(path) as database:
            assert [row["name"] for row in database] == ["before"]

    def test_a_canvas_is_let_go_with_what_a_killed_writer_left_there(self, store: Store, tmp_path: Path) -> None:
        store.annotations.add(NOTE)
        [first, second] = (tmp_path / "data" / "curated" / NOTE.source / "canvases" / name for name in NOTE.canvases)
        (first / ".n2.0123456789ab.tmp").touch()
        (second / ".DS_Store").touch()
        store.annotations.delete(NOTE.source, NOTE.id, "2025-03-02T10:00:00Z", None)
        assert not first.exists() and second.exists()
        assert NOTE.canvases[0] not in store.annotations.canvases(NOTE.source)

    def test_a_newer_releases_fields_outlive_an_older_ones_write(self, store: Store, tmp_path: Path) -> None:
        store.put_source(SOURCE)
        path = tmp_path / "data" / "sources" / f"{SOURCE.id}.json"
        with transaction(path) as database:
            database.table("source").update({"colour": "red"}, doc_ids=[1])
        assert store.get_source(SOURCE.id) == SOURCE
        store.put_source(SOURCE)
        with transaction(path) as database:
            assert database.table("source").all()[0]["colour"] == "red"
