"""The extent of SVG selectors."""

from __future__ import annotations

import re
from math import isfinite
from xml.etree import ElementTree

from fontTools.pens.boundsPen import BoundsPen  # type: ignore[import-untyped]
from fontTools.svgLib.path import PathBuilder, parse_path  # type: ignore[import-untyped]

from ml_backends.types import Box


def extent(value: str, size: tuple[float, float]) -> Box | None:
    """The upright rectangle around all that an SVG draws, curves where they run. None for what is no SVG, draws
    nothing, or has a transform or another viewBox than `size`: a selector is in units of its target."""
    try:
        root = _parsed(value)
        return _around(root) if _in_frame(root, size) else None
    except (ElementTree.ParseError, ValueError, TypeError, LookupError, ArithmeticError):
        return None  # what these say of an SVG is for who drew it, not for who trains on it


def _parsed(value: str) -> ElementTree.Element:
    if re.search(r"<!(?:DOCTYPE|ENTITY)", value, re.IGNORECASE):
        raise ValueError("a document type")  # without one there are no entities to blow up
    return ElementTree.fromstring(value)


def _in_frame(root: ElementTree.Element, size: tuple[float, float]) -> bool:
    frame = [float(number) for number in root.get("viewBox", "").replace(",", " ").split()]
    return frame in ([], [0, 0, *size]) and not any("transform" in element.attrib for element in root.iter())


def _around(root: ElementTree.Element) -> Box | None:
    shapes, pen = PathBuilder(), BoundsPen(None)
    for element in root.iter():
        element.attrib = {name: text.strip().removesuffix("px") for name, text in element.attrib.items()}
        shapes.add_path_from_element(element)
    for path in shapes.paths:
        parse_path(" ".join(path.split()), pen)
    if pen.bounds is None or not all(map(isfinite, pen.bounds)):
        return None
    left, top, right, bottom = pen.bounds
    return Box(left, top, right - left, bottom - top)
