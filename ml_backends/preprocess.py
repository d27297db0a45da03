"""From a picture to the pixels that a network is given. Nothing here changes the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from ml_backends.types import Picture

Pixels: TypeAlias = npt.NDArray[np.uint8]
"""Shape (height, width, 3), RGB."""
Points: TypeAlias = npt.NDArray[np.float32]
"""The last axis holds x and y."""
PADDING = 114
"""The grey that YOLO networks are trained with around a picture."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture as the network is given it, and the way back to the picture's own pixels."""

    pixels: Pixels
    width: int
    height: int
    """Size of the picture."""
    scale: tuple[float, float] = (1.0, 1.0)
    """Network pixels to a pixel of the picture, across and down."""
    offset: tuple[int, int] = (0, 0)
    """Where the picture's corner lies in `pixels`."""

    def to_picture(self, points: Points) -> Points:
        """From pixels of the network to pixels of the picture; the last axis holds x and y."""
        return np.asarray((points - np.array(self.offset)) / np.array(self.scale), np.float32)

    def clip(self, points: Points) -> Points:
        """Points of the picture, those outside of it moved to its edge."""
        return points.clip(0, np.array([self.width, self.height], np.float32))


def rgb(picture: Picture) -> Image.Image:
    """The picture in 8-bit RGB as a person sees it: what is transparent on white, 16 bits scaled to 8."""
    if picture.mode == "RGB":
        return picture
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        return _eight_bits(picture).convert("RGB")
    if picture.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in picture.info:
        seen = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen).convert("RGB")
    return picture.convert("RGB")


def letterbox(picture: Picture, shape: tuple[int, int], stride: int | None) -> Prepared:
    """Scales the picture into `shape` (height, width), keeping its proportions, and pads it with grey on all sides.

    With a `stride` the padding only fills each side up to the next multiple of it; without one it fills the whole
    `shape`. The same pixels as `ultralytics.data.augment.LetterBox` makes, which the networks are trained with.
    """
    import cv2

    pixels = np.asarray(rgb(picture))
    height, width = pixels.shape[:2]
    gain = min(shape[0] / height, shape[1] / width)
    inner = max(round(height * gain), 1), max(round(width * gain), 1)
    if inner != (height, width):
        pixels = cv2.resize(pixels, inner[::-1], interpolation=cv2.INTER_LINEAR)
    rest = [(outer - side) % stride if stride else outer - side for outer, side in zip(shape, inner, strict=True)]
    (top, bottom), (left, right) = ((round(r / 2 - 0.1), round(r / 2 + 0.1)) for r in rest)
    padded = cv2.copyMakeBorder(pixels, top, bottom, left, right, cv2.BORDER_CONSTANT, value=(PADDING,) * 3)
    scale = inner[1] / width, inner[0] / height
    return Prepared(np.asarray(padded, np.uint8), width, height, scale, (left, top))


def centre_square(picture: Picture, side: int) -> Prepared:
    """Scales the shorter side to `side` and cuts out the middle, as torchvision's Resize and CenterCrop do."""
    seen = rgb(picture)
    width, height = seen.size
    short = min(width, height)
    wide, high = side * width // short, side * height // short
    left, top = round((wide - side) / 2), round((high - side) / 2)
    # only what is cut out is scaled: the whole of a strip of 3000 by 2 would have 70 million pixels
    middle = left * width / wide, top * height / high, (left + side) * width / wide, (top + side) * height / high
    cut = seen.resize((side, side), Image.Resampling.BILINEAR, box=middle)
    return Prepared(np.asarray(cut), width, height)


def _eight_bits(picture: Picture) -> Image.Image:
    """Pillow cuts values above 255 off where it converts; here 16 bits are scaled to 8."""
    values = np.nan_to_num(np.asarray(picture, dtype=np.float64))
    wide = picture.mode.startswith("I;16") or values.max() > 255
    return Image.fromarray((values / (257 if wide else 1)).clip(0, 255).astype(np.uint8))
