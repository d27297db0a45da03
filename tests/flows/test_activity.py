"""The change stream as harvesters see it, while others write."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from iiif_store.harvest import changes
from iiif_store.stores.activities import ROWS_PER_PAGE
from tests.web import WebRoom, problem, web_room

STREAM = "/iiif/activity/collection"
MEDIA = 'application/ld+json;profile="http://iiif.io/api/discovery/1/context.json"'


@pytest.fixture
def web(tmp_path: Path) -> Iterator[WebRoom]:
    with web_room(tmp_path) as room:
        yield room


def fetch(web: WebRoom, uri: str) -> Any:
    answer = web.app.test_client().get(uri.removeprefix("http://localhost"))
    assert answer.status_code == 200, answer.text
    return answer.get_json(force=True)


def items(web: WebRoom) -> list[dict[str, Any]]:
    """All activities, oldest first."""
    found: list[dict[str, Any]] = []
    uri = fetch(web, STREAM)["first"]["id"]
    while uri:
        page = fetch(web, uri)
        found += page["orderedItems"]
        uri = page.get("next", {}).get("id")
    return found


def test_a_stream_without_anything_has_a_page_with_a_refresh(web: WebRoom) -> None:
    answer = web.client.get(STREAM)
    assert answer.content_type == MEDIA and answer.headers["Access-Control-Allow-Origin"] == "*"
    top = answer.get_json(force=True)
    assert (top["type"], top["totalItems"]) == ("OrderedCollection", 1)
    page = fetch(web, top["last"]["id"])
    assert [item["type"] for item in page["orderedItems"]] == ["Refresh"]
    assert page["orderedItems"][0]["startTime"].endswith("Z") and "endTime" not in page["orderedItems"][0]


def test_a_source_is_told_in_both_versions_and_what_is_told_can_be_fetched(web: WebRoom) -> None:
    source = web.register()
    told = items(web)[1:]
    assert [(item["type"], item["object"]["id"]) for item in told] == [
        ("Create", f"http://localhost/iiif/{version}/{source}/manifest") for version in "32"
    ]
    for item in told:
        assert fetch(web, item["object"]["id"]).get("id", item["object"]["id"]) == item["object"]["id"]
        assert item["object"]["canonical"] == f"http://localhost/iiif/{source}"
        assert fetch(web, item["object"]["seeAlso"][0]["id"])["type"] == "AnnotationCollection"
        assert item["endTime"].endswith("Z") and item["actor"]["type"] == "Application"


def test_a_reading_is_an_update_and_a_deletion_is_told_last(web: WebRoom) -> None:
    source = web.register()
    assert [item["type"] for item in items(web)] == ["Refresh", "Create", "Create"]
    web.client.get(web.page(source))
    web.client.get(web.page(source, 1))
    assert [item["type"] for item in items(web)[3:]] == ["Update", "Update"], "one for each version, not for each page"
    assert web.client.delete(f"/api/sources/{source}").status_code == 204
    last = items(web)[-1]
    assert (last["type"], last["object"]["id"]) == ("Delete", f"http://localhost/iiif/2/{source}/manifest")
    assert web.client.get(f"/iiif/2/{source}/manifest").status_code == 410


def test_a_page_that_another_follows_may_be_kept_for_ever(web: WebRoom) -> None:
    for n in range(1, ROWS_PER_PAGE + 2):
        web.register(web.publisher.manifest(n))
    top = fetch(web, STREAM)
    assert top["totalItems"] == 1 + 2 * (ROWS_PER_PAGE + 1)
    first, last = (web.client.get(f"/iiif/activity/page/{n}") for n in (0, 1))
    assert "immutable" in first.headers["Cache-Control"] and last.headers["Cache-Control"] == "no-cache"
    assert first.get_json(force=True)["next"]["id"] == top["last"]["id"]
    unchanged = web.client.get("/iiif/activity/page/1", headers={"If-None-Match": last.headers["ETag"]})
    assert unchanged.status_code == 304


def test_a_page_that_is_not_there_is_404_and_says_where_to_look(web: WebRoom) -> None:
    assert STREAM in problem(web.client.get("/iiif/activity/page/7"))["detail"]


def test_a_harvester_among_writers_ends_with_exactly_what_lives(web: WebRoom) -> None:
    """The specification's own algorithm, from `last` backwards, again and again while four writers are at work."""
    done: list[str] = []

    def write(lane: int) -> None:
        client = web.app.test_client()
        for n in range(12):
            url = web.publisher.manifest(1 + lane * 3 + n % 3)
            source = client.post("/api/sources", json={"url": url}).get_json()["id"]
            if (n + lane) % 2:
                done.append(client.delete(f"/api/sources/{source}").status)

    def harvest(known: set[str], since: str | None) -> str | None:
        for change in changes(STREAM, since, lambda uri: fetch(web, uri)):
            (known.discard if change.state == "gone" else known.add)(change.uri)
            since = change.time or since
        return since

    writers = [threading.Thread(target=write, args=(lane,)) for lane in range(4)]
    known, since = set[str](), None
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        since = harvest(known, since)
    harvest(known, since)
    live = {web.links.manifest(source.id) for source in web.services.store.sources(limit=1000)}
    assert done and known == live


@pytest.mark.parametrize("number", ["1", "999999999", "9" * 260, "9" * 5000, "01", "-1", "1.0"])
def test_a_page_that_is_none_is_not_found_whatever_its_number(web: WebRoom, number: str) -> None:
    web.client.get(STREAM)
    told = problem(web.client.get(f"/iiif/activity/page/{number}"))
    assert told["status"] == 404 and str(web.room.folder) not in str(told)
