"""The picture of a canvas, from the loopback publisher's services of every kind."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from PIL import Image, ImageChops, ImageStat

from iiif_store.errors import FetchFailed, NoPicture, PictureRefused
from iiif_store.fetch.failures import Unavailable
from iiif_store.fetch.pictures import Delivered, Pictures
from iiif_store.fetch.remote import Remote
from iiif_store.image_service import ImageService
from iiif_store.painting import CanvasPicture, PaintedImage, painted
from ml_backends.types import Box
from tests.conftest import MakeRemote
from tests.publisher import Publisher

NAME = "nls_108689936_3"
SIZE = (600, 1011)
ASKED = (379, 639)
"""What a service makes of `379,`: at most 640 on the longer side."""
SERVICES: list[tuple[str, Any, Any]] = [("3", "3", 2), ("2", "2", 2), ("1", "1", 2), ("level0-3", "3", 0)]
SERVICES += [("level0-2", "2", 0), ("tiles-3", "3", 0), ("tiles-2", "2", 0)]
LOCAL = "local:folder/page.jpg"


def nothing_local(url: str) -> Path | None:
    return None


@pytest.fixture
def pictures(remote: Remote) -> Pictures:
    return Pictures(remote, local=nothing_local)


def image(publisher: Publisher, kind: str, version: Any, level: Any, *, fault: str = "") -> PaintedImage:
    uri = publisher.url(f"{fault}/image/{kind}/{NAME}")
    frame = Box(0, 0, *SIZE)
    return PaintedImage(uri, ImageService(uri, version, level), *SIZE, None, frame)


def alone(image: PaintedImage, scale: float = 1.0) -> CanvasPicture:
    size = round(SIZE[0] * scale), round(SIZE[1] * scale)
    return CanvasPicture(*size, (replace(image, target=Box(0, 0, *size)),))


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean over all pixels and bands, 0 to 255."""
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean)


@pytest.fixture
def original(page_images: Path) -> Image.Image:
    with Image.open(page_images / f"{NAME}.jpg") as found:
        page: Image.Image = found.convert("RGB")
    return page


@pytest.mark.parametrize("edge", [1280, 640, 300])
@pytest.mark.parametrize(("kind", "version", "level"), SERVICES)
def test_every_kind_of_service_shows_the_page(
    publisher: Publisher, pictures: Pictures, original: Image.Image, kind: str, version: Any, level: Any, edge: int
) -> None:
    found = pictures.fetch(alone(image(publisher, kind, version, level), scale=2.5), edge)
    wanted = min(edge, 1011)
    assert found.image.mode == "RGB"
    assert wanted - 3 <= max(found.image.size) <= wanted
    assert difference(found.image, original.resize(found.image.size, Image.Resampling.BICUBIC)) < 8
    assert all(request.status == 200 for request in publisher.requests)
    assert set(found.inputs) == {publisher.url(r.path) for r in publisher.requests if "info.json" not in r.path}


def test_one_request_for_a_page(publisher: Publisher, pictures: Pictures, remote: Remote) -> None:
    manifest = orjson.loads(remote.get(publisher.manifest(5)).body)
    publisher.reset()
    for canvas in manifest["items"]:
        pictures.fetch(painted(canvas), 640)
    assert publisher.count() == 5
    assert publisher.count("info.json") == 0


def test_info_json_first_where_the_manifest_is_not_trusted(publisher: Publisher, remote: Remote) -> None:
    Pictures(remote, local=nothing_local, trust_manifest=False).fetch(alone(image(publisher, "3", "3", 2)), 640)
    assert [request.path.rpartition("/")[2] for request in publisher.requests] == ["info.json", "default.jpg"]


@pytest.mark.parametrize("change", [{"width": None}, {"service_level": None}])
def test_info_json_where_the_manifest_says_too_little(
    publisher: Publisher, pictures: Pictures, change: dict[str, Any]
) -> None:
    one = image(publisher, "2", "2", change.get("service_level", 2))
    found = pictures.fetch(alone(replace(one, width=change.get("width", 600))), 640)
    assert found.image.size == ASKED
    assert publisher.count("info.json") == 1


def test_a_manifest_that_is_wrong_about_version_and_size(publisher: Publisher, pictures: Pictures) -> None:
    """It says Image API 1 (`native.jpg`), and ten times the pixels there are, which version 3 must not enlarge."""
    one = replace(image(publisher, "3", "1", 1), width=6000, height=10110)
    found = pictures.fetch(alone(one), 2000)
    assert found.image.size == SIZE
    assert [request.status for request in publisher.requests] == [400, 200, 200]


@pytest.mark.parametrize(("kind", "version", "level"), [*SERVICES[:2], *SERVICES[3:6]])
def test_a_part_of_an_image(
    publisher: Publisher, pictures: Pictures, original: Image.Image, kind: str, version: Any, level: Any
) -> None:
    crop = Box(82, 551, 352, 269)
    one = replace(image(publisher, kind, version, level), crop=crop, target=Box(0, 0, 352, 269))
    found = pictures.fetch(CanvasPicture(352, 269, (one,)), 300)
    assert found.image.size == (300, 229)
    part = original.resize((300, 229), Image.Resampling.BICUBIC, (82, 551, 434, 820))
    assert difference(found.image, part) < 20


def test_a_plain_picture_is_fetched_whole_and_reduced(
    publisher: Publisher, pictures: Pictures, original: Image.Image, page_images: Path
) -> None:
    url = publisher.url(f"/plain/{NAME}.jpg")
    one = PaintedImage(url, None, *SIZE, None, Box(0, 0, *SIZE))
    found = pictures.fetch(alone(one), 320)
    assert found.image.size == (190, 320)
    assert difference(found.image, original.resize((190, 320))) < 8
    assert found.inputs == (url,)
    assert found.digest == hashlib.sha256((page_images / f"{NAME}.jpg").read_bytes()).hexdigest()


def test_local_pictures_are_never_fetched(publisher: Publisher, remote: Remote, page_images: Path) -> None:
    paths = {LOCAL: page_images / f"{NAME}.jpg"}
    pictures = Pictures(remote, local=paths.get)
    found = pictures.fetch(alone(PaintedImage(LOCAL, None, *SIZE, None, Box(0, 0, *SIZE))), 640)
    assert (found.image.size, found.inputs) == ((380, 640), (LOCAL,))
    for url in ("local:folder/other.jpg", "local:../../etc/passwd"):
        with pytest.raises(FetchFailed, match="no local picture"):
            pictures.fetch(alone(PaintedImage(url, None, *SIZE, None, Box(0, 0, *SIZE))), 640)
    paths[LOCAL] = page_images / "gone.jpg"
    with pytest.raises(FetchFailed, match="cannot be read"):
        pictures.fetch(alone(PaintedImage(LOCAL, None, *SIZE, None, Box(0, 0, *SIZE))), 640)
    assert publisher.requests == []


def test_a_canvas_of_several_images(publisher: Publisher, pictures: Pictures, original: Image.Image) -> None:
    """Upper and lower half from a service, each to its place: together the page again."""
    whole = image(publisher, "3", "3", 2)
    upper = replace(whole, crop=Box(0, 0, 600, 500), target=Box(0, 0, 1200, 1000))
    lower = replace(whole, crop=Box(0, 500, 600, 511), target=Box(0, 1000, 1200, 1022))
    found = pictures.fetch(CanvasPicture(1200, 2022, (upper, lower)), 800)
    assert found.image.size == (475, 800)
    assert difference(found.image, original.resize((475, 800), Image.Resampling.BICUBIC)) < 8
    assert len(found.inputs) == 2
    assert found.digest not in {"", pictures.fetch(alone(whole), 800).digest}


def layers(number: int, size: tuple[int, int] = SIZE) -> CanvasPicture:
    """The same local page, again and again on the whole canvas."""
    return CanvasPicture(*size, tuple(PaintedImage(LOCAL, None, *SIZE, None, Box(0, 0, *size)) for _ in range(number)))


def test_images_of_a_canvas_have_a_share_of_memory_together(make_remote: MakeRemote, page_images: Path) -> None:
    paths = {LOCAL: page_images / f"{NAME}.jpg"}
    pictures = Pictures(make_remote(max_pixels=SIZE[0] * SIZE[1]), local=paths.get)
    assert len(pictures.fetch(layers(2), 2000).inputs) == 2
    with pytest.raises(FetchFailed, match="pixels together"):
        pictures.fetch(layers(3), 2000)
    assert len(pictures.fetch(layers(3), 500).inputs) == 3


def test_a_sharp_image_on_a_small_spot_makes_no_huge_frame(make_remote: MakeRemote, page_images: Path) -> None:
    paths = {LOCAL: page_images / f"{NAME}.jpg"}
    spot = PaintedImage(LOCAL, None, *SIZE, None, Box(0, 0, 6, 10))
    found = Pictures(make_remote(max_pixels=700_000), local=paths.get).fetch(
        CanvasPicture(6000, 10110, (spot,)), 30_000
    )
    assert 600_000 < found.image.width * found.image.height <= 702_000


def test_nothing_is_asked_for_after_the_time_for_one_canvas(publisher: Publisher, make_remote: MakeRemote) -> None:
    with pytest.raises(Unavailable, match="longer than 0 seconds"):
        Pictures(make_remote(picture_timeout=0.0), local=nothing_local).fetch(alone(image(publisher, "3", "3", 2)), 640)
    assert publisher.requests == []


def test_rotation_of_the_selector(publisher: Publisher, pictures: Pictures, original: Image.Image) -> None:
    one = replace(image(publisher, "3", "3", 2), rotation=90.0, target=Box(0, 0, 1011, 600))
    found = pictures.fetch(CanvasPicture(1011, 600, (one,)), 640)
    assert found.image.size == ASKED[::-1]
    assert difference(found.image, original.transpose(Image.Transpose.ROTATE_270).resize(ASKED[::-1])) < 12


def test_nothing_painted(pictures: Pictures) -> None:
    with pytest.raises(NoPicture):
        pictures.fetch(CanvasPicture(10, 10, ()), 640)


def test_refresh_sees_other_bytes(publisher: Publisher, pictures: Pictures) -> None:
    view = alone(image(publisher, "3", "3", 2, fault="changing"))
    digests = [pictures.fetch(view, 640, fresh=fresh).digest for fresh in (False, False, True)]
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize("version", ["2", "3"])
def test_a_limit_that_only_info_json_tells(publisher: Publisher, pictures: Pictures, version: Any) -> None:
    found = pictures.fetch(alone(image(publisher, f"limited-{version}", version, 2)), 640)
    assert 397 <= max(found.image.size) <= 400
    assert [request.status for request in publisher.requests] == [400, 200, 200]


def test_own_limits(publisher: Publisher, remote: Remote, make_remote: MakeRemote) -> None:
    view = alone(image(publisher, "3", "3", 2))
    with pytest.raises(FetchFailed, match="larger than"):
        Pictures(remote, local=nothing_local, max_bytes=1000).fetch(view, 640)
    with pytest.raises(FetchFailed, match="pixels"):
        Pictures(make_remote(max_pixels=1000), local=nothing_local).fetch(view, 640)


def test_tiles_together_may_be_too_many_pixels(publisher: Publisher, make_remote: MakeRemote) -> None:
    pictures = Pictures(make_remote(max_pixels=256 * 256), local=nothing_local)
    view = alone(image(publisher, "tiles-3", "3", 0))
    assert max(pictures.fetch(view, 250).image.size) == 250
    with pytest.raises(FetchFailed, match="more than are decoded"):
        pictures.fetch(view, 1280)


@pytest.mark.parametrize("fault", ["404", "400", "501"])
def test_a_picture_that_is_not_there(publisher: Publisher, pictures: Pictures, fault: str) -> None:
    """Two requests: the picture, and whether info.json knows better. The first failure is the one that counts."""
    with pytest.raises(FetchFailed, match=rf"full/379,.*{fault}") as failure:
        pictures.fetch(alone(image(publisher, "3", "3", 2, fault=fault)), 640)
    assert failure.value.status == int(fault)
    assert publisher.count() == 2


@pytest.mark.parametrize("fault", ["invalid-json", "wrong-type", "empty"])
def test_info_json_that_is_none(publisher: Publisher, pictures: Pictures, fault: str) -> None:
    for _ in range(2):
        with pytest.raises(FetchFailed, match=r"info\.json is not JSON"):
            pictures.fetch(alone(image(publisher, "level0-3", "3", 0, fault=fault)), 640)
    assert publisher.count() == 2  # it is not kept


@pytest.mark.parametrize("fault", ["huge", "wrong-type", "endless", "bomb"])
def test_no_picture_to_decode(publisher: Publisher, make_remote: MakeRemote, fault: str) -> None:
    pictures = Pictures(make_remote(), local=nothing_local, max_bytes=2**20)
    with pytest.raises(FetchFailed, match=r"pixels|no picture|larger than"):
        pictures.fetch(alone(image(publisher, "3", "3", 2, fault=fault)), 640)
    assert publisher.count() == 1


def test_a_broken_picture_is_not_kept(publisher: Publisher, pictures: Pictures) -> None:
    view = alone(image(publisher, "3", "3", 2, fault="half-picture"))
    for _ in range(2):
        with pytest.raises(FetchFailed, match="truncated"):
            pictures.fetch(view, 640)
    assert [request.status for request in publisher.requests] == [200, 200]


def test_many_threads(publisher: Publisher, pictures: Pictures, remote: Remote) -> None:
    manifest = orjson.loads(remote.get(publisher.manifest(32, version="2")).body)
    bodies = [canvas["images"][0]["resource"]["service"]["@id"] for canvas in manifest["sequences"][0]["canvases"]]
    sizes = [(c["width"], c["height"]) for c in manifest["sequences"][0]["canvases"]]

    def fetch(n: int) -> Delivered:
        one = PaintedImage(bodies[n], ImageService(bodies[n], "2", 2), *sizes[n], None, Box(0, 0, *sizes[n]))
        return pictures.fetch(CanvasPicture(*sizes[n], (one,)), 640)

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(fetch, range(32)))
    assert publisher.count("/image/") == 32
    assert [one.digest for one in found[:8]] == [one.digest for one in found[8:16]]
    assert len({one.digest for one in found}) == 8


@pytest.mark.parametrize("fault", ["login", "401", "403"])
@pytest.mark.parametrize("trust", [True, False])
def test_a_login_is_needed(publisher: Publisher, remote: Remote, fault: str, trust: bool) -> None:
    view = alone(image(publisher, "2", "2", 2, fault=fault))
    with pytest.raises(PictureRefused, match="not open to the public"):
        Pictures(remote, local=nothing_local, trust_manifest=trust).fetch(view, 640)
    assert publisher.count() == 1


def test_a_degraded_tier(publisher: Publisher, remote: Remote) -> None:
    with pytest.raises(PictureRefused, match="describes another service"):
        view = alone(image(publisher, "2", "2", 2, fault="other-id"))
        Pictures(remote, local=nothing_local, trust_manifest=False).fetch(view, 640)
    assert publisher.count("default.jpg") == 0


def test_the_delivered_size_is_believed(publisher: Publisher, remote: Remote) -> None:
    """An info.json that lies is never asked if the manifest tells enough; else the picture shows the lie."""
    view = alone(image(publisher, "2", "2", 2, fault="lying"))
    assert Pictures(remote, local=nothing_local).fetch(view, 640).image.size == ASKED
    with pytest.raises(FetchFailed, match=r"came as 640 x 1078, but 1011 x 600 was announced"):
        Pictures(remote, local=nothing_local, trust_manifest=False).fetch(view, 640)
