"""One row for each annotation: CSV, and the columns that Parquet shares with it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from ml_backends.types import Polygon

from ..geometry import bounds
from ..item import Item
from .pixels import outwards
from .published import CanvasAnnotations, Options, Published

COLUMNS = {
    "number": int,
    "page": str,
    "canvas": str,
    "canvas_width": int,
    "canvas_height": int,
    "image": str,
    "annotation": str,
    "layer": str,
    "motivation": str,
    "class": str,
    "text": str,
    "language": str,
    "concept": str,
    "x": int,
    "y": int,
    "width": int,
    "height": int,
    "outline": str,
    "score": float,
    "maker": str,
    "maker_type": str,
    "created": str,
    "run": str,
}
"""Name and type. Coordinates are canvas units; without x to height an annotation is about the whole canvas. An outline
is "x,y x,y ...". What is not known is empty."""


def lines(book: Published, options: Options) -> Iterator[bytes]:
    """CSV (RFC 4180) in UTF-8, with a line of names."""
    yield line(COLUMNS)
    for row in rows(book):
        yield line(row.values())


def rows(book: Published) -> Iterator[dict[str, Any]]:
    """Values by column, None for what is not known."""
    for page in book:
        for item in page.items():
            yield row_of(page, item)


def row_of(page: CanvasAnnotations, item: Item) -> dict[str, Any]:
    """The row of one annotation."""
    canvas, finding, region = page.canvas, item.finding, item.finding.region
    box = outwards(bounds(region), page.size) if region else None
    values = (
        *(page.number, canvas.label, canvas.id, canvas.width, canvas.height, page.image),
        *(item.id, item.layer, finding.motivation, finding.label, finding.text, finding.language, finding.concept),
        *((box.x, box.y, box.width, box.height) if box else (None,) * 4),
        " ".join(f"{x:.0f},{y:.0f}" for x, y in region.points) if isinstance(region, Polygon) else None,
        *(finding.score, item.maker or None, item.by or None, item.created or None, item.run or None),
    )
    return dict(zip(COLUMNS, values, strict=True))


def line(values: Iterable[Any]) -> bytes:
    """One line of CSV; None is empty."""
    text = io.StringIO()
    csv.writer(text).writerow(["" if value is None else value for value in values])
    return text.getvalue().encode("utf-8", "replace")
