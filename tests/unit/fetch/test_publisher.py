"""The loopback publisher is what a IIIF publisher is, and can be a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import orjson
import pytest
import requests
from PIL import Image

from iiif_store.fetch.pictures import Pictures
from iiif_store.fetch.remote import Remote
from iiif_store.load import load
from iiif_store.manifest import Manifest
from tests.conftest import ROOT, MakeRemote
from tests.publisher import Publisher


@pytest.mark.parametrize("version", ["2", "3"])
@pytest.mark.parametrize("service", ["1", "2", "3", "level0-2", "level0-3", "plain"])
def test_its_manifests_are_read_and_their_pictures_seen(
    publisher: Publisher, remote: Remote, version: str, service: str
) -> None:
    url = publisher.manifest(10, version=version, service=service, canvas="2")
    manifest = load(url, remote)
    assert isinstance(manifest, Manifest)
    assert (manifest.id, manifest.version, len(manifest.canvases)) == (url, version, 10)
    assert len({canvas.painted().reference for canvas in manifest.canvases}) == 10
    canvas = manifest.canvases[9]
    assert canvas.id.startswith(publisher.base)
    page = publisher.shelf.pages[9 % len(publisher.shelf.pages)]
    assert (canvas.width, canvas.height) == (page.width * 2, page.height * 2)
    assert canvas.picture(max_edge=400).size[1] in (398, 399, 400)


def test_thousands_of_canvases(publisher: Publisher, remote: Remote) -> None:
    document = orjson.loads(remote.get(publisher.manifest(5000)).body)
    assert len({canvas["id"] for canvas in document["items"]}) == 5000


def test_a_collection(publisher: Publisher, remote: Remote) -> None:
    document = orjson.loads(remote.get(publisher.url("/iiif/3/collection?books=book-2,book-3")).body)
    assert [member["id"] for member in document["items"]] == [publisher.manifest(2), publisher.manifest(3)]


def test_etag_and_304(publisher: Publisher) -> None:
    first = requests.get(publisher.manifest(1), timeout=10)
    second = requests.get(publisher.manifest(1), headers={"If-None-Match": first.headers["ETag"]}, timeout=10)
    assert (first.status_code, second.status_code, second.content) == (200, 304, b"")


def test_head_has_no_body(publisher: Publisher) -> None:
    with requests.Session() as session:
        for _ in range(2):
            head = session.head(publisher.manifest(3), timeout=10)
            assert (head.status_code, head.content) == (200, b"")
            assert int(head.headers["Content-Length"]) > 1000


@pytest.mark.parametrize(
    "path",
    [
        "image/3/no-such-page/info.json",
        "image/3/nls_107118335_3/full/601,/0/default.jpg",
        "image/3/nls_107118335_3/full/full/0/default.jpg",
        "image/3/nls_107118335_3/600,0,1,1/max/0/default.jpg",
        "image/2/nls_107118335_3/full/100,/0/native.jpg",
        "image/2/nls_107118335_3/full/,/0/default.jpg",
        "image/level0-2/nls_107118335_3/full/100,/0/default.jpg",
        "image/tiles-3/nls_107118335_3/0,0,100,100/100,100/0/default.jpg",
        "iiif/3/book-x/manifest",
        "nothing",
    ],
)
def test_what_it_refuses(publisher: Publisher, path: str) -> None:
    assert requests.get(publisher.url(path), timeout=10).status_code in (400, 404)


def test_images_may_fail_where_the_manifest_does_not(publisher: Publisher, remote: Remote) -> None:
    document = orjson.loads(remote.get(publisher.manifest(2, images="404")).body)
    service = document["items"][0]["items"][0]["items"][0]["body"]["service"][0]["id"]
    assert service.startswith(publisher.url("/404/image/3/"))
    under = orjson.loads(remote.get(publisher.url("/max-age/iiif/3/book-2/manifest")).body)
    assert under["id"] == publisher.url("/max-age/iiif/3/book-2/manifest")


def test_a_process_of_its_own(page_images: Path) -> None:
    command = [sys.executable, "-m", "tests.publisher", "--port", "0", "--pages", str(page_images)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[-1]
            assert len(requests.get(url, timeout=10).json()["items"]) == 8
            base = url.partition("/iiif/")[0]
            assert requests.get(f"{base}/control/counts", timeout=10).json()["paths"][url.removeprefix(base)] == 1
        finally:
            process.terminate()
    assert process.returncode == 0


def test_the_large_corpus(shared_data: Path, make_remote: MakeRemote) -> None:
    """Every fortieth page of it, each at its own size, through a service."""
    with Publisher(shared_data / "pages" / "images") as publisher:
        remote = make_remote(allow_hosts=frozenset({publisher.host}))
        manifest = load(publisher.manifest(), remote)
        assert isinstance(manifest, Manifest)
        assert len(manifest.canvases) > 1000
        pictures = Pictures(remote, local=lambda url: None)
        for canvas in list(manifest.canvases)[::40]:
            delivered = pictures.fetch(canvas.painted(), 320)
            assert 317 <= max(delivered.image.size) <= 320
            assert isinstance(delivered.image, Image.Image)
