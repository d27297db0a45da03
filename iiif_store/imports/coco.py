"""COCO instances files (cocodataset.org/#format-data), those of `export.coco` with all that they say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain
from typing import Any

import orjson

from ml_backends.types import Finding, Region

from ..geometry import bounds
from ..item import Item
from ..shape import JSON, number, objects, string
from .sheets import File, NoRegion, Sheet, Sheets, Unreadable, box, named, ring, score


def read(files: Sequence[File]) -> Sheets:
    """A sheet for each image. Of a mask in run-length form the box counts. Raises Unreadable."""
    for file in files:
        document = _document(file)
        categories = {row.get("id"): str(row.get("name", "")) for row in objects(document.get("categories"))}
        marks: defaultdict[Any, list[JSON]] = defaultdict(list)
        for row in objects(document.get("annotations")):
            marks[row.get("image_id")].append(row)
        for image in objects(document.get("images")):
            items = tuple(_item(row, categories) for row in marks[image.get("id")])
            width, height = number(image.get("width")), number(image.get("height"))
            names = named(image.get("canvas"), image.get("file_name"), image.get("coco_url"), image.get("label"))
            where = f"{file.name}: image {image.get('file_name') or image.get('id')}"
            yield Sheet(where, names, (width, height) if width and height else None, items)


def _document(file: File) -> JSON:
    try:
        document = orjson.loads(file.body)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"{file.name} is no JSON: {error}") from error
    if not isinstance(document, dict) or "images" not in document:
        raise Unreadable(f"{file.name} has no 'images'. Bring the whole COCO file, not a list of results.")
    return document


def _item(row: JSON, categories: dict[Any, str]) -> Item:
    motivation = string(row.get("motivation"))
    label = row.get("label") if motivation else categories.get(row.get("category_id"))
    text, language, concept = (row.get(name) for name in ("text", "language", "concept"))
    finding = Finding(
        motivation or "classifying",
        region=None if row.get("whole_canvas") else _region(row),
        label=label if isinstance(label, str) else None,
        text=text if isinstance(text, str) else None,
        language=string(language),
        concept=string(concept),
        score=score(row.get("score")),
    )
    by = row.get("by")
    return Item(
        finding,
        layer=string(row.get("layer")) or "",
        maker=string(row.get("model")) or "",
        by=by if by in ("Software", "Person") else "",
        created=string(row.get("created")) or "",
    )


def _region(row: JSON) -> Region | None:
    """The outline, the box, or the box around several outlines."""
    shape, given = row.get("segmentation"), row.get("bbox")
    if not shape and not given:
        return None
    outlines = [one for one in shape if isinstance(one, list)] if isinstance(shape, list) else []
    if len(outlines) == 1 and (found := ring(outlines[0])):
        return found
    if isinstance(given, list) and len(given) == 4 and (found := box(*given)):
        return found
    return _around(outlines) or NoRegion(f"annotation {row.get('id')}", f"bbox {given}, segmentation {shape}")


def _around(outlines: list[list[Any]]) -> Region | None:
    usable = outlines and all(map(ring, outlines))
    everything = ring(chain.from_iterable(outlines)) if usable else None
    return bounds(everything) if everything else None
