"""Pictures kept for zooming: one TIFF of JPEG tiles in sRGB or grey, each level half the size, down to one tile.

A picture comes from anybody, so its size is looked at before it is decoded, and nothing is decoded into memory as a
whole that can be streamed.
"""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import Any

import pyvips
from PIL import Image, ImageOps, UnidentifiedImageError

TILE = 256
"""Pixels, of both sides of a tile."""

MOST_PIXELS = 500_000_000
"""An A0 sheet at 600 dpi has that many; what is larger is taken for a decompression bomb."""

QUALITY = 88
"""libvips keeps colour as RGB from 90 on, which makes files three times as large: `write` stays below."""

_LOADERS = frozenset({"jpegload", "pngload", "webpload", "tiffload", "gifload", "heifload"})
"""Of libvips, for what it streams. Not SVG, which may name other files, and not PDF, which is no picture."""

_MODES = {"1": "L", "L": "L", "LA": "LA", "I;16": "I;16", "RGB": "RGB", "RGBA": "RGBA", "CMYK": "RGB", "YCbCr": "RGB"}
_MODES |= {"P": "RGBA", "PA": "RGBA", "La": "LA", "RGBa": "RGBA", "RGBX": "RGB", "LAB": "RGB", "HSV": "RGB"}
_MODES |= {"I;16B": "I;16", "I;16L": "I;16"}
"""What Pillow has, and what of it libvips can take over."""


def write(
    picture: Path | Image.Image,
    file: Path,
    *,
    quality: int = QUALITY,
    max_pixels: int = MOST_PIXELS,
) -> tuple[int, int]:
    """Write the pyramid of a picture file or of pixels to `file`, whole or not at all; its width and height.

    EXIF orientation is applied; 16 bit, CMYK, palettes and colour profiles are brought to sRGB, transparency to white.
    Of a file with several pictures the first one counts. Raises ValueError for what is no picture, is cut off, or has
    more than `max_pixels`; OSError where nothing can be written.
    """
    name = str(picture) if isinstance(picture, Path) else "the picture"
    part = file.with_name(f".{file.name}.{uuid.uuid4().hex}.tmp")
    try:
        image = _normal(_opened(picture, name, max_pixels), name)
        _save(image, part, min(quality, 89))
        os.replace(part, file)
    except pyvips.Error as error:
        raise ValueError(f"{name} cannot be read as a picture: {_reason(error)}") from error
    finally:
        part.unlink(missing_ok=True)
    return int(image.width), int(image.height)


def _opened(picture: Path | Image.Image, name: str, max_pixels: int) -> Any:
    if isinstance(picture, Image.Image):
        _check(picture.width, picture.height, name, max_pixels)
        return _taken_over(picture, name)
    if not picture.is_file():
        raise ValueError(f"{name} is no file.")
    loader = _loader(picture)
    if loader is None:
        return _by_pillow(picture, name, max_pixels)
    image = pyvips.Image.new_from_file(str(picture), access="sequential", fail_on="error", revalidate=True)
    _check(image.width, image.height, name, max_pixels)
    turned = image.get("orientation") != 1 if image.get_typeof("orientation") else False
    if not turned:
        return image
    # A turned picture is written from its columns, for which a stream will not do: libvips then keeps it in a file.
    return pyvips.Image.new_from_file(str(picture), fail_on="error", revalidate=True).autorot()


def _loader(file: Path) -> str | None:
    """The name of the loader of libvips that we leave this file to; None: Pillow's turn."""
    found = pyvips.vips_lib.vips_foreign_find_load(os.fsencode(file))
    nickname = pyvips.nickname_find(pyvips.type_from_name(pyvips.ffi.string(found))) if found else ""
    name = nickname.removesuffix("_source").removesuffix("_file").removesuffix("file")
    return name if name in _LOADERS else None


def _check(width: int, height: int, name: str, max_pixels: int) -> None:
    if width * height > max_pixels:
        raise ValueError(f"{name} has {width} x {height} pixels; {max_pixels} are the most that are read.")


def _by_pillow(file: Path, name: str, max_pixels: int) -> Any:
    try:
        with Image.open(file) as picture:
            _check(picture.width, picture.height, name, max_pixels)
            return _taken_over(ImageOps.exif_transpose(picture), name)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, EOFError) as error:
        raise ValueError(f"{name} cannot be read as a picture: {error}") from error


def _taken_over(picture: Image.Image, name: str) -> Any:
    mode = _MODES.get(picture.mode)
    if mode is None:
        raise ValueError(f"{name} has pixels of mode {picture.mode!r}; 8 or 16 bit grey or colour can be shown.")
    ready = picture if picture.mode == mode else picture.convert(mode)
    meaning = {"L": "b-w", "LA": "b-w", "I;16": "grey16"}.get(mode, "srgb")
    return pyvips.Image.new_from_array(ready, interpretation=meaning)


def _normal(image: Any, name: str) -> Any:
    """One band of grey or three of sRGB, with 8 bit each."""
    if image.format not in ("uchar", "ushort"):
        raise ValueError(f"{name} has samples of the type {image.format!r}; 8 or 16 bit grey or colour can be shown.")
    image = _in_srgb(image)
    if image.hasalpha():
        image = image.flatten(background=255)
    if image.bands not in (1, 3):
        raise ValueError(f"{name} has {image.bands} channels; grey or colour can be shown.")
    return image.cast("uchar")


def _in_srgb(image: Any) -> Any:
    grey = image.interpretation in ("b-w", "grey16") or image.bands < 3
    if image.interpretation == "cmyk":
        return image.icc_transform("srgb", embedded=True, input_profile="cmyk")
    if not grey and image.get_typeof("icc-profile-data"):
        try:
            return image.icc_transform("srgb", embedded=True)
        except pyvips.Error:  # a broken profile is no reason not to show the picture
            pass
    return image.colourspace("b-w" if grey else "srgb")


def _save(image: Any, file: Path, quality: int) -> None:
    large = image.width * image.height * image.bands > 2**32
    tiles = {"tile": True, "tile_width": TILE, "tile_height": TILE, "pyramid": True, "compression": "jpeg"}
    image.tiffsave(str(file), **tiles, Q=quality, keep="none", bigtiff=large, region_shrink="mean")


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(getattr(error, "detail", error)).splitlines() if line.strip()]
    return "; ".join(dict.fromkeys(lines)) or "no reason is given"
