"""Regions of a canvas cut out at full resolution."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from PIL.Image import Image

from ml_backends.types import Box

from .canvas import CanvasPicture, PaintedImage
from .fetch.pictures import Pictures

FULL = 30_000
"""Pixels; no limit in practice. What is decoded is limited by the fetcher."""


def cut(pictures: Pictures, view: CanvasPicture, boxes: Sequence[Box]) -> Iterator[Image]:
    """One picture for each box, which is in canvas units; raises what `Pictures.fetch` raises.

    A publisher with an image service is asked for just the regions.
    """
    if boxes and has_regions(view):
        for box in boxes:
            yield pictures.fetch(_region(view, box), FULL).image
    elif boxes:
        yield from _out_of_the_whole(pictures, view, boxes)


def has_regions(view: CanvasPicture) -> bool:
    """Whether its publisher can be asked for just a part of it: not where margins lie between canvas and image."""
    image = view.images[0]
    plain = not (image.crop or image.rotation or image.mirrored)
    return bool(view.fills and plain and image.service and image.service.level and image.width and image.height)


def region_url(view: CanvasPicture, box: Box, edge: int | None = None) -> tuple[str, tuple[int, int]]:
    """Where the publisher delivers the region of `box`, in canvas units, and its size in pixels; of a view that
    `has_regions`. With `edge` neither side is longer than that."""
    image = view.images[0]
    service, (across, down) = image.service, _scale(view, image)
    assert service, "a view without a service has no regions"
    left, top = max(0, round(box.x * across)), max(0, round(box.y * down))
    width = max(1, min(round(box.width * across), (image.width or view.width) - left))
    height = max(1, min(round(box.height * down), (image.height or view.height) - top))
    size, quality = "max" if service.version == "3" else "full", "native" if service.version == "1" else "default"
    region = f"{left},{top},{width},{height}"
    if edge and edge < max(width, height):
        share = edge / max(width, height)
        width, height = max(1, round(width * share)), max(1, round(height * share))
        size = f"{width},"  # which every level from 1 on knows, in all three versions
    return f"{service.id}/{region}/{size}/0/{quality}.jpg", (width, height)


def _region(view: CanvasPicture, box: Box) -> CanvasPicture:
    image = view.images[0]
    across, down = _scale(view, image)
    crop = Box(box.x * across, box.y * down, box.width * across, box.height * down)
    part = replace(image, crop=crop, target=Box(0, 0, box.width, box.height))
    return CanvasPicture(round(box.width), round(box.height), (part,))


def _scale(view: CanvasPicture, image: PaintedImage) -> tuple[float, float]:
    return (image.width or view.width) / view.width, (image.height or view.height) / view.height


def _out_of_the_whole(pictures: Pictures, view: CanvasPicture, boxes: Sequence[Box]) -> Iterator[Image]:
    whole = pictures.fetch(view, FULL).image
    across, down = whole.width / view.width, whole.height / view.height
    for box in boxes:
        left, top = round(box.x * across), round(box.y * down)
        right, bottom = round((box.x + box.width) * across), round((box.y + box.height) * down)
        yield whole.crop((left, top, max(right, left + 1), max(bottom, top + 1)))
