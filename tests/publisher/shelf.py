"""The pages that are published: the pictures of a directory, in the order of their names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

_SUFFIXES = {".jpg", ".jpeg", ".png", ".tif", ".tiff"}


@dataclass(frozen=True, slots=True)
class Page:
    name: str
    path: Path
    width: int
    height: int


class Shelf:
    """Pages by name. `name~17` is the same page under another name, so that a long book needs no more files."""

    def __init__(self, directory: Path) -> None:
        self.pages = [_page(path) for path in sorted(directory.rglob("*")) if path.suffix.lower() in _SUFFIXES]
        if not self.pages:
            raise ValueError(f"{directory} holds no pictures")
        self._named = {page.name: page for page in self.pages}

    def page(self, name: str) -> Page | None:
        return self._named.get(name.partition("~")[0])

    def names(self, count: int | None) -> list[str]:
        """`count` page names, each only once; None: one for each page."""
        if count is None:
            return [page.name for page in self.pages]
        return [f"{self.pages[n % len(self.pages)].name}~{n}" for n in range(count)]


def _page(path: Path) -> Page:
    with Image.open(path) as image:
        return Page(path.stem, path, *image.size)
