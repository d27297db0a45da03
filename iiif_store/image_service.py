"""Recognising an Image API service of version 1, 2 or 3 in a painting body."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from .shape import JSON, identifier, kind, listed, objects, string, whole

ServiceVersion = Literal["1", "2", "3"]

_TYPE = re.compile(r"ImageService([123])$")
_CONTEXT = re.compile(r"image(?:-api)?/([123])(?:\.\d)?/")
_LEVEL = re.compile(r"level([012])")


@dataclass(frozen=True, slots=True)
class Tiles:
    """A tiling that the service announces: `size` in pixels of the tile, scale factors ascending."""

    width: int
    height: int
    scale_factors: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ImageService:
    """What a manifest says of an image service. Its info.json may say more, and neither is to be believed."""

    id: str
    """Base URI without a slash at its end."""
    version: ServiceVersion
    level: Literal[0, 1, 2] | None = None
    """None: not told."""
    width: int | None = None
    height: int | None = None
    sizes: tuple[tuple[int, int], ...] = ()
    """(width, height) of the complete images that a level 0 service has."""
    tiles: tuple[Tiles, ...] = ()


def image_service(resource: JSON) -> ImageService | None:
    """The image service of a content resource: the highest version that it lists."""
    found = [service for entry in listed(resource.get("service")) if (service := _service(entry))]
    return max(found, key=lambda service: service.version, default=None)


def _service(entry: object) -> ImageService | None:
    uri = identifier(entry)
    if isinstance(entry, str):
        return ImageService(entry.rstrip("/"), "2") if uri and uri.startswith("http") else None
    if not isinstance(entry, dict) or uri is None:
        return None
    version = image_version(entry)
    if version is None:
        return None
    return ImageService(
        id=uri.strip().rstrip("/"),
        version=version,
        level=_level(entry),
        width=whole(entry.get("width")),
        height=whole(entry.get("height")),
        sizes=_sizes(entry),
        tiles=_tiles(entry),
    )


def image_version(entry: JSON) -> ServiceVersion | None:
    """The Image API version of a `service` entry by its type, context or profile; None: it is another service."""
    named = _TYPE.search(kind(entry))
    if named:
        return _as_version(named[1])
    hints = [text for key in ("@context", "profile") for text in listed(entry.get(key)) if isinstance(text, str)]
    for hint in hints:
        if found := _CONTEXT.search(hint):
            return _as_version(found[1])
        if "image-api" in hint:  # http://library.stanford.edu/iiif/image-api/compliance.html#level1
            return "1"
    return "3" if any(hint in ("level0", "level1", "level2") for hint in hints) else None


def _as_version(text: str) -> ServiceVersion:
    return "1" if text == "1" else "2" if text == "2" else "3"


def _level(entry: JSON) -> Literal[0, 1, 2] | None:
    for profile in listed(entry.get("profile")):
        found = _LEVEL.search(string(profile) or "")
        if found:
            return 0 if found[1] == "0" else 1 if found[1] == "1" else 2
    return None


def _sizes(entry: JSON) -> tuple[tuple[int, int], ...]:
    pairs = ((whole(size.get("width")), whole(size.get("height"))) for size in objects(entry.get("sizes")))
    return tuple((width, height) for width, height in pairs if width and height)


def _tiles(entry: JSON) -> tuple[Tiles, ...]:
    tilings = []
    for tile in objects(entry.get("tiles")):
        width = whole(tile.get("width"))
        factors = tuple(sorted(factor for value in listed(tile.get("scaleFactors")) if (factor := whole(value))))
        if width and factors:
            tilings.append(Tiles(width, whole(tile.get("height")) or width, factors))
    return tuple(tilings)
