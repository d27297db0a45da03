"""Images laid into the frame of a canvas."""

from __future__ import annotations

import pytest
from PIL import Image

from iiif_store.fetch.frame import compose, turned, useful_edge
from iiif_store.painting import CanvasPicture, PaintedImage
from ml_backends.types import Box

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


def painted(target: Box, *, rotation: float = 0.0, mirrored: bool = False) -> PaintedImage:
    return PaintedImage("http://example.org/a.jpg", None, None, None, None, target, rotation, mirrored)


def canvas(*targets: Box, size: tuple[int, int] = (1000, 1500)) -> CanvasPicture:
    return CanvasPicture(*size, tuple(painted(target) for target in targets))


def test_one_image_that_fills_the_canvas_is_left_alone() -> None:
    picture = Image.new("RGB", (401, 600), RED)
    assert compose(canvas(Box(0, 0, 1000, 1500)), [picture], 600) is picture


def test_transparency_shows_paper() -> None:
    picture = Image.new("RGBA", (400, 600), (*RED, 0))
    found = compose(canvas(Box(0, 0, 1000, 1500)), [picture], 600)
    assert (found.mode, found.getpixel((9, 9))) == ("RGB", WHITE)


def test_each_at_its_place_and_the_last_on_top() -> None:
    left, right, patch = Box(0, 0, 500, 1500), Box(500, 0, 500, 1500), Box(400, 700, 200, 100)
    pictures = [
        Image.new("RGB", (200, 600), RED),
        Image.new("RGB", (200, 600), BLUE),
        Image.new("RGBA", (80, 40), WHITE),
    ]
    found = compose(canvas(left, right, patch), pictures, 600)
    assert found.size == (400, 600)
    assert [found.getpixel(at) for at in ((10, 10), (390, 590), (200, 300))] == [RED, BLUE, WHITE]
    assert [found.getpixel(at) for at in ((159, 300), (160, 300), (239, 300), (240, 300))] == [RED, WHITE, WHITE, BLUE]


def test_part_of_a_canvas() -> None:
    found = compose(canvas(Box(250, 300, 500, 600)), [Image.new("RGB", (200, 240), RED)], 600)
    assert found.size == (400, 600)
    assert [found.getpixel(at) for at in ((99, 200), (100, 120), (299, 359), (300, 359))] == [WHITE, RED, RED, WHITE]


def test_not_enlarged_beyond_the_sharpest_image() -> None:
    coarse, sharp = Image.new("RGB", (10, 15), RED), Image.new("RGB", (50, 75), BLUE)
    found = compose(canvas(Box(0, 0, 500, 750), Box(500, 750, 500, 750)), [coarse, sharp], 1280)
    assert found.size == (100, 150)


def test_other_proportions_are_fitted_in_and_centred() -> None:
    found = compose(canvas(Box(0, 0, 1000, 1500)), [Image.new("RGB", (400, 400), RED)], 600)
    assert found.size == (267, 400)
    column = [found.getpixel((133, y)) for y in range(400)]
    assert (column.index(RED), 399 - column[::-1].index(RED)) == (66, 332)
    assert {found.getpixel((x, 200)) for x in range(267)} == {RED}


@pytest.mark.parametrize(
    ("rotation", "mirrored", "corner"),
    [
        (0, False, (0, 0)),
        (90, False, (5, 0)),
        (180, False, (5, 3)),
        (270, False, (0, 3)),
        (0, True, (5, 0)),
        (90, True, (5, 3)),
    ],
)
def test_mirrored_then_rotated_clockwise(rotation: float, mirrored: bool, corner: tuple[int, int]) -> None:
    size = (6, 4) if rotation in (0, 180) else (4, 6)
    picture = Image.new("RGB", size, WHITE)
    picture.putpixel((0, 0), RED)
    found = turned(picture, painted(Box(0, 0, 1, 1), rotation=rotation, mirrored=mirrored))
    assert found.size == (6, 4)
    assert found.getpixel(corner) == RED


def test_a_skew_angle_leaves_the_corners_free() -> None:
    found = turned(Image.new("RGB", (40, 40), RED), painted(Box(0, 0, 1, 1), rotation=45))
    assert found.mode == "RGBA"
    assert found.getpixel((0, 0))[3] == 0  # type: ignore[index]
    assert found.getpixel((28, 28)) == (*RED, 255)


@pytest.mark.parametrize(
    ("target", "edge"),
    [(Box(0, 0, 1000, 1500), 600), (Box(0, 0, 500, 750), 300), (Box(0, 0, 1, 1), 1), (Box(0, 0, 9, 9999), 600)],
)
def test_no_more_pixels_than_can_be_used(target: Box, edge: int) -> None:
    assert useful_edge(canvas(target), painted(target), 600) == edge
