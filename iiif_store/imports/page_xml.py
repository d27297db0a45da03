"""PAGE XML, of any year (github.com/PRImA-Research-Lab/PAGE-XML)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import cast

from ml_backends.types import Finding, Region

from ..export.markup import Element, name_of, parsed
from ..export.markup import Unreadable as NoXML
from ..export.page_xml import PREFIX
from ..item import Item, Maker
from ..shape import number
from .sheets import File, NoRegion, Sheet, Sheets, Size, Unreadable, named, pairs, partial, ring, score

_STRUCTURE = re.compile(r"structure\s*\{[^}]*type:\s*([^;}]+)")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


def read(files: Sequence[File]) -> Sheets:
    """A sheet for each file: lines of text (of a text region without lines, its own text), and every other region by
    its label, its structure type or its kind. Raises Unreadable."""
    for file in files:
        try:
            root = parsed(file.body)
        except NoXML as error:
            raise Unreadable(f"{file.name} cannot be read: {error}") from error
        page = next((element for element in root.iter() if name_of(element) == "Page"), None)
        if name_of(root) != "PcGts" or page is None:
            raise Unreadable(f"{file.name} is no PAGE XML: it has no Page.")
        width, height = number(page.get("imageWidth")), number(page.get("imageHeight"))
        size = (width, height) if width and height else None
        told = _told(page)
        names = named(told.get("canvas"), page.get("imageFilename"), PurePosixPath(file.name).stem, told.get("label"))
        yield Sheet(file.name, names, size, tuple(_items(page, size)))


def _items(page: Element, size: Size | None) -> Iterator[Item]:
    for element in page.iter():
        name = name_of(element)
        if name == "TextLine" or (name == "TextRegion" and not _lines(element)):
            if (text := _text(element)) is not None:
                yield _item(element, size, text=text)
        elif name.endswith("Region") and name != "TextRegion":
            yield _item(element, size, label=_label(element))


def _lines(region: Element) -> bool:
    return any(name_of(child) == "TextLine" for child in region)


def _item(element: Element, size: Size | None, *, text: str | None = None, label: str | None = None) -> Item:
    told, coords = _told(element), _child(element, "Coords")
    equivalent = _child(element, "TextEquiv")
    scores = (score(one.get("conf")) for one in (equivalent, coords) if one is not None)
    sure = next((found for found in scores if found is not None), None)
    labels = _child(element, "Labels")
    finding = Finding(
        told.get("motivation") or ("supplementing" if text is not None else "classifying"),
        partial(_region(element, coords), size),
        label=label,
        text=told.get("text") if text is None else text,
        language=told.get("language"),
        concept=labels.get("externalId") if labels is not None else None,
        score=sure,
    )
    by = told.get("by", "")
    return Item(
        finding,
        layer=told.get("layer", ""),
        maker=told.get("model", ""),
        by=cast(Maker, by if by in ("Software", "Person") else ""),
        created=told.get("created", ""),
    )


def _region(element: Element, coords: Element | None) -> Region | None:
    """None without Coords only: a line of two points, as of a separator, is no region."""
    if coords is None:
        return None
    points = coords.get("points")
    if points is None:  # before 2013
        points = " ".join(f"{point.get('x')},{point.get('y')}" for point in coords)
    return ring(pairs(points)) or NoRegion(f"the {name_of(element)} in line {element.sourceline}", points)


def _text(element: Element) -> str | None:
    """Of several readings the first, which is the best one."""
    equivalents = [child for child in element if name_of(child) == "TextEquiv"]
    best = min(equivalents, key=lambda one: int(one.get("index", "0") or 0), default=None)
    unicode = _child(best, "Unicode") if best is not None else None
    return None if unicode is None else unicode.text or ""


def _label(element: Element) -> str | None:
    labels = _child(element, "Labels")
    first = next((child for child in labels if name_of(child) == "Label"), None) if labels is not None else None
    if first is not None:
        return first.get("value")
    if _told(element):  # ours, without a label
        return None
    structure = _STRUCTURE.search(element.get("custom", ""))
    if structure:
        return _ESCAPED.sub(lambda code: chr(int(code[1], 16)), structure[1].strip())
    return element.get("type") or name_of(element).removesuffix("Region").lower()


def _told(element: Element) -> dict[str, str]:
    """Our user attributes."""
    user = _child(element, "UserDefined")
    values = {one.get("name", ""): one.get("value", "") for one in user} if user is not None else {}
    return {name.removeprefix(PREFIX): value for name, value in values.items() if name.startswith(PREFIX)}


def _child(element: Element, name: str) -> Element | None:
    return next((child for child in element if name_of(child) == name), None)
