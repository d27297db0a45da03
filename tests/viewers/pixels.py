"""What was drawn where, from two screenshots."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Point = tuple[float, float]
Pixels = NDArray[np.int_]
"""Height x width x 3."""
Mask = NDArray[np.bool_]
"""Height x width."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle of pixels: left and top inside, right and bottom outside."""

    left: float
    top: float
    right: float
    bottom: float

    def part(self, x: float, y: float, w: float, h: float) -> Frame:
        """A part of it, given as shares of width and height."""
        return Frame(*self.at((x, y)), *self.at((x + w, y + h)))

    @property
    def corners(self) -> list[Point]:
        return [(self.left, self.top), (self.right, self.top), (self.right, self.bottom), (self.left, self.bottom)]

    def at(self, share: Point) -> Point:
        """A point, given as shares of width and height."""
        return (
            self.left + share[0] * (self.right - self.left),
            self.top + share[1] * (self.bottom - self.top),
        )

    def is_near(self, other: Frame, pixels: float) -> bool:
        pairs = zip(_sides(self), _sides(other), strict=True)
        return all(abs(one - two) <= pixels for one, two in pairs)


def picture(png: bytes) -> Pixels:
    """A screenshot."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def changed(before: Pixels, after: Pixels, by: int = 24) -> Mask:
    """Where the two differ."""
    return np.asarray(np.abs(before - after).max(axis=2) > by)


def coloured(image: Pixels, colour: str, within: int = 12) -> Mask:
    """Where the image has a colour, given as six hexadecimal digits."""
    return np.asarray(np.abs(image - np.array(list(bytes.fromhex(colour)))).max(axis=2) <= within)


def frame_of(mask: Mask) -> Frame | None:
    """The smallest frame around everything that is true; None if nothing is."""
    ys, xs = np.nonzero(mask)
    return Frame(xs.min(), ys.min(), xs.max() + 1, ys.max() + 1) if len(xs) else None


def around(frames: Iterable[Frame]) -> Frame:
    """The smallest frame with all of them in it."""
    lefts, tops, rights, bottoms = zip(*map(_sides, frames), strict=True)
    return Frame(min(lefts), min(tops), max(rights), max(bottoms))


def traced(mask: Mask, corners: Sequence[Point], within: int = 3) -> float:
    """How much of a closed line through these corners is true in `mask`, give or take some pixels: 0 to 1."""
    sides = zip(corners, [*corners[1:], corners[0]], strict=True)
    points = [(x1 + t * (x2 - x1), y1 + t * (y2 - y1)) for (x1, y1), (x2, y2) in sides for t in np.linspace(0, 1, 60)]
    return float(np.mean([_near(mask, round(x), round(y), within) for x, y in points]))


def _near(mask: Mask, x: int, y: int, within: int) -> bool:
    top, left = max(0, y - within), max(0, x - within)
    return bool(mask[top : y + within + 1, left : x + within + 1].any())


def _sides(frame: Frame) -> tuple[float, float, float, float]:
    return frame.left, frame.top, frame.right, frame.bottom
