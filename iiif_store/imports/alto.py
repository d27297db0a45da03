"""ALTO, of any version (loc.gov/standards/alto)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from ml_backends.types import Finding, Region

from ..export.markup import Element, name_of, parsed
from ..export.markup import Unreadable as NoXML
from ..item import Item
from ..shape import number
from .sheets import File, NoRegion, Sheet, Sheets, Size, Unreadable, box, mean, named, pairs, partial, ring, score

_PLACE = ("HPOS", "VPOS", "WIDTH", "HEIGHT")
_SURE = re.compile(r"confidence ([\d.e-]+)")


def read(files: Sequence[File]) -> Sheets:
    """A sheet for each Page: its lines as text, its illustrations by their tags, and text blocks that have a tag and no
    lines as regions. Whatever the unit, coordinates are taken as shares of the page. Raises Unreadable."""
    for file in files:
        try:
            root = parsed(file.body)
        except NoXML as error:
            raise Unreadable(f"{file.name} cannot be read: {error}") from error
        pages, head = list(_all(root, "Page")), _Head.of(root)
        if name_of(root) != "alto" or not pages:
            raise Unreadable(f"{file.name} is no ALTO: it has no Page.")
        stem = PurePosixPath(file.name).stem if len(pages) == 1 else None
        told = {name_of(element): element.text for element in root.iter() if name_of(element).startswith("file")}
        for n, page in enumerate(pages, 1):
            names = (told.get("fileIdentifier"), told.get("fileName")) if len(pages) == 1 else ()
            reader = _Page(page, head)
            yield Sheet(
                f"{file.name}, page {n}",
                named(*names, stem, page.get("PRINTED_IMG_NR")),
                reader.size,
                tuple(reader.items()),
            )


@dataclass(frozen=True, slots=True)
class _Head:
    """What the pages of a document refer to, by ID."""

    elements: Mapping[str, Element]
    makers: Mapping[str, tuple[str, str]]
    """Software and time of each processing."""
    maker: str
    """The software of all, where there is one processing only."""

    @classmethod
    def of(cls, root: Element) -> _Head:
        steps = [*_all(root, "OCRProcessing"), *_all(root, "Processing")]
        found = [(step.get("ID", ""), (_software(step), _time(step))) for step in steps]
        elements = {element.get("ID", ""): element for element in root.iter() if element.get("ID")}
        return cls(elements, dict(found), found[0][1][0] if len(found) == 1 else "")


class _Page:
    """One Page, with the tags and processings of its document."""

    def __init__(self, page: Element, head: _Head) -> None:
        width, height = number(page.get("WIDTH")), number(page.get("HEIGHT"))
        self.size: Size | None = (width, height) if width and height else None
        self._page, self._head = page, head

    def items(self) -> Iterator[Item]:
        for element in self._page.iter():
            name = name_of(element)
            if name == "TextLine":
                yield self._line(element)
            elif name == "Illustration" or (name == "TextBlock" and not list(_all(element, "TextLine"))):
                yield from self._picture(element, name)

    def _line(self, line: Element) -> Item:
        words = [element for element in line if name_of(element) in ("String", "HYP")]
        text = ""
        for word in words:
            content = word.get("CONTENT", "")
            text += content if name_of(word) == "HYP" or not text else f" {content}"
        sure = mean(score(word.get("WC")) for word in words)
        block = line.getparent()
        language = line.get("LANG") or (block.get("language") or block.get("LANG") if block is not None else None)
        finding = Finding("supplementing", self._region(line), text=text, language=language, score=sure)
        return self._made(Item(finding), line)

    def _picture(self, element: Element, name: str) -> Iterator[Item]:
        tags = [tag for key in element.get("TAGREFS", "").split() if (tag := self._head.elements.get(key)) is not None]
        tag = tags[0] if tags else None
        if tag is None and name == "TextBlock":
            return
        label = tag.get("LABEL") if tag is not None else element.get("TYPE") or "illustration"
        told = _SURE.search(tag.get("DESCRIPTION", "")) if tag is not None else None
        finding = Finding(
            _motivation(tag) or "classifying",
            self._region(element),
            label=label or None,
            concept=tag.get("URI") if tag is not None else None,
            score=score(told[1]) if told else None,
        )
        yield self._made(Item(finding), element)

    def _made(self, item: Item, element: Element) -> Item:
        keys = element.get("PROCESSINGREFS", "").split()
        parent = element.getparent()
        if not keys and parent is not None:
            keys = parent.get("PROCESSINGREFS", "").split()
        maker, created = self._head.makers.get(keys[0] if keys else "", (self._head.maker, ""))
        return replace(item, maker=maker, by="Software" if maker else "", created=created)

    def _region(self, element: Element) -> Region | None:
        """The outline, or the box; None where neither is told."""
        shapes = (found for child in element if name_of(child) == "Shape" for found in _all(child, "Polygon"))
        outlines = [shape.get("POINTS", "") for shape in shapes]
        place = {key: value for key in _PLACE if (value := element.get(key)) is not None}
        if not outlines and not place:
            return None
        rings = [found for points in outlines if (found := ring(pairs(points)))]
        found = rings[0] if rings else box(*map(place.get, _PLACE))
        what, told = f"the {name_of(element)} in line {element.sourceline}", [f"{key} {place[key]}" for key in place]
        return partial(found or NoRegion(what, " ".join([*told, *outlines])), self.size)


def _motivation(tag: Element | None) -> str | None:
    """Of a tag of ours, whose type is a motivation."""
    kind = tag.get("TYPE", "") if tag is not None else ""
    return kind if kind.isalpha() and kind.endswith("ing") else None


def _software(step: Element) -> str:
    told = {name_of(element): (element.text or "").strip() for element in step.iter()}
    return " ".join(filter(None, (told.get("softwareName"), told.get("softwareVersion"))))


def _time(step: Element) -> str:
    """When it began; "" where only the day is told."""
    told = next((when.text or "" for when in _all(step, "processingDateTime")), "")
    return told if "T" in told else ""


def _all(element: Element, name: str) -> Iterator[Element]:
    return (found for found in element.iter() if name_of(found) == name)
