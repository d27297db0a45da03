"""Books of our own: their documents, their pictures, and that nothing stored holds our base URL."""

from __future__ import annotations

import shutil
from pathlib import Path

import orjson
import pytest

from iiif_store.errors import NotFound
from iiif_store.load import parse
from iiif_store.manifest import Manifest
from iiif_store.scanned import picture_url
from iiif_store.stores import open_store
from iiif_store.stores.images import ImageRecord
from server.local import SAMPLE, LocalBooks, public, publish


def test_the_sample_is_a_book_of_scans_without_any_base_url() -> None:
    document = LocalBooks().document(SAMPLE)
    manifest = parse(document)
    assert isinstance(manifest, Manifest)
    assert manifest.repairs == ()
    assert len(manifest.canvases) == 10
    assert all(canvas.id.startswith("local:3/") for canvas in manifest.canvases)
    assert b"localhost" not in document
    for canvas in manifest.canvases:
        (image,) = canvas.painted().images
        scan = LocalBooks().scan(image.url.split("/")[2])
        assert (scan.width, scan.height, scan.label) == (canvas.width, canvas.height, canvas.label)
        assert LocalBooks().path(image.url) == scan.file


def test_publishing_puts_every_id_under_the_base_and_nothing_else() -> None:
    document = orjson.dumps(
        {
            "id": "local:3/a/original",
            "note": "the local:sample stays",
            "label": "local: maps",
            "to": ["local:image/3/b"],
        }
    )
    assert orjson.loads(publish(document, "https://x.org/g")) == {
        "id": "https://x.org/g/iiif/3/a/original",
        "note": "the local:sample stays",
        "label": "local: maps",
        "to": ["https://x.org/g/iiif/image/3/b"],
    }
    assert public("local:3/a#xywh=1,2,3,4", "https://x.org") == "https://x.org/iiif/3/a#xywh=1,2,3,4"
    assert public("https://y.org/local:3", "https://x.org") == "https://y.org/local:3"


def test_pictures_are_found_by_their_url_and_others_are_not() -> None:
    books = LocalBooks()
    assert books.path(picture_url("faictz-04")) == books.scan("faictz-04").file
    assert books.path("https://example.org/image/3/faictz-04/full/max/0/default.jpg") is None
    assert books.path("local:image/3/../../secret/full/max/0/default.jpg") is None
    assert books.path("local:image/3/faictz-04/full/200,/0/default.jpg") is None
    with pytest.raises(NotFound, match="no image 'x'"):
        books.scan("x")
    with pytest.raises(NotFound, match="no local book 'local:other'"):
        books.document("local:other")


def test_scans_are_read_from_the_store(tmp_path: Path, page_images: Path) -> None:
    store = open_store(f"tinydb://{tmp_path / 'data'}")
    books = LocalBooks(store)
    assert books.path(picture_url("ab" * 16)) is None
    shutil.copy(next(page_images.iterdir()), tmp_path / "pyramid.tif")
    store.images.put(ImageRecord("ab" * 16, 1, 1, "2026-01-01T00:00:00Z"), tmp_path / "pyramid.tif")
    assert books.path(picture_url("ab" * 16)) == store.images.path("ab" * 16)
    with pytest.raises(NotFound):
        books.document("local:scans/x")
