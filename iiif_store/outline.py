"""SVG selectors of other people: made safe, brought to paths, and measured.

What a viewer gets is one `<svg>` of `<path>` elements in canvas units, without script, style sheet, viewBox and
transform: Mirador before 4.2 draws nothing but paths (specs 2.5; Web Annotation model, 4.2.7).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from typing import TypeVar
from xml.etree import ElementTree

from ml_backends.types import Box

from .geometry import Size

Point = tuple[float, float]
T = TypeVar("T")

_NUMBER = r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_TOKEN = re.compile(rf"([MmLlHhVvCcSsQqTtAaZz])|({_NUMBER})|[\s,]+|(.)", re.DOTALL)
_ARGUMENTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}

_PAINT = ("fill", "fill-opacity", "stroke", "stroke-opacity", "stroke-width", "opacity")
_PAINTED = re.compile(r"#[0-9a-fA-F]{3,8}|[a-z]{1,32}|rgba?\([0-9., %]{1,40}\)|[0-9.]{1,12}(?:px)?")
_OURS = {"fill": "none", "stroke": "#9b2d1f"}
"""Without these a viewer's defaults would paint the region over in black."""

_ROUND = 0.5522847498
"""Of the radius: where the control points of a quarter of an ellipse stand."""


def cleaned(value: str, size: Size | None = None) -> tuple[str, Box]:
    """The selector's value as published, and the box around it (of arcs, around their ends). `size` is that of the
    canvas. Raises ValueError that says why it cannot be used."""
    root = _parsed(value)
    _check_frame(root, size)
    paths = [(data, _paint(element)) for element in root.iter() if (data := _data(element))]
    if not paths:
        raise ValueError("the SVG holds no path, polygon, polyline, rect, circle, ellipse or line")
    found = [point for data, _ in paths for point in points(data)]
    xs, ys = [x for x, _ in found], [y for _, y in found]
    drawn = "".join(f'<path d="{data}"{paint}/>' for data, paint in paths)
    box = Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
    return f'<svg xmlns="http://www.w3.org/2000/svg">{drawn}</svg>', box


def points(data: str) -> Iterator[Point]:
    """The points that the data of a path name, control points too, in absolute coordinates; raises ValueError."""
    now = start = (0.0, 0.0)
    for letter, numbers in _commands(data):
        name, relative = letter.upper(), letter.islower()
        if name == "Z":
            now = start
        for n, group in enumerate(_groups(numbers, _ARGUMENTS[name])):
            found = _absolute(name, group, now, now if relative else (0.0, 0.0))
            yield from found
            now = found[-1]
            start = now if name == "M" and n == 0 else start


def _parsed(value: str) -> ElementTree.Element:
    if re.search(r"<!(?:DOCTYPE|ENTITY)", value, re.IGNORECASE):
        raise ValueError("the SVG declares a document type, which a selector does not need")
    try:
        return ElementTree.fromstring(value)  # without a document type there are no entities to blow up
    except ElementTree.ParseError as error:
        raise ValueError(f"the SVG is not well-formed XML ({error})") from error


def _check_frame(root: ElementTree.Element, size: Size | None) -> None:
    """Coordinates are those of the canvas (Web Annotation model, 4.2.7): nothing may move or scale them."""
    if any("transform" in element.attrib for element in root.iter()):
        raise ValueError("the SVG has a transform; write its coordinates in canvas units")
    frame = [float(number) for number in re.findall(_NUMBER, root.get("viewBox", ""))]
    if frame and size and frame != [0, 0, *size]:
        raise ValueError(f"the viewBox of the SVG is not that of the canvas, 0 0 {size[0]} {size[1]}; leave it out")


def _paint(element: ElementTree.Element) -> str:
    given = {name: element.get(name, "").strip() for name in _PAINT}
    kept = {name: value for name, value in given.items() if _PAINTED.fullmatch(value)}
    return "".join(f' {name}="{value}"' for name, value in (_OURS | kept).items())


def _data(element: ElementTree.Element) -> str | None:
    """What an element draws, as the data of a path; None for one that draws nothing."""
    tag = element.tag if isinstance(element.tag, str) else ""
    draw = _DRAWN.get(tag.rpartition("}")[2])
    return draw(element) if draw else None


def _path(element: ElementTree.Element) -> str | None:
    data = element.get("d", "").strip()
    return " ".join(data.split()) or None


def _closed(element: ElementTree.Element) -> str:
    return f"{_line(element)} Z"


def _line(element: ElementTree.Element) -> str:
    numbers = [float(number) for number in re.findall(_NUMBER, element.get("points", ""))]
    if len(numbers) < 4 or len(numbers) % 2:
        raise ValueError(f"the points of a {element.tag.rpartition('}')[2]} of the SVG are no pairs of numbers")
    return _through(list(zip(numbers[::2], numbers[1::2], strict=True)))


def _segment(element: ElementTree.Element) -> str:
    x1, y1, x2, y2 = (_length(element, name) for name in ("x1", "y1", "x2", "y2"))
    return _through([(x1, y1), (x2, y2)])


def _rectangle(element: ElementTree.Element) -> str:
    x, y, width, height = (_length(element, name) for name in ("x", "y", "width", "height"))
    return f"{_through([(x, y), (x + width, y), (x + width, y + height), (x, y + height)])} Z"


def _ellipse(element: ElementTree.Element) -> str:
    x, y, r = (_length(element, name) for name in ("cx", "cy", "r"))
    rx, ry = _length(element, "rx", r), _length(element, "ry", r)
    kx, ky = rx * _ROUND, ry * _ROUND
    quarters = (
        ((x + rx, y + ky), (x + kx, y + ry), (x, y + ry)),
        ((x - kx, y + ry), (x - rx, y + ky), (x - rx, y)),
        ((x - rx, y - ky), (x - kx, y - ry), (x, y - ry)),
        ((x + kx, y - ry), (x + rx, y - ky), (x + rx, y)),
    )
    return f"M{_pair((x + rx, y))} " + " ".join(f"C{' '.join(map(_pair, quarter))}" for quarter in quarters) + " Z"


_DRAWN: Mapping[str, Callable[[ElementTree.Element], str | None]] = {
    "path": _path,
    "polygon": _closed,
    "polyline": _line,
    "line": _segment,
    "rect": _rectangle,
    "circle": _ellipse,
    "ellipse": _ellipse,
}


def _length(element: ElementTree.Element, name: str, default: float = 0.0) -> float:
    text = element.get(name)
    if text is None:
        return default
    if not re.fullmatch(rf"{_NUMBER}(?:px)?", text.strip()):
        raise ValueError(f"{name}={text[:40]!r} in the SVG is no number in canvas units")
    return float(text.strip().removesuffix("px"))


def _through(corners: list[Point]) -> str:
    return "M" + " L".join(map(_pair, corners))


def _pair(point: Point) -> str:
    return f"{_written(point[0])} {_written(point[1])}"


def _written(value: float) -> str:
    if not isfinite(value):
        raise ValueError("the SVG has a coordinate that is not finite")
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _commands(data: str) -> list[tuple[str, list[float]]]:
    found: list[tuple[str, list[float]]] = []
    for match in _TOKEN.finditer(data):
        letter, number, other = match.groups()
        if other or (number and not found) or (letter and not found and letter not in "Mm"):
            raise ValueError(f"{data[:60]!r} is not the data of an SVG path")
        if letter:
            found.append((letter, []))
        elif number:
            found[-1][1].append(float(number))
    return found


def _groups(numbers: list[T], size: int) -> Iterator[list[T]]:
    if (size == 0 and numbers) or (size and (not numbers or len(numbers) % size)):
        raise ValueError("a command of an SVG path has the wrong number of coordinates")
    for n in range(0, len(numbers), size or 1):
        yield numbers[n : n + size]


def _absolute(name: str, group: list[float], now: Point, origin: Point) -> list[Point]:
    """The points of one command; the last is where the pen is then."""
    if not all(map(isfinite, group)):
        raise ValueError("the SVG has a coordinate that is not finite")
    if name == "H":
        return [(group[0] + origin[0], now[1])]
    if name == "V":
        return [(now[0], group[0] + origin[1])]
    pairs = group[5:] if name == "A" else group
    return [(x + origin[0], y + origin[1]) for x, y in zip(pairs[::2], pairs[1::2], strict=True)]
