"""Everything as collections and sitemaps, and what was found as a book of its own."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import iiif_prezi3 as prezi3
import pytest
from PIL import Image

from iiif_store.source import Source, source_id
from tests.spec.presentation3 import Schema
from tests.web import WebRoom, problem, web_room

MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[WebRoom]:
    with web_room(tmp_path) as room:
        yield room


def get(web: WebRoom, uri: str) -> Any:
    answer = web.client.get(uri.removeprefix("http://localhost"))
    assert answer.status_code == 200, answer.text
    return answer.get_json(force=True)


def walked(web: WebRoom, uri: str) -> Iterator[str]:
    """The ids of all manifests below a collection."""
    for item in get(web, uri)["items"]:
        if item["type"] == "Manifest":
            yield item["id"]
        else:
            yield from walked(web, item["id"])


def test_members_of_a_collection_are_found_through_it_and_nowhere_else(web: WebRoom) -> None:
    url = web.publisher.url("/iiif/3/collection?books=book,book-2")
    shelf, alone = web.register(url), web.register(web.publisher.manifest(3))
    member = source_id(web.publisher.manifest(2))
    assert web.client.get(f"/iiif/3/{member}/manifest").status_code == 200
    top = get(web, web.links.collections())
    assert {item["id"] for item in top["items"]} == {web.links.collection(shelf), web.links.manifest(alone)}
    found = list(walked(web, web.links.collections()))
    assert len(found) == len(set(found)) == 3 and web.links.manifest(member) in found
    web.client.delete(f"/api/sources/{shelf}")
    assert web.links.manifest(member) in list(walked(web, web.links.collections())), "it is still here"
    prezi3.Collection(**top)


def test_thousands_are_divided_into_collections_that_hold_each_once(
    web: WebRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.catalogue.MOST", 5)
    store = web.services.store
    blank = Source("", "", "manifest", "A book", (), "2025-01-01T00:00:00Z", "", "2025-01-01T00:00:00Z")
    ids = [source_id(f"https://example.org/{n}") for n in range(60)]
    for name in ids:
        store.put_source(replace(blank, id=name, url=f"https://example.org/{name}"))
    top = get(web, web.links.collections())
    assert {item["type"] for item in top["items"]} == {"Collection"}
    prezi3.Collection(**top)
    part = get(web, top["items"][0]["id"])
    assert part["partOf"][0]["id"] == top["id"] and part["id"] == top["items"][0]["id"]
    assert sorted(walked(web, top["id"])) == sorted(web.links.manifest(name) for name in ids)
    second = get(web, web.links.collections("2"))
    assert second["members"][0]["@type"] == "sc:Collection"
    assert get(web, second["members"][0]["@id"])["within"] == second["@id"]
    index = ElementTree.fromstring(web.client.get("/sitemap.xml").data)
    assert index.tag == f"{MAP}sitemapindex"
    views = [view for loc in index.iter(f"{MAP}loc") for view in _locations(web, loc.text or "")]
    assert sorted(views) == sorted(web.links.view(name) for name in ids)
    assert problem(web.client.get("/iiif/3/collection/zzzzzz"))["status"] == 404


def _locations(web: WebRoom, uri: str) -> list[str]:
    tree = ElementTree.fromstring(web.client.get(uri.removeprefix("http://localhost")).data)
    if tree.tag == f"{MAP}sitemapindex":
        return [view for loc in tree.iter(f"{MAP}loc") for view in _locations(web, loc.text or "")]
    return [loc.text or "" for loc in tree.iter(f"{MAP}loc")]


def test_robots_are_led_to_the_map(web: WebRoom) -> None:
    text = web.client.get("/robots.txt").text
    assert "Sitemap: http://localhost/sitemap.xml" in text and "Disallow: /open" in text


def test_what_was_found_is_a_book_that_leads_back(web: WebRoom) -> None:
    source = web.register()
    path = f"/iiif/3/{source}/crops/manifest"
    assert "POST /api/jobs" in problem(web.client.get(path))["detail"]
    pages = [web.client.get(web.page(source, n)).get_json(force=True) for n in (0, 1)]
    found = {item["id"]: item for page in pages for item in page["items"]}
    document = get(web, path)
    prezi3.Manifest(**document)
    assert [canvas["seeAlso"][0]["id"] for canvas in document["items"]] == list(found)
    assert document["label"]["en"][0].endswith("(what was found)")
    assert document["seeAlso"][-1]["id"] == web.publisher.manifest()
    for canvas in document["items"]:
        item = found[canvas["seeAlso"][0]["id"]]
        region = item["target"].rpartition("xywh=")[2]
        body = canvas["items"][0]["items"][0]["body"]
        assert f"/{region}/max/0/default.jpg" in body["id"]
        assert [body["width"], body["height"]] == [int(number) for number in region.split(",")[2:]]
        assert canvas["rendering"][0]["id"] == item["rendering"][0]["id"]
        assert get(web, canvas["id"])["items"] == canvas["items"]
        assert web.services.remote.get(body["id"]).body[:2] == b"\xff\xd8"
        small = canvas["thumbnail"][0]
        assert _size(web.services.remote.get(small["id"]).body) == (small["width"], small["height"])
        assert max(small["width"], small["height"]) <= 200
    ranges = document["structures"]
    assert [entry["id"] for found in ranges for entry in found["items"]] == [
        canvas["id"] for canvas in document["items"]
    ]


def _size(picture: bytes) -> tuple[int, int]:
    with Image.open(BytesIO(picture)) as opened:
        return opened.size


def test_it_can_be_looked_at_once_there_is_something(web: WebRoom) -> None:
    source = web.register()
    path = f"/view/{source}/found"
    assert path in web.client.get(f"/view/{source}").text
    html = {"Accept": "text/html"}
    assert web.client.get(path, headers=html).status_code == 404
    web.client.get(web.page(source))
    for viewer in ("uv", "mirador"):
        page = web.client.get(f"{path}?viewer={viewer}", headers=html)
        assert page.status_code == 200 and f'data-manifest="{web.links.crops(source)}"' in page.text


def test_version_2_of_it_holds_the_same_pictures(web: WebRoom) -> None:
    source = web.register(web.publisher.manifest(version="2"))
    web.client.get(web.page(source))
    third, second = (get(web, f"/iiif/{version}/{source}/crops/manifest") for version in "32")
    assert second["@id"] == f"http://localhost/iiif/2/{source}/crops/manifest" and second["@type"] == "sc:Manifest"
    images = [canvas["images"][0]["resource"]["@id"] for canvas in second["sequences"][0]["canvases"]]
    assert images == [canvas["items"][0]["items"][0]["body"]["id"] for canvas in third["items"]]
    assert "/full/0/default.jpg" in images[0] and second["structures"][0]["canvases"]


def test_pictures_behind_no_image_api_have_no_regions(web: WebRoom) -> None:
    source = web.register(web.publisher.manifest(service="plain"))
    web.client.get(web.page(source))
    assert problem(web.client.get(f"/iiif/3/{source}/crops/manifest"))["status"] == 404


def test_they_pass_the_schema_of_the_community(web: WebRoom, shared_data: Path) -> None:
    schema = Schema(shared_data / "schemas" / "iiif_3_0.json")
    source = web.register()
    web.client.get(web.page(source))
    for uri in (web.links.collections(), web.links.crops(source)):
        assert list(schema.errors(get(web, uri))) == []
