"""From pixels of the picture that a model saw to canvas units, and how they are written. Nothing else converts."""

from __future__ import annotations

import math
from itertools import pairwise

from ml_backends.types import Box, Polygon, Region

Size = tuple[int, int]


def to_canvas(region: Region, picture: tuple[float, float], canvas: Size) -> Box | Polygon:
    """`region`, in pixels of a picture that shows the whole canvas, in canvas units: whole numbers, inside the canvas,
    width and height 1 or more. A polygon that collapses becomes its box. Raises ValueError for what is not finite."""
    if isinstance(region, Box):
        return _box((region.x, region.y, region.x + region.width, region.y + region.height), picture, canvas)
    points = [
        (round(_scale(x, picture[0], canvas[0])), round(_scale(y, picture[1], canvas[1]))) for x, y in region.points
    ]
    outline = [point for n, point in enumerate(points) if point != points[n - 1]]
    if len(set(outline)) < 3 or any(len(set(numbers)) == 1 for numbers in zip(*outline, strict=True)):
        xs, ys = [x for x, _ in region.points], [y for _, y in region.points]
        return _box((min(xs), min(ys), max(xs), max(ys)), picture, canvas)
    return Polygon(tuple(outline))


def bounds(region: Region) -> Box:
    """The upright rectangle around a region."""
    if isinstance(region, Box):
        return region
    xs, ys = [x for x, _ in region.points], [y for _, y in region.points]
    return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


def area(region: Region) -> float:
    """Of a rectangle, or of an outline that does not cross itself (shoelace formula)."""
    if isinstance(region, Box):
        return region.width * region.height
    ring = [*region.points, region.points[0]]
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring))) / 2


def fragment(canvas: str, box: Box) -> str:
    """The media fragment URI of a box in canvas units: integers, no unit prefix (Presentation 3, 5.3)."""
    return f"{canvas}#xywh={box.x:.0f},{box.y:.0f},{box.width:.0f},{box.height:.0f}"


def svg(polygon: Polygon) -> str:
    """An SVG selector's value: one path in canvas units, without viewBox and transform.

    A path, because Mirador before 4.2 draws nothing else; not filled and with a stroke, because a viewer's defaults
    would paint it over in black.
    """
    points = " L".join(f"{x:.0f} {y:.0f}" for x, y in polygon.points)
    return f'<svg xmlns="http://www.w3.org/2000/svg"><path d="M{points} Z" fill="none" stroke="#9b2d1f"/></svg>'


def _box(edges: tuple[float, float, float, float], picture: tuple[float, float], canvas: Size) -> Box:
    left, right = _span(edges[0], edges[2], picture[0], canvas[0])
    top, bottom = _span(edges[1], edges[3], picture[1], canvas[1])
    return Box(left, top, right - left, bottom - top)


def _span(start: float, end: float, picture: float, canvas: int) -> tuple[int, int]:
    first, last = sorted((_scale(start, picture, canvas), _scale(end, picture, canvas)))
    if round(first) < round(last):
        return round(first), round(last)
    left = min(math.floor(first), canvas - 1)
    return left, left + 1


def _scale(value: float, picture: float, canvas: int) -> float:
    scaled = value * canvas / picture
    if not math.isfinite(scaled):
        raise ValueError(f"a region with the coordinate {value} cannot be placed")
    return min(max(scaled, 0.0), float(canvas))
