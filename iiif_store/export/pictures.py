"""Pictures inside an export, fetched by the guarded fetcher."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL.Image import Image

from ml_backends.types import Box

from .. import crops
from ..canvas import Canvas
from ..errors import GlossatorError
from ..fetch.pictures import Pictures
from .archive import Skipped
from .published import Options

QUALITY = 92
_HEAD = 4096
"""Bytes in which a comment of ours stands."""


def whole(canvas: Canvas, options: Options) -> bytes:
    """The canvas as a JPEG of at most `options.size` pixels; raises Skipped with the reason."""
    try:
        return jpeg(_fetcher(options).fetch(canvas.painted(), options.size).image, _comment(options))
    except GlossatorError as error:
        raise Skipped(str(error)) from error


def is_whole(path: Path, options: Options) -> bool:
    """Whether `whole` made this file with these options. The pixels do not tell: a small original stays small."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return _comment(options) in file.read(_HEAD)


def cuts(canvas: Canvas, boxes: Sequence[Box], options: Options) -> list[bytes]:
    """Regions at full resolution, as JPEG; raises Skipped."""
    try:
        return [jpeg(image) for image in crops.cut(_fetcher(options), canvas.painted(), boxes)]
    except GlossatorError as error:
        raise Skipped(str(error)) from error


def jpeg(image: Image, comment: bytes = b"") -> bytes:
    """The file of a picture."""
    body = BytesIO()
    image.convert("RGB").save(body, "JPEG", quality=QUALITY, comment=comment)
    return body.getvalue()


def _comment(options: Options) -> bytes:
    return b"glossator: at most %d pixels" % options.size


def _fetcher(options: Options) -> Pictures:
    if options.pictures is None:
        raise Skipped("no fetcher was given")
    return options.pictures
