"""The IIIF doors from a client's side: media types, tags, what starts a model and what does not."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from iiif_store.source import source_id
from tests.web import WebRoom, web_room

LD3 = 'application/ld+json;profile="http://iiif.io/api/presentation/3/context.json"'
LD2 = 'application/ld+json;profile="http://iiif.io/api/presentation/2/context.json"'
ANNO = 'application/ld+json;profile="http://www.w3.org/ns/anno.jsonld"'


def test_the_first_get_of_a_page_computes_it_and_the_next_does_not(web: WebRoom, source: str) -> None:
    path = web.page(source)
    before = len(web.room.calls())
    first = web.client.get(path)
    assert (first.status_code, first.content_type) == (200, LD3)
    page = first.get_json(force=True)
    assert (page["id"], page["type"]) == (f"http://localhost{path}", "AnnotationPage")
    assert len(page["items"]) == 1
    assert web.client.get(path).data == first.data
    assert web.room.calls()[before:].count(web.room.calls()[before]) == 1


def test_manifest_and_page_agree(web: WebRoom, source: str) -> None:
    manifest = web.client.get(f"/iiif/3/{source}/manifest").get_json(force=True)
    assert manifest["id"] == f"http://localhost/iiif/3/{source}/manifest"
    page = manifest["items"][0]["annotations"][0]
    assert page["id"] == f"http://localhost{web.page(source)}" and "items" not in page
    found = web.client.get(page["id"]).get_json(force=True)
    assert found["items"][0]["target"].startswith(manifest["items"][0]["id"] + "#xywh=")


def test_version_2_is_a_list_at_its_own_url(web: WebRoom, source: str) -> None:
    manifest = web.client.get(f"/iiif/2/{source}/manifest")
    assert manifest.content_type == "application/json"
    listed = manifest.get_json()["sequences"][0]["canvases"][0]["otherContent"][0]
    answer = web.client.get(listed["@id"])
    assert answer.content_type == "application/json"
    assert answer.get_json()["@type"] == "sc:AnnotationList"
    assert answer.get_json()["resources"]
    assert web.client.get(listed["@id"], headers={"Accept": "application/ld+json"}).content_type == LD2


def test_only_what_accepts_plain_json_alone_gets_it_in_version_3(web: WebRoom, source: str) -> None:
    answers = [
        web.client.get(f"/iiif/3/{source}/manifest", headers={"Accept": accept})
        for accept in ("application/json", "*/*", "application/json, application/ld+json")
    ]
    assert [answer.content_type for answer in answers] == ["application/json", LD3, LD3]
    assert len({answer.data for answer in answers}) == 1
    assert len({answer.headers["ETag"] for answer in answers}) == 2
    assert all("Accept" in answer.headers["Vary"] for answer in answers)


@pytest.mark.parametrize("kind", ["manifest", "page"])
def test_a_known_tag_gets_304_cold_and_warm(web: WebRoom, source: str, kind: str) -> None:
    path = web.page(source) if kind == "page" else f"/iiif/3/{source}/manifest"
    tag = web.client.get(path).headers["ETag"]
    assert not tag.startswith("W/")
    for query in ("", "?cold"):
        again = web.client.get(path + query, headers={"If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == tag and again.headers["Access-Control-Allow-Origin"] == "*"
        assert web.client.get(path + query, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("query", ["", "?cold"])
def test_gzip_has_a_tag_of_its_own(web: WebRoom, source: str, query: str) -> None:
    path = f"/iiif/3/{source}/manifest{query}"
    plain, zipped = (web.client.get(path, headers={"Accept-Encoding": coding}) for coding in ("identity", "gzip"))
    assert zipped.headers["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain.headers
    assert gzip.decompress(zipped.data) == plain.data
    assert zipped.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_a_changed_source_changes_its_warm_manifest(web: WebRoom) -> None:
    name = web.register(web.publisher.manifest(3))
    path = f"/iiif/3/{name}/manifest"
    first = web.client.get(path)
    assert web.client.get(path).data == first.data
    row = web.services.sources.open(name)
    web.services.sources.change(row, layers=lambda now: ())
    second = web.client.get(path)
    assert second.headers["ETag"] != first.headers["ETag"]
    assert not second.get_json(force=True)["items"][0].get("annotations")


def test_the_neutral_url_negotiates(web: WebRoom, source: str) -> None:
    for accept, version in ((LD2, "2"), (LD3, "3"), ("*/*", "3")):
        answer = web.client.get(f"/iiif/{source}", headers={"Accept": accept})
        assert (answer.status_code, answer.headers["Vary"]) == (303, "Accept")
        assert answer.headers["Location"] == f"http://localhost/iiif/{version}/{source}/manifest"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_layer_tells_its_total_only_when_all_is_computed(web: WebRoom) -> None:
    name = web.register(web.publisher.manifest(2))
    path = f"/iiif/3/{name}/layers/probe"
    cold = web.client.get(path).get_json(force=True)
    assert cold["type"] == "AnnotationCollection" and "total" not in cold
    assert cold["first"]["id"] == f"http://localhost{web.page(name, 0)}"
    for number in (0, 1):
        assert web.client.get(web.page(name, number)).status_code == 200
    assert web.client.get(path).get_json(force=True)["total"] == 2
    assert web.client.get(f"/iiif/2/{name}/layers/probe").get_json()["@type"] == "sc:Layer"


def test_an_annotation_dereferences_with_all_that_it_names(web: WebRoom, source: str) -> None:
    found = web.client.get(web.page(source)).get_json(force=True)["items"][0]
    answer = web.client.get(found["id"])
    assert (answer.status_code, answer.content_type) == (200, ANNO)
    alone = answer.get_json(force=True)
    assert {key: value for key, value in alone.items() if key != "@context"} == found
    for uri in (found["creator"]["id"], found["inference"]["run"], "http://localhost/ns/glossator/1/context.json"):
        named = web.client.get(uri)
        assert named.status_code == 200 and named.headers["Access-Control-Allow-Origin"] == "*"
    run = web.client.get(found["inference"]["run"]).get_json(force=True)
    assert run["model"] == found["creator"]["id"] and run["inputs"][0].startswith(web.publisher.base)


def test_a_superseded_annotation_still_dereferences(web: WebRoom) -> None:
    name = web.register(web.publisher.manifest(1))
    old = web.client.get(web.page(name)).get_json(force=True)["items"][0]
    place = web.services.pages.find(web.services.sources.open(name), web.page(name).split("/")[-2], "probe")
    web.room.store.raise_generation(place.task.recipe.picture)
    new = web.client.get(web.page(name) + "?again").get_json(force=True)["items"][0]
    assert new["id"] != old["id"]
    assert web.client.get(old["id"]).get_json(force=True)["target"] == old["target"]
    assert web.client.get(new["id"]).status_code == 200


def test_members_of_a_collection_are_registered_when_they_are_opened(web: WebRoom) -> None:
    url = web.publisher.url("/iiif/3/collection?books=one,two-2")
    shelf = web.register(url)
    answer = web.client.get(f"/iiif/3/{shelf}/collection").get_json(force=True)
    assert answer["id"] == f"http://localhost/iiif/3/{shelf}/collection"
    member = answer["items"][1]["id"]
    assert member.startswith("http://localhost/iiif/3/")
    asked = web.publisher.count("two-2/manifest")
    assert web.client.head(member).status_code == 200
    assert web.publisher.count("two-2/manifest") == asked, "HEAD fetches nothing"
    assert web.client.get(member).status_code == 200
    assert web.publisher.count("two-2/manifest") == asked + 1
    assert web.client.get(f"/iiif/2/{shelf}/collection").get_json()["@type"] == "sc:Collection"


def test_everything_is_one_collection(web: WebRoom, source: str) -> None:
    shelf = web.client.get("/iiif/3/collection").get_json(force=True)
    assert f"http://localhost/iiif/3/{source}/manifest" in [item["id"] for item in shelf["items"]]
    older = web.client.get("/iiif/2/collection").get_json()
    assert f"http://localhost/iiif/2/{source}/manifest" in [item["@id"] for item in older["members"]]


def test_the_sample_is_a_real_iiif_resource(web: WebRoom) -> None:
    name = web.register("local:sample")
    manifest = web.client.get(f"/iiif/3/{name}/manifest").get_json(force=True)
    body = manifest["items"][0]["items"][0]["items"][0]["body"]
    info = web.client.get(body["service"][0]["id"] + "/info.json")
    assert info.get_json(force=True)["id"] == body["service"][0]["id"]
    assert web.client.get(body["service"][0]["id"]).headers["Location"] == body["service"][0]["id"] + "/info.json"
    with web.client.get(body["id"]) as picture:
        assert picture.content_type == "image/jpeg" and picture.data[:2] == b"\xff\xd8"
    assert web.client.get(f"/iiif/3/{name}/original").get_json(force=True)["type"] == "Manifest"
    assert b"local:" not in web.client.get(f"/iiif/3/{name}/manifest").data
    assert name == source_id("local:sample")


class TestStartsNothing:
    """What may be looked at without making anything run or be fetched (design, section 4)."""

    @pytest.fixture
    def quiet(self, tmp_path: Path) -> Iterator[WebRoom]:
        with web_room(tmp_path) as room:
            yield room

    def test_manifest_head_and_collections(self, quiet: WebRoom) -> None:
        name = quiet.register()
        page = quiet.page(name)
        quiet.publisher.reset()
        head = quiet.client.head(page)
        assert (head.status_code, head.content_type, head.data) == (200, LD3, b"")
        assert head.headers["Cache-Control"] == "no-store" and "ETag" not in head.headers
        for path in (f"/iiif/3/{name}/manifest", f"/iiif/2/{name}/manifest", f"/iiif/3/{name}/layers/probe"):
            assert quiet.client.get(path).status_code == quiet.client.head(path).status_code == 200
        assert quiet.client.get(f"/view/{name}/status").status_code == 200
        assert quiet.client.get("/admin/work").status_code == 200
        assert not quiet.engine_was_started
        assert quiet.publisher.requests == [] and quiet.room.calls() == []

    def test_head_of_a_computed_page_is_that_of_its_get(self, quiet: WebRoom) -> None:
        page = quiet.page(quiet.register())
        answer = quiet.client.get(page)
        for query in ("", "?cold"):
            head = quiet.client.head(page + query)
            assert head.data == b""
            for name in ("ETag", "Content-Length", "Content-Type", "Cache-Control", "Vary"):
                assert head.headers[name] == answer.headers[name]


class TestPublisher:
    """What becomes of a manifest when its publisher changes or fails."""

    @pytest.fixture
    def web(self, tmp_path: Path) -> Iterator[WebRoom]:
        with web_room(tmp_path, refresh_after=0.0) as room:
            yield room

    def test_a_stale_copy_is_served_with_its_age(self, web: WebRoom) -> None:
        name = web.register()
        web.publisher.down = True
        answer = web.client.get(f"/iiif/3/{name}/manifest")
        assert answer.status_code == 200
        assert int(answer.headers["Age"]) >= 0
        web.publisher.down = False

    def test_a_publisher_who_sends_something_else_does_not_spoil_the_copy(self, web: WebRoom) -> None:
        name = web.register()
        web.publisher.answer_instead = 200
        answer = web.client.get(f"/iiif/3/{name}/manifest")
        assert answer.status_code == 200 and answer.get_json(force=True)["items"]

    def test_the_publisher_is_asked_conditionally(self, web: WebRoom) -> None:
        name = web.register()
        web.publisher.reset()
        assert web.client.get(f"/iiif/3/{name}/manifest").status_code == 200
        assert [request.status for request in web.publisher.requests] == [304]
