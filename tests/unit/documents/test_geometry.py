"""From pixels to canvas units."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iiif_store.geometry import bounds, fragment, svg, to_canvas
from ml_backends.types import Box, Polygon

sizes = st.tuples(st.integers(1, 20_000), st.integers(1, 20_000))
numbers = st.floats(-1e6, 1e6)
lengths = st.floats(0, 1e6)
points = st.lists(st.tuples(numbers, numbers), min_size=3, max_size=12).map(lambda found: Polygon(tuple(found)))


@settings(deadline=None)
@given(st.builds(Box, numbers, numbers, lengths, lengths), sizes, sizes)
def test_a_box_lies_inside_the_canvas_in_whole_numbers(
    box: Box, picture: tuple[int, int], canvas: tuple[int, int]
) -> None:
    found = to_canvas(box, picture, canvas)
    assert isinstance(found, Box)
    assert all(float(value).is_integer() for value in (found.x, found.y, found.width, found.height))
    assert found.x >= 0
    assert found.y >= 0
    assert found.width >= 1
    assert found.height >= 1
    assert found.x + found.width <= canvas[0]
    assert found.y + found.height <= canvas[1]


@settings(deadline=None)
@given(points, sizes, sizes)
def test_a_polygon_lies_inside_the_canvas_in_whole_numbers(
    polygon: Polygon, picture: tuple[int, int], canvas: tuple[int, int]
) -> None:
    found = to_canvas(polygon, picture, canvas)
    if isinstance(found, Polygon):
        assert len(set(found.points)) >= 3
        assert all(0 <= x <= canvas[0] and 0 <= y <= canvas[1] for x, y in found.points)
        assert all(isinstance(value, int) for point in found.points for value in point)
        assert all(point != found.points[n - 1] for n, point in enumerate(found.points))
    else:
        assert found.width >= 1
        assert found.height >= 1


@settings(deadline=None)
@given(st.data(), sizes, sizes)
def test_there_and_back_is_within_a_pixel(
    data: st.DataObject, picture: tuple[int, int], canvas: tuple[int, int]
) -> None:
    x = data.draw(st.integers(0, picture[0] - 1))
    y = data.draw(st.integers(0, picture[1] - 1))
    box = Box(x, y, data.draw(st.integers(1, picture[0] - x)), data.draw(st.integers(1, picture[1] - y)))
    there = to_canvas(box, picture, canvas)
    assert isinstance(there, Box)
    scale = canvas[0] / picture[0], canvas[1] / picture[1]
    pixel = max(1.0, scale[0]), max(1.0, scale[1])  # of the coarser of the two
    edges = [
        (there.x, box.x * scale[0], 0),
        (there.x + there.width, (box.x + box.width) * scale[0], 0),
        (there.y, box.y * scale[1], 1),
        (there.y + there.height, (box.y + box.height) * scale[1], 1),
    ]
    assert all(abs(found - wanted) <= pixel[axis] for found, wanted, axis in edges)
    again = to_canvas(there, canvas, picture)
    assert isinstance(again, Box)
    back = max(1.0, 1 / scale[0]) + 0.5, max(1.0, 1 / scale[1]) + 0.5
    assert abs(again.x - box.x) <= back[0]
    assert abs(again.y - box.y) <= back[1]


@pytest.mark.parametrize(
    ("region", "picture", "canvas", "expected"),
    [
        (Box(10, 20, 100, 50), (1000, 1000), (1000, 1000), Box(10, 20, 100, 50)),
        (Box(10, 20, 100, 50), (500, 500), (1000, 2000), Box(20, 80, 200, 200)),
        (Box(-5, -5, 2000, 2000), (1000, 1000), (800, 600), Box(0, 0, 800, 600)),
        (Box(5000, 5000, 10, 10), (1000, 1000), (800, 600), Box(799, 599, 1, 1)),
        (Box(10.2, 10.2, 0.1, 0.1), (1000, 1000), (1000, 1000), Box(10, 10, 1, 1)),
        (Box(10.6, 10.6, 0.1, 0.1), (1000, 1000), (1000, 1000), Box(10, 10, 1, 1)),
        (Polygon(((0, 0), (10, 0), (10, 10))), (100, 100), (200, 200), Polygon(((0, 0), (20, 0), (20, 20)))),
        (Polygon(((5, 5), (5.1, 5), (5.2, 5.1))), (100, 100), (100, 100), Box(5, 5, 1, 1)),
        (Polygon(((1, 1), (1, 1), (9, 1), (9, 9))), (10, 10), (10, 10), Polygon(((1, 1), (9, 1), (9, 9)))),
    ],
)
def test_known_regions(
    region: Box | Polygon, picture: tuple[int, int], canvas: tuple[int, int], expected: Box | Polygon
) -> None:
    assert to_canvas(region, picture, canvas) == expected


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e308])
def test_a_region_that_is_not_finite_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="cannot be placed"):
        to_canvas(Box(value, 0, 10, 10), (1, 1), (100, 100))


def test_a_fragment_has_integers_and_no_unit() -> None:
    assert fragment("https://e.org/c/1", Box(1, 2, 30.0, 40)) == "https://e.org/c/1#xywh=1,2,30,40"


def test_an_outline_is_one_path_without_view_box() -> None:
    root = ET.fromstring(svg(Polygon(((1, 2), (30, 4), (5, 60)))))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.attrib == {}
    (path,) = root
    assert path.tag == "{http://www.w3.org/2000/svg}path"
    assert path.attrib["d"] == "M1 2 L30 4 L5 60 Z"
    assert path.attrib["fill"] == "none"


def test_bounds() -> None:
    assert bounds(Polygon(((1, 2), (30, 4), (5, 60)))) == Box(1, 2, 29, 58)
    assert bounds(Box(1, 2, 3, 4)) == Box(1, 2, 3, 4)
