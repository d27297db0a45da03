"""A file of scans as pictures in the store: one pyramid for each page, named by the content of the file."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.TiffImagePlugin import TiffImageFile

from iiif_store.image_api import pyramid
from iiif_store.stores import files
from iiif_store.stores.images import ImageRecord, Images

_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_PDF = b"%PDF-"
_SUBFILE, _SHOWN_AGAIN = 254, 0b101
"""NewSubfileType of TIFF 6.0: the page is an earlier one, reduced or as its mask."""
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, ArithmeticError)
"""What Pillow lets through when a TIFF is damaged."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the record of every picture of a book says."""

    created: str
    rights: str | None = None
    attribution: str | None = None


class Darkroom:
    """Makes the pictures that are not there yet. Knows no folders and no manifests."""

    def __init__(self, images: Images, scratch: Path, *, max_pixels: int) -> None:
        """`scratch`: where a pyramid is written before the store takes it."""
        self._images, self._scratch, self._max_pixels = images, scratch, max_pixels

    def develop(self, file: Path, label: str, said: Said, *, most: int) -> list[tuple[ImageRecord, bool]]:
        """The pictures in a file, in order, and whether each was made just now. Raises ValueError with the reason why
        there is none, StoreUnavailable where it cannot be kept."""
        try:
            name, start = _looked_at(file)
        except OSError as error:
            raise ValueError(f"cannot be read: {error.strerror}") from error
        if start.startswith(_PDF):
            raise ValueError("is a PDF; write its pages into a folder of pictures first, as pdftoppm -r 300 -png does")
        pages = _pages(file, most) if start in _TIFF else [0]
        if pages == [0]:
            return [self._kept(file, name, label, said, None)]
        return [self._kept(file, f"{name}-{n}", f"{label}, {n}", said, page) for n, page in enumerate(pages, 1)]

    def _kept(self, file: Path, name: str, label: str, said: Said, page: int | None) -> tuple[ImageRecord, bool]:
        if known := self._images.get(name):
            return self._retold(known, said), False
        with files.explained(self._scratch), tempfile.TemporaryDirectory(dir=self._scratch) as folder:
            written = Path(folder, "pyramid.tif")
            size = self._write(file, page, written)
            record = ImageRecord(name, *size, said.created, label, said.rights, said.attribution)
            self._images.put(record, written)
        return record, True

    def _retold(self, known: ImageRecord, said: Said) -> ImageRecord:
        """A picture that is here, with the rights that its owner states by now. The pixels stay the same."""
        told = replace(known, rights=said.rights or known.rights, attribution=said.attribution or known.attribution)
        return told if told != known and self._images.retell(told) else known

    def _write(self, file: Path, page: int | None, target: Path) -> tuple[int, int]:
        try:
            picture = file if page is None else _page(file, page, self._max_pixels)
            return pyramid.write(picture, target, max_pixels=self._max_pixels)
        except ValueError as error:
            raise ValueError(_reason(error, file)) from error


def _reason(error: ValueError, file: Path) -> str:
    """Without the path, which is none that its owner knows."""
    if isinstance(error.__cause__, UnidentifiedImageError):
        return "is no picture of a format that is known here (JPEG, TIFF, PNG, WebP, JPEG 2000, GIF, AVIF)"
    return str(error).removeprefix(f"{file} ").removeprefix("the picture ")


def _looked_at(file: Path) -> tuple[str, bytes]:
    """The name of its content, and how it begins. 128 bits of SHA-256: no two files of one house share them."""
    with file.open("rb") as stream:
        start = stream.read(5)
        stream.seek(0)
        return hashlib.file_digest(stream, "sha256").hexdigest()[:32], start if start == _PDF else start[:4]


def _pages(file: Path, most: int) -> list[int]:
    """The frames of a TIFF that are pages of their own. Raises ValueError if there are more than `most`."""
    found: list[int] = []
    try:
        with TiffImageFile(file) as picture:
            for number in range(2 * most + 2):
                picture.seek(number)
                if not int(picture.tag_v2.get(_SUBFILE, 0)) & _SHOWN_AGAIN:
                    found.append(number)
    except _BROKEN:  # also how its end is told; whether the pages can be read is seen when they are
        pass
    if len(found) > most:
        raise ValueError(f"has more than {most} pages")
    return found or [0]


def _page(file: Path, number: int, max_pixels: int) -> Image.Image:
    """One frame, upright. Raises ValueError."""
    try:
        with TiffImageFile(file) as picture:
            picture.seek(number)
            if picture.width * picture.height > max_pixels:
                raise ValueError(f"{picture.width} x {picture.height} pixels; {max_pixels} are the most that are read")
            picture.load()
            return ImageOps.exif_transpose(picture.copy())
    except _BROKEN as error:
        raise ValueError(f"page {number + 1} cannot be read: {error}") from error
