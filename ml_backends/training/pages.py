"""Annotated pages, whatever format they came from: a picture, its origin, and the regions that are marked on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from PIL import ExifTags, Image, ImageOps
from PIL.Image import Image as Picture

from ml_backends.types import Box

LABELS = ("illustration", "ornament", "initial", "stamp")
"""The classes in the order of the model's outputs."""
ALIASES: Mapping[str, str] = MappingProxyType({"device": "illustration"})
"""Names of other vocabularies. A printer's device is a picture; nine of them would be too few for a class."""
PICTURE = "illustration"


def opened(path: Path) -> Picture:
    """The picture in a file in RGB, turned as its Exif orientation says. Raises OSError for what is no picture."""
    with Image.open(path) as image:
        upright: Picture = ImageOps.exif_transpose(image).convert("RGB")
    return upright


def size_of(path: Path) -> tuple[int, int]:
    """Width and height of what `opened` gives, without decoding it."""
    with Image.open(path) as image:
        turned = image.getexif().get(ExifTags.Base.Orientation, 1) >= 5
        return (image.height, image.width) if turned else image.size


@dataclass(frozen=True, slots=True)
class Region:
    """One marked thing: its label and its box in pixels of the image file."""

    label: str
    box: Box


@dataclass(frozen=True, slots=True)
class Page:
    """One page image with its regions; none is a statement too: nothing to see here."""

    path: Path
    width: int
    height: int
    regions: tuple[Region, ...]
    source: str = ""
    """Where the image comes from, for the attribution."""
    licence: str = ""
    group: str = ""
    """The set or collection."""
    book: str = ""
    split: str = "train"
    """train, val or test."""

    @property
    def has_picture(self) -> bool:
        """Whether an illustration is marked."""
        return any(region.label == PICTURE for region in self.regions)
