"""The picture of a canvas, at just the size that a model wants."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import orjson
from PIL import Image

from ml_backends.types import Box

from ..errors import FetchFailed, NoPicture, PictureRefused, Restricted
from ..image_service import ImageService
from ..painting import CanvasPicture, PaintedImage
from .decode import Size, decode
from .failures import Unavailable
from .frame import compose, longest_edge, turned, useful_edge
from .image_info import ImageInfo, parse_info
from .image_requests import Plan, Region, plan, sized
from .limits import Deadline
from .remote import Remote

_NOT_UNDERSTOOD = frozenset({400, 404, 405, 406, 413, 414, 500, 501})
"""What a server answers to a size, region or quality that it does not offer."""
_PICTURE = "image/*"
_INFO = "application/ld+json, application/json;q=0.9"
_MAX_INFO = 2**20


@dataclass(frozen=True, slots=True)
class Delivered:
    """A picture of the whole canvas; its size in pixels is what findings in it are measured against."""

    image: Image.Image
    """RGB, decoded."""
    inputs: tuple[str, ...]
    """URLs of the picture, or of its parts, lowest first."""
    digest: str
    """SHA-256 of the bytes as delivered; of several parts, of their digests."""


class Pictures:
    """Any number of threads may use one."""

    def __init__(
        self,
        remote: Remote,
        *,
        local: Callable[[str], Path | None],
        trust_manifest: bool = True,
        max_bytes: int | None = None,
    ) -> None:
        """`local` gives the path for a `local:` URL. With `trust_manifest`, a service that the manifest says is of
        level 1 or better, with the image's size, is asked for the picture at once, without its info.json.
        `max_bytes` of one picture: None for the remote's limit."""
        self._remote, self._local, self._trust, self._max_bytes = remote, local, trust_manifest, max_bytes

    def fetch(self, view: CanvasPicture, max_edge: int, *, fresh: bool = False) -> Delivered:
        """`max_edge` pixels at most on the longer side, never enlarged; of several images put together no more pixels
        than are decoded of one. `fresh` asks the publisher in any case.

        Raises NoPicture, PictureRefused (login, degraded tier), FetchRefused or FetchFailed.
        """
        if not view.images:
            raise NoPicture("This canvas paints no image.")
        limits = self._remote.limits
        deadline = Deadline.after(limits.picture_timeout)
        errand = _Errand(self._remote, self._local, self._trust, self._max_bytes, fresh, deadline)
        largest = min(max_edge, longest_edge(view, limits.max_pixels))
        asked = max_edge if view.single else largest
        pictures = [errand.picture(image, useful_edge(view, image, asked)) for image in view.images]
        digests = errand.digests
        digest = digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
        return Delivered(compose(view, pictures, largest), tuple(errand.inputs), digest)


@dataclass(slots=True)
class _Errand:
    """One call of `fetch`, and what it has brought home so far."""

    remote: Remote
    local: Callable[[str], Path | None]
    trust: bool
    max_bytes: int | None
    fresh: bool
    deadline: Deadline
    pixels: int = 0
    """Of all images so far: they are kept until the last is there, since the sharpest makes the size."""
    inputs: list[str] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)

    def picture(self, image: PaintedImage, edge: int) -> Image.Image:
        """The painted part of one image, turned as the canvas shows it."""
        try:
            found = self._upright(image, edge)
            self._count(found, image)
            return turned(found, image)
        except Restricted as error:
            raise PictureRefused(f"{error} It is not read without a login.") from error

    def _count(self, found: Image.Image, image: PaintedImage) -> None:
        self.pixels += found.width * found.height
        most = 2 * self.remote.limits.max_pixels
        if self.pixels > most:
            text = f"The images of one canvas, up to {image.url}, have more than {most:,} pixels together."
            raise FetchFailed(f"{text} Ask for a smaller picture of it.", url=image.url)

    def _upright(self, image: PaintedImage, edge: int) -> Image.Image:
        if image.service is None or image.url.startswith("local:"):
            return self._part((image.url,), _size(image), image.crop, edge)
        return self._serviced(image, image.service, edge)

    def _serviced(self, image: PaintedImage, service: ImageService, edge: int) -> Image.Image:
        size = _size(image)
        if not (self.trust and service.level and size):
            return self._as_described(image, service, edge)
        part = sized(service, size, _region(image.crop, size), edge)
        try:
            return self._part(part.urls, part.region[2:], None, edge)
        except FetchFailed as error:
            if error.status not in _NOT_UNDERSTOOD:
                raise
            return self._second_try(image, service, edge, error)

    def _second_try(self, image: PaintedImage, service: ImageService, edge: int, first: FetchFailed) -> Image.Image:
        """The manifest was wrong about the service, or kept a limit to itself."""
        try:
            return self._as_described(image, service, edge)
        except FetchFailed as error:
            raise first from error

    def _as_described(self, image: PaintedImage, service: ImageService, edge: int) -> Image.Image:
        info = self._info(service)
        full = info.size
        region = _region(_scaled(image.crop, _size(image), full), full)
        how = plan(info, region, edge)
        if len(how.parts) > 1:
            return self._tiles(how, region, edge)
        part = how.parts[0]
        crop = None if part.region == region else _inside(region, part.region)
        return self._part(part.urls, part.region[2:], crop, edge)

    def _info(self, service: ImageService) -> ImageInfo:
        url = f"{service.id.rstrip('/')}/info.json"
        fetched = self.remote.get(url, accept=_INFO, max_bytes=_MAX_INFO, fresh=self.fresh)
        try:
            document = orjson.loads(fetched.body)
        except orjson.JSONDecodeError as error:
            self.remote.forget(url, accept=_INFO)
            raise FetchFailed(f"{url} is not JSON: {error}. Open it in a browser.", url=url) from error
        return parse_info(document, service, url)

    def _tiles(self, how: Plan, region: Region, edge: int) -> Image.Image:
        left, top = how.parts[0].region[:2]
        right, bottom = (how.parts[-1].region[i] + how.parts[-1].region[i + 2] for i in (0, 1))
        size = math.ceil((right - left) / how.factor), math.ceil((bottom - top) / how.factor)
        if size[0] * size[1] > self.remote.limits.max_pixels:
            url = how.parts[0].urls[0]
            raise FetchFailed(
                f"{url} and its neighbours have {size[0]} x {size[1]} pixels: more than are decoded.", url=url
            )
        whole = Image.new("RGB", size)
        for part in how.parts:
            tile = self._part(part.urls, part.region[2:], None, math.inf)
            whole.paste(tile, ((part.region[0] - left) // how.factor, (part.region[1] - top) // how.factor))
        x, y, width, height = ((n - o) / how.factor for n, o in zip(region, (left, top, 0, 0), strict=True))
        box = x, y, min(size[0], x + width), min(size[1], y + height)
        scale = min(1.0, edge / max(width, height))
        wanted = max(1, round(width * scale)), max(1, round(height * scale))
        return whole if wanted == size else whole.resize(wanted, Image.Resampling.BICUBIC, box=box)

    def _part(self, urls: tuple[str, ...], expected: Size | None, crop: Box | None, edge: float) -> Image.Image:
        """The first of `urls` that the publisher knows."""
        for url in urls[:-1]:
            try:
                return self._read(url, expected, crop, edge)
            except FetchFailed as error:
                if error.status not in _NOT_UNDERSTOOD:
                    raise
        return self._read(urls[-1], expected, crop, edge)

    def _read(self, url: str, expected: Size | None, crop: Box | None, edge: float) -> Image.Image:
        data = self._bytes(url)
        max_pixels = self.remote.limits.max_pixels
        try:
            picture = decode(data, url, max_pixels=max_pixels, edge=edge, expected=expected, crop=crop)
        except FetchFailed:
            self.remote.forget(url, accept=_PICTURE)
            raise
        self.inputs.append(url)
        self.digests.append(hashlib.sha256(data).hexdigest())
        return picture

    def _bytes(self, url: str) -> bytes:
        if not self.deadline.left:
            seconds = self.remote.limits.picture_timeout
            text = f"The images of this canvas took longer than {seconds:g} seconds, before {url} was asked for."
            raise Unavailable(f"{text} Ask again: what has come is kept.", url=url)
        if not url.startswith("local:"):
            return self.remote.get(url, accept=_PICTURE, max_bytes=self.max_bytes, fresh=self.fresh).body
        path = self.local(url)
        if path is None:
            raise FetchFailed(f"There is no local picture {url}. Was its folder removed? Add it again.", url=url)
        try:
            return path.read_bytes()
        except OSError as error:
            raise FetchFailed(f"{url} cannot be read from {path}: {error.strerror}.", url=url) from error


def _size(image: PaintedImage) -> Size | None:
    return (int(image.width), int(image.height)) if image.width and image.height else None


def _region(crop: Box | None, full: Size) -> Region:
    """Whole pixels inside the image."""
    if crop is None:
        return (0, 0, *full)
    left, top = (min(max(0, round(start)), end - 1) for start, end in zip((crop.x, crop.y), full, strict=True))
    right, bottom = min(full[0], round(crop.x + crop.width)), min(full[1], round(crop.y + crop.height))
    return left, top, max(1, right - left), max(1, bottom - top)


def _scaled(crop: Box | None, declared: Size | None, full: Size) -> Box | None:
    """The crop is in pixels of the size the manifest gives, which need not be that of the service."""
    if crop is None or declared is None:
        return crop
    across, down = full[0] / declared[0], full[1] / declared[1]
    return Box(crop.x * across, crop.y * down, crop.width * across, crop.height * down)


def _inside(region: Region, shown: Region) -> Box:
    return Box(region[0] - shown[0], region[1] - shown[1], region[2], region[3])
