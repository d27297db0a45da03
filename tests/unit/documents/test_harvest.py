"""Reading change streams: what a harvester makes of ours, and of the odd ones that publishers write."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iiif_store.activity import ordered_collection, ordered_page
from iiif_store.errors import NotIIIF
from iiif_store.harvest import Change, changes
from iiif_store.links import Links
from iiif_store.stores.activities import ROWS_PER_PAGE, Activity

LINKS = Links("https://example.org")
STREAM = "https://publisher.example/stream"
PAGE = "https://publisher.example/page"


def served(rows: list[Activity]) -> dict[str, Any]:
    """Our stream of these rows, by URI."""
    count = (len(rows) - 1) // ROWS_PER_PAGE + 1
    pages = [rows[n * ROWS_PER_PAGE : (n + 1) * ROWS_PER_PAGE] for n in range(count)]
    documents = [ordered_page(page, n, more=n + 1 < count, links=LINKS) for n, page in enumerate(pages)]
    return {page["id"]: page for page in documents} | {LINKS.activities(): ordered_collection(len(rows), LINKS)}


def history(steps: list[int]) -> tuple[list[Activity], set[str]]:
    """A true stream of sources that are made, changed and deleted as the numbers say, and what lives in the end."""
    rows, live = [Activity("Refresh", "", "", "2025-01-01T00:00:00Z")], set[str]()
    for n, step in enumerate(steps):
        name, time = f"{step % 7:012}", f"2025-01-02T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}Z"
        change = "Create" if name not in live else "Update" if step % 3 else "Delete"
        (live.discard if change == "Delete" else live.add)(name)
        rows.append(Activity(change, name, "manifest", time))  # type: ignore[arg-type]
    return rows, live


def apply(found: list[Change], known: set[str]) -> set[str]:
    for change in found:
        (known.discard if change.state == "gone" else known.add)(change.uri)
    return known


@given(st.lists(st.integers(0, 1000), max_size=250))
def test_a_first_crawl_of_our_stream_ends_with_what_lives(steps: list[int]) -> None:
    rows, live = history(steps)
    found = changes(LINKS.activities(), None, served(rows).__getitem__)
    assert apply(found, set()) == {LINKS.manifest(name) for name in live}


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=150), st.lists(st.integers(0, 1000), max_size=150))
def test_a_later_crawl_reads_only_what_is_new_and_ends_with_the_same(early: list[int], late: list[int]) -> None:
    rows, _ = history(early)
    known = apply(changes(LINKS.activities(), None, served(rows).__getitem__), set())
    both, live = history(early + late)
    found = changes(LINKS.activities(), rows[-1].time, served(both).__getitem__)
    assert len(found) <= 2 * (len(late) + 1)
    assert apply(found, known) == {LINKS.manifest(name) for name in live}


@given(st.lists(st.integers(0, 1000), max_size=250))
def test_our_pages_are_linked_both_ways_and_counted(steps: list[int]) -> None:
    rows, _ = history(steps)
    documents = served(rows)
    top = documents[LINKS.activities()]
    uri, seen = top["first"]["id"], 0
    while True:
        page = documents[uri]
        assert page["orderedItems"] and page["startIndex"] == seen
        seen += len(page["orderedItems"])
        if "next" not in page:
            break
        assert documents[page["next"]["id"]]["prev"]["id"] == uri
        uri = page["next"]["id"]
    assert (uri, seen) == (top["last"]["id"], top["totalItems"])


def stream(*items: Any) -> Any:
    """A publisher's stream of one page, oldest first."""
    page = {"id": PAGE, "type": "OrderedCollectionPage", "orderedItems": list(items)}
    return {STREAM: {"type": "OrderedCollection", "last": PAGE}, PAGE: page}.__getitem__


def item(kind: str, uri: str, time: str | None = None, **more: Any) -> dict[str, Any]:
    return {"type": kind, "object": {"id": uri, "type": "Manifest", **more}} | ({"endTime": time} if time else {})


def found(since: str | None, *items: Any) -> list[tuple[str, str]]:
    return [(change.state, change.uri) for change in changes(STREAM, since, stream(*items))]


A, B = "https://publisher.example/a", "https://publisher.example/b"


def test_the_newest_activity_of_a_resource_counts() -> None:
    assert found(None, item("Create", A), item("Create", B), item("Delete", A)) == [("live", B), ("gone", A)]


def test_a_refresh_ends_the_first_crawl_and_later_leaves_deletions_only() -> None:
    refresh = {"type": "Refresh", "startTime": "2025-01-03T00:00:00Z"}
    items = (item("Delete", A, "2025-01-02T00:00:00Z"), item("Create", B, "2025-01-02T01:00:00Z"), refresh)
    assert found(None, *items) == []
    assert found("2025-01-01T00:00:00Z", *items) == [("gone", A)]


def test_a_move_is_one_that_goes_and_one_that_comes() -> None:
    move = {"type": "Move", "object": {"id": A, "type": "Manifest"}, "target": {"id": B, "type": "Manifest"}}
    assert sorted(found(None, item("Create", A), move)) == [("gone", A), ("live", B)]


def test_versions_of_one_resource_are_one_and_the_third_is_preferred() -> None:
    three = item("Create", A, canonical=B, format='application/ld+json;profile=".../presentation/3/context.json"')
    two = item("Create", f"{A}/2", canonical=B)
    assert found(None, three, two) == [("live", A)] == found(None, two, three)


def test_times_in_other_zones_are_compared_as_moments() -> None:
    items = (item("Create", A, "2025-01-01T00:30:00Z"), item("Create", B, "2025-01-01T03:00:00+02:00"))
    assert found("2025-01-01T00:45:00Z", *items) == [("live", B)]


@pytest.mark.parametrize(
    "odd",
    [
        {"type": "Create", "object": {"id": A, "type": "Canvas"}},
        {"type": "Create", "object": {"id": "ftp://publisher.example/a", "type": "Manifest"}},
        {"type": "Create"},
        {"type": "Like", "object": {"id": A, "type": "Manifest"}},
        {"type": "Create", "object": "https://publisher.example/a"},
        "nothing",
        7,
    ],
)
def test_what_a_harvester_cannot_use_is_skipped(odd: Any) -> None:
    assert found(None, odd, item("Create", B, "no time at all")) == [("live", B)]


def test_pages_that_run_in_a_circle_end() -> None:
    page = {"orderedItems": [item("Create", A)], "prev": {"id": PAGE, "type": "OrderedCollectionPage"}}
    served = {STREAM: {"type": "OrderedCollection", "last": {"id": PAGE}}, PAGE: page}
    assert len(changes(STREAM, None, served.__getitem__)) == 1


@pytest.mark.parametrize("top", [{"type": "Manifest"}, {"type": "OrderedCollection"}, [], "text", None])
def test_what_is_no_stream_is_said_to_be_none(top: Any) -> None:
    with pytest.raises(NotIIIF, match="no change stream"):
        changes(STREAM, None, lambda uri: top)
