"""Which canvas a sheet of a file is about.

Tried in this order, each name of a sheet against all canvases: the id of the canvas, under http or https; its key,
alone or as in the names of our own files (`0001-<key>`); the image that it paints, by its URL or that of its image
service, by its file name, with and without suffix; its label. A name that several canvases share decides nothing. Only
where no sheet at all was found, and there are as many sheets as canvases with a picture, they are taken in order.

A URI is of one canvas in the world. It is found whole, of a picture also by its file name, since pictures are copied;
that its last part is the label of a page here means nothing. A sheet that names a canvas that is not here is about none
that is alike: neither its label nor its place counts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from ..canvas import Canvas
from ..errors import NoPicture
from ..manifest import Manifest
from .sheets import Sheet

_OURS = re.compile(r"(?:\d+-)?([a-z2-7]{12})")
_LOCAL = "local:"
_URI = re.compile(r"https?://|urn:|local:", re.IGNORECASE)
_WEB = re.compile(r"https?://", re.IGNORECASE)
_PICTURES = {".avif", ".bmp", ".gif", ".j2k", ".jp2", ".jpeg", ".jpf", ".jpg", ".jpx", ".png", ".tif", ".tiff", ".webp"}


@dataclass(frozen=True, slots=True)
class Matched:
    """Sheets with their canvases, and those that belong to none."""

    pairs: list[tuple[Canvas, Sheet]]
    strays: list[Sheet]
    in_order: bool = False
    """Whether no sheet was found by a name, and they were taken in order."""


def match(sheets: Sequence[Sheet], manifest: Manifest) -> Matched:
    """Which sheet is about which canvas."""
    canvases = _Names(manifest)
    found = [(canvas, sheet) for sheet in sheets if (canvas := canvases.find(sheet.names))]
    if not found and len(sheets) == len(manifest.pictured) and not any(_names_canvas(sheet.names) for sheet in sheets):
        return Matched(list(zip(manifest.pictured, sheets, strict=True)), [], bool(sheets))
    matched = {id(sheet) for _, sheet in found}
    return Matched(found, [sheet for sheet in sheets if id(sheet) not in matched])


class _Names:
    """The canvases of a manifest by everything that they may be called."""

    def __init__(self, manifest: Manifest) -> None:
        canvases = manifest.canvases
        self._ids = _unique([(_bare(canvas.id), canvas) for canvas in canvases])
        self._ids |= {canvas.id: canvas for canvas in canvases}
        self._keys = {canvas.key: canvas for canvas in canvases}
        self._images = _unique([(name, canvas) for canvas in canvases for name in _images(canvas)])
        self._labels = _unique([(canvas.label.strip(), canvas) for canvas in canvases if canvas.label.strip()])

    def find(self, names: Sequence[str]) -> Canvas | None:
        sure = [name for name in names if _URI.match(name) or _is_picture(name)]
        named = _names_canvas(names)
        tried = [
            (self._ids, names, _whole),
            (self._keys, names, _key_forms),
            (self._images, sure if named else names, _image_forms),
            (self._labels, [] if named else [name for name in names if not _URI.match(name)], _plain_forms),
        ]
        for table, told, forms in tried:
            for form in (form for name in told for form in (name, *forms(name.strip()))):
                if form in table:
                    return table[form]
        return None


def _names_canvas(names: Sequence[str]) -> bool:
    """Whether one of them is the URI of a canvas, wherever that is."""
    return any(_URI.match(name.strip()) and not _is_picture(name) for name in names)


def _whole(name: str) -> Iterator[str]:
    yield from (name, _bare(name))
    path = _path(name)
    if "/iiif/" in path:  # a canvas of a book that lives here, under whatever base it was exported
        yield _LOCAL + path.partition("/iiif/")[2]


def _key_forms(name: str) -> Iterator[str]:
    if ours := _OURS.fullmatch(PurePosixPath(_last(name)).stem):
        yield ours[1]


def _image_forms(name: str) -> Iterator[str]:
    yield from _whole(name)
    if not _URI.match(name) or _is_picture(name):
        yield from _plain_forms(name)


def _plain_forms(name: str) -> Iterator[str]:
    last = _last(name).lower()
    yield from (name, last, PurePosixPath(last).stem)


def _bare(uri: str) -> str:
    return _WEB.sub("", uri, count=1)


def _path(name: str) -> str:
    return re.split("[?#]", name)[0] if _URI.match(name) else name


def _last(name: str) -> str:
    """The last part of a path or URL."""
    return PurePosixPath(unquote(_path(name)).replace("\\", "/")).name


def _is_picture(name: str) -> bool:
    return PurePosixPath(_last(name)).suffix.lower() in _PICTURES


def _images(canvas: Canvas) -> Iterator[str]:
    """What the images of a canvas are called: URL, file name, stem, identifier."""
    try:
        images = canvas.painted().images
    except NoPicture:
        return
    for image in images:
        names = {_bare(image.url), *_files(image.url)}
        if image.service:
            names |= {_bare(image.service.id), *_files(image.service.id)}
        yield from names


def _files(url: str) -> set[str]:
    """The last part of a URL with and without suffix; not of an Image API request, where it says nothing."""
    last = PurePosixPath(unquote(urlsplit(url).path or url)).name.lower()
    stem = PurePosixPath(last).stem
    return set() if stem in ("default", "native", "") else {last, stem}


def _unique(pairs: list[tuple[str, Canvas]]) -> dict[str, Canvas]:
    count = Counter(name for name, _ in {(name, canvas.key) for name, canvas in pairs})
    return {name: canvas for name, canvas in pairs if count[name] == 1}
