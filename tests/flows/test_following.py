"""One server of ours follows the stream of another, and odd streams of publishers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from werkzeug.serving import make_server

from iiif_store.errors import NotIIIF
from iiif_store.fetch.guard import Guard
from iiif_store.fetch.limits import Limits
from iiif_store.fetch.remote import Remote
from iiif_store.source import Source, source_id
from iiif_store.stores import open_store
from iiif_store.stream import Stream
from server.commands.add import command
from server.following import Follower, keep_following
from server.local import LocalBooks
from server.sources import Sources
from tests.engines import until
from tests.publisher import Publisher
from tests.web import STRANGER, WebRoom, problem, web_room


@pytest.fixture
def theirs(tmp_path: Path) -> Iterator[WebRoom]:
    with web_room(tmp_path / "theirs") as room:
        yield room


@pytest.fixture
def stream(theirs: WebRoom) -> Iterator[str]:
    """The URL of their stream, over real HTTP."""
    server = make_server("127.0.0.1", 0, theirs.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/iiif/activity/collection"
    server.shutdown()
    thread.join()


class Ours:
    """What follows: a store and its sources, without a web side."""

    def __init__(self, folder: Path, guard: Guard) -> None:
        self.store = open_store(f"tinydb://{folder}")
        remote = Remote(Limits(retries=0), guard=guard, user_agent="test", cache_dir=None)
        self.sources = Sources(self.store, remote, LocalBooks(self.store), layers=("probe",), refresh_after=0.0)
        self.follower = Follower(self.store, self.sources, remote)

    def live(self) -> set[str]:
        return {source.url for source in self.store.sources()}


@pytest.fixture
def ours(tmp_path: Path, theirs: WebRoom, stream: str) -> Ours:
    return Ours(tmp_path / "ours", Guard(frozenset({stream.split("/")[2], theirs.publisher.host})))


def test_what_they_publish_change_and_delete_we_have_ask_again_and_delete(
    theirs: WebRoom, stream: str, ours: Ours
) -> None:
    base = stream.removesuffix("/iiif/activity/collection")
    first, second = theirs.register(), theirs.register(theirs.publisher.manifest(3))
    row = ours.follower.register(stream, backends=("probe",))
    told: list[tuple[int, int]] = []
    found = ours.follower.follow(row, lambda done, total: told.append((done, total)))
    assert (found.added, found.deleted, found.failed) == (2, 0, ())
    assert told == [(1, 2), (2, 2)]
    assert ours.live() == {f"{base}/iiif/3/{name}/manifest" for name in (first, second)}

    theirs.client.delete(f"/api/sources/{first}")
    third = theirs.register(theirs.publisher.manifest(2))
    row = ours.store.streams()[0]
    assert row.since and row.asked
    found = ours.follower.follow(row)
    assert (found.added, found.deleted) == (1, 1)
    assert ours.live() == {f"{base}/iiif/3/{name}/manifest" for name in (second, third)}
    tombstone = ours.store.get_source(source_id(f"{base}/iiif/3/{first}/manifest"))
    assert tombstone and tombstone.deleted


def test_a_manifest_that_cannot_be_fetched_is_tried_again_and_never_taken_for_deleted(
    theirs: WebRoom, stream: str, ours: Ours
) -> None:
    publisher = theirs.publisher
    good, bad = publisher.manifest(), publisher.url("/status-500/iiif/3/book/manifest")
    publisher.documents |= {
        "/stream": {"type": "OrderedCollection", "last": publisher.url("/last")},
        "/last": {
            "type": "OrderedCollectionPage",
            "orderedItems": [
                {"type": "Create", "object": {"id": url, "type": "Manifest"}, "endTime": f"2025-01-0{n}T00:00:00Z"}
                for n, url in enumerate((good, bad), 1)
            ],
        },
    }
    row = ours.follower.register(publisher.url("/stream"))
    found = ours.follower.follow(row)
    assert found.added == 1 and bad in found.failed[0]
    row = ours.store.streams()[0]
    assert row.failed == (bad,)
    publisher.down = True
    with pytest.raises(OSError, match="stream"):
        ours.follower.follow(row)
    assert ours.live() == {good}
    publisher.down = False
    assert bad in ours.follower.follow(ours.store.streams()[0]).failed[0]


def tell(publisher: Publisher, *urls: str) -> str:
    """A stream of the publisher's that lists these, in this order."""
    items = [
        {"type": "Create", "object": {"id": url, "type": "Manifest"}, "endTime": f"2025-01-0{n}T00:00:00Z"}
        for n, url in enumerate(urls, 1)
    ]
    publisher.documents["/last"] = {"type": "OrderedCollectionPage", "orderedItems": items}
    publisher.documents["/stream"] = {"type": "OrderedCollection", "last": publisher.url("/last")}
    return publisher.url("/stream")


def test_a_url_that_no_host_can_have_keeps_nothing_else_from_being_followed(theirs: WebRoom, ours: Ours) -> None:
    good, bad = theirs.publisher.manifest(), "http://example..org/manifest"
    ours.follower.try_to_follow(ours.follower.register(tell(theirs.publisher, bad, good)))
    assert ours.live() == {good}
    row = ours.store.streams()[0]
    assert row.failed == (bad,) and row.since and row.message is None


def test_neither_does_one_at_which_we_fail_ourselves(
    theirs: WebRoom, ours: Ours, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = theirs.publisher.manifest(2), theirs.publisher.manifest(3)

    def watch(source: Source) -> None:
        if source.url == bad:
            raise ZeroDivisionError("a fault of ours")

    ours.sources.watch(watch)
    found = ours.follower.follow(ours.follower.register(tell(theirs.publisher, bad, good)))
    assert found.added == 1 and good in ours.live()
    assert "ZeroDivisionError" in found.failed[0] and bad in found.failed[0]
    assert ours.store.streams()[0].failed == (bad,)
    assert "a fault of ours" in caplog.text


def test_a_stream_at_which_we_fail_says_so_and_the_next_one_is_followed(
    theirs: WebRoom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.following.LOOK", 0.02)
    publisher, broken = theirs.publisher, "http://broken.test/stream"

    def resolve(host: str, *more: int) -> list[Any]:
        if host == "broken.test":
            raise ZeroDivisionError("a fault of ours")
        return socket.getaddrinfo(host, *more)

    ours = Ours(tmp_path / "ours", Guard(frozenset({publisher.host}), resolve))
    good = publisher.manifest()
    ours.store.put_stream(Stream("aaaaaaaaaaaa", broken))
    ours.follower.register(tell(publisher, good))
    assert next(row.url for row in ours.store.streams()) == broken, "this one is asked first"
    stop = threading.Event()
    thread = keep_following(ours.follower, tmp_path / "lock", 3600.0, stop)
    until(lambda: all(row.asked for row in ours.store.streams()), "both streams are asked")
    stop.set()
    thread.join()
    first, second = (row.message for row in ours.store.streams())
    assert first and "ZeroDivisionError" in first and second is None
    assert ours.live() == {good}


def test_a_stream_deletes_only_what_it_brought(theirs: WebRoom, ours: Ours) -> None:
    publisher = theirs.publisher
    brought, own, both = (publisher.manifest(n) for n in (1, 2, 3))

    def tell(*activities: tuple[str, str]) -> None:
        items = [{"type": kind, "object": {"id": url, "type": "Manifest"}} for kind, url in activities]
        publisher.documents["/last"] = {"type": "OrderedCollectionPage", "orderedItems": items}

    publisher.documents["/stream"] = {"type": "OrderedCollection", "last": publisher.url("/last")}
    ours.sources.register(own)
    tell(("Create", brought), ("Update", own), ("Create", both))
    row = ours.follower.register(publisher.url("/stream"))
    assert ours.follower.follow(row).failed == ()
    ours.sources.register(both)
    tell(*(("Delete", url) for url in (brought, own, both)))
    found = ours.follower.follow(row)
    assert ours.live() == {own, both}
    assert found.deleted == 1
    assert [line.partition(": ")[0] for line in found.failed] == [own, both]
    assert ours.store.streams()[0].failed == (), "nothing is to be tried again"


def test_the_members_of_a_collection_go_as_it_came(theirs: WebRoom, ours: Ours) -> None:
    publisher = theirs.publisher
    collection, _ = ours.sources.register(publisher.url("/iiif/3/collection?books=a-2"), via="streamstream")
    member = ours.sources.open(source_id(publisher.url("/iiif/3/a-2/manifest")))
    assert member.via == collection.via == "streamstream"


def test_an_interrupted_crawl_goes_on_where_it_was(
    theirs: WebRoom, stream: str, ours: Ours, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.following.EVERY", 2)
    for n in range(1, 6):
        theirs.register(theirs.publisher.manifest(n))
    row = ours.follower.register(stream)

    class Stopped(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done == 3:
            raise Stopped

    with pytest.raises(Stopped):
        ours.follower.follow(row, stop)
    assert len(ours.live()) == 3 and ours.store.streams()[0].since
    ours.follower.follow(ours.store.streams()[0])
    assert len(ours.live()) == 5


def test_what_is_no_stream_is_refused_and_not_remembered(theirs: WebRoom, ours: Ours) -> None:
    with pytest.raises(NotIIIF, match="no change stream"):
        ours.follower.register(theirs.publisher.manifest())
    assert ours.store.streams() == []


def test_a_stream_is_due_when_it_was_never_read_or_long_ago(ours: Ours, stream: str) -> None:
    row = ours.follower.register(stream)
    assert ours.follower.due(3600) == [row]
    ours.follower.follow(row)
    assert ours.follower.due(3600) == []
    ours.store.put_stream(replace(ours.store.streams()[0], asked="2020-01-01T00:00:00Z"))
    assert len(ours.follower.due(3600)) == 1


def published(theirs: WebRoom) -> str:
    """A stream of one manifest, at the publisher's."""
    publisher = theirs.publisher
    item = {"type": "Create", "object": {"id": publisher.manifest(), "type": "Manifest"}}
    publisher.documents |= {
        "/stream": {"type": "OrderedCollection", "last": {"id": publisher.url("/last")}},
        "/last": {"type": "OrderedCollectionPage", "orderedItems": [item]},
    }
    return publisher.url("/stream")


def test_a_running_server_follows_in_the_background(theirs: WebRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.following.LOOK", 0.02)
    url, client = published(theirs), theirs.client
    answer = client.post("/api/streams", json={"url": url, "backends": ["probe"]})
    assert answer.status_code == 201 and answer.get_json()["asked"] is None
    stop = threading.Event()
    lock = theirs.room.settings.data / "run" / "following.lock"
    thread = keep_following(theirs.services.follower, lock, 3600.0, stop)
    until(lambda: client.get(answer.headers["Location"]).get_json()["asked"], "the stream is followed")
    row = client.get(answer.headers["Location"]).get_json()
    stop.set()
    thread.join()
    assert row["failed"] == [] and row["message"] is None
    assert client.get("/api/streams").get_json()["items"] == [row]
    assert [item["url"] for item in client.get("/api/sources").get_json()["items"]] == [theirs.publisher.manifest()]
    assert client.delete(answer.headers["Location"]).status_code == 204
    assert problem(client.get(answer.headers["Location"]))["status"] == 404
    assert len(client.get("/api/sources").get_json()["items"]) == 1, "what it brought stays"


def test_a_stream_that_is_down_says_so_and_is_left_alone_until_it_is_due(theirs: WebRoom) -> None:
    follower = theirs.services.follower
    row = follower.register(published(theirs))
    theirs.publisher.answer_instead = 404
    follower.try_to_follow(row)
    told = theirs.services.store.streams()[0]
    assert told.message and "404" in told.message
    assert follower.due(3600) == []


def test_the_command_adds_what_a_stream_lists(theirs: WebRoom, tmp_path: Path) -> None:
    environment = {"GLOSSATOR_DATA": str(tmp_path / "mine"), "GLOSSATOR_ALLOW_HOSTS": theirs.publisher.host}
    arguments = [published(theirs), "--follow", "--backend", "probe"]
    done = CliRunner().invoke(command, arguments, env=environment)
    assert done.exit_code == 0, done.output
    assert "1 added" in done.output
    done = CliRunner().invoke(command, arguments, env=environment)
    assert done.exit_code == 0 and "1 asked again" in done.output


def test_only_a_writer_may_have_a_stream_followed(theirs: WebRoom) -> None:
    answer = theirs.client.post("/api/streams", json={"url": published(theirs)}, environ_base=STRANGER)
    assert problem(answer)["status"] == 401
