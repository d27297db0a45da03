"""info.json promises what works, and all of it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iiif_store.image_api.info import Shape, Terms, document
from iiif_store.image_api.placing import place
from iiif_store.image_api.request import Limits, parse
from iiif_store.links import Version

URI = "https://x.org/iiif/image/3/a"
SHAPE = Shape(1000, 601, 256, 3, Limits(4000, 4000, 10**6), False)
TERMS = Terms(
    "http://creativecommons.org/licenses/by/4.0/",
    "A museum",
    [{"id": "https://x.org/run"}],
    [{"id": "https://x.org/m"}],
)


def test_three() -> None:
    found = document("3", URI, SHAPE, TERMS)
    assert (found["id"], found["type"], found["profile"]) == (URI, "ImageService3", "level2")
    assert (
        found["@context"] == "http://iiif.io/api/image/3/context.json"
        and found["protocol"] == "http://iiif.io/api/image"
    )
    assert (found["width"], found["height"], found["maxWidth"], found["maxArea"]) == (1000, 601, 4000, 10**6)
    assert found["sizes"] == [
        {"width": 250, "height": 151},
        {"width": 500, "height": 301},
        {"width": 1000, "height": 601},
    ]
    assert found["tiles"] == [{"width": 256, "scaleFactors": [1, 2, 4]}]
    assert (found["rights"], found["partOf"], found["seeAlso"]) == (TERMS.rights, TERMS.part_of, TERMS.see_also)
    assert found["extraFormats"] == ["webp"] and found["extraQualities"] == ["bitonal", "color", "gray"]
    assert "sizeUpscaling" in found["extraFeatures"] and "attribution" not in found


def test_two() -> None:
    found = document("2", URI, SHAPE, TERMS)
    assert (found["@id"], found["@context"]) == (URI, "http://iiif.io/api/image/2/context.json")
    level, extras = found["profile"]
    assert level == "http://iiif.io/api/image/2/level2.json"
    assert extras["supports"] and extras["formats"] == ["webp"] and extras["maxArea"] == 10**6
    assert (found["license"], found["attribution"]) == (TERMS.rights, "A museum")
    assert not {"id", "type", "rights", "partOf", "seeAlso", "extraFormats", "maxWidth"} & found.keys()


def test_a_grey_image_does_not_tell_of_colour_and_nothing_is_said_of_nothing() -> None:
    grey = Shape(100, 100, 256, 1, SHAPE.limits, True)
    found = document("3", URI, grey, Terms())
    assert found["extraQualities"] == ["bitonal", "gray"]
    assert not {"rights", "partOf", "seeAlso"} & found.keys()


@pytest.mark.parametrize("version", ["3", "2"])
@given(st.integers(1, 3000), st.integers(1, 3000), st.integers(256, 3000), st.integers(10, 10**6))
def test_every_size_and_tile_that_is_named_is_given(
    version: Version, width: int, height: int, side: int, area: int
) -> None:
    """3.0 and 2.1, compliance, section 3.2; 2.1, section 5.2: sizes by width and by both."""
    limits = Limits(side, side, max(area, 256 * 256))
    levels = max(1, max(width, height).bit_length() - 8)
    shape = Shape(width, height, 256, levels, limits, False)

    def given_size(region: str, size: str) -> tuple[int, int]:
        found = place(parse(version, region, size, "0", "default.jpg"), width, height, limits)
        return found.width, found.height

    info: dict[str, Any] = document(version, URI, shape, Terms())
    for size in info.get("sizes", []):
        both = size["width"], size["height"]
        assert given_size("full", f"{both[0]},{both[1]}") == given_size("full", f"{both[0]},") == both
    for factor in info["tiles"][0]["scaleFactors"]:
        for x, y in (
            (0, 0),
            ((width - 1) // (256 * factor) * 256 * factor, (height - 1) // (256 * factor) * 256 * factor),
        ):
            wide, high = min(256 * factor, width - x), min(256 * factor, height - y)
            expected = -(-wide // factor), -(-high // factor)
            if limits.allow(*expected):
                assert given_size(f"{x},{y},{256 * factor},{256 * factor}", f"{expected[0]},{expected[1]}") == expected
            if wide == 256 * factor:  # of a thin strip the width alone says too little
                assert abs(given_size(f"{x},{y},{wide},{high}", "256,")[1] - Fraction(high, factor)) < 1
