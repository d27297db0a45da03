"""Where images come from: the store, the sample, and whoever else can find or make one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from iiif_store.errors import NotFound
from iiif_store.image_api import pyramid
from iiif_store.image_api.info import Shape
from iiif_store.image_api.request import Limits
from iiif_store.image_api.tiles import PyramidFile
from iiif_store.image_api.xmp import packet
from iiif_store.stores.images import ImageRecord, Images
from server.kept import Kept
from server.local import LocalBooks

UPSCALED = 16_000_000
"""Pixels that every image may be drawn with; a larger one also with as many as it has."""

LONGEST = 65_500
"""Pixels of a side: what a JPEG can have."""

OPEN = 256
"""Pyramids that stay open in a process."""

RELEASE = "1"
"""Of the drawing: another one gives other ETags."""


@dataclass(frozen=True, slots=True)
class StoredImage:
    """An image that can be delivered."""

    record: ImageRecord
    path: Path
    """The pyramid."""
    source: str | None = None
    """Id of the source that it goes with; None: it stays whatever becomes of sources."""
    manifest: str | None = None
    """Path below the base URL of the manifest that it is part of, as in `iiif/3/<source>/manifest`."""
    is_permanent: bool = True
    """Whether these are its pixels for ever; a picture of the sample may be another one in the next release."""


Finder = Callable[[str], StoredImage | None]
"""Finds an image by its public identifier, or makes it; None: knows none of that name."""


class ImageSources:
    """Every image that has a service here."""

    def __init__(self, images: Images, finders: Sequence[Finder] = ()) -> None:
        self._images, self._finders = images, tuple(finders)

    def also(self, finder: Finder) -> ImageSources:
        """With one more finder, that is asked last."""
        return ImageSources(self._images, (*self._finders, finder))

    def find(self, image: str) -> StoredImage:
        """An image by its public identifier; raises NotFound, and what the finders raise."""
        record, path = self._images.get(image), self._images.path(image)
        if record and path:
            return StoredImage(record, path)
        for finder in self._finders:
            if found := finder(image):
                return found
        raise NotFound(f"There is no image {image!r} here.")


class SampleImages:
    """The pictures of the sample; each becomes a pyramid when it is first asked for."""

    def __init__(self, local: LocalBooks, cache: Path) -> None:
        """`cache`: a directory whose files may go at any time."""
        self._local, self._cache = local, cache / "pyramids"

    def find(self, image: str) -> StoredImage | None:
        try:
            scan = self._local.scan(image)
        except NotFound:
            return None
        status = scan.file.stat()
        key = hashlib.sha256(f"{scan.file}\0{status.st_size}\0{status.st_mtime_ns}".encode()).hexdigest()[:32]
        path = self._cache / f"{key}.tif"
        if not path.exists():
            self._cache.mkdir(parents=True, exist_ok=True)
            pyramid.write(scan.file, path)
        record = ImageRecord(image, scan.width, scan.height, created="", label=scan.label)
        return StoredImage(record, path, is_permanent=False)


@dataclass(frozen=True)
class OpenImage:
    """An image whose pyramid is open, and what was true when it was opened."""

    name: str
    """In its URLs."""
    stored: StoredImage
    pyramid: PyramidFile
    stamp: Hashable
    limits: Limits

    @cached_property
    def xmp(self) -> bytes | None:
        return packet(self.stored.record)

    @cached_property
    def tag(self) -> bytes:
        """Differs where the bytes of any answer may differ."""
        return repr((RELEASE, self.pyramid.identity, self.xmp)).encode()

    @property
    def shape(self) -> Shape:
        file = self.pyramid
        return Shape(file.width, file.height, file.tile_size, len(file.levels), self.limits, file.is_grey)


class OpenImages:
    """The images asked for last stay open."""

    def __init__(self, sources: ImageSources, stamp_of: Callable[[str], Hashable], max_pixels: int) -> None:
        """`stamp_of`: changes with a source, see `Store.source_stamp`. `max_pixels`: of the largest answer."""
        self._sources, self._stamp_of, self._max_pixels = sources, stamp_of, max_pixels
        self._open: Kept[OpenImage] = Kept(OPEN)

    def known(self, image: str) -> OpenImage | None:
        """If it is open and nothing has changed, at the cost of a `stat` or two."""
        found = self._open.get(image)
        if found is None or (found.pyramid.is_current and self._stamp(found.stored) == found.stamp):
            return found
        self._open.drop(image)
        return None

    def open(self, image: str) -> OpenImage:
        """Raises what `ImageSources.find` raises, and ValueError if the pyramid is damaged."""
        if found := self.known(image):
            return found
        stored = self._sources.find(image)
        stamp = self._stamp(stored)
        file = PyramidFile(stored.path)
        area = max(UPSCALED, min(file.width * file.height, self._max_pixels))
        opened = OpenImage(image, stored, file, stamp, Limits(LONGEST, LONGEST, area))
        self._open.put(image, opened)
        return opened

    def _stamp(self, stored: StoredImage) -> Hashable:
        return self._stamp_of(stored.source) if stored.source else None
