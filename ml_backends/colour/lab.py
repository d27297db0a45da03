"""Lab colour (CIE 1976, D65): the lightness of a picture, and the picture with other colours and that lightness.

Everything is done in strips, so that a picture of 100 megapixels needs room for itself and its copy only.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from ml_backends.types import Picture

Floats: TypeAlias = npt.NDArray[np.float32]
Bytes: TypeAlias = npt.NDArray[np.uint8]
STRIP = 2**20
"""Pixels that are worked on at a time."""
WHITE = (0.95047, 1.0, 1.08883)
"""D65, as X, Y and Z."""
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
"""Linear sRGB to XYZ (IEC 61966-2-1)."""
LUMINANCE = (TO_XYZ[1] / TO_XYZ[1].sum()).astype(np.float32)
FROM_WHITE = (np.linalg.inv(TO_XYZ / TO_XYZ.sum(1, keepdims=True))).astype(np.float32)
"""XYZ as shares of white to linear sRGB: equal shares give just grey."""
A_STEP, B_STEP = np.float32(1 / 500), np.float32(1 / 200)
FINE = 65535
GUIDE, WINDOW, SMOOTH = 512, 1.5, np.float32(32)
"""Of `follow_edges`: longer side in pixels; cells that a window reaches; variance of L below which there is no edge."""


def lightness(rgb: Bytes) -> Floats:
    """L, 0..100, of RGB pixels on the last axis."""
    return np.asarray(116 * _cube_root(_linear()[rgb] @ LUMINANCE) - 16, np.float32)


def small_lightness(picture: Picture, size: tuple[int, int]) -> Floats:
    """L of an RGB picture that was scaled to `size` (width, height): shape (height, width)."""
    small = picture.resize(size, Image.Resampling.BOX if min(picture.size) > 1 else Image.Resampling.NEAREST)
    return lightness(np.asarray(small))


def repaint(picture: Picture, ab: Floats) -> Picture:
    """A new RGB picture of the same size with the lightness of `picture` (RGB), pixel by pixel, and the colours `ab`.

    `ab` (height, width, 2) may be smaller; it is stretched over the picture. A colour that sRGB cannot show at that
    lightness is made paler, never lighter or darker.
    """
    painted = Image.new("RGB", picture.size)
    planes = [Image.fromarray(np.ascontiguousarray(ab[..., i], np.float32)) for i in (0, 1)]
    for top, bottom in _strips(picture.size):
        seen = np.asarray(picture.crop((0, top, picture.width, bottom)))
        colours = [_part(plane, picture.size, top, bottom) for plane in planes]
        painted.paste(Image.fromarray(paint(seen, *colours)), (0, top))
    return painted


def follow_edges(picture: Picture, ab: Floats) -> Floats:
    """`ab`, coarser than the picture (RGB), drawn to the edges that its lightness has: a finer (height, width, 2).

    A guided filter (He, Sun and Tang, "Guided Image Filtering", 2013) with windows of a few cells of `ab`.
    """
    scale = min(GUIDE / max(picture.size), 1.0)
    size = max(round(picture.width * scale), 1), max(round(picture.height * scale), 1)
    guide = small_lightness(picture, size)
    reach = max(round(WINDOW * max(size) / max(ab.shape[:2])), 1)
    planes = [cv2.resize(np.ascontiguousarray(ab[..., i]), size, interpolation=cv2.INTER_CUBIC) for i in (0, 1)]
    return np.stack([_guided(guide, np.asarray(plane, np.float32), reach) for plane in planes], -1)


def _guided(guide: Floats, plane: Floats, reach: int) -> Floats:
    """The local linear function of `guide` that is nearest to `plane`."""

    def mean(values: Floats) -> Floats:
        return np.asarray(cv2.blur(values, (2 * reach + 1,) * 2, borderType=cv2.BORDER_REFLECT), np.float32)

    light, colour = mean(guide), mean(plane)
    slope = (mean(guide * plane) - light * colour) / (mean(guide * guide) - light * light + SMOOTH)
    return mean(np.asarray(slope, np.float32)) * guide + mean(np.asarray(colour - slope * light, np.float32))


def paint(rgb: Bytes, a: Floats, b: Floats) -> Bytes:
    """Pixels with the luminance of `rgb` (..., 3) and the colours `a` and `b`, paler where sRGB ends."""
    luminance = _linear()[rgb] @ LUMINANCE
    height = _cube_root(luminance)
    shares = np.stack([_cube(height + a * A_STEP), luminance, _cube(height - b * B_STEP)], -1)
    shown = _within(shares @ FROM_WHITE.T, luminance[..., None])
    return np.asarray(_encoded()[np.rint(shown * FINE).astype(np.uint16)], np.uint8)


def _within(linear: Floats, luminance: Floats) -> Floats:
    """Moves each colour along the line to the grey of its own luminance until it can be shown: every colour on that
    line has this luminance, since luminance is a sum of linear light."""
    excess = linear - luminance
    room = np.where(excess > 0, 1 - luminance, -luminance)
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(np.abs(excess) > np.abs(room), room / excess, np.float32(1))
    part = np.minimum(np.minimum(parts[..., 0], parts[..., 1]), parts[..., 2])[..., None]
    return np.asarray((luminance + excess * part).clip(0, 1), np.float32)


def _part(plane: Image.Image, size: tuple[int, int], top: int, bottom: int) -> Floats:
    """Rows `top` to `bottom` of a plane that is stretched to `size`."""
    scale = plane.height / size[1]
    box = (0, top * scale, plane.width, min(bottom * scale, plane.height))
    return np.asarray(plane.resize((size[0], bottom - top), Image.Resampling.BICUBIC, box))


def _strips(size: tuple[int, int]) -> Iterator[tuple[int, int]]:
    rows = max(1, STRIP // size[0])
    return ((top, min(top + rows, size[1])) for top in range(0, size[1], rows))


def _cube_root(share: Floats) -> Floats:
    """f(t) of CIE Lab."""
    return np.where(share > 216 / 24389, np.cbrt(share), share * (24389 / 27 / 116) + 16 / 116).astype(np.float32)


def _cube(root: Floats) -> Floats:
    """Its inverse."""
    return np.where(root > 6 / 29, root**3, (root - 16 / 116) * (27 * 116 / 24389)).astype(np.float32)


@cache
def _linear() -> Floats:
    """Linear light of each byte of sRGB."""
    value = np.arange(256) / 255
    return np.where(value > 0.04045, ((value + 0.055) / 1.055) ** 2.4, value / 12.92).astype(np.float32)


@cache
def _encoded() -> Bytes:
    """The byte of sRGB for linear light 0..FINE."""
    value = np.arange(FINE + 1) / FINE
    shown = np.where(value > 0.0031308, 1.055 * value ** (1 / 2.4) - 0.055, value * 12.92)
    return np.asarray(np.rint(shown * 255), np.uint8)
