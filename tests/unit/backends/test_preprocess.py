"""Pictures become the pixels that ultralytics and torchvision would make of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ml_backends.preprocess import centre_square, letterbox, rgb

SIDES = st.integers(1, 400)


def noise(width: int, height: int) -> Image.Image:
    pixels = np.random.default_rng(width * 1000 + height).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(pixels)


@pytest.mark.usefixtures("quiet")
@settings(max_examples=60, deadline=None)
@given(width=SIDES, height=SIDES, rectangle=st.booleans())
def test_letterbox_makes_the_pixels_of_ultralytics(width: int, height: int, rectangle: bool) -> None:
    from ultralytics.data.augment import LetterBox

    picture = noise(width, height)
    expected = LetterBox((160, 192), auto=rectangle, stride=32)(image=np.asarray(picture))
    prepared = letterbox(picture, (160, 192), 32 if rectangle else None)
    assert (prepared.width, prepared.height) == (width, height)
    np.testing.assert_array_equal(prepared.pixels, expected)


@pytest.mark.usefixtures("quiet")
@settings(max_examples=60, deadline=None)
@given(width=SIDES, height=SIDES)
def test_centre_square_makes_the_pixels_of_torchvision(width: int, height: int) -> None:
    from ultralytics.data.augment import classify_transforms

    picture = noise(width, height)
    expected = classify_transforms(96)(picture).permute(1, 2, 0).numpy()
    one_step = 1.01 / 255  # ours scales only what is cut out; the weights differ in their last digits
    np.testing.assert_allclose(centre_square(picture, 96).pixels / 255, expected, atol=one_step)


def test_what_is_transparent_is_white() -> None:
    assert rgb(Image.new("RGBA", (1, 1), (0, 0, 0, 0))).getpixel((0, 0)) == (255, 255, 255)
    assert rgb(Image.new("LA", (1, 1), (0, 0))).getpixel((0, 0)) == (255, 255, 255)
    palette = Image.new("P", (1, 1), 3)
    palette.info["transparency"] = 3
    assert rgb(palette).getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("kind", ["<u2", ">u2", "<i4"])
def test_sixteen_bits_are_scaled_not_cut_off(kind: str) -> None:
    values = np.array([[0, 257 * 100, 65535]], kind)
    mode = {"<u2": "I;16", ">u2": "I;16B", "<i4": "I"}[kind]
    picture = Image.frombytes(mode, (3, 1), values.tobytes())
    assert [rgb(picture).getpixel((x, 0)) for x in range(3)] == [(0, 0, 0), (100, 100, 100), (255, 255, 255)]


def test_an_rgb_picture_is_not_copied() -> None:
    picture = noise(4, 4)
    assert rgb(picture) is picture
