"""Pictures inside an export, fetched by the guarded fetcher."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from PIL.Image import Image

from ml_backends.types import Box

from .. import crops
from ..canvas import Canvas
from ..errors import GlossatorError
from ..fetch.pictures import Pictures
from .archive import Skipped
from .published import Options

QUALITY = 92


def whole(canvas: Canvas, options: Options) -> bytes:
    """The canvas as a JPEG of at most `options.size` pixels; raises Skipped with the reason."""
    try:
        return jpeg(_fetcher(options).fetch(canvas.painted(), options.size).image)
    except GlossatorError as error:
        raise Skipped(str(error)) from error


def cuts(canvas: Canvas, boxes: Sequence[Box], options: Options) -> list[bytes]:
    """Regions at full resolution, as JPEG; raises Skipped."""
    try:
        return [jpeg(image) for image in crops.cut(_fetcher(options), canvas.painted(), boxes)]
    except GlossatorError as error:
        raise Skipped(str(error)) from error


def jpeg(image: Image) -> bytes:
    """The file of a picture."""
    body = BytesIO()
    image.convert("RGB").save(body, "JPEG", quality=QUALITY)
    return body.getvalue()


def _fetcher(options: Options) -> Pictures:
    if options.pictures is None:
        raise Skipped("no fetcher was given")
    return options.pictures
