"""An export of thousands of canvases takes no more memory than one of hundreds."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from iiif_store.export.formats import FORMATS
from iiif_store.export.published import CanvasAnnotations, Options, Published
from iiif_store.load import parse
from iiif_store.manifest import Manifest
from ml_backends.types import Box, Finding
from tests.annotated import URL, Annotated, made_up, manifest

LINES = [
    Finding("supplementing", Box(10, y, 900, 20), text="ein Satz aus zehn Wörtern " * 3) for y in range(0, 120, 30)
]
SHOWN = [*LINES, Finding("classifying", Box(1, 2, 300, 400), "illustration", score=0.9)]


def peak(book: Published, form: str) -> tuple[int, int]:
    """Bytes of memory at the most while it is streamed, and bytes that were streamed."""
    tracemalloc.start()
    try:
        size = sum(map(len, FORMATS[form].stream(book, Options())))
        return tracemalloc.get_traced_memory()[1], size
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "form", ["w3c", "jsonl", "coco", "csv", "parquet", "hocr", "alto", "page", "text", "tei", "rocrate"]
)
def test_memory_does_not_grow_with_the_book(form: str) -> None:
    few, many = (parse(manifest(n), url=URL) for n in (200, 2000))
    assert isinstance(few, Manifest) and isinstance(many, Manifest)
    books = [made_up(book, [SHOWN] * len(book.canvases)) for book in (few, many)]
    for book in books:
        assert sum(1 for _ in book)  # what is computed once for each canvas belongs to the manifest
    (small, first), (large, second) = (peak(book, form) for book in books)
    assert second > 5 * first
    listed = 1000 * 1800 if FORMATS[form].is_folder else 0  # the directory of a zip, for each further canvas
    assert large - listed < max(1.5 * small, small + 500_000), (small, large)


def test_a_walk_holds_one_canvas(tmp_path: Path) -> None:
    """From the store, too: readings are read one by one, and let go."""
    book = Annotated(tmp_path, [SHOWN] * 40)
    walked: list[int] = []

    def walk() -> Iterator[CanvasAnnotations]:
        for page in book.published():
            walked.append(page.number)
            yield page

    found = iter(walk())
    assert next(found).number == 1 and walked == [1]
