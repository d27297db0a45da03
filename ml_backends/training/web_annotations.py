"""Annotated pages from Web Annotations: files of AnnotationPages or annotations, beside the images they are about."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ml_backends.training.pages import Page, Region, size_of
from ml_backends.types import Box

_XYWH = re.compile(r"xywh=(?:(pixel|percent):)?([\d.]+),([\d.]+),([\d.]+),([\d.]+)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


def web_annotations(folder: Path) -> Iterator[Page]:
    """One page for every image in `folder` that an annotation in `folder`/*.json is about.

    The target names the image by its file name, the last part of the URI. A region is an `xywh` fragment or an SVG
    selector in pixels of the image file; the label is the body's value or label.
    """
    regions: dict[Path, list[Region]] = defaultdict(list)
    sizes: dict[Path, tuple[int, int]] = {}
    for file in sorted(folder.glob("*.json")):
        for annotation in _annotations(json.loads(file.read_text("utf-8"))):
            source, _ = _target(annotation.get("target"))
            path = folder / Path(unquote(urlsplit(source).path)).name
            if not path.is_file():
                continue
            sizes[path] = sizes.get(path) or size_of(path)
            regions[path] += regions_of(annotation, *sizes[path])
    for path, found in sorted(regions.items()):
        yield Page(path, *sizes[path], tuple(found), group=folder.name)


def regions_of(annotation: Mapping[str, Any], width: float, height: float) -> list[Region]:
    """What one annotation marks on a target of that size, in the target's units. A place or a label that it does not
    tell, or not in a way that is understood, is a box without extent or the label ""."""
    box = _box(_target(annotation.get("target"))[1], (width, height)) or Box(0, 0, 0, 0)
    return [Region(label, box) for label in list(_labels(annotation.get("body"))) or [""]]


def _annotations(document: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(document, list):
        for item in document:
            yield from _annotations(item)
    elif isinstance(document, dict) and "items" in document:
        yield from _annotations(document["items"])
    elif isinstance(document, dict) and document.get("type") == "Annotation":
        yield document


def _target(target: Any) -> tuple[str, str]:
    """The URI of what the annotation is about, and the text of its selector."""
    if isinstance(target, list):
        target = target[0] if target else ""
    if isinstance(target, str):
        source, _, fragment = target.partition("#")
        return source, fragment
    source = target.get("source", target.get("id", ""))
    source = source.get("id", "") if isinstance(source, dict) else source
    selectors = target.get("selector") or {}
    first = selectors[0] if isinstance(selectors, list) else selectors
    return source.partition("#")[0], str(first.get("value", "")) or source.partition("#")[2]


def _box(selector: str, size: tuple[float, float]) -> Box | None:
    if found := _XYWH.search(selector):
        x, y, w, h = (float(v) for v in found.groups()[1:])
        if found[1] == "percent":
            x, y, w, h = (v * side / 100 for v, side in zip((x, y, w, h), size * 2, strict=True))
        return Box(x, y, w, h)
    outline = re.search(r"(?:\bd|points)=[\"']([^\"']+)", selector)
    values = [float(v) for v in _NUMBER.findall(outline[1])] if outline else []
    if len(values) < 6 or len(values) % 2:
        return None
    xs, ys = values[::2], values[1::2]
    return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


def _labels(body: Any) -> Iterator[str]:
    for part in body if isinstance(body, list) else [body]:
        if isinstance(part, str):
            yield part.rsplit("/", 1)[-1]
        elif isinstance(part, dict) and isinstance(part.get("value") or part.get("label"), str):
            yield str(part.get("value") or part.get("label"))
