"""The path of an image request, for version 3.0 and 2.1 (Image API 3.0 and 2.1, section 4): one grammar, no pixels.

Reading a path costs the same whatever sizes it names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal, NamedTuple, cast, get_args

from iiif_store.errors import GlossatorError
from iiif_store.links import Version

Quality = Literal["default", "color", "gray", "bitonal"]
Format = Literal["jpg", "png", "webp"]
Box = tuple[int, int, int, int]
"""x, y, width, height in pixels of the whole image."""

QUALITIES: tuple[Quality, ...] = get_args(Quality)
FORMATS: tuple[Format, ...] = get_args(Format)
NOT_MADE = frozenset({"tif", "gif", "jp2", "pdf"})
"""Formats that the specification names and that are not made here."""

LONGEST = 255
"""Characters of the four parameters together; the longest sensible request has a third of it."""


class BadImageRequest(GlossatorError, ValueError):
    """A request that the grammar, the image or its limits do not allow (section 4: 400)."""


class NotOffered(BadImageRequest):
    """A valid request for something that the specification leaves to the server, and that is not made here (501)."""


@dataclass(frozen=True, slots=True)
class Region:
    kind: Literal["full", "square", "pixels", "percent"]
    box: Box = (0, 0, 0, 0)
    """Of `pixels`; it may go beyond the image."""
    percent: tuple[Fraction, ...] = ()
    """The same in percent of the image, of `percent`."""


@dataclass(frozen=True, slots=True)
class Size:
    """`up`: may be larger than the region. `width` and `height` are 0 where the request leaves them open."""

    kind: Literal["max", "whole", "percent", "sides", "within"]
    up: bool = False
    width: int = 0
    height: int = 0
    percent: Fraction = Fraction(100)


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """What a path asks of any image."""

    version: Version
    region: Region
    size: Size
    mirrored: bool
    degrees: Fraction
    quality: Quality
    format: Format


class Limits(NamedTuple):
    """The largest answer, as info.json tells it."""

    width: int
    height: int
    area: int

    def allow(self, width: int, height: int) -> bool:
        return width <= self.width and height <= self.height and width * height <= self.area


@dataclass(frozen=True, slots=True)
class Rendering:
    """What is to be drawn of one image: `box` of it, at `width` x `height`, mirrored, then turned clockwise."""

    box: Box
    width: int
    height: int
    mirrored: bool
    degrees: Fraction
    quality: Quality
    format: Format
    canonical: str
    """The path in canonical form (3.0, section 4.8; 2.1, section 4.7), without the identifier."""
    whole: bool
    """Whether all of the image is shown."""

    @property
    def drawn(self) -> tuple[object, ...]:
        """What the bytes depend on: the same for every way to ask for it, in both versions."""
        return self.box, self.width, self.height, self.mirrored, self.degrees, self.quality, self.format


_FLOAT = r"[0-9]+(?:\.[0-9]+)?"
_FOUR_FLOATS = ",".join([f"({_FLOAT})"] * 4)
_REGION = re.compile(rf"full|square|([0-9]+),([0-9]+),([0-9]+),([0-9]+)|pct:{_FOUR_FLOATS}")
_SIZE = re.compile(
    rf"(?P<up>\^)?(?:(?P<max>max)|(?P<full>full)|pct:(?P<percent>{_FLOAT})|(?P<within>!)?(?P<w>[0-9]+),(?P<h>[0-9]+)"
    r"|(?P<width>[0-9]+),|,(?P<height>[0-9]+))"
)
_SIZES: dict[Version, str] = {
    "3": "max, w, or ,h or w,h or !w,h or pct:n, each also after ^",
    "2": "full, max, w, or ,h or w,h or !w,h or pct:n",
}
_ROTATION = re.compile(rf"(!)?({_FLOAT})")
_FILE = re.compile(r"([a-z]+)\.([a-z0-9]+)")


@lru_cache(maxsize=4096)
def parse(version: Version, region: str, size: str, rotation: str, file: str) -> ImageRequest:
    """The request of a path `region/size/rotation/quality.format`; raises BadImageRequest and NotOffered."""
    if len(region) + len(size) + len(rotation) + len(file) > LONGEST:
        raise BadImageRequest(f"The parameters of an image request have {LONGEST} characters at most.")
    mirrored, degrees = _rotation(rotation)
    quality, form = _file(file)
    return ImageRequest(version, _region(region), _size(size, version), mirrored, degrees, quality, form)


def _region(text: str) -> Region:
    found = _REGION.fullmatch(text)
    if not found:
        raise BadImageRequest(f"{text!r} is no region: full, square, x,y,w,h or pct:x,y,w,h, numbers without a sign.")
    if found[1]:
        x, y, width, height = map(int, found.group(1, 2, 3, 4))
        return Region("pixels", (x, y, width, height))
    if found[5]:
        return Region("percent", percent=tuple(Fraction(number) for number in found.group(5, 6, 7, 8)))
    return Region("square" if text == "square" else "full")


def _size(text: str, version: Version) -> Size:
    found = _SIZE.fullmatch(text)
    if not found or found["full" if version == "3" else "up"]:
        raise BadImageRequest(f"{text!r} is no size of version {version} of the Image API: {_SIZES[version]}.")
    marked = bool(found["up"])
    up = marked or version == "2"
    if found["max"]:
        return Size("max", marked)
    if found["full"]:
        return Size("whole")
    if found["percent"]:
        return Size("percent", up, percent=Fraction(found["percent"]))
    width, height = (int(found[side] or found[alone] or -1) for side, alone in (("w", "width"), ("h", "height")))
    if 0 in (width, height):
        raise BadImageRequest(f"The size {text!r} has no pixels.")
    if found["within"]:
        return Size("within", marked, width, height)
    return Size("sides", up, max(width, 0), max(height, 0))


def _rotation(text: str) -> tuple[bool, Fraction]:
    found = _ROTATION.fullmatch(text)
    degrees = Fraction(found[2]) if found else Fraction(361)
    if not found or degrees > 360:
        raise BadImageRequest(f"{text!r} is no rotation: degrees from 0 to 360, after ! for a mirrored picture.")
    return bool(found[1]), degrees % 360


def _file(text: str) -> tuple[Quality, Format]:
    found = _FILE.fullmatch(text)
    if not found:
        raise BadImageRequest(f"{text!r} is no quality and format, like default.jpg.")
    quality, form = found.groups()
    if quality not in QUALITIES:
        raise BadImageRequest(f"There is no quality {quality!r}; there are {', '.join(QUALITIES)}.")
    if form in NOT_MADE:
        raise NotOffered(f"The format {form!r} is not made here; {', '.join(FORMATS)} are.")
    if form not in FORMATS:
        raise BadImageRequest(f"There is no format {form!r}; there are {', '.join(FORMATS)}.")
    return cast(Quality, quality), cast(Format, form)
