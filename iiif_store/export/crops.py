"""Every region cut out at full resolution, with a table that says what each shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from threading import Lock

from ml_backends.types import Box

from ..crops import has_regions
from ..geometry import bounds
from ..item import Item
from . import pictures, table
from .archive import Entry
from .pixels import outwards
from .published import CanvasAnnotations, Options, Published

CROPS = "crops"


def folder(book: Published, options: Options) -> Iterator[Entry]:
    """The name of a crop says which part of which canvas it shows, so that it is cut once. Of text no crops are made:
    there are thousands, and few want them."""
    for page in book.pages():
        named = {crop_name(page, item): item.finding.region for item in page.items()}
        boxes = {name: outwards(bounds(region), page.size) for name, region in named.items() if name and region}
        cut = _cutter(page, list(boxes.values()), options)
        for name, box in boxes.items():
            yield Entry(name, partial(cut, box), picture=True)
    yield Entry("findings.csv", lambda: _table(book))


def _table(book: Published) -> Iterator[bytes]:
    yield table.line([*table.COLUMNS, "crop"])
    for page in book:
        for item in page.items():
            yield table.line([*table.row_of(page, item).values(), crop_name(page, item)])


def crop_name(page: CanvasAnnotations, item: Item) -> str | None:
    """The file of a region; None for the whole canvas, for text, and where there is no picture."""
    if item.finding.region is None or item.is_text or not page.image:
        return None
    box = outwards(bounds(item.finding.region), page.size)
    place = "-".join(f"{number:.0f}" for number in (box.x, box.y, box.width, box.height))
    return f"{CROPS}/{page.number:04d}-{_slug(page.canvas.label)}-{_slug(item.layer)}-{place}.jpg"


def _cutter(page: CanvasAnnotations, boxes: Sequence[Box], options: Options) -> Callable[[Box], bytes]:
    """Cuts one box. Where only the whole picture can be had, it is fetched once for all boxes of the canvas."""
    if boxes and has_regions(page.canvas.painted()):
        return lambda box: pictures.cuts(page.canvas, [box], options)[0]
    lock, made = Lock(), dict[Box, bytes]()

    def cut(box: Box) -> bytes:
        with lock:
            if not made:
                made.update(zip(boxes, pictures.cuts(page.canvas, boxes, options), strict=True))
            return made[box]

    return cut


def _slug(label: str) -> str:
    return re.sub(r"[^\w]+", "-", label).strip("-")[:40] or "page"
