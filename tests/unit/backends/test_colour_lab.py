"""The lightness of a painted picture is the original's, to the rounding of a byte."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from skimage.color import rgb2lab

from ml_backends.colour import lab

ROUNDING = 0.4
"""Of L*, where each of three bytes is rounded by a half at most."""


def noise(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def test_lightness_is_that_of_scikit_image() -> None:
    rgb = noise(1, 90, 70, 3)
    assert np.abs(lab.lightness(rgb) - rgb2lab(rgb)[..., 0]).max() < 0.01


@given(st.integers(0, 2**32 - 1), st.floats(0, 120))
def test_luminance_is_kept_whatever_the_colours(seed: int, strength: float) -> None:
    rgb = noise(seed, 40, 30, 3)
    ab = np.random.default_rng(seed).normal(0, strength, (5, 4, 2)).astype(np.float32)
    painted = lab.repaint(Image.fromarray(rgb), ab)
    assert painted.size == (30, 40)
    assert np.abs(lab.lightness(np.asarray(painted)) - lab.lightness(rgb)).max() < ROUNDING


@pytest.mark.parametrize("wanted", [(15, -20), (-20, 15), (20, 30), (0, -25)])
def test_a_colour_that_can_be_shown_is_shown(wanted: tuple[int, int]) -> None:
    grey = Image.new("RGB", (20, 20), (128, 128, 128))
    painted = lab.repaint(grey, np.full((3, 3, 2), wanted, np.float32))
    assert rgb2lab(np.asarray(painted))[10, 10, 1:] == pytest.approx(wanted, abs=0.6)


def test_a_colour_that_cannot_be_shown_becomes_paler_and_keeps_its_hue() -> None:
    light = Image.new("RGB", (8, 8), (240, 240, 240))
    painted = rgb2lab(np.asarray(lab.repaint(light, np.full((1, 1, 2), (60, 60), np.float32))))[4, 4]
    assert painted[0] == pytest.approx(rgb2lab(np.asarray(light))[4, 4, 0], abs=ROUNDING)
    assert 0 < np.hypot(*painted[1:]) < 60
    assert painted[1] > 0 and painted[2] > 0


def test_without_colours_a_grey_picture_is_left_as_it_was() -> None:
    grey = Image.fromarray(noise(2, 33, 47)).convert("RGB")
    assert np.array_equal(np.asarray(lab.repaint(grey, np.zeros((1, 1, 2), np.float32))), np.asarray(grey))


def test_black_stays_black_and_white_white() -> None:
    ends = Image.fromarray(np.array([[[0] * 3, [255] * 3]], np.uint8))
    painted = lab.repaint(ends, np.full((1, 1, 2), 40, np.float32))
    assert np.array_equal(np.asarray(painted), np.asarray(ends))


def test_strips_leave_no_seams(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = Image.fromarray(noise(3, 200, 150)).convert("RGB")
    ab = np.random.default_rng(3).normal(0, 30, (9, 7, 2)).astype(np.float32)
    whole = np.asarray(lab.repaint(picture, ab), np.int16)
    monkeypatch.setattr(lab, "STRIP", 150 * 7)
    assert np.abs(np.asarray(lab.repaint(picture, ab), np.int16) - whole).max() <= 1


def test_colours_follow_the_edges_of_the_lightness() -> None:
    """Two cells of colour, and an edge that lies beside their border: the colour changes at the edge."""
    pixels = np.full((64, 64, 3), 60, np.uint8)
    pixels[:, 40:] = 200
    ab = np.zeros((8, 8, 2), np.float32)
    ab[:, 4:, 1] = 40
    followed = lab.follow_edges(Image.fromarray(pixels), ab)
    assert followed.shape == (64, 64, 2)
    steps = np.abs(np.diff(followed[32, :, 1]))
    assert steps.argmax() == 39 and np.abs(followed[..., 0]).max() < 1e-3


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (3, 2)])
def test_pictures_of_a_few_pixels(size: tuple[int, int]) -> None:
    picture = Image.new("RGB", size, (90, 90, 90))
    colours = lab.follow_edges(picture, np.full((8, 8, 2), 10, np.float32))
    assert colours == pytest.approx(10, abs=1e-3)
    assert lab.repaint(picture, colours).size == size
    assert lab.small_lightness(picture, (64, 32)).shape == (32, 64)
