"""hOCR (kba.github.io/hocr-spec/1.2), of Tesseract and others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import cast

from lxml import etree, html

from ml_backends.types import Finding, Region

from ..item import Item, Maker
from .sheets import File, NoRegion, Sheet, Sheets, Size, Unreadable, corners, mean, named, partial, ring, score

LINES = frozenset({"ocr_line", "ocrx_line", "ocr_caption", "ocr_header", "ocr_footer", "ocr_textfloat"})
PICTURES = {"ocr_image": "image", "ocr_photo": "photo", "ocr_linedrawing": "line drawing"}
_WORD = "ocrx_word"
_LEADING = re.compile(r"\s+")


def read(files: Sequence[File]) -> Sheets:
    """A sheet for each ocr_page: its lines as text, its images by their label or class. Raises Unreadable."""
    for file in files:
        try:
            root = html.fromstring(file.body, parser=html.HTMLParser(encoding="utf-8", no_network=True))
        except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
            raise Unreadable(f"{file.name} is no HTML: {error}") from error
        pages = [element for element in root.iter() if "ocr_page" in _classes(element)]
        if not pages:
            raise Unreadable(f"{file.name} is no hOCR: nothing in it has the class ocr_page.")
        system = "".join(element.get("content", "") for element in root.iter("meta") if _is_system(element))
        for n, page in enumerate(pages, 1):
            told = _properties(page)
            box = corners(*told["bbox"].split()) if len(told.get("bbox", "").split()) == 4 else None
            size = (box.width, box.height) if box else None
            stem = PurePosixPath(file.name).stem if len(pages) == 1 else None
            image = told.get("image", "").strip("\"'")
            names = named(page.get("data-canvas"), image, stem, page.get("data-label"))
            yield Sheet(f"{file.name}, page {n}", names, size, tuple(_items(page, size, system)))


def _items(page: html.HtmlElement, size: Size | None, system: str) -> Iterator[Item]:
    for element in page.iter():
        classes = _classes(element)
        if classes & LINES:
            yield _item(element, size, system, text=_text(element))
        elif found := classes & PICTURES.keys():
            yield _item(element, size, system, kind=PICTURES[min(found)])


def _item(
    element: html.HtmlElement, size: Size | None, system: str, *, text: str | None = None, kind: str | None = None
) -> Item:
    told = {name.removeprefix("data-"): value for name, value in element.items() if name.startswith("data-")}
    properties = _properties(element)
    ours = "motivation" in told
    finding = Finding(
        told.get("motivation") or ("classifying" if text is None else "supplementing"),
        partial(_region(element, properties), size),
        label=told.get("label") if ours else kind,
        text=text if text is not None else (element.text if ours else None),
        language=element.get("lang"),
        concept=told.get("concept"),
        score=_score(element, properties),
    )
    by = told.get("by", "")
    return Item(
        finding,
        layer=told.get("layer", ""),
        maker=told.get("model", "") if ours else system,
        by=cast(Maker, by if by in ("Software", "Person") else "Software" if system and not ours else ""),
        created=told.get("created", ""),
    )


def _region(element: html.HtmlElement, properties: dict[str, str]) -> Region | None:
    """The outline, or the box; None where neither is told."""
    given = {name: properties[name].split() for name in ("poly", "bbox") if name in properties}
    if not given:
        return None
    box = given.get("bbox", [])
    found = ring(given.get("poly", [])) or (corners(*box) if len(box) == 4 else None)
    return found or NoRegion(f"the element in line {element.sourceline}", element.get("title"))


def _score(element: html.HtmlElement, properties: dict[str, str]) -> float | None:
    if "x_wconf" in properties:
        return score(properties["x_wconf"], 100)
    words = (child for child in element.iter() if _WORD in _classes(child))
    return mean(score(_properties(word).get("x_wconf"), 100) for word in words)


def _text(element: html.HtmlElement) -> str:
    """As it stands where it is one run of text; of words, the words."""
    if len(element) == 0:
        return element.text or ""
    return _LEADING.sub(" ", element.text_content()).strip()


def _properties(element: html.HtmlElement) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in (element.get("title") or "").split(";"))
    return {name: value.strip() for name, _, value in parts if name}


def _classes(element: etree._Element) -> set[str]:
    return set((element.get("class") or "").split()) if isinstance(element.tag, str) else set()


def _is_system(meta: etree._Element) -> bool:
    return meta.get("name") == "ocr-system"
