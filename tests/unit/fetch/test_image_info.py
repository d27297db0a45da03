"""info.json of all versions, good and bad."""

from __future__ import annotations

from typing import Any

import pytest

from iiif_store.errors import FetchFailed, PictureRefused
from iiif_store.fetch.image_info import parse_info, same_service
from iiif_store.image_service import ImageService, Tiles

ID = "https://images.example/iiif/p1"
URL = f"{ID}/info.json"
SERVICE = ImageService(ID, "2")
SIZE = {"width": 3000, "height": 4000}
V2 = {"@context": "http://iiif.io/api/image/2/context.json", "@id": ID, **SIZE}
V3 = {"@context": "http://iiif.io/api/image/3/context.json", "id": ID, "type": "ImageService3", **SIZE}


@pytest.mark.parametrize(
    ("document", "version", "any_size"),
    [
        ({**V3, "profile": "level2"}, "3", True),
        ({**V3, "profile": "level0"}, "3", False),
        ({**V3, "profile": "level0", "extraFeatures": ["sizeByW"]}, "3", True),
        ({**V2, "profile": ["http://iiif.io/api/image/2/level1.json"]}, "2", True),
        ({**V2, "profile": "http://iiif.io/api/image/2/level0.json"}, "2", False),
        ({**V2, "profile": ["http://iiif.io/api/image/2/level0.json", {"supports": ["sizeByW"]}]}, "2", True),
        ({**V2}, "2", True),
        (
            {
                "@context": "http://library.stanford.edu/iiif/image-api/1.1/context.json",
                "@id": ID,
                **SIZE,
                "profile": "http://library.stanford.edu/iiif/image-api/1.1/compliance.html#level2",
            },
            "1",
            True,
        ),
        ({"identifier": "p1", **SIZE}, "2", True),
    ],
)
def test_versions_and_levels(document: dict[str, Any], version: str, any_size: bool) -> None:
    info = parse_info(document, SERVICE, URL)
    assert (info.version, info.any_size, info.size) == (version, any_size, (3000, 4000))
    assert info.id == ID


def test_what_the_manifest_says_fills_a_gap() -> None:
    assert not parse_info(V2, ImageService(ID, "2", level=0), URL).any_size


def test_sizes_tiles_and_limits() -> None:
    offered = {"sizes": [{"width": 300, "height": 400}, {"width": 0, "height": 1}, "x"]}
    tiles = {"tiles": [{"width": 512, "scaleFactors": [4, 1, 2]}, {"width": 256}]}
    two = parse_info({**V2, **offered, **tiles, "profile": ["level0", {"maxWidth": 1000, "maxArea": 9}]}, SERVICE, URL)
    assert two.sizes == ((300, 400),)
    assert two.tiles == (Tiles(512, 512, (1, 2, 4)),)
    assert (two.max_width, two.max_height, two.max_area) == (1000, 1000, 9)
    three = parse_info({**V3, "maxWidth": 1000, "maxHeight": 500}, SERVICE, URL)
    assert (three.max_width, three.max_height, three.max_area) == (1000, 500, None)


@pytest.mark.parametrize(
    ("said", "same"),
    [
        (ID, True),
        (f"{ID}/", True),
        ("http://images.example/iiif/p1", True),
        ("https://IMAGES.example:443/iiif/p1/info.json", True),
        ("https://images.example/iiif/p2", False),
        ("https://images.example/iiif/p1-degraded", False),
        ("https://other.example/iiif/p1", False),
    ],
)
def test_another_service_is_a_degraded_tier(said: str, same: bool) -> None:
    assert same_service(ID, said) is same
    if same:
        parse_info({**V2, "@id": said}, SERVICE, URL)
    else:
        with pytest.raises(PictureRefused, match="degraded"):
            parse_info({**V2, "@id": said}, SERVICE, URL)


def test_escaping_is_no_difference() -> None:
    assert same_service("https://x.example/iiif/ark:%2F1%2F2", "https://x.example/iiif/ark%3A%2f1%2f2")


@pytest.mark.parametrize("document", [None, [], "x", {}, {**V2, "width": 0}, {**V2, "height": "tall"}, {"error": "?"}])
def test_not_an_info_json(document: object) -> None:
    with pytest.raises(FetchFailed, match="not an info"):
        parse_info(document, SERVICE, URL)
