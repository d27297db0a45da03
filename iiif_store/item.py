"""An annotation as tables, page formats and data sets know it: one finding on one canvas, and who says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from ml_backends.types import Box, Finding, Polygon

from .annotation import PageView
from .geometry import to_canvas
from .language import unmarked
from .outline import cleaned, points
from .shape import JSON, identifier, kind, listed, objects, string

Maker = Literal["Software", "Person", ""]

TEXT = frozenset({"supplementing", "transcribing"})
"""Motivations of text that stands on the canvas itself."""
_XYWH = re.compile(r"xywh=(?:(pixel|percent|pct):)?(-?[\d.]+),(-?[\d.]+),([\d.]+),([\d.]+)")
_PATH = re.compile(r'd="([^"]*)"')
_FIRST = ("classifying", "tagging")


@dataclass(frozen=True, slots=True)
class Item:
    """`finding.region` is in canvas units; None: the whole canvas."""

    finding: Finding
    id: str = ""
    """URI of the annotation."""
    layer: str = ""
    maker: str = ""
    """The model with its version, or the name of a person."""
    by: Maker = ""
    created: str = ""
    run: str = ""
    """URI of the run record."""

    @property
    def is_text(self) -> bool:
        """Whether it is text that stands on the canvas."""
        return self.finding.text is not None and self.finding.motivation in TEXT


def items_of(view: PageView) -> Iterator[Item]:
    """What a page publishes, in its order."""
    reading, canvas, links = view.reading, view.canvas, view.links
    size = (canvas.width or reading.width, canvas.height or reading.height)
    for n, found in view.shown():
        region = to_canvas(found.region, (reading.width, reading.height), size) if found.region else None
        score = None if found.score is None else round(min(max(found.score, 0.0), 1.0), 4)
        yield Item(
            replace(found, region=region, score=score, picture=None),
            id=links.annotation(view.source_id, canvas.key, reading.revision, n),
            layer=view.layer.name,
            maker=view.model,
            by="" if view.is_imported and not view.model else "Software",
            created=reading.ended,
            run=links.run(reading.revision),
        )


def item_of(annotation: JSON, size: tuple[int, int] | None, *, layer: str = "") -> Item:
    """A Web Annotation, of ours or of others, as far as it fits; `size` of its canvas. Of several targets and texts the
    first counts. Nothing is refused: what says nothing that we know is an item without label and text."""
    motivations = [word for word in listed(annotation.get("motivation")) if isinstance(word, str)]
    label, text, language, concept = _said(annotation, motivations)
    if text is not None and label and _is_summary(annotation, text):
        text = language = None
    inference = annotation.get("inference")
    inference = inference if isinstance(inference, dict) else {}
    maker, by = _maker(annotation)
    finding = Finding(
        motivation=_motivation(motivations, text),
        region=region_of(annotation.get("target"), size),
        label=label,
        text=text,
        language=language,
        concept=concept,
        score=_score(inference.get("confidence")),
    )
    return Item(
        finding,
        id=identifier(annotation) or "",
        layer=layer,
        maker=maker,
        by=by,
        created=string(annotation.get("created")) or "",
        run=string(inference.get("run")) or "",
    )


def source_of(target: Any) -> str:
    """The URI of the canvas that a target is about; "" if it names none."""
    first = next(iter(listed(target)), None)
    if isinstance(first, dict):
        first = identifier(first.get("source")) or identifier(first)
    return first.partition("#")[0] if isinstance(first, str) else ""


def region_of(target: Any, size: tuple[int, int] | None) -> Box | Polygon | None:
    """The region of a target in canvas units: of several selectors an outline before a box. None: the whole."""
    first = next(iter(listed(target)), None)
    texts = [(identifier(first) or "").partition("#")[2]]
    if isinstance(first, dict):
        selectors = objects(first.get("selector"))
        texts = [(identifier(first.get("source")) or identifier(first) or "").partition("#")[2]]
        values = [(kind(one), string(one.get("value")) or "") for one in selectors]
        for _, value in (pair for pair in values if pair[0] == "SvgSelector"):
            if found := _outline(value, size):
                return found
        texts += [value for name, value in values if name != "SvgSelector"]
    return next((box for text in texts if (box := _box(text, size))), None)


def _outline(svg: str, size: tuple[int, int] | None) -> Polygon | None:
    """The first path of an SVG selector; None where there is none of an area."""
    try:
        first = _PATH.search(cleaned(svg, size)[0])
        found = list(points(first[1])) if first else []
    except ValueError:
        return None
    if len(found) > 1 and found[0] == found[-1]:
        found.pop()
    return Polygon(tuple(found)) if len(set(found)) >= 3 else None


def _box(text: str, size: tuple[int, int] | None) -> Box | None:
    found = _XYWH.search(text)
    if not found:
        return None
    try:
        x, y, w, h = (float(part) for part in found.groups()[1:])
    except ValueError:
        return None
    if found[1] in ("percent", "pct"):
        if not size:
            return None
        x, y, w, h = x * size[0] / 100, y * size[1] / 100, w * size[0] / 100, h * size[1] / 100
    return Box(x, y, w, h) if w > 0 and h > 0 else None


def _said(annotation: JSON, motivations: list[str]) -> tuple[str | None, str | None, str | None, str | None]:
    """Label, text, its language, concept."""
    label = text = language = concept = None
    for body in _bodies(annotation):
        purpose, value = _purpose(body, motivations), _value(body)
        if purpose == "tagging" and value is not None:
            label = value if label is None else label
        elif value is not None:
            text, language = (value, string(body.get("language"))) if text is None else (text, language)
        else:
            concept = concept or identifier(body.get("source") if isinstance(body, dict) else None) or identifier(body)
    return label, text, language, concept


def _bodies(annotation: JSON) -> list[Any]:
    if "body" in annotation:
        return listed(annotation["body"])
    return [{"type": "TextualBody", "value": value} for value in listed(annotation.get("bodyValue"))]


def _purpose(body: Any, motivations: list[str]) -> str:
    named = string(body.get("purpose")) if isinstance(body, dict) else None
    return named or ("tagging" if motivations in (["tagging"], ["classifying"]) else "")


def _value(body: Any) -> str | None:
    """The text of a textual body, without mark-up."""
    value = body.get("value") if isinstance(body, dict) else None
    if not isinstance(value, str):
        return None
    return unmarked(value) if body.get("format") == "text/html" else value


def _is_summary(annotation: JSON, text: str) -> bool:
    """Whether a text only repeats label and score for people, as ours do."""
    return "inference" in annotation and text.endswith((", machine-made", ", imported"))


def _motivation(found: list[str], text: str | None) -> str:
    """The one that counts: `classifying` and `tagging` together are one of ours."""
    main = [word for word in found if word not in _FIRST]
    return (main or found or ["commenting" if text else "tagging"])[0]


def _maker(annotation: JSON) -> tuple[str, Maker]:
    first = next(iter(listed(annotation.get("creator"))), None)
    if not isinstance(first, dict):
        return (first if isinstance(first, str) else ""), ""
    by: Maker = "Software" if kind(first) == "Software" else "Person" if kind(first) == "Person" else ""
    return string(first.get("name")) or identifier(first) or "", by


def _score(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        return None
    return float(value)
