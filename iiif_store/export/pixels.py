"""Places in whole pixels, as page formats and tables write them. What people drew may have parts of pixels."""

from __future__ import annotations

import math

from ml_backends.types import Box, Polygon, Region

from ..geometry import Size, bounds, to_canvas

_EXACT = 6
"""Decimals that are meant: those behind them are from shares of a size, and would add a pixel."""


def placed(region: Region, size: Size) -> Region:
    """`region` in whole pixels of a page; an outline that collapses there becomes its box."""
    if isinstance(region, Polygon):
        found = to_canvas(region, size, size)
        return found if isinstance(found, Polygon) else outwards(bounds(region), size)
    return outwards(region, size)


def outwards(box: Box, size: Size | None) -> Box:
    """The smallest box of whole pixels around `box`, inside the page if that has a size; never empty, since an import
    takes an empty one for no region."""
    width, height = size or (math.inf, math.inf)
    left, right = _span(box.x, box.x + box.width, width)
    top, bottom = _span(box.y, box.y + box.height, height)
    return Box(left, top, right - left, bottom - top)


def _span(start: float, end: float, limit: float) -> tuple[int, int]:
    first = max(0, int(min(math.floor(round(start, _EXACT)), limit - 1)))
    last = int(min(math.ceil(round(end, _EXACT)), limit))
    return first, max(last, first + 1)
