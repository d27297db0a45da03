"""A canvas as a person sees it: its images, laid into its frame as viewers do."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PIL import Image

from ml_backends.types import Box

from ..painting import CanvasPicture, PaintedImage
from .decode import same_shape

_PAPER = (255, 255, 255)


def useful_edge(view: CanvasPicture, image: PaintedImage, max_edge: int) -> int:
    """Pixels that the longer side of an image can use when that of the canvas has `max_edge`."""
    share = max(image.target.width, image.target.height) / max(view.width, view.height)
    return max(1, math.ceil(max_edge * min(1.0, share)))


def longest_edge(view: CanvasPicture, max_pixels: int) -> int:
    """Pixels that the longer side of a canvas can have when all of it has `max_pixels`."""
    return math.ceil(math.sqrt(max_pixels * max(view.width, view.height) / min(view.width, view.height)))


def compose(view: CanvasPicture, pictures: Sequence[Image.Image], max_edge: int) -> Image.Image:
    """An RGB picture of the whole canvas, `max_edge` at most, and no larger than its sharpest image makes sense of."""
    if view.fills and same_shape(pictures[0].size, (view.width, view.height)):
        return _flat(pictures[0])
    sharpest = max(max(p.size) / _long(i.target) for p, i in zip(pictures, view.images, strict=True))
    scale = min(max_edge / max(view.width, view.height), sharpest)
    size = max(1, round(view.width * scale)), max(1, round(view.height * scale))
    frame = Image.new("RGB", size, _PAPER)
    for picture, image in zip(pictures, view.images, strict=True):
        _lay(frame, picture, image.target, scale)
    return frame


def turned(picture: Image.Image, image: PaintedImage) -> Image.Image:
    """Mirrored and rotated as the painting's selector says; corners that a skew angle leaves free are transparent."""
    if image.mirrored:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if not image.rotation:
        return picture
    if image.rotation % 90:
        picture = picture.convert("RGBA")
    return picture.rotate(-image.rotation, Image.Resampling.BICUBIC, expand=True)


def _lay(frame: Image.Image, picture: Image.Image, target: Box, scale: float) -> None:
    """Other proportions than the target's: fitted into it and centred, as OpenSeadragon's `fitBounds` does."""
    place = max(1, round(target.width * scale)), max(1, round(target.height * scale))
    size = place
    if not same_shape(picture.size, place):
        ratio = min(place[0] / picture.width, place[1] / picture.height)
        size = max(1, round(picture.width * ratio)), max(1, round(picture.height * ratio))
    if size != picture.size:
        picture = picture.resize(size, Image.Resampling.BICUBIC)
    left = round(target.x * scale) + (place[0] - size[0]) // 2
    top = round(target.y * scale) + (place[1] - size[1]) // 2
    frame.paste(picture, (left, top), picture if picture.mode == "RGBA" else None)


def _flat(picture: Image.Image) -> Image.Image:
    if picture.mode == "RGB":
        return picture
    frame = Image.new("RGB", picture.size, _PAPER)
    frame.paste(picture, mask=picture)
    return frame


def _long(box: Box) -> float:
    return max(box.width, box.height)
