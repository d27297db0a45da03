"""Annotated pages, whatever format they came from: a picture, its origin, and the regions that are marked on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from PIL import ExifTags, Image, ImageOps
from PIL.Image import Image as Picture

from ml_backends.preprocess import rgb
from ml_backends.types import Box

LABELS = ("illustration", "ornament", "initial", "stamp")
"""The classes in the order of the model's outputs."""
ALIASES: Mapping[str, str] = MappingProxyType({"device": "illustration"})
"""Names of other vocabularies. A printer's device is a picture; nine of them would be too few for a class."""
PICTURE = "illustration"
IMAGES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp")
SPLITS: Mapping[str, str] = MappingProxyType(
    {"train": "train", "training": "train", "test": "test", "testing": "test"}
    | dict.fromkeys(("val", "valid", "validation", "dev"), "val")
)
"""What data sets call their parts, and our names of these."""


class UnreadableData(ValueError):
    """Training data that cannot be used. The text names the file and what to change."""


def known_as(label: str) -> str:
    """What a label of somebody else's is called here; itself in lower case where nothing is known of it."""
    return ALIASES.get(label.lower(), label.lower())


def opened(path: Path) -> Picture:
    """The picture in a file as a backend is shown it: in RGB, turned as its Exif orientation says. Raises
    UnreadableData."""
    with _picture_in(path) as image:
        return rgb(ImageOps.exif_transpose(image))


def size_of(path: Path) -> tuple[int, int]:
    """Width and height of what `opened` gives, without decoding it. Raises UnreadableData."""
    with _picture_in(path) as image:
        turned = image.getexif().get(ExifTags.Base.Orientation, 1) >= 5
        return (image.height, image.width) if turned else image.size


@contextmanager
def _picture_in(path: Path) -> Iterator[Picture]:
    try:
        with Image.open(path) as image:
            yield image
    except Image.DecompressionBombError as error:
        raise UnreadableData(f"{path} is too large a picture: {error}. Scale it down.") from error
    except (OSError, SyntaxError, EOFError) as error:
        raise UnreadableData(f"{path} cannot be read as a picture: {error}. Repair it or take it out.") from error


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
