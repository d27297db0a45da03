"""What a canvas paints, as a person sees it: images, where each lies, and what is cut out of it."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson

from ml_backends.types import Box

from .errors import NoPicture
from .image_service import ImageService, image_service
from .shape import JSON, identifier, kind, listed, objects, string, whole

MOST = 200
"""Images of a canvas that are put together to one picture."""

_XYWH = re.compile(r"(?:xywh=)?(?:(pixel|percent|pct):)?(-?[\d.]+),(-?[\d.]+),([\d.]+),([\d.]+)$")
_START = re.compile(r"(?:^|&)t=(?:npt:)?([\d.]+)")
_PICTURE_FILE = re.compile(r"\.(jpe?g|png|gif|tiff?|jp2|webp|avif)$", re.IGNORECASE)
_SAME_SHAPE = 0.02
"""Difference of proportions, as a logarithm, that rounding in manifests makes."""
_NO_IMAGE = re.compile(r"video|sound|audio|text|dataset|model|movingimage|canvas|scene|pdf", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PaintedImage:
    """One image on a canvas."""

    url: str
    """What the painting body is called; with a service, ask the service."""
    service: ImageService | None
    width: int | None
    height: int | None
    """Full size in pixels as the manifest tells it, which need not be true. None: not told."""
    crop: Box | None
    """The part that is painted, in pixels of the full image; None: all of it."""
    target: Box
    """Where it is painted, in canvas units, inside the canvas."""
    rotation: float = 0.0
    """Degrees clockwise, applied after the crop."""
    mirrored: bool = False
    """Mirrored before the rotation."""

    @property
    def identity(self) -> list[Any]:
        """What names the pixels: the service or URL, and what is done to them. No canvas, no position."""
        crop = [self.crop.x, self.crop.y, self.crop.width, self.crop.height] if self.crop else None
        name = self.service.id if self.service else self.url
        return [name, crop, self.rotation, self.mirrored]

    @property
    def shape(self) -> tuple[float, float] | None:
        """Width and height of what is painted, in pixels, turned by quarters; None: not told."""
        size = (self.crop.width, self.crop.height) if self.crop else (self.width or 0, self.height or 0)
        if not all(size):
            return None
        return (size[1], size[0]) if self.rotation % 180 == 90 else size


@dataclass(frozen=True, slots=True)
class CanvasPicture:
    """The images of a canvas in the order in which they are painted, in a frame of `width` x `height` canvas units."""

    width: int
    height: int
    images: tuple[PaintedImage, ...]

    @property
    def reference(self) -> str:
        """SHA-256, the same for the same picture in every manifest. Of a single image that fills its canvas it
        depends on the service id or URL (and crop) only, otherwise on the frame and the images' places too."""
        parts: list[Any] = [image.identity for image in self.images]
        if not self.fills:
            places = [[box.x, box.y, box.width, box.height] for box in (image.target for image in self.images)]
            parts = [[self.width, self.height], parts, places]
        return hashlib.sha256(orjson.dumps(parts)).hexdigest()

    @property
    def single(self) -> bool:
        """Whether one image is painted on the whole canvas."""
        return len(self.images) == 1 and self.images[0].target == Box(0, 0, self.width, self.height)

    @property
    def fills(self) -> bool:
        """Whether one image is the whole canvas: `single`, and of its proportions as far as the manifest tells, since
        viewers fit an image of others into the frame and leave margins."""
        if not self.single or self.images[0].rotation % 90:
            return False
        shape = self.images[0].shape
        return shape is None or abs(math.log(shape[0] * self.height / (shape[1] * self.width))) < _SAME_SHAPE


def painted(canvas: JSON) -> CanvasPicture:
    """The picture of a canvas of version 3; raises NoPicture for audio, video, text, no content, no size, or
    more than `MOST` images."""
    name = identifier(canvas) or "a canvas without an id"
    width, height = whole(canvas.get("width")), whole(canvas.get("height"))
    if width is None or height is None:
        raise NoPicture(f"{name} states no width and height, so nothing on it can be located")
    frame = Box(0.0, 0.0, float(width), float(height))
    found = (image for annotation in paintings(canvas) for image in _images(annotation, frame))
    images = tuple(islice(found, MOST + 1))
    if not images:
        raise NoPicture(f"{name} paints no image")
    if len(images) > MOST:
        raise NoPicture(f"{name} paints more than {MOST} images, which are not put together here")
    return CanvasPicture(width, height, images)


def paintings(canvas: JSON) -> Iterator[JSON]:
    """The painting annotations of a canvas."""
    for page in objects(canvas.get("items")):
        for annotation in objects(page.get("items")):
            if "painting" in (listed(annotation.get("motivation")) or ["painting"]):
                yield annotation


def sole_painting(canvas: JSON) -> tuple[JSON, int] | None:
    """The annotation, and the number of its body, that paints all there is to see, on the whole canvas; None for a
    canvas that shows several images, or one in a part of it, or none."""
    try:
        if not painted(canvas).single:
            return None
    except NoPicture:
        return None
    for annotation in paintings(canvas):
        for n, body in enumerate(listed(annotation.get("body"))):
            if any(_image(content, Box(0.0, 0.0, 1.0, 1.0)) for content in contents(body)):
                return annotation, n
    return None


def contents(body: Any) -> Iterator[JSON]:
    """The content resources of a body: of a Choice the first option, of several bodies each."""
    for item in listed(body):
        if isinstance(item, str):
            yield {"id": item}
        elif isinstance(item, dict) and kind(item) == "Choice":
            yield from contents(listed(item.get("items"))[:1])
        elif isinstance(item, dict):
            yield item


def _images(annotation: JSON, frame: Box) -> Iterator[PaintedImage]:
    target = _target(annotation.get("target"), frame)
    if target is None:
        return
    for content in contents(annotation.get("body")):
        if image := _image(content, target):
            yield image


def _image(content: JSON, target: Box) -> PaintedImage | None:
    selectors: list[JSON] = []
    while kind(content) == "SpecificResource" and content.get("source"):
        selectors += objects(content.get("selector"))
        source = content["source"]
        content = next(contents(source), {})
    service = image_service(content)
    url, _, fragment = (string(identifier(content)) or "").partition("#")
    if not (url or service) or not _is_image(content, url, service):
        return None
    width = (service and service.width) or whole(content.get("width"))
    height = (service and service.height) or whole(content.get("height"))
    rotation, mirrored = _rotation(selectors)
    return PaintedImage(
        url=url or (service.id if service else ""),
        service=service,
        width=width,
        height=height,
        crop=_crop(selectors, fragment, width, height),
        target=target,
        rotation=rotation,
        mirrored=mirrored,
    )


def _is_image(content: JSON, url: str, service: ImageService | None) -> bool:
    if kind(content).lower().endswith(":image") or kind(content).lower() == "image":
        return True
    if _NO_IMAGE.search(kind(content)):
        return False
    media = string(content.get("format")) or ""
    return media.startswith("image/") if media else bool(service or _PICTURE_FILE.search(url))


def _target(target: Any, frame: Box) -> Box | None:
    """Where a painting lies on its canvas; None if that is outside it, or not there when the canvas opens."""
    first = next(iter(listed(target)), None)
    fragments = [(identifier(first) or "").partition("#")[2]]
    if isinstance(first, dict):
        fragments.append((identifier(first.get("source")) or "").partition("#")[2])
        fragments += [string(selector.get("value")) or "" for selector in objects(first.get("selector"))]
    for fragment in filter(None, fragments):
        if (start := _START.search(fragment)) and _float(start[1]) > 0:
            return None
        if box := _box(fragment.rpartition("xywh=")[2] if "xywh=" in fragment else "", frame.width, frame.height):
            return _inside(box, frame)
    return frame


def _crop(selectors: list[JSON], fragment: str, width: int | None, height: int | None) -> Box | None:
    regions = [string(selector.get("region")) or string(selector.get("value")) for selector in selectors]
    for region in filter(None, [*regions, fragment]):
        if region == "square" and width and height:
            edge = min(width, height)
            return Box(float((width - edge) // 2), float((height - edge) // 2), float(edge), float(edge))
        if box := _box(region, width, height):
            whole_image = width and height and box == Box(0, 0, width, height)
            return None if whole_image else box
    return None


def _rotation(selectors: list[JSON]) -> tuple[float, bool]:
    for selector in selectors:
        value = str(selector.get("rotation") or "")
        degrees = _float(value.removeprefix("!")) % 360
        if degrees or value.startswith("!"):
            return degrees, value.startswith("!")
    return 0.0, False


def _box(text: str, width: float | None, height: float | None) -> Box | None:
    """`x,y,w,h` with an optional unit, as Media Fragments and the Image API write it; None if it is none."""
    found = _XYWH.match(text.split("&")[0])
    if not found:
        return None
    x, y, w, h = (_float(part) for part in found.groups()[1:])
    if found[1] in ("percent", "pct"):
        if not width or not height:
            return None
        x, y, w, h = x * width / 100, y * height / 100, w * width / 100, h * height / 100
    return Box(x, y, w, h) if w > 0 and h > 0 else None


def _inside(box: Box, frame: Box) -> Box | None:
    left, top = max(box.x, 0.0), max(box.y, 0.0)
    right, bottom = min(box.x + box.width, frame.width), min(box.y + box.height, frame.height)
    return Box(left, top, right - left, bottom - top) if right > left and bottom > top else None


def _float(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if math.isfinite(value) else 0.0
