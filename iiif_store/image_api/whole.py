"""The whole picture as one JPEG file, for those who want files."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from iiif_store.image_api.render import render
from iiif_store.image_api.request import Rendering
from iiif_store.image_api.tiles import PyramidFile
from iiif_store.image_api.xmp import packet
from iiif_store.stores.images import ImageRecord


def whole_jpeg(record: ImageRecord, file: Path) -> bytes:
    """At full size, with what the record tells as XMP. Raises OSError, ValueError for a damaged pyramid."""
    pyramid = PyramidFile(file)
    width, height = pyramid.width, pyramid.height
    wanted = Rendering((0, 0, width, height), width, height, False, Fraction(0), "default", "jpg", "", True)
    return render(pyramid, wanted, packet(record))
