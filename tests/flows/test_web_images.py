"""The door of the Image API: documents, pictures, headers, errors, and what is answered before Flask."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image

from iiif_store.image_api import pyramid
from iiif_store.stores.images import ImageRecord
from server.app import create_app
from server.context import DOORS, SERVICES
from server.images import ImageSources, StoredImage
from server.services import Services
from server.settings import Settings
from tests.unit.images.pictures import noise
from tests.web import problem

DRAWN = "a" * 64 + "-1"
RUN = "a" * 64
TILE = "512,512,512,512/256,256/0/default.jpg"
SAMPLE = "faictz-04"
MARK = "http://creativecommons.org/publicdomain/mark/1.0/"


class Room:
    """An application with one image that a model drew."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.settings = Settings(data=folder / "data", **settings)
        self.app = create_app(self.settings)
        self.services: Services = self.app.extensions[SERVICES]
        self.client: FlaskClient = self.app.test_client()
        size = pyramid.write(noise(1300, 1100), folder / "drawn.tif")
        record = ImageRecord(
            *(
                DRAWN,
                *size,
                "2026-03-01T10:00:00Z",
                "Page 1",
                "http://creativecommons.org/licenses/by/4.0/",
                "A museum",
            ),
            *("algorithmicallyEnhanced", RUN),
        )
        self.services.store.images.put(record, folder / "drawn.tif")

    def get(self, path: str, image: str = DRAWN, version: str = "3", **options: Any) -> Any:
        return self.client.get(f"/iiif/image/{version}/{image}{path and '/'}{path}", **options)

    @property
    def warm(self) -> float:
        metrics = self.app.extensions[DOORS].metrics
        return float(metrics.warm._value.get())


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    made = Room(tmp_path_factory.mktemp("images"))
    yield made
    made.services.engine.close()  # type: ignore[attr-defined]


def opened(answer: Any) -> Image.Image:
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(answer.data))


def test_info_in_both_versions(room: Room) -> None:
    three, two = room.get("info.json"), room.get("info.json", version="2")
    assert three.content_type == 'application/ld+json;profile="http://iiif.io/api/image/3/context.json"'
    assert two.content_type == "application/json"
    assert three.get_json(force=True)["id"] == f"http://localhost/iiif/image/3/{DRAWN}"
    assert two.get_json()["@id"] == f"http://localhost/iiif/image/2/{DRAWN}"
    assert three.get_json(force=True)["seeAlso"][0]["id"] == f"http://localhost/runs/{RUN}"
    assert three.headers["Link"] == '<http://iiif.io/api/image/3/level2.json>;rel="profile"'
    assert two.headers["Link"] == '<http://iiif.io/api/image/2/level2.json>;rel="profile"'
    for version, accept, media in (
        ("3", "application/json", "application/json"),
        ("2", "application/ld+json", "ld+json"),
    ):
        assert media in room.get("info.json", version=version, headers={"Accept": accept}).content_type
    again = room.get("info.json", headers={"If-None-Match": three.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("version", ["3", "2"])
def test_the_base_uri_leads_to_info(room: Room, version: str, slash: str) -> None:
    answer = room.client.get(f"/iiif/image/{version}/{DRAWN}{slash}")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"http://localhost/iiif/image/{version}/{DRAWN}/info.json"


@pytest.mark.parametrize("path", [TILE, "full/300,/0/default.jpg", "1000,1000,512,512/max/0/gray.png"])
def test_a_picture_says_what_it_is_and_may_be_kept(room: Room, path: str) -> None:
    cold, warm, head = room.get(path), room.get(path), room.client.head(f"/iiif/image/3/{DRAWN}/{path}")
    assert cold.data == warm.data and head.data == b""
    for answer in (cold, warm, head):
        assert answer.status_code == 200
        assert dict(answer.headers) == dict(cold.headers)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert int(answer.headers["Content-Length"]) == len(cold.data)
        assert not answer.headers["ETag"].startswith("W/")
        canonical, profile = answer.headers["Link"].split(", ")
        assert canonical.startswith(f"<http://localhost/iiif/image/3/{DRAWN}/") and 'rel="canonical"' in canonical
        assert profile == '<http://iiif.io/api/image/3/level2.json>;rel="profile"'
    again = room.get(path, headers={"If-None-Match": cold.headers["ETag"]})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", cold.headers["ETag"])
    assert room.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_canonical_links_lead_to_the_same_bytes(room: Room) -> None:
    for version in ("3", "2"):
        answer = room.get("pct:0,0,50,50/!200,200/0/color.jpg", version=version)
        canonical = answer.headers["Link"].partition(">")[0][1:]
        other = room.client.get(canonical.removeprefix("http://localhost"))
        assert (other.data, other.headers["ETag"]) == (answer.data, answer.headers["ETag"])


def test_what_costs_no_drawing_is_answered_before_flask(room: Room) -> None:
    room.get("info.json")
    before = room.warm
    room.get("0,0,256,256/max/0/default.jpg")
    assert room.warm == before + 1  # a tile of the grid, never asked for
    room.get("10,10,256,256/max/0/default.jpg")
    assert room.warm == before + 1
    room.get("10,10,256,256/256,256/360/color.jpg")
    assert room.warm == before + 2  # drawn a moment ago under another name
    assert room.get("10,10,0,256/max/0/default.jpg").status_code == 400
    assert room.warm == before + 2


def test_xmp_is_in_the_whole_picture_and_not_in_tiles(room: Room) -> None:
    for path in ("full/max/0/default.jpg", "full/200,/0/default.png"):
        assert b"newscodes/digitalsourcetype/algorithmicallyEnhanced" in room.get(path).data
    assert room.get("full/max/0/default.jpg").headers["Content-Disposition"] == f'inline; filename="{DRAWN}-1300.jpg"'
    assert b"newscodes" not in room.get(TILE).data


def test_preflight(room: Room) -> None:
    answer = room.client.options(f"/iiif/image/3/{DRAWN}/{TILE}", headers={"Origin": "https://viewer.example"})
    assert answer.status_code == 200 and answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "GET" in answer.headers["Access-Control-Allow-Methods"]


@pytest.mark.parametrize("image", [DRAWN, SAMPLE])
@pytest.mark.parametrize(
    ("path", "status", "slug"),
    [
        ("full/max/0/default.bmp", 400, "bad-image-request"),
        ("full/max/0/default.tif", 501, "not-offered"),
        ("full/full/0/default.jpg", 400, "bad-image-request"),
        ("0,0,0,0/max/0/default.jpg", 400, "bad-image-request"),
        ("full/1000000,1000000/0/default.jpg", 400, "bad-image-request"),
        ("full/^1000000,1000000/0/default.jpg", 400, "bad-image-request"),
        ("full/max/361/default.jpg", 400, "bad-image-request"),
        ("full/max/0", 400, "bad-image-request"),
        ("full/max/0/default.jpg/more", 400, "bad-image-request"),
        ("full//0/default.jpg", 400, "bad-image-request"),
        ("full/max/0/%FF.jpg", 400, "bad-image-request"),
        ("info.xml", 400, "bad-image-request"),
    ],
)
def test_errors(room: Room, image: str, path: str, status: int, slug: str) -> None:
    answer = room.get(path, image=image)
    told = problem(answer)
    assert (answer.status_code, told["slug"]) == (status, slug)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("image", ["nothing", "a%2Fb", "..%2F..", "%5Bfrob%5D", "%00", "a" * 300])
@pytest.mark.parametrize("path", ["info.json", TILE, ""])
def test_an_image_that_is_not_here(room: Room, image: str, path: str) -> None:
    assert room.get(path, image=image).status_code == 404
    assert problem(room.get(path, image=image))["slug"] == "not-found"


def test_an_escaped_identifier_is_the_same(room: Room) -> None:
    assert room.get("info.json", image=SAMPLE.replace("-", "%2D")).status_code == 200


def test_pictures_of_the_sample_have_a_pyramid_and_may_change(room: Room) -> None:
    answer = room.get("0,0,512,512/256,256/0/default.jpg", image=SAMPLE)
    assert opened(answer).size == (256, 256)
    assert answer.headers["Cache-Control"] == "public, max-age=86400"
    made = list((room.settings.data / "cache" / "pyramids").glob("*.tif"))
    assert len(made) == 1
    made[0].unlink()  # as a full cache may do
    assert room.get("0,0,512,512/256,256/0/default.jpg", image=SAMPLE).data == answer.data


def test_an_image_that_is_removed_is_gone_at_once(room: Room, tmp_path: Path) -> None:
    pyramid.write(noise(600, 600), tmp_path / "p.tif")
    room.services.store.images.put(ImageRecord("short-lived", 600, 600, "2026-03-01T10:00:00Z"), tmp_path / "p.tif")
    assert room.get(TILE.replace("512,512,512,512", "0,0,512,512"), image="short-lived").status_code == 200
    room.services.store.images.remove("short-lived")
    assert room.get(TILE.replace("512,512,512,512", "0,0,512,512"), image="short-lived").status_code == 404


def test_what_is_told_of_an_open_image_changes_at_once(room: Room, tmp_path: Path) -> None:
    pyramid.write(noise(300, 300), tmp_path / "p.tif")
    images, record = room.services.store.images, ImageRecord("restated", 300, 300, "2026-03-01T10:00:00Z")
    images.put(record, tmp_path / "p.tif")
    before = room.get("full/200,/0/default.jpg", image="restated")
    assert "rights" not in room.get("info.json", image="restated").get_json(force=True)
    assert images.retell(replace(record, rights=MARK))
    assert room.get("info.json", image="restated").get_json(force=True)["rights"] == MARK
    after = room.get("full/200,/0/default.jpg", image="restated")
    assert MARK.encode() in after.data and after.headers["ETag"] != before.headers["ETag"]


def test_who_would_wait_too_long_for_a_picture_is_told_and_nobody_else_waits(tmp_path: Path) -> None:
    room = Room(tmp_path, threads=2)  # one may draw, none may wait
    with room.app.extensions[DOORS].drawing.places.taken():
        busy = room.get("full/300,/0/default.jpg")
        assert (busy.status_code, problem(busy)["slug"]) == (503, "busy") and int(busy.headers["Retry-After"]) > 0
        assert room.get(TILE).status_code == room.get("info.json").status_code == 200
        assert room.client.get("/healthz").status_code == 200
    assert room.get("full/300,/0/default.jpg").status_code == 200
    room.services.engine.close()  # type: ignore[attr-defined]


def test_links_have_the_public_base(tmp_path: Path) -> None:
    room = Room(tmp_path, base_url="https://x.org/g")
    answer = room.client.get(f"/g/iiif/image/3/{DRAWN}/{TILE}")
    assert answer.headers["Link"].startswith(f"<https://x.org/g/iiif/image/3/{DRAWN}/512,512,512,512/256,256/")
    assert room.get("info.json").get_json(force=True)["id"] == f"https://x.org/g/iiif/image/3/{DRAWN}"
    room.services.engine.close()  # type: ignore[attr-defined]


def test_other_finders_are_asked_in_turn(room: Room) -> None:
    known = room.services.images.find(DRAWN)
    asked: list[str] = []

    def none(image: str) -> StoredImage | None:
        asked.append(image)
        return None

    sources = ImageSources(room.services.store.images, [none, lambda image: known])
    assert sources.find("anything") is known and asked == ["anything"]
