"""Pictures and pyramids that the tests of the Image API share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyvips
from PIL import Image

from iiif_store.image_api import pyramid
from iiif_store.image_api.placing import place
from iiif_store.image_api.request import Limits, Rendering, parse
from iiif_store.image_api.tiles import PyramidFile
from iiif_store.links import Version

LIMITS = Limits(65_500, 65_500, 16_000_000)
SQUARE = 100


def squares() -> Image.Image:
    """Ten by ten squares of a colour each, 1000 x 1000: no two are alike, and every one tells where it is."""
    y, x = np.mgrid[0:10, 0:10]
    colours = np.stack([20 + 22 * x, 20 + 22 * y, 240 - 11 * (x + y)], axis=-1).astype(np.uint8)
    return Image.fromarray(colours.repeat(SQUARE, 0).repeat(SQUARE, 1))


def noise(width: int, height: int, bands: int = 3, grain: int = 16) -> Image.Image:
    """Soft blobs, `grain` pixels from one to the next: hardly a pixel is like those around it."""
    small = np.random.default_rng(7).integers(
        0, 255, (max(2, height // grain), max(2, width // grain), bands), np.uint8
    )
    picture = Image.fromarray(small if bands > 1 else small[:, :, 0])
    return picture.resize((width, height), Image.Resampling.BICUBIC)


def written(picture: Image.Image, folder: Path) -> PyramidFile:
    """The open pyramid of a picture."""
    pyramid.write(picture, folder / "pyramid.tif")
    return PyramidFile(folder / "pyramid.tif")


def wanted(file: PyramidFile, path: str, version: Version = "3", limits: Limits = LIMITS) -> Rendering:
    """`path` is region/size/rotation/quality.format."""
    request = parse(version, *path.split("/"))
    return place(request, file.width, file.height, limits, grey=file.is_grey)


def decoded(body: bytes) -> np.ndarray:
    """Height x width x bands."""
    image: np.ndarray = pyvips.Image.new_from_buffer(body, "").numpy()
    return image if image.ndim == 3 else image[:, :, None]


def level(file: PyramidFile, number: int) -> np.ndarray:
    """The pixels of a level of the pyramid."""
    image: np.ndarray = pyvips.Image.new_from_file(str(file.path), page=number, revalidate=True).numpy()
    return image if image.ndim == 3 else image[:, :, None]
