"""Readings as JSON: the form in which they are kept for ever.

A finding is an object with its `motivation`, a `box` [x, y, width, height] or a `polygon` [[x, y], ...] in pixels
of the picture (neither: the whole picture), and of `label`, `text`, `language`, `concept` and `score` those it has.
`drawn` [width, height] says that it drew a picture, which is kept among the images as `<revision>-<number>`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from typing import Any

import orjson

from iiif_store.reading import Reading, Recipe
from ml_backends.types import Box, Drawn, Finding, Polygon, Region

_OPTIONAL = ("label", "text", "language", "concept", "score")
_RECORD = ("width", "height", "started", "ended", "inputs", "digest", "device", "software")


def to_json(reading: Reading) -> bytes:
    """Raises ValueError for what JSON cannot hold, and for a finding with pixels: they belong among the images."""
    document = {
        "recipe": _recipe_document(reading.recipe),
        **{name: getattr(reading, name) for name in _RECORD},
        **({"maker": reading.maker} if reading.maker else {}),
        "findings": findings_document(reading.findings),
    }
    try:
        return orjson.dumps(document)
    except TypeError as error:
        raise ValueError(f"reading {reading.revision[:16]} of {reading.recipe.backend} is no JSON: {error}") from error


def from_json(data: bytes) -> Reading:
    """Raises ValueError for anything that is not a whole reading."""
    document = orjson.loads(data)
    try:
        return _reading(document)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no reading: {type(error).__name__} {error}") from error


def findings_document(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings as they are kept; what is equal is written equally. Raises ValueError."""
    return [_finding_document(finding) for finding in findings]


def _recipe_document(recipe: Recipe) -> dict[str, Any]:
    return {field.name: getattr(recipe, field.name) for field in dataclasses.fields(recipe)}


def _finding_document(finding: Finding) -> dict[str, Any]:
    optional = {name: value for name in _OPTIONAL if (value := getattr(finding, name)) is not None}
    if not math.isfinite(finding.score or 0):
        raise ValueError(f"the score {finding.score} of a finding is no number")
    return {
        "motivation": finding.motivation,
        **_region_document(finding.region),
        **optional,
        **_drawn_document(finding),
    }


def _drawn_document(finding: Finding) -> dict[str, Any]:
    if finding.picture is None:
        return {}
    if not isinstance(finding.picture, Drawn):
        raise ValueError("a finding with the pixels of a picture is no JSON: put it among the images first")
    return {"drawn": [finding.picture.width, finding.picture.height]}


def _region_document(region: Region | None) -> dict[str, Any]:
    if region is None:
        return {}
    if isinstance(region, Box):
        numbers = [region.x, region.y, region.width, region.height]
        document: dict[str, Any] = {"box": numbers}
    else:
        numbers = [number for point in region.points for number in point]
        document = {"polygon": region.points}
    if not all(map(math.isfinite, numbers)):
        raise ValueError(f"a region with a coordinate that is no number: {region}")
    return document


def _reading(document: dict[str, Any]) -> Reading:
    record = {name: document[name] for name in _RECORD}
    record["inputs"] = tuple(record["inputs"])
    record["maker"] = document.get("maker", "")
    findings = tuple(_finding(finding) for finding in document["findings"])
    return Reading(recipe=Recipe(**document["recipe"]), findings=findings, **record)


def _finding(document: dict[str, Any]) -> Finding:
    optional = {name: document[name] for name in _OPTIONAL if name in document}
    drawn = Drawn(*document["drawn"]) if "drawn" in document else None
    return Finding(document["motivation"], _region(document), **optional, picture=drawn)


def _region(document: dict[str, Any]) -> Region | None:
    if "box" in document:
        x, y, width, height = document["box"]
        return Box(x, y, width, height)
    if "polygon" in document:
        return Polygon(tuple((x, y) for x, y in document["polygon"]))
    return None
