"""Annotated pages from COCO instances files (cocodataset.org/#format-data)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import reduce
from pathlib import Path
from typing import TypeAlias

from ml_backends.training.formats.rows import (
    Row,
    an_object,
    around,
    at,
    box,
    document,
    identifier,
    json_files,
    listed,
    side,
    string,
)
from ml_backends.training.pages import SPLITS, Page, Region
from ml_backends.types import Box

Id: TypeAlias = str | int


def coco(folder: Path) -> Iterator[Page]:
    """The pages of `folder`/*.json, images beside it, in images/ or in a folder of its name."""
    for file, content in documents(folder):
        with at(str(file)):
            categories = {identifier(row, "id"): string(row, "name") for _, row in _rows(file, content, "categories")}
        regions = _regions(file, content, categories)
        licences = _licences(content)
        for where, row in _rows(file, content, "images"):
            with at(where):
                page = _page(folder, file, row, tuple(regions[identifier(row, "id")]), licences)
            yield page


def documents(folder: Path) -> Iterator[tuple[Path, Row]]:
    """The COCO files in `folder` or in its annotations/, and what they hold."""
    for file in sorted([*json_files(folder), *json_files(folder / "annotations")]):
        content = document(file)
        if isinstance(content, dict) and content.keys() >= {"images", "categories", "annotations"}:
            yield file, content


def _rows(file: Path, content: Row, key: str) -> Iterator[tuple[str, Row]]:
    with at(str(file)):
        values = listed(content, key)
    for number, value in enumerate(values):
        where = f"{file}, {key}[{number}]"
        with at(where):
            row = an_object(value)
        yield where, row


def _regions(file: Path, content: Row, categories: Mapping[Id, str]) -> Mapping[Id, list[Region]]:
    regions: dict[Id, list[Region]] = defaultdict(list)
    for where, mark in _rows(file, content, "annotations"):
        with at(where):
            regions[identifier(mark, "image_id")].append(Region(_label(mark, categories), _box(mark)))
    return regions


def _label(mark: Row, categories: Mapping[Id, str]) -> str:
    category = identifier(mark, "category_id")
    if category not in categories:
        raise ValueError(f"its category {category!r} is none of {', '.join(map(repr, categories)) or 'none at all'}")
    return categories[category]


def _box(mark: Row) -> Box:
    """Its bbox; where it has none, the rectangle around the polygons of its segmentation."""
    if mark.get("bbox"):
        return box(mark, "bbox")
    outlines = mark.get("segmentation")
    found = [around(outline) for outline in outlines] if isinstance(outlines, list) else []
    extents = [extent for extent in found if extent]
    if not extents:
        raise ValueError("it has neither a 'bbox' nor a 'segmentation' of polygons")
    return reduce(_union, extents)


def _union(one: Box, other: Box) -> Box:
    left, top = min(one.x, other.x), min(one.y, other.y)
    right = max(one.x + one.width, other.x + other.width)
    bottom = max(one.y + one.height, other.y + other.height)
    return Box(left, top, right - left, bottom - top)


def _licences(content: Row) -> dict[str, str]:
    """Names by id. A list that is not as it should be names none: pages can be used without."""
    rows = content.get("licenses")
    objects = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return {str(row.get("id")): str(row.get("name") or "") for row in objects}


def _page(folder: Path, file: Path, row: Row, regions: tuple[Region, ...], licences: Mapping[str, str]) -> Page:
    return Page(
        _image(string(row, "file_name"), (folder, folder / "images", folder / file.stem)),
        side(row, "width"),
        side(row, "height"),
        regions,
        source=str(row.get("coco_url") or ""),
        licence=licences.get(str(row.get("license")), ""),
        group=file.stem,
        split=_split(file.stem),
    )


def _image(name: str, places: tuple[Path, ...]) -> Path:
    for place in places:
        if (place / name).is_file():
            return place / name
    raise ValueError(f"its image {name} is in none of {', '.join(map(str, places))}")


def _split(stem: str) -> str:
    words = re.findall("[a-z]+", stem.lower())
    return next((SPLITS[word] for word in reversed(words) if word in SPLITS), "train")
