"""Findings of files, brought to canvases: what becomes a layer, and what becomes annotations of people."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from iiif_store.canvas import Canvas
from iiif_store.curated import LAYER
from iiif_store.geometry import fragment, svg, to_canvas
from iiif_store.imports.sheets import Sheet
from iiif_store.item import Item, region_of, source_of
from iiif_store.links import Links
from iiif_store.reading import IMPORTED
from iiif_store.shape import JSON
from iiif_store.vocabulary import WEB_ANNOTATION
from ml_backends.types import Box, Finding
from server.local import public

Found = dict[str, list[Item]]
"""Items by canvas key, in canvas units."""


def usable(name: str) -> bool:
    """Whether something of a name is left in that of a layer; "" leaves it to the file."""
    return not name or re.search("[A-Za-z0-9_]", name.removeprefix(IMPORTED)) is not None


class Placed:
    """Where each finding of some sheets goes."""

    def __init__(self, kind: str, name: str, links: Links, is_here: Callable[[str], bool]) -> None:
        self._format, self._name, self._links, self._is_here = kind, name, links, is_here
        self._covered: set[str] = set()
        self.layers: defaultdict[str, Found] = defaultdict(lambda: defaultdict(list))
        self.people: list[tuple[str, JSON]] = []

    def take(self, canvas: Canvas, sheet: Sheet) -> list[str]:
        """Lines for what could not be placed. What is published here already, under its own id, is passed over."""
        problems = []
        self._covered.add(canvas.key)
        documents = sheet.documents or (None,) * len(sheet.items)
        for n, (item, document) in enumerate(zip(sheet.items, documents, strict=True), 1):
            if self._is_here(item.id):
                continue
            try:
                placed = _placed(item, canvas, sheet, document)
            except ValueError as error:
                problems.append(f"{sheet.where}, finding {n}: {error}")
                continue
            if self._is_of_people(item, document):
                told = _document(placed, document, public(canvas.id, self._links.base))
                self.people.append((f"{sheet.where}, finding {n}", told))
            elif placed.finding.region is None and document and _names_region(document.get("target")):
                problems.append(f"{sheet.where}, finding {n}: its selector tells no region that is understood here")
            else:
                self.layers[self._layer(item)][canvas.key].append(placed)
        return problems

    def clear(self, known: set[str]) -> None:
        """Files say what is on the canvases in them, and so what is not: of each layer that they bring, and if they
        bring none, of the one that they would be."""
        default = self._layer(None)
        for name in [*self.layers] or ([default] if default in known and not self.people else []):
            for key in self._covered:
                self.layers[name].setdefault(key, [])

    def _is_of_people(self, item: Item, document: JSON | None) -> bool:
        if self._name:
            return self._name == LAYER
        return item.by == "Person" or (document is not None and item.by != "Software")

    def _layer(self, item: Item | None) -> str:
        wish = self._name or (item.layer if item else "") or self._format
        bare = re.sub(r"[^A-Za-z0-9_.-]+", "-", wish.removeprefix(IMPORTED)).strip("-.")[:48]
        return f"{IMPORTED}{bare or self._format}"


def _names_region(target: Any) -> bool:
    """Whether a target means a part of its canvas, whether or not that can be read."""
    return any(word in str(target) for word in ("xywh=", "SvgSelector"))


def _placed(item: Item, canvas: Canvas, sheet: Sheet, document: JSON | None) -> Item:
    """With its region in canvas units; raises ValueError for one that cannot be placed."""
    size = (canvas.width, canvas.height) if canvas.width and canvas.height else None
    region = region_of(document.get("target"), size) if document else item.finding.region
    if region is None:
        return item
    if size is None:
        raise ValueError(f"the canvas {canvas.id} has no size, so no region can be placed on it")
    return replace(item, finding=replace(item.finding, region=to_canvas(region, _frame(sheet, canvas) or size, size)))


def _frame(sheet: Sheet, canvas: Canvas) -> tuple[float, float] | None:
    """The size that the coordinates of a sheet refer to."""
    if sheet.documents:
        return None
    if sheet.size:
        return sheet.size
    image = canvas.painted().images[0]
    return (image.width, image.height) if image.width and image.height else None


def _document(item: Item, document: JSON | None, canvas: str) -> JSON:
    """A finding as an annotation that somebody could have posted; a whole one as it came, about our canvas."""
    if document is not None:
        told = {key: value for key, value in document.items() if key != "partOf"}
        about = told | {"target": _about(told.get("target"), source_of(told.get("target")), canvas)}
        return {"@context": [WEB_ANNOTATION]} | about
    finding = item.finding
    label = [{"type": "TextualBody", "purpose": "tagging", "value": finding.label}] if finding.label else []
    language = {"language": finding.language} if finding.language else {}
    text = [{"type": "TextualBody", "value": finding.text, **language}] if finding.text else []
    told = {"creator": {"type": "Person", "name": item.maker}} if item.maker and item.by == "Person" else {}
    return {
        "@context": WEB_ANNOTATION,
        "type": "Annotation",
        "motivation": finding.motivation,
        **({"created": item.created} if item.created else {}),
        **told,
        **({"body": [*text, *label]} if text or label else {}),
        "target": _target(finding, canvas),
    }


def _about(target: Any, before: str, canvas: str) -> Any:
    """A target with its canvas under the id that it has here."""
    if isinstance(target, str):
        uri, mark, selector = target.partition("#")
        return canvas + mark + selector if uri == before else target
    if isinstance(target, list):
        return [_about(item, before, canvas) for item in target]
    if isinstance(target, dict):
        return target | {key: _about(target[key], before, canvas) for key in ("id", "source") if key in target}
    return target


def _target(finding: Finding, canvas: str) -> str | JSON:
    region = finding.region
    if region is None:
        return canvas
    if isinstance(region, Box):
        return fragment(canvas, region)
    return {"type": "SpecificResource", "source": canvas, "selector": {"type": "SvgSelector", "value": svg(region)}}
