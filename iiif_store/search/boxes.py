"""The region of a target as an upright rectangle: the one form that every viewer draws."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from iiif_store.outline import points
from iiif_store.shape import JSON, identifier, listed, objects

Box = tuple[int, int, int, int]
"""x, y, width and height in canvas units."""

_BOX = re.compile(rf"[#&]xywh=(?:pixel:)?{','.join(['([0-9]{1,9})'] * 4)}(?:$|&)")
_REGION = re.compile("#(?:t|xywh)=[^#]*$")
_PATH = re.compile(r"""<path[^<>]*\sd=["']([^"']+)["']""")


def box_of(target: Any, canvas: str) -> Box | None:
    """Of the first target on a canvas, by its id; None for all of it, and for a form that is not known here."""
    first = next((one for one in _each(target) if canvas_of(one) == canvas), None)
    if found := _named(identifier(_source(first)) or ""):
        return found
    return next((box for selector in _selectors(first) if (box := _selected(selector))), None)


def canvas_of(target: Any) -> str | None:
    """The id of what a single target is about, or a region of."""
    uri = identifier(_source(target))
    return uri and _REGION.sub("", uri)


def _each(target: Any) -> Iterator[Any]:
    """Those of a list, and of a List, a Choice and the like."""
    for one in listed(target):
        if isinstance(one, dict) and "items" in one:
            yield from _each(one["items"])
        else:
            yield one


def _source(target: Any) -> Any:
    return target["source"] if isinstance(target, dict) and "source" in target else target


def _selectors(target: Any) -> list[JSON]:
    return objects(target.get("selector")) if isinstance(target, dict) else []


def _selected(selector: JSON) -> Box | None:
    value = str(selector.get("value"))
    if path := _PATH.search(value):
        return _around(path[1])
    return _named(f"#{value}")


def _named(uri: str) -> Box | None:
    found = _BOX.search(uri)
    if not found:
        return None
    x, y, width, height = map(int, found.groups())
    return x, y, width, height


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
