"""What an annotation is about, brought to our shape: known things of one source, regions in whole canvas units.

A box becomes the string `<canvas>#xywh=x,y,w,h`, an outline a SpecificResource with one SvgSelector (design,
section 6). A region that reaches over the edge of its canvas is cut there; one that lies outside is refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from ml_backends.types import Box

from .canvas import Canvas
from .geometry import Size, fragment, to_canvas
from .outline import cleaned
from .shape import JSON, kind, listed
from .unusable import Unusable
from .vocabulary import MEDIA_FRAGMENTS

_XYWH = re.compile(r"xywh=(pixel:|percent:)?([^&]*)")
_TIME = re.compile(r"t=(?:npt:)?[0-9.:,]+")
_GATHERED = ("Composite", "List", "Independents", "Choice")


@dataclass(frozen=True, slots=True)
class Scene:
    """What annotations of one source may be about."""

    canvases: Mapping[str, Canvas]
    """By id, and by the ids of our own twins of them."""
    known: Callable[[str], bool]
    """Whether another IRI is something of this source: its manifest, or an annotation of it."""
    anything: bool = False
    """Take other targets too, as the protocol by itself does; what is told of them is not checked."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Targets in our shape, and the keys of the canvases among them."""

    target: Any
    canvases: tuple[str, ...]


def place(target: Any, scene: Scene) -> Placed:
    """The value of `target`; raises Unusable."""
    found = [_placed(item, scene, f"$.target[{n}]") for n, item in enumerate(listed(target))]
    if not found:
        raise Unusable("it has no target; name the canvas that it is about", "$.target")
    keys = dict.fromkeys(key for placed in found for key in placed.canvases)
    return Placed(found[0].target if len(found) == 1 else [placed.target for placed in found], tuple(keys))


def _placed(target: Any, scene: Scene, path: str) -> Placed:
    if isinstance(target, str):
        return _named(target, scene, path)
    if not isinstance(target, dict):
        raise Unusable("a target is an IRI or an object", path)
    if kind(target) in _GATHERED and "items" in target:
        inner = place(target["items"], scene)
        return Placed(target | {"items": listed(inner.target)}, inner.canvases)
    if "source" in target:
        return _specific(target, scene, path)
    if isinstance(target.get("id"), str):
        bare = _named(target["id"], scene, path)
        return bare if bare.canvases or not _says_more(target) else Placed(target, ())
    raise Unusable("a target names what it is about by its id, or has a source that does", path)


def _named(iri: str, scene: Scene, path: str) -> Placed:
    """A target that is only an IRI."""
    if canvas := scene.canvases.get(iri):
        return Placed(canvas.id, (canvas.key,))
    base, mark, region = iri.rpartition("#")
    if mark and (canvas := scene.canvases.get(base)):
        return Placed(f"{canvas.id}#{_fragment(region, canvas, path)}", (canvas.key,))
    if scene.known(iri) or scene.anything:
        return Placed(iri, ())
    raise Unusable(
        f"{iri[:300]} is not a canvas of this source, nor its manifest, nor one of its annotations; "
        "take the id of a canvas from the manifest, letter by letter",
        path,
    )


def _specific(target: JSON, scene: Scene, path: str) -> Placed:
    source = target["source"]
    iri = source.get("id") if isinstance(source, dict) else source
    if not isinstance(iri, str):
        raise Unusable("the source of a target is one IRI, or an object with an id", f"{path}.source")
    canvas = scene.canvases.get(iri)
    if canvas is None:
        named = _named(iri, scene, f"{path}.source")
        if named.canvases and "selector" in target:
            raise Unusable("the region is given twice, in the source and as a selector; give it once", path)
        return named if named.canvases and _is_plain(target) else Placed(target, named.canvases)
    chosen = _selector(target.get("selector"), canvas, f"{path}.selector")
    if _is_plain(target) and not isinstance(chosen, dict | list):
        return Placed(f"{canvas.id}#{chosen}" if chosen else canvas.id, (canvas.key,))
    if isinstance(chosen, str):
        chosen = {"type": "FragmentSelector", "conformsTo": MEDIA_FRAGMENTS, "value": chosen}
    rest = {key: value for key, value in target.items() if key not in ("source", "selector")}
    return Placed(rest | {"source": canvas.id} | ({"selector": chosen} if chosen else {}), (canvas.key,))


def _selector(selector: Any, canvas: Canvas, path: str) -> Any:
    """A media fragment as a string, any other selector as an object; of a box and an outline of the same region, which
    several editors write, the outline."""
    choices = listed(selector)
    if not all(isinstance(choice, dict) for choice in choices):
        raise Unusable("a selector is an object", path)
    by_kind = {kind(choice): choice for choice in choices}
    if outline := by_kind.get("SvgSelector"):
        if box := by_kind.get("FragmentSelector"):
            _of_fragment(box, canvas, path)
        return _of_svg(outline, canvas, path)
    if box := by_kind.get("FragmentSelector"):
        return _of_fragment(box, canvas, path)
    if "" in by_kind or "PointSelector" in by_kind:
        reason = "a selector is of no type that the Web Annotation model defines; a point is a box, xywh=x,y,1,1"
        raise Unusable(reason, path)
    return choices[0] if len(choices) == 1 else choices or None


def _of_fragment(selector: JSON, canvas: Canvas, path: str) -> Any:
    if selector.get("conformsTo", MEDIA_FRAGMENTS) != MEDIA_FRAGMENTS or "refinedBy" in selector:
        return selector
    value = selector.get("value")
    if not isinstance(value, str):
        raise Unusable("a FragmentSelector has one value, which is a string", path)
    return _fragment(value.removeprefix("#"), canvas, path)


def _of_svg(selector: JSON, canvas: Canvas, path: str) -> JSON:
    value, size = selector.get("value"), _size(canvas)
    if not isinstance(value, str):
        raise Unusable("an SvgSelector has one value, which is a string", path)
    try:
        drawn, box = cleaned(value, size)
    except ValueError as error:
        raise Unusable(str(error), path) from error
    if size:
        _check_inside(box, size, canvas, path)
    return selector | {"value": drawn}


def _fragment(value: str, canvas: Canvas, path: str) -> str:
    """A media fragment in our form: `t=` first (Presentation 3, 5.3), then whole numbers without a unit."""
    text = unquote(value)
    found, time = _XYWH.search(text), _TIME.search(text)
    if not found and not time:
        raise Unusable(f"{value[:80]!r} is no media fragment; write xywh=x,y,width,height in canvas units", path)
    parts = [time[0]] if time else []
    return "&".join([*parts, _box(found[1] or "", found[2], canvas, path)] if found else parts)


def _box(unit: str, numbers: str, canvas: Canvas, path: str) -> str:
    size = _size(canvas)
    if size is None:
        raise Unusable(f"the canvas {canvas.id} has no width and height, so it has no boxes", path)
    try:
        x, y, width, height = (float(number) for number in numbers.split(","))
    except ValueError:
        raise Unusable(f"xywh={numbers[:80]} is not four numbers", path) from None
    if not (all(map(math.isfinite, (x, y, width, height))) and width > 0 and height > 0):
        raise Unusable(f"xywh={numbers[:80]} has no extent; width and height are above 0", path)
    given = (100, 100) if unit == "percent:" else size
    region = Box(x, y, width, height)
    _check_inside(region, given, canvas, path)
    return fragment("", to_canvas(region, given, size)).removeprefix("#")  # type: ignore[arg-type]


def _check_inside(box: Box, size: Size, canvas: Canvas, path: str) -> None:
    if box.x >= size[0] or box.y >= size[1] or box.x + box.width < 0 or box.y + box.height < 0:
        told = f"{canvas.width} x {canvas.height}"
        raise Unusable(f"the region lies outside the canvas {canvas.id}, which is {told} units", path)


def _size(canvas: Canvas) -> Size | None:
    return (canvas.width, canvas.height) if canvas.width and canvas.height else None


def _is_plain(target: JSON) -> bool:
    """Whether it says no more than which part of what it is about."""
    return set(target) <= {"id", "type", "source", "selector"}


def _says_more(target: JSON) -> bool:
    return not set(target) <= {"id", "type", "partOf"}
