"""CSV of the VGG Image Annotator, version 2 (robots.ox.ac.uk/~vgg/software/via)."""

from __future__ import annotations

import csv
import io
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from ml_backends.types import Finding, Region

from ..item import Item
from .sheets import File, NoRegion, Sheet, Sheets, Unreadable, box, named, ring

COLUMNS = {"filename", "region_shape_attributes", "region_attributes"}
_LABEL, _TEXT = ("label", "class", "type", "category", "name"), ("text", "transcription", "caption")
_CORNERS = 24


def read(files: Sequence[File]) -> Sheets:
    """A sheet for each file name; regions are in pixels of the image. Of the attributes of a region, one called label,
    class, type, category or name is the label, one called text, transcription or caption the text; else the first is
    the label. Raises Unreadable."""
    for file in files:
        rows = _rows(file)
        found: defaultdict[str, list[Item]] = defaultdict(list)
        for number, row in enumerate(rows, 2):
            found[row["filename"] or ""] += _items(row, f"{file.name}, line {number}")
        for name, items in found.items():
            yield Sheet(f"{file.name}: {name}", named(name), None, tuple(items))


def _rows(file: File) -> list[dict[str, str | None]]:
    table = csv.DictReader(io.StringIO(file.body.decode("utf-8-sig", "replace"), newline=""))
    try:
        if not set(table.fieldnames or ()) >= COLUMNS:
            raise Unreadable(f"{file.name} is no VIA file: it lacks {', '.join(sorted(COLUMNS))}")
        return list(table)
    except csv.Error as error:
        raise Unreadable(f"{file.name} is no CSV: {error}") from error


def _items(row: Mapping[str, str | None], where: str) -> list[Item]:
    try:
        shape = orjson.loads(row["region_shape_attributes"] or "{}")
        told = orjson.loads(row["region_attributes"] or "{}")
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"{where} holds no JSON: {error}") from error
    if not isinstance(shape, dict) or not isinstance(told, dict) or not shape:  # an image without regions has one row
        return []
    region = _region(shape) or NoRegion(where, row["region_shape_attributes"])
    text, label = _first(told, _TEXT), _first(told, _LABEL)
    if text is None and label is None:
        label = next((value for name in told if (value := _value(told[name]))), None)
    motivation = "supplementing" if text is not None and label is None else "classifying"
    return [Item(Finding(motivation, region, label=label, text=text))]


def _region(shape: Mapping[str, Any]) -> Region | None:
    name = shape.get("name")
    if name == "rect":
        return box(*(shape.get(key) for key in ("x", "y", "width", "height")))
    if name in ("polygon", "polyline"):
        xs, ys = shape.get("all_points_x") or [], shape.get("all_points_y") or []
        return ring(number for point in zip(xs, ys, strict=False) for number in point)
    if name in ("circle", "ellipse"):
        return _ellipse(shape)
    if name == "point":
        return box(shape.get("cx"), shape.get("cy"), 1, 1)
    return None


def _ellipse(shape: Mapping[str, Any]) -> Region | None:
    try:
        x, y = float(shape["cx"]), float(shape["cy"])
        across, down = float(shape.get("rx", shape.get("r"))), float(shape.get("ry", shape.get("r")))
    except (KeyError, TypeError, ValueError):
        return None
    angles = [2 * math.pi * n / _CORNERS for n in range(_CORNERS)]
    return ring(number for a in angles for number in (x + across * math.cos(a), y + down * math.sin(a)))


def _first(told: Mapping[str, Any], names: Sequence[str]) -> str | None:
    return next((value for name in told if name.lower() in names and (value := _value(told[name]))), None)


def _value(value: Any) -> str | None:
    """Text, or of a check box the options that are ticked."""
    if isinstance(value, dict):
        return ", ".join(str(key) for key, ticked in value.items() if ticked) or None
    return value.strip() or None if isinstance(value, str) else None
