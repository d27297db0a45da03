"""Bytes of a picture to pixels: header first, then no more work than the wanted size needs."""

from __future__ import annotations

import io
import math
import struct
import zlib
from contextlib import suppress

from PIL import Image, ImageOps
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from ml_backends.types import Box

from ..errors import FetchFailed
from ..image_api.tiles import MOST_LEVELS

Size = tuple[int, int]

# The plugins are called by name: nothing else is ever tried, and no limit or registry of the whole process is involved.
_FORMATS: tuple[tuple[bytes, type[ImageFile]], ...] = (
    (b"\xff\xd8\xff", JpegImageFile),
    (b"\x89PNG\r\n\x1a\n", PngImageFile),
    (b"RIFF", WebPImageFile),
    (b"II*\0", TiffImageFile),
    (b"MM\0*", TiffImageFile),
    (b"GIF8", GifImageFile),
)
# What Pillow's plugins let through when a file is damaged: seen, or raised in their sources.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    ArithmeticError,
    MemoryError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Warning,
)
_ORIENTATION = 0x0112
_SUBFILE = 0x00FE
"""NewSubfileType of TIFF 6.0; bit 0: an earlier page, reduced."""
_TOLERANCE = 0.02


def decode(
    data: bytes, url: str, *, max_pixels: int, edge: float, expected: Size | None = None, crop: Box | None = None
) -> Image.Image:
    """An RGB or RGBA picture whose longer side is `edge` at most; it is never enlarged.

    `expected` is the size of which we were told: the delivered one may differ, its proportions may not. `crop` is in
    pixels of `expected`. A first frame stands for the whole file. Raises FetchFailed: no such format, more than
    `max_pixels` (told from the header), other proportions, cut off or broken.
    """
    try:
        image = _open(data, url)
        if image.width * image.height > max_pixels:
            raise _too_many(url, image.size, max_pixels)
        with image:
            return _reduced(image, url, edge, expected, crop)
    except FetchFailed:
        raise
    except _BROKEN as error:
        text = f"{url} is a broken or truncated picture: {error}. Open it in a browser, and tell its publisher."
        raise FetchFailed(text, url=url) from error


def same_shape(one: Size, other: Size) -> bool:
    """Equal proportions, but for rounding to whole pixels."""
    (w, h), (v, u) = one, other
    slack = _TOLERANCE + 1 / min(w, h) + 1 / min(v, u)
    return abs(math.log((w * u) / (h * v))) <= slack


def _open(data: bytes, url: str) -> ImageFile:
    for magic, plugin in _FORMATS:
        if data.startswith(magic):
            return plugin(io.BytesIO(data))
    looks = "a web page" if data.lstrip()[:1] == b"<" else "something else"
    raise FetchFailed(
        f"{url} is no picture that can be read (JPEG, PNG, WebP, TIFF, GIF), but {looks}: {data[:40]!r}. "
        "Open it in a browser to see what it says.",
        url=url,
    )


def _reduced(image: ImageFile, url: str, edge: float, expected: Size | None, crop: Box | None) -> Image.Image:
    delivered = image.size
    wanted = _longest(delivered, expected, crop)
    if crop is None or expected is not None:
        _level(image, edge / wanted)
    _draft(image, edge / wanted)
    picture = _upright(_plain(image), expected)
    if expected is not None and not same_shape(picture.size, expected):
        raise _wrong_shape(url, delivered, expected)
    box = _box(picture.size, expected, crop)
    width, height = box[2] - box[0], box[3] - box[1]
    scale = min(1.0, edge / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if size != picture.size:
        picture = picture.resize(size, Image.Resampling.BICUBIC, box=box, reducing_gap=2.0)
    return picture if picture.mode in ("RGB", "RGBA") else picture.convert("RGB")


def _longest(delivered: Size, expected: Size | None, crop: Box | None) -> float:
    """The longer side, as delivered, of what is wanted of the picture."""
    if crop is None:
        return max(delivered)
    return max(crop.width, crop.height) * max(delivered) / max(expected or delivered)


def _draft(image: ImageFile, scale: float) -> None:
    """Lets a JPEG be decoded at 1/2, 1/4 or 1/8, where that is still as large as wanted."""
    if scale < 1:
        image.draft(None, (math.ceil(image.width * scale), math.ceil(image.height * scale)))


def _level(image: ImageFile, scale: float) -> None:
    """Lets a pyramid be decoded at its smallest level that is still as large as wanted. A later level that
    is not smaller is none, so that no level has more pixels than the first."""
    if scale >= 1 or not isinstance(image, TiffImageFile) or image.tag_v2.get(_ORIENTATION, 1) != 1:
        return
    full = last = image.size
    level = 0
    with suppress(EOFError):
        while level < MOST_LEVELS:
            image.seek(level + 1)
            if not image.tag_v2.get(_SUBFILE, 0) & 1 or not same_shape(image.size, full):
                break
            if math.prod(image.size) >= math.prod(last) or max(image.size) < math.ceil(scale * max(full)):
                break
            last = image.size
            level += 1
    image.seek(level)


def _box(size: Size, expected: Size | None, crop: Box | None) -> tuple[float, float, float, float]:
    if crop is None:
        return 0, 0, *size
    across, down = (size[0] / expected[0], size[1] / expected[1]) if expected else (1.0, 1.0)
    left, top = max(0.0, crop.x * across), max(0.0, crop.y * down)
    right, bottom = min(size[0], (crop.x + crop.width) * across), min(size[1], (crop.y + crop.height) * down)
    if right <= left or bottom <= top:
        raise ValueError(f"the part {crop} lies outside of it")
    return left, top, right, bottom


def _plain(image: Image.Image) -> Image.Image:
    """L, RGB or RGBA of 8 bits: what can be resized well."""
    image.load()
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _eight_bits(image)
    if "transparency" in image.info or image.mode in ("LA", "La", "PA", "RGBa"):
        return image.convert("RGBA")
    if image.mode in ("L", "RGB", "RGBA"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Pillow's own conversion cuts everything above 255 off, which leaves a white page."""
    if image.mode.startswith("I;16"):
        return image.convert("I").point(lambda value: value * (255 / 65535)).convert("L")
    highest = image.getextrema()[1]
    if not isinstance(highest, int | float) or highest <= 255:
        return image.convert("L")
    factor = 255 / max(65535.0, highest)
    return image.point(lambda value: value * factor).convert("L")


def _upright(picture: Image.Image, expected: Size | None) -> Image.Image:
    """Turned as its EXIF data say, as a browser shows it, unless the size we were told is that of the unturned one."""
    if picture.getexif().get(_ORIENTATION, 1) == 1:
        return picture  # exif_transpose would copy it
    turned = ImageOps.exif_transpose(picture)
    if expected and turned.size != picture.size and same_shape(picture.size, expected):
        return picture
    return turned


def _too_many(url: str, size: Size, max_pixels: int) -> FetchFailed:
    text = (
        f"{url} has {size[0]} x {size[1]} pixels; more than {max_pixels:,} are not decoded. Raise the limit to read it."
    )
    return FetchFailed(text, url=url)


def _wrong_shape(url: str, delivered: Size, expected: Size) -> FetchFailed:
    return FetchFailed(
        f"{url} came as {delivered[0]} x {delivered[1]}, but {expected[0]} x {expected[1]} was announced: "
        "other proportions, so nothing found in it could be placed. Tell its publisher.",
        url=url,
    )
