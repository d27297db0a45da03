"""What readers make of files: sheets, each the findings on one page, under the names that the file has for it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ml_backends.types import Box, Polygon, Region

from ..errors import GlossatorError
from ..item import Item
from ..shape import JSON

Size = tuple[float, float]

_SHOWN = 100


class Unreadable(GlossatorError, ValueError):
    """A file that cannot be used. The text names it and says why."""


class NoRegion(Polygon):
    """A region that a file gives and that is none, such as a box without width. It has a place among the findings,
    where None would stand for the whole page; to whoever asks for its points it says why it has none (ValueError)."""

    _why: str
    __slots__ = ("_why",)

    def __init__(self, what: str, given: str | None) -> None:
        told = " ".join((given or "").split())[:_SHOWN] or "nothing"
        why = f"{what} has a region that is none: {told}. Correct it, or take it out, and import the file again."
        object.__setattr__(self, "_why", why)

    @property
    def points(self) -> Any:
        raise ValueError(self._why)

    def __repr__(self) -> str:
        return f"NoRegion({self._why!r})"


@dataclass(frozen=True, slots=True)
class File:
    """A file that somebody brings."""

    name: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of a file. Regions are in units of `size`."""

    where: str
    """File and page, for reports."""
    names: tuple[str, ...]
    """What it may be found by, the surest first: canvas id, name of the image file, label."""
    size: Size | None
    """None: pixels of the image, whose size only the manifest tells."""
    items: tuple[Item, ...]
    documents: tuple[JSON, ...] = ()
    """Of Web Annotations: the whole annotation of each item."""


def box(x: Any, y: Any, width: Any, height: Any) -> Box | None:
    """A rectangle; None unless it is one: finite, with an area."""
    try:
        values = [float(value) for value in (x, y, width, height)]
    except (TypeError, ValueError):
        return None
    usable = all(map(math.isfinite, values)) and values[2] > 0 and values[3] > 0
    return Box(*values) if usable else None


def corners(left: Any, top: Any, right: Any, bottom: Any) -> Box | None:
    """The same from two corners."""
    try:
        return box(left, top, float(right) - float(left), float(bottom) - float(top))
    except (TypeError, ValueError):
        return None


def ring(numbers: Iterable[Any]) -> Region | None:
    """An outline from x, y, x, y, ...; a Box where it is an upright rectangle, None where it is no outline: fewer than
    three points, an odd number, or what is no number."""
    try:
        values = [float(number) for number in numbers]
    except (TypeError, ValueError):
        return None
    if len(values) % 2:
        return None
    points = list(zip(values[::2], values[1::2], strict=True))
    if len(points) > 1 and points[0] == points[-1]:
        points.pop()
    if len(set(points)) < 3 or not all(map(math.isfinite, values)):
        return None
    return _upright(points) or Polygon(tuple(points))


def pairs(text: str) -> list[str]:
    """The numbers of points as XML formats write them, "1,2 3,4" or "1 2 3 4"."""
    return text.replace(",", " ").split()


def partial(region: Region | None, size: Size | None) -> Region | None:
    """None for a region that is the whole page: formats that cannot say "all of it" write that."""
    return None if size and region == Box(0, 0, *size) else region


def score(value: Any, full: float = 1.0) -> float | None:
    """A confidence as 0..1, from a scale that ends at `full`; None for what is none."""
    try:
        number = float(value) / full
    except (TypeError, ValueError):
        return None
    return round(number, 4) if 0 <= number <= 1 else None


def mean(scores: Iterable[float | None]) -> float | None:
    """Of those that are known."""
    known = [number for number in scores if number is not None]
    return round(sum(known) / len(known), 4) if known else None


def named(*names: Any) -> tuple[str, ...]:
    """The names that are some, each once."""
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str) and name.strip()))


def _upright(points: list[tuple[float, float]]) -> Box | None:
    xs, ys = sorted({x for x, _ in points}), sorted({y for _, y in points})
    if len(points) != 4 or len(set(points)) != 4 or len(xs) != 2 or len(ys) != 2:
        return None
    turns = [one[0] != two[0] and one[1] != two[1] for one, two in zip(points, [*points[1:], points[0]], strict=True)]
    return None if any(turns) else Box(xs[0], ys[0], xs[1] - xs[0], ys[1] - ys[0])


Sheets = Iterator[Sheet]
