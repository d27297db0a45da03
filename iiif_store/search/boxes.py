"""The region of a target as an upright rectangle: the one form that every viewer draws."""

from __future__ import annotations

import re
from typing import Any

from iiif_store.outline import points
from iiif_store.shape import listed, objects

Box = tuple[int, int, int, int]
"""x, y, width and height in canvas units."""

_BOX = re.compile(r"#xywh=(?:pixel:)?(\d+),(\d+),(\d+),(\d+)$")
_PATH = re.compile(r"""<path[^<>]*\sd=["']([^"']+)["']""")


def box_of(target: Any) -> Box | None:
    """Of the first target; None for a whole canvas, and for a form that is not known here."""
    first = next(iter(listed(target)), None)
    if isinstance(first, str) and (found := _BOX.search(first)):
        x, y, w, h = map(int, found.groups())
        return x, y, w, h
    for selector in objects(first.get("selector")) if isinstance(first, dict) else []:
        value = str(selector.get("value"))
        if found := _BOX.search(f"#{value}"):
            x, y, w, h = map(int, found.groups())
            return x, y, w, h
        if path := _PATH.search(value):
            return _around(path[1])
    return None


def _around(data: str) -> Box | None:
    """The data of a path; None for what is none."""
    try:
        found = list(points(data))
    except ValueError:
        return None
    if not found:
        return None
    (left, right), (top, bottom) = ((round(min(side)), round(max(side))) for side in zip(*found, strict=True))
    return left, top, max(1, right - left), max(1, bottom - top)
