"""Draws what is asked of a pyramid: region, size, mirror, rotation, quality, format, in this order (section 4.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyvips

from iiif_store.image_api.pyramid import QUALITY
from iiif_store.image_api.request import BadImageRequest, Format, Rendering
from iiif_store.image_api.tiles import PyramidFile
from iiif_store.image_api.xmp import in_png

LONGEST_SIDE: Mapping[Format, int] = {"jpg": 65_500, "webp": 16_383, "png": 65_500}
"""Pixels; the first two are what these formats can hold."""

MEDIA: Mapping[Format, str] = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}

_WHITE = 255
_MIDDLE = 128


def render(pyramid: PyramidFile, wanted: Rendering, xmp: bytes | None = None) -> bytes:
    """The picture file. Raises BadImageRequest where the format cannot hold it, ValueError for a damaged pyramid."""
    try:
        image = _sized(pyramid, wanted)
        if wanted.mirrored:
            image = image.fliphor()
        image = _in_quality(_turned(image, wanted), wanted)
        _check(image, wanted.format)
        return _encoded(image, wanted, xmp)
    except pyvips.Error as error:
        raise ValueError(f"{pyramid.path} cannot be drawn: {error}") from error


def _check(image: Any, form: Format) -> None:
    longest = LONGEST_SIDE[form]
    if max(image.width, image.height) > longest:
        raise BadImageRequest(f"No side of a picture in the format {form} can have more than {longest} pixels.")


def _sized(pyramid: PyramidFile, wanted: Rendering) -> Any:
    """The region at its size, from the smallest level that has enough pixels for it."""
    number = _level(pyramid, wanted)
    level, scale = pyramid.levels[number], 1 << number
    image = pyvips.Image.new_from_file(str(pyramid.path), page=number, revalidate=False)
    x, y, width, height = wanted.box
    left, top = min(x // scale, level.width - 1), min(y // scale, level.height - 1)
    right = max(left + 1, min(-(-(x + width) // scale), level.width))
    bottom = max(top + 1, min(-(-(y + height) // scale), level.height))
    part = image.crop(left, top, right - left, bottom - top)
    if (part.width, part.height) == (wanted.width, wanted.height):
        return part
    return part.thumbnail_image(wanted.width, height=wanted.height, size="force")


def _level(pyramid: PyramidFile, wanted: Rendering) -> int:
    shrink = min(wanted.box[2] / wanted.width, wanted.box[3] / wanted.height)
    return min(max(int(shrink), 1).bit_length() - 1, len(pyramid.levels) - 1)


def _turned(image: Any, wanted: Rendering) -> Any:
    """Right angles exactly; others on a transparent ground, or on white where the format has no transparency."""
    degrees = wanted.degrees
    if degrees % 90 == 0:
        return image.rot(f"d{int(degrees)}") if degrees else image
    if wanted.format == "jpg":
        return image.rotate(float(degrees), background=[_WHITE] * image.bands)
    return image.bandjoin(_WHITE).rotate(float(degrees), background=[0] * (image.bands + 1))


def _in_quality(image: Any, wanted: Rendering) -> Any:
    if wanted.quality == "default":
        return image
    if wanted.quality == "color":
        return image if image.bands > 2 else image.colourspace("srgb")
    grey = image if image.bands < 3 else image.colourspace("b-w")
    return grey if wanted.quality == "gray" else _in_black_and_white(grey)


def _in_black_and_white(grey: Any) -> Any:
    black_or_white = grey[0] >= _MIDDLE
    return black_or_white.bandjoin(grey[1]) if grey.bands > 1 else black_or_white


def _encoded(image: Any, wanted: Rendering, xmp: bytes | None) -> bytes:
    one_bit = wanted.quality == "bitonal" and image.bands == 1
    if wanted.format == "png":
        body = bytes(image.pngsave_buffer(compression=3, keep="none", bitdepth=1 if one_bit else 8))
        return in_png(body, xmp) if xmp else body
    told = _with(image, xmp) if xmp else image
    keep = "xmp" if xmp else "none"
    if wanted.format == "webp":
        return bytes(told.webpsave_buffer(Q=QUALITY, effort=2, keep=keep, lossless=one_bit))
    return bytes(told.jpegsave_buffer(Q=QUALITY, keep=keep))


def _with(image: Any, xmp: bytes) -> Any:
    copy = image.copy()
    copy.set_type(pyvips.GValue.blob_type, "xmp-data", xmp)
    return copy
