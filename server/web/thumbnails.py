"""A small picture of a book for the list on the first page, straight from its publisher."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from iiif_store.errors import NoPicture
from iiif_store.fetch.image_requests import sized
from iiif_store.image_service import image_service
from iiif_store.manifest import Collection, Manifest
from iiif_store.painting import PaintedImage
from iiif_store.shape import identifier, objects, whole

EDGE = 400
"""Pixels of the longer side."""


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """What an <img> needs; width and height 0 where nobody tells them."""

    src: str
    width: int
    height: int


def thumbnail(book: Manifest | Collection, base: str) -> dict[str, Any] | None:
    """What the publisher offers, else the first picture at a small size; None if there is none that is small."""
    found = _offered(book) or (_first_picture(book) if isinstance(book, Manifest) else None)
    if found is None:
        return None
    src = found.src.replace("local:", f"{base}/iiif/", 1) if found.src.startswith("local:") else found.src
    return asdict(found) | {"src": src} if src.startswith(("http://", "https://")) else None


def _offered(book: Manifest | Collection) -> Thumbnail | None:
    for offer in objects(book.document.get("thumbnail")):
        width, height = whole(offer.get("width")) or 0, whole(offer.get("height")) or 0
        service = image_service(offer)
        if service and service.level and service.width and service.height:
            size = (service.width, service.height)
            return _of_size(sized(service, size, (0, 0, *size), EDGE).urls[0], *size)
        if src := identifier(offer):
            return Thumbnail(src, width, height)
    return None


def _first_picture(manifest: Manifest) -> Thumbnail | None:
    for canvas in manifest.canvases:
        try:
            return _small(canvas.painted().images[0])
        except NoPicture:
            continue
    return None


def _small(image: PaintedImage) -> Thumbnail | None:
    """A service makes it small; without one the whole image will do if it is no giant."""
    width, height, service = image.width or 0, image.height or 0, image.service
    if service and service.level != 0 and width and height:
        return _of_size(sized(service, (width, height), (0, 0, width, height), EDGE).urls[0], width, height)
    return Thumbnail(image.url, width, height) if 0 < max(width, height) <= 4 * EDGE else None


def _of_size(src: str, width: int, height: int) -> Thumbnail:
    scale = min(1.0, EDGE / max(width, height))
    return Thumbnail(src, max(1, round(width * scale)), max(1, round(height * scale)))
