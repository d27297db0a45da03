"""The contract of `Store.activities`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from iiif_store.stores import Store, open_store
from iiif_store.stores.activities import ROWS_PER_PAGE, Activity
from iiif_store.stores.samples import SOURCE
from iiif_store.stream import Stream

GONE = replace(SOURCE, deleted="2025-03-02T10:00:00Z")


def stream(store: Store) -> list[Activity]:
    """Every row, by the pages that a reader would ask for."""
    found: list[Activity] = []
    while page := store.activities.page(len(found) // ROWS_PER_PAGE):
        found += page
        if len(page) < ROWS_PER_PAGE:
            break
    return found


class StreamsContract:
    """Publishers' streams that are followed."""

    def test_streams_are_put_replaced_listed_and_deleted(self, store: Store) -> None:
        first, second = Stream("a" * 12, "https://example.org/a"), Stream("b" * 12, "https://example.org/b")
        assert store.streams() == [] and store.get_stream(first.id) is None
        store.put_stream(second)
        store.put_stream(first)
        read = replace(first, since="2025-01-01T00:00:00Z", failed=("https://example.org/x",), backends=("probe",))
        store.put_stream(read)
        assert store.get_stream(first.id) == read
        assert store.streams() == [read, second]
        changed = store.update_stream(first.id, lambda row: row and replace(row, policy="off"))
        assert changed == store.get_stream(first.id) == replace(read, policy="off")
        assert store.delete_stream(first.id) is True and store.delete_stream(first.id) is False
        assert store.update_stream(first.id, lambda row: row and read) is None
        assert store.streams() == [second]
        assert list(store.check()) == []


class ActivitiesContract:
    """The stream tells what sources are, however they came to be so."""

    def put(self, store: Store, source: object = SOURCE) -> None:
        assert isinstance(source, type(SOURCE))
        store.put_source(source)
        store.activities.touch(source.id)

    def told(self, store: Store) -> list[str]:
        store.activities.settle()
        return [row.type for row in stream(store)]

    def test_a_new_stream_begins_with_a_refresh(self, store: Store) -> None:
        assert store.activities.count() == 0
        assert self.told(store) == ["Refresh"]
        assert store.activities.count() == 1

    def test_a_source_is_created_updated_deleted_and_created_again(self, store: Store) -> None:
        self.put(store)
        assert self.told(store) == ["Refresh", "Create"]
        store.activities.touch(SOURCE.id)
        assert self.told(store) == ["Refresh", "Create", "Update"]
        self.put(store, GONE)
        assert self.told(store) == ["Refresh", "Create", "Update", "Delete"]
        self.put(store)
        assert self.told(store)[-1] == "Create"
        last = stream(store)[-1]
        assert (last.source, last.kind) == (SOURCE.id, SOURCE.kind)

    def test_many_touches_between_two_readers_are_one_row(self, store: Store) -> None:
        self.put(store)
        for _ in range(5):
            store.activities.touch(SOURCE.id)
        assert self.told(store) == ["Refresh", "Create"]
        assert self.told(store) == ["Refresh", "Create"]

    def test_a_source_that_came_and_went_unseen_is_no_news(self, store: Store) -> None:
        self.put(store)
        self.put(store, GONE)
        store.activities.touch("neverwas")
        assert self.told(store) == ["Refresh"]

    def test_sources_older_than_the_stream_are_told(self, store: Store) -> None:
        store.put_source(SOURCE)
        assert self.told(store) == ["Refresh", "Create"]

    def test_pages_are_full_and_never_change_once_another_follows(self, store: Store) -> None:
        ids = [f"{n:012}" for n in range(ROWS_PER_PAGE + 10)]
        for name in ids[:ROWS_PER_PAGE]:
            self.put(store, replace(SOURCE, id=name))
        store.activities.settle()
        first = store.activities.page(0)
        for name in ids[ROWS_PER_PAGE:]:
            self.put(store, replace(SOURCE, id=name))
        store.activities.settle()
        assert len(first) == ROWS_PER_PAGE and store.activities.page(0) == first
        assert len(store.activities.page(1)) == 11 and store.activities.page(2) == []
        assert store.activities.count() == ROWS_PER_PAGE + 11
        assert [row.source for row in stream(store)[1:]] == ids
        assert store.activities.page(-1) == []

    def test_times_never_go_back(self, store: Store) -> None:
        for n in range(5):
            self.put(store, replace(SOURCE, id=f"{n:012}"))
            store.activities.settle()
        times = [row.time for row in stream(store)]
        assert times == sorted(times)

    def test_writers_and_readers_at_once_lose_nothing_and_double_nothing(self, store: Store, url: str) -> None:
        def work(n: int) -> None:
            own = open_store(url)
            row = replace(SOURCE, id=f"{n:012}")
            for state in (row, replace(row, deleted="2025-03-02T10:00:00Z"), row if n % 2 else GONE):
                own.put_source(replace(state, id=row.id))
                own.activities.touch(row.id)
                own.activities.settle()

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(24)))
        store.activities.settle()
        state: dict[str, bool] = {}
        for row in stream(store)[1:]:
            assert state.get(row.source, False) is (row.type != "Create"), "created when gone, else updated or deleted"
            state[row.source] = row.type != "Delete"
        live = {source.id for source in store.sources(limit=1000)}
        assert {name for name, alive in state.items() if alive} == live
