"""Which URLs are asked for: tables, and properties over all sizes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iiif_store.errors import FetchFailed
from iiif_store.fetch.image_info import ImageInfo
from iiif_store.fetch.image_requests import Plan, plan, sized
from iiif_store.image_service import ImageService, ServiceVersion, Tiles

ID = "https://images.example/iiif/p1"
FULL = (0, 0, 3000, 4000)
SIZES = ((375, 500), (750, 1000), (1500, 2000), (3000, 4000))
TILES = (Tiles(512, 512, (1, 2, 4, 8)),)


def info(version: ServiceVersion = "3", *, able: bool = True, **more: object) -> ImageInfo:
    return ImageInfo(ID, version, 3000, 4000, any_size=able, any_region=able, **more)  # type: ignore[arg-type]


def only(found: Plan) -> str:
    assert len(found.parts) == 1
    return found.parts[0].urls[0].removeprefix(f"{ID}/")


@pytest.mark.parametrize(
    ("version", "region", "edge", "path"),
    [
        ("3", FULL, 1280, "full/960,/0/default.jpg"),
        ("2", FULL, 1280, "full/960,/0/default.jpg"),
        ("1", FULL, 1280, "full/960,/0/native.jpg"),
        ("2", FULL, 9999, "full/3000,/0/default.jpg"),
        ("2", (0, 0, 3000, 3999), 1280, "0,0,3000,3999/960,/0/default.jpg"),
        ("3", (100, 200, 640, 480), 320, "100,200,640,480/320,/0/default.jpg"),
        ("3", (0, 0, 1, 4000), 100, "0,0,1,4000/1,/0/default.jpg"),
    ],
)
def test_sized(version: ServiceVersion, region: tuple[int, int, int, int], edge: int, path: str) -> None:
    part = sized(ImageService(f"{ID}/", version, 2), (3000, 4000), region, edge)
    assert part.urls == (f"{ID}/{path}",)
    assert part.region == region


@pytest.mark.parametrize(
    ("described", "edge", "path"),
    [
        (info(), 1280, "full/960,/0/default.jpg"),
        (info("1"), 1280, "full/960,/0/native.jpg"),
        (info(max_width=500, max_height=500), 1280, "full/375,/0/default.jpg"),
        (info(max_area=750 * 1000), 1280, "full/750,/0/default.jpg"),
        (info(able=False, sizes=SIZES), 1280, "full/1500,2000/0/default.jpg"),
        (info("2", able=False, sizes=SIZES), 1280, "full/1500,/0/default.jpg"),
        (info(able=False, sizes=SIZES), 1000, "full/750,1000/0/default.jpg"),
        (info(able=False, sizes=SIZES), 9999, "full/3000,4000/0/default.jpg"),
        (info(able=False, sizes=SIZES[:1]), 1280, "full/375,500/0/default.jpg"),
        (info(able=False, sizes=((500, 500), *SIZES)), 1280, "full/1500,2000/0/default.jpg"),
        (info(able=False), 1280, "full/max/0/default.jpg"),
        (info("2", able=False), 1280, "full/full/0/default.jpg"),
        (info("1", able=False), 1280, "full/full/0/native.jpg"),
        (info(able=False, sizes=SIZES, tiles=TILES), 1280, "full/1500,2000/0/default.jpg"),
        (info(able=False, tiles=TILES), 400, "full/375,500/0/default.jpg"),
    ],
)
def test_one_request_where_one_will_do(described: ImageInfo, edge: int, path: str) -> None:
    assert only(plan(described, FULL, edge)) == path


def test_a_region_of_a_service_that_has_none_is_cut_out_here() -> None:
    found = plan(info(able=False, sizes=SIZES), (0, 0, 1500, 2000), 900)
    assert only(found) == "full/1500,2000/0/default.jpg"
    assert found.parts[0].region == FULL


def test_tiles_when_the_sizes_are_too_small() -> None:
    found = plan(info(able=False, sizes=SIZES[:1], tiles=TILES), FULL, 1280)
    assert found.factor == 2
    assert [part.urls[0].split("/")[-4] for part in found.parts][:4] == [
        "0,0,1024,1024",
        "1024,0,1024,1024",
        "2048,0,952,1024",
        "0,1024,1024,1024",
    ]
    assert found.parts[2].urls[0].endswith("2048,0,952,1024/476,512/0/default.jpg")


def test_only_tiles_that_show_the_region() -> None:
    found = plan(info(able=False, tiles=TILES), (1100, 1100, 200, 200), 200)
    assert [part.region for part in found.parts] == [(1024, 1024, 512, 512)]


def test_too_many_tiles() -> None:
    with pytest.raises(FetchFailed, match="tiles of 16 px"):
        plan(info(able=False, tiles=(Tiles(16, 16, (1,)),)), FULL, 4000)


sides = st.integers(1, 20_000)


@given(sides, sides, st.integers(1, 5_000))
def test_never_more_than_wanted_nor_than_there_is(width: int, height: int, edge: int) -> None:
    url = sized(ImageService(ID, "2", 2), (width, height), (0, 0, width, height), edge).urls[0]
    found = re.search(r"/(\d+),/0/", url)
    assert found
    size = int(found[1])
    assert 1 <= size <= width
    assert size <= edge
    assert size == 1 or round(size * height / width) <= edge


@given(
    sides,
    sides,
    st.integers(1, 2_000),
    st.sampled_from([128, 256, 512, 1024]),
    st.lists(st.sampled_from([1, 2, 4, 8, 16]), min_size=1, unique=True),
)
def test_tiles_cover_the_image_exactly(width: int, height: int, edge: int, tile: int, factors: list[int]) -> None:
    tiles = (Tiles(tile, tile, tuple(sorted(factors))),)
    described = ImageInfo(ID, "3", width, height, any_size=False, any_region=False, tiles=tiles)
    try:
        found = plan(described, (0, 0, width, height), edge)
    except FetchFailed as failure:
        assert "tiles" in str(failure)
        return
    assert sum(part.region[2] * part.region[3] for part in found.parts) == width * height
    assert len({part.region for part in found.parts}) == len(found.parts)
    enough = max(width, height) / found.factor >= min(edge, max(width, height)) * 0.97
    assert enough or found.factor == min(factors)
