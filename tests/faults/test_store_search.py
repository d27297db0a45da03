"""What becomes of the rest when the search index is damaged, locked or gone: nothing."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from iiif_store.errors import StoreUnavailable
from iiif_store.search.query import Query
from iiif_store.stores import connections
from iiif_store.stores.contract_search import BOOK, asked, unit
from iiif_store.stores.tiny import TinyStore
from tests.web import problem, web_room


@pytest.fixture
def store(tmp_path: Path) -> TinyStore:
    made = TinyStore(tmp_path / "data")
    made.search.put([unit()])
    return made


def damage(data: Path) -> None:
    """With its journal, from which SQLite would mend it."""
    for file in list((data / "search").iterdir()):
        file.unlink()
    (data / "search" / "lines-1.sqlite3").write_bytes(b"no database at all" * 1000)


def file_of(store: TinyStore) -> Path:
    [file] = (store.directory.root / "search").glob("*.sqlite3")
    return file


def test_a_damaged_index_says_what_to_do(store: TinyStore) -> None:
    damage(store.directory.root)
    with pytest.raises(StoreUnavailable, match="glossator reindex"):
        store.search.find(Query(), None, 0, 10)
    store.search.clear()
    store.search.put([unit()])
    assert asked(store, q="gut").total == 1


def test_an_index_that_vanishes_is_an_empty_one(store: TinyStore) -> None:
    shutil.rmtree(store.directory.root / "search")
    assert asked(store, q="gut").total == 0
    store.search.put([unit()])
    assert asked(store, q="gut").total == 1
    assert store.ready() is None and list(store.check()) == []


def test_readers_go_on_while_somebody_writes_and_a_stuck_writer_is_reported(
    store: TinyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "PATIENCE", 0.1)
    fresh = TinyStore(store.directory.root)
    writer = sqlite3.connect(file_of(store), isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    assert asked(fresh, q="gut").total == 1
    with pytest.raises(StoreUnavailable, match="does another process hold the file"):
        fresh.search.remove(BOOK)
    writer.execute("ROLLBACK")
    writer.close()
    fresh.search.remove(BOOK)
    assert asked(store, q="gut").total == 0


def test_pages_are_served_without_an_index(tmp_path: Path) -> None:
    with web_room(tmp_path) as web:
        source = web.register()
        web.services.search.wait()
        damage(web.room.settings.data)
        assert web.client.get(web.page(source)).status_code == 200
        assert problem(web.client.get(f"/iiif/search/2/{source}?q=x"))["slug"] == "store-unavailable"
        web.room.store.search.clear()
        assert web.client.get(web.page(source, 1)).status_code == 200
        assert web.client.get(f"/iiif/search/2/{source}?q=page").get_json(force=True)["items"]
