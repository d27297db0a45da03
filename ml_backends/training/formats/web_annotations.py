"""Annotated pages from Web Annotations: files of AnnotationPages or annotations, beside the images they are about."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ml_backends.training.formats.rows import Row, an_object, at, document, json_files
from ml_backends.training.formats.svg import extent
from ml_backends.training.pages import Page, Region, size_of
from ml_backends.types import Box

_NUMBER = r"(\d+(?:\.\d*)?|\.\d+)"
_XYWH = re.compile(rf"xywh=(?:(pixel|percent):)?{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER}")


def web_annotations(folder: Path) -> Iterator[Page]:
    """One page for every image in `folder`, or in its images/, that an annotation in `folder`/*.json is about.

    The target names the image by its file name, the last part of the URI. A region is an `xywh` fragment or an SVG
    selector in pixels of the image file; the label is the body's value or label.
    """
    regions: dict[Path, list[Region]] = defaultdict(list)
    sizes: dict[Path, tuple[int, int]] = {}
    for file in json_files(folder):
        for where, annotation in _annotations(document(file), f"{file}, $"):
            with at(where):
                name = _file_name(_target(annotation.get("target"))[0])
            path = next((place / name for place in (folder, folder / "images") if (place / name).is_file()), None)
            if path is None:
                continue
            sizes[path] = sizes.get(path) or size_of(path)
            regions[path] += regions_of(annotation, *sizes[path])
    for path, found in sorted(regions.items()):
        yield Page(path, *sizes[path], tuple(found), group=folder.name)


def regions_of(annotation: Mapping[str, Any], width: float, height: float) -> list[Region]:
    """What one annotation marks on a target of that size, in the target's units. A place or a label that it does not
    tell, or not in a way that is understood, is a box without extent or the label ""."""
    try:
        _, selector = _target(annotation.get("target"))
    except ValueError:
        selector = ""
    box = _box(selector, (width, height)) or Box(0, 0, 0, 0)
    return [Region(label, box) for label in list(_labels(annotation.get("body"))) or [""]]


def _annotations(node: Any, where: str) -> Iterator[tuple[str, Row]]:
    """The annotations in a document, each after the place where it stands."""
    if isinstance(node, list):
        for number, item in enumerate(node):
            yield from _annotations(item, f"{where}[{number}]")
    elif isinstance(node, dict) and "items" in node:
        _check_page(node, where)
        yield from _annotations(node["items"], f"{where}.items")
    elif isinstance(node, dict) and node.get("type") == "Annotation":
        yield where, node


def _check_page(node: Row, where: str) -> None:
    """A page that only names its annotations would be taken for one with less on it."""
    items = node["items"] if node.get("type") == "AnnotationPage" else []
    for number, item in enumerate(items if isinstance(items, list) else [items]):
        with at(f"{where}.items[{number}]"):
            an_object(item)


def _file_name(source: str) -> str:
    return Path(unquote(urlsplit(source).path)).name


def _target(target: Any) -> tuple[str, str]:
    """The URI of what an annotation is about, and the text of its selector; raises ValueError."""
    first = target[0] if isinstance(target, list) and target else target
    if isinstance(first, str):
        source, _, fragment = first.partition("#")
        return source, fragment
    if not isinstance(first, dict):
        raise ValueError("it has no 'target' that names the image that it is about")
    source, _, fragment = _source(first).partition("#")
    return source, _selector(first.get("selector")) or fragment


def _source(target: Row) -> str:
    source = target.get("source", target.get("id", ""))
    source = source.get("id", "") if isinstance(source, dict) else source
    if not isinstance(source, str):
        raise ValueError("the source of its target is no URI")
    return source


def _selector(selectors: Any) -> str:
    first = selectors[0] if isinstance(selectors, list) and selectors else selectors
    if not first:
        return ""
    if not isinstance(first, dict):
        raise ValueError("the selector of its target is no object with a type and a value")
    return str(first.get("value") or "")


def _box(selector: str, size: tuple[float, float]) -> Box | None:
    found = _XYWH.search(selector)
    if not found:
        return extent(selector, size)
    x, y, w, h = (float(v) for v in found.groups()[1:])
    if found[1] == "percent":
        x, y, w, h = (v * side / 100 for v, side in zip((x, y, w, h), size * 2, strict=True))
    return Box(x, y, w, h)


def _labels(body: Any) -> Iterator[str]:
    for part in body if isinstance(body, list) else [body]:
        if isinstance(part, str):
            yield part.rsplit("/", 1)[-1]
        elif isinstance(part, dict) and isinstance(part.get("value") or part.get("label"), str):
            yield str(part.get("value") or part.get("label"))
