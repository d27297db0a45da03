"""Which canvas a sheet of a file is about.

Tried in this order, each name of a sheet against all canvases: the id of the canvas; its key, alone or as in the names
of our own files (`0001-<key>`); the name of the image that it paints, with and without suffix, and the identifier of
its image service; its label. A name that several canvases share decides nothing. Only where no sheet at all was found,
and there are as many sheets as canvases with a picture, they are taken in order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from ..canvas import Canvas
from ..errors import NoPicture
from ..manifest import Manifest
from .sheets import Sheet

_OURS = re.compile(r"(?:\d+-)?([a-z2-7]{12})")
_LOCAL = "local:"


def match(sheets: Sequence[Sheet], manifest: Manifest) -> tuple[list[tuple[Canvas, Sheet]], list[Sheet]]:
    """The sheets with their canvases, and those that belong to none."""
    canvases = _Names(manifest)
    found = [(canvas, sheet) for sheet in sheets if (canvas := canvases.find(sheet.names))]
    if not found and len(sheets) == len(manifest.pictured):
        return list(zip(manifest.pictured, sheets, strict=True)), []
    matched = {id(sheet) for _, sheet in found}
    return found, [sheet for sheet in sheets if id(sheet) not in matched]


class _Names:
    """The canvases of a manifest by everything that they may be called."""

    def __init__(self, manifest: Manifest) -> None:
        self._tables = [
            {canvas.id: canvas for canvas in manifest.canvases},
            {canvas.key: canvas for canvas in manifest.canvases},
            _unique([(name, canvas) for canvas in manifest.canvases for name in _images(canvas)]),
            _unique([(canvas.label.strip(), canvas) for canvas in manifest.canvases if canvas.label.strip()]),
        ]

    def find(self, names: Sequence[str]) -> Canvas | None:
        for table in self._tables:
            for name in names:
                for form in _forms(name):
                    if form in table:
                        return table[form]
        return None


def _forms(name: str) -> Iterator[str]:
    yield name
    yield name.strip()
    path = urlsplit(name).path if "://" in name else name
    if "/iiif/" in path:  # a canvas of a book that lives here, under whatever base it was exported
        yield _LOCAL + path.partition("/iiif/")[2]
    last = PurePosixPath(unquote(path).replace("\\", "/")).name
    stem = PurePosixPath(last).stem
    yield from (last.lower(), stem.lower())
    if ours := _OURS.fullmatch(stem):
        yield ours[1]


def _images(canvas: Canvas) -> Iterator[str]:
    """What the images of a canvas are called: URL, file name, stem, identifier."""
    try:
        images = canvas.painted().images
    except NoPicture:
        return
    for image in images:
        names = {image.url, *_files(image.url)}
        if image.service:
            names |= {image.service.id, *_files(image.service.id)}
        yield from names


def _files(url: str) -> set[str]:
    """The last part of a URL with and without suffix; not of an Image API request, where it says nothing."""
    last = PurePosixPath(unquote(urlsplit(url).path or url)).name.lower()
    stem = PurePosixPath(last).stem
    return set() if stem in ("default", "native", "") else {last, stem}


def _unique(pairs: list[tuple[str, Canvas]]) -> dict[str, Canvas]:
    count = Counter(name for name, _ in {(name, canvas.key) for name, canvas in pairs})
    return {name: canvas for name, canvas in pairs if count[name] == 1}
