"""Books of our own: their documents, their pictures, and that nothing stored holds our base URL."""

from __future__ import annotations

import orjson
import pytest
from PIL import Image
from werkzeug.exceptions import BadRequest

from iiif_store.errors import NotFound
from iiif_store.load import parse
from iiif_store.manifest import Manifest
from server.local import SAMPLE, LocalBooks, Scan, level0_info, public, publish, reduced, size_of


@pytest.fixture
def scan() -> Scan:
    return LocalBooks().scan("faictz-04")


def test_the_sample_is_a_manifest_without_any_base_url() -> None:
    document = LocalBooks().document(SAMPLE)
    manifest = parse(document)
    assert isinstance(manifest, Manifest)
    assert len(manifest.canvases) == 10
    assert all(canvas.id.startswith("local:3/") for canvas in manifest.canvases)
    assert b"localhost" not in document


def test_publishing_puts_every_id_under_the_base_and_nothing_else() -> None:
    document = orjson.dumps({"id": "local:3/a/original", "note": "the local:sample stays", "to": ["local:image/3/b"]})
    assert orjson.loads(publish(document, "https://x.org/g")) == {
        "id": "https://x.org/g/iiif/3/a/original",
        "note": "the local:sample stays",
        "to": ["https://x.org/g/iiif/image/3/b"],
    }
    assert public("local:3/a#xywh=1,2,3,4", "https://x.org") == "https://x.org/iiif/3/a#xywh=1,2,3,4"
    assert public("https://y.org/local:3", "https://x.org") == "https://y.org/local:3"


def test_pictures_are_found_by_their_url_and_others_are_not(scan: Scan) -> None:
    books = LocalBooks()
    assert books.path("local:image/3/faictz-04/full/max/0/default.jpg") == scan.file
    assert books.path("https://example.org/image/3/faictz-04/full/max/0/default.jpg") is None
    with pytest.raises(NotFound):
        books.path("local:image/3/../../secret/full/max/0/default.jpg")
    with pytest.raises(NotFound):
        books.document("local:other")


def test_every_size_that_info_json_names_is_delivered_at_just_that_size(scan: Scan) -> None:
    info = level0_info(scan, "https://x.org")
    assert info["sizes"][-1] == {"width": scan.width, "height": scan.height}
    for size in info["sizes"]:
        wanted = size_of(scan, f"{size['width']},{size['height']}")
        assert wanted == (size["width"], size["height"]) == size_of(scan, f"{size['width']},")
        with Image.open(reduced(scan, wanted)) as picture:
            assert (picture.size, picture.format) == (wanted, "JPEG")


@pytest.mark.parametrize("size", ["", "0,", "9,99", "99999,", "-5,", "445,9", "^max", "full", "1e2,", "٣,", "max,"])
def test_a_size_that_is_not_offered_is_a_bad_request(scan: Scan, size: str) -> None:
    with pytest.raises(BadRequest):
        size_of(scan, size)
