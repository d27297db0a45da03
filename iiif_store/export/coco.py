"""COCO object detection, as training tools read it (cocodataset.org/#format-data). What COCO has no field for stands in
fields of our own beside the others, which its readers pass over."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from ml_backends.types import Box, Polygon

from ..geometry import area, bounds
from ..item import Item
from ..shape import JSON
from .published import CanvasAnnotations, Options, Published


def document(book: Published, options: Options) -> Iterator[bytes]:
    """One instances file of the pages that were read. Coordinates are canvas units, and so are the sizes of the images.

    The walk is made twice, since images stand before annotations; ids are places and counts, the same in every export
    of the same findings.
    """
    info = {"description": book.title, "url": book.manifest, "contributor": book.software}
    yield b'{"info":' + orjson.dumps(info) + b',"licenses":' + orjson.dumps(_licences(book)) + b',"images":['
    comma = b""
    for page in book.examples():
        yield comma + orjson.dumps(_image(page, book))
        comma = b","
    yield b'],"annotations":['
    categories: dict[str, int] = {}
    comma, number = b"", 0
    for page in book.examples():
        for item in page.examples():
            number += 1
            yield comma + orjson.dumps(_annotation(number, page, item, categories))
            comma = b","
    rows = [{"id": n, "name": name, "supercategory": ""} for name, n in categories.items()]
    yield b'],"categories":' + orjson.dumps(rows) + b"}"


def _licences(book: Published) -> list[JSON]:
    return [{"id": 1, "name": book.rights, "url": book.rights}] if book.rights else []


def _image(page: CanvasAnnotations, book: Published) -> JSON:
    width, height = page.size or (0, 0)
    row = {"id": page.number, "file_name": f"{page.stem}.jpg", "width": width, "height": height}
    row |= {"coco_url": page.image, "canvas": page.canvas.id, "label": page.canvas.label}
    return row | ({"license": 1} if book.rights else {})


def _annotation(number: int, page: CanvasAnnotations, item: Item, categories: dict[str, int]) -> JSON:
    finding, region = item.finding, item.finding.region
    width, height = page.size or (0, 0)
    box = bounds(region) if region else Box(0, 0, width, height)
    category = finding.label or finding.motivation
    row: JSON = {
        "id": number,
        "image_id": page.number,
        "category_id": categories.setdefault(category, len(categories) + 1),
        "bbox": [box.x, box.y, box.width, box.height],
        "area": area(region or box),
        "segmentation": [[n for point in region.points for n in point]] if isinstance(region, Polygon) else [],
        "iscrowd": 0,
        "motivation": finding.motivation,
    }
    told = {name: getattr(finding, name) for name in ("score", "label", "text", "language", "concept")}
    told |= {"annotation": item.id, "layer": item.layer, "model": item.maker, "by": item.by, "created": item.created}
    told |= {"run": item.run}
    row |= {name: value for name, value in told.items() if value not in (None, "")}
    return row if region else row | {"whole_canvas": True}
